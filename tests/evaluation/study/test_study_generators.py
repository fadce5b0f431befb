"""Generators of a study: fitted when they are asked for, found again, curated where they can be."""

import json
import shutil
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from gan_augment.data.schema import LabelledImages
from gan_augment.evaluation.study.bench import Parts, SampleFn
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
from gan_augment.evaluation.study.generators import FitGenerator, LazyGenerator
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.source import Source
from gan_augment.evaluation.study.text import study_text
from gan_augment.generation.curation import load_curation

from .conftest import FakeBench, FakeContest

TWO = StudyConfig(replicates=2, inner_folds=2)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_fit_that_was_begun_on_a_device_of_another_machine_is_begun_anew(
    images: LabelledImages, tmp_path: Path
) -> None:
    run, fit_fn = tmp_path / "run", FitGenerator(GeneratorConfig(steps=2, device="cpu"))
    wanted = dict.fromkeys(images.classes, 1)
    before = fit_fn(images, run, 0)(wanted, 0)

    def change(name: str, **values: Any) -> None:
        (run / name).write_text(json.dumps(json.loads((run / name).read_text()) | values))

    change("config.json", device="cuda:99")
    assert (run / "training.safetensors").exists()
    assert (fit_fn(images, run, 0)(wanted, 0).data == before.data).all()
    assert json.loads((run / "config.json").read_text())["device"] == "cuda:99"  # what is finished stays
    change("summary.json", finished=False)
    assert (fit_fn(images, run, 0)(wanted, 0).data == before.data).all()
    assert json.loads((run / "config.json").read_text())["device"] == "cpu"


def test_a_run_without_a_teacher_is_curated_all_the_same(images: LabelledImages, tmp_path: Path) -> None:
    config, wanted = GeneratorConfig(steps=2, device="cpu"), dict.fromkeys(images.classes, 40)
    plain = LazyGenerator(FitGenerator(config), images, tmp_path / "run", 0)
    before = plain(wanted, 0)
    assert plain.curated_fn is None
    plain.forget(keep_generator=True)
    assert load_curation(tmp_path / "run", "cpu") is None
    draw = LazyGenerator(FitGenerator(config, curate=True), images, tmp_path / "run", 0)
    assert (draw(wanted, 0).data == before.data).all()
    assert draw.curated_fn is not None
    curated = draw.curated_fn(wanted, 0)  # of two steps, whatever comes nearest
    assert Counter(curated.labels.tolist()) == dict.fromkeys(range(len(wanted)), 40)
    assert not (curated.data == before.data).all()


def test_auto_alone_is_offered_curated_samples_and_of_images_alone(images: LabelledImages, tmp_path: Path) -> None:
    class Watched(FakeBench):
        def contest(self, parts: Parts, sample_fn: SampleFn, curated_fn: SampleFn | None = None) -> FakeContest:
            offered.append(curated_fn is not None)
            return super().contest(parts, sample_fn, curated_fn)

    def offers(name: str, **settings: Any) -> set[bool]:
        offered.clear()
        config, auto = replace(TWO, replicates=1, confirm="gan"), name != "no auto"
        run_study(Source(images), Watched(**settings), tmp_path / name, config, auto=auto)
        return set(offered)

    offered: list[bool] = []
    assert True in offers("auto")
    assert offers("no auto") == {False}
    assert offers("tables", kind="table") == {False}


def test_a_row_does_not_pay_for_the_fit_of_its_generator(images: LabelledImages, tmp_path: Path) -> None:
    def slow(train: object, run: Path, seed: int) -> Any:
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass
        return lambda counts, seed: None

    config = replace(TWO, replicates=1, confirm="gan")
    run_study(Source(images), FakeBench(needs_generator=True), tmp_path / "out", config, auto=False, generator_fn=slow)
    assert max(row["seconds"] for row in lines(tmp_path / "out" / "results.jsonl")) < 0.25


def test_pictures_alone_are_not_worth_a_fit(images: LabelledImages, tmp_path: Path) -> None:
    fits = []

    def counted(train: object, run: Path, seed: int) -> Any:
        fits.append(run)
        return lambda counts, seed: None

    def run() -> str:
        config, bench = replace(TWO, replicates=1, confirm="gan"), FakeBench(needs_generator=True)
        source = Source(images)
        result = run_study(source, bench, tmp_path / "out", config, auto=False, generator_fn=counted, resume=True)
        return study_text(result)

    assert "shows no samples" not in run()
    assert (tmp_path / "out" / "exhibit" / "exhibit.json").exists()
    shutil.rmtree(tmp_path / "out" / "exhibit")  # as where the rows alone came from another machine
    assert "A page of this study shows no samples." in run()
    assert len(fits) == 1
