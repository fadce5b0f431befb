"""A whole evaluation: honest figures, rows that survive, and the same result however it is run."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import ConfigError, DataError, OutputError
from gan_augment.evaluation.images import protocol
from gan_augment.evaluation.images.protocol import EvaluateConfig, evaluate_run
from gan_augment.evaluation.images.text import evaluation_text
from gan_augment.evaluation.images.workers import Material, Task, run_tasks
from gan_augment.evaluation.rows import Row
from gan_augment.metrics.classifiers import ClassifierConfig

from .conftest import NoisyGenerator

QUICK = EvaluateConfig(
    arms=("none", "gan", "gan-only"), seeds=2, per_class=40, classifier=ClassifierConfig(steps=12, batch_size=32)
)


def test_it_measures_arms_and_images_and_writes_them_down(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages, tmp_path: Path
) -> None:
    config = replace(QUICK, arms=("none", "classical", "classical+gan-only"), classifier=ClassifierConfig(steps=80))
    result = evaluate_run(generator, train, held_out, tmp_path / "out", config)
    assert all(arm.accuracies.mean() > 0.7 for arm in result.arms)
    assert result.quality.judge_accuracy.mean() > 0.7
    assert result.warnings() == []
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert {(row["arm"], row["seed"]) for row in map(json.loads, lines)} == {
        (arm, seed) for arm in config.arms for seed in (0, 1)
    }
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["arms"]["classical+gan-only"]["baseline"] == "classical"
    assert summary["arms"]["classical"]["difference"]["accuracy"]["n_pairs"] == 2
    assert set(summary["quality"]["synthetic"]) >= {"label_fidelity", "diversity_judge", "diversity_pixels", "coverage"}


def test_the_text_never_shows_fidelity_alone_and_warns_of_a_collapse(
    train: LabelledImages, held_out: LabelledImages, tmp_path: Path
) -> None:
    result = evaluate_run(NoisyGenerator(train, collapsed=True), train, held_out, tmp_path, QUICK)
    text = evaluation_text(result, per_class=True)
    headings = next(line for line in text.splitlines() if "label fidelity" in line)
    assert "diversity (judge)" in headings
    assert "diversity (pixels)" in headings
    assert "coverage" in headings
    assert "its own accuracy on real images" in text
    assert "Warning: synthetic images of a class are too alike" in text
    assert all(len(line) < 200 for line in text.splitlines())


def test_a_shared_image_is_refused_before_anything_is_written(
    generator: NoisyGenerator, train: LabelledImages, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="shares 300 of its 300 images"):
        evaluate_run(generator, train, train, tmp_path / "out", QUICK)
    assert not (tmp_path / "out").exists()


def test_finished_rows_are_kept_and_not_done_again(
    generator: NoisyGenerator,
    train: LabelledImages,
    held_out: LabelledImages,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[tuple[str, int]] = []

    def interrupted(material: Material, tasks: Sequence[Task], jobs: int) -> Iterator[Row]:
        for row in run_tasks(material, tasks, jobs):
            if len(done) == 2:
                raise KeyboardInterrupt
            done.append((row.arm, row.seed))
            yield row

    monkeypatch.setattr(protocol, "run_tasks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        evaluate_run(generator, train, held_out, tmp_path / "a", QUICK)
    kept = (tmp_path / "a" / "results.jsonl").read_text()
    assert len(kept.splitlines()) == 2
    with pytest.raises(OutputError, match="resume"):
        evaluate_run(generator, train, held_out, tmp_path / "a", QUICK)

    def resumed(material: Material, tasks: Sequence[Task], jobs: int) -> Iterator[Row]:
        assert not {(task.arm.name, task.seed) for task in tasks} & set(done)
        return run_tasks(material, tasks, jobs)

    monkeypatch.setattr(protocol, "run_tasks", resumed)
    result = evaluate_run(generator, train, held_out, tmp_path / "a", QUICK, resume=True)
    monkeypatch.setattr(protocol, "run_tasks", run_tasks)
    undisturbed = evaluate_run(generator, train, held_out, tmp_path / "b", QUICK)
    assert (tmp_path / "a" / "results.jsonl").read_text().startswith(kept)
    assert result.to_dict() == undisturbed.to_dict()


def test_two_processes_give_the_rows_of_one(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages
) -> None:
    material = protocol._material(generator, train, held_out, QUICK)
    tasks = protocol._tasks(generator, train, QUICK)[:4]
    one, two = (sorted(run_tasks(material, tasks, jobs), key=lambda row: (row.seed, row.arm)) for jobs in (1, 2))
    assert one == two
    assert len(one) == 4


def test_every_arm_takes_as_many_steps_though_the_pools_differ_in_size(
    generator: NoisyGenerator, train: LabelledImages
) -> None:
    tasks = protocol._tasks(generator, train, replace(QUICK, classifier=ClassifierConfig()))
    assert {task.config.n_steps(10**6) for task in tasks} == {ClassifierConfig().n_steps(len(train))}


def test_the_number_of_synthetic_images_follows_the_largest_class(train: LabelledImages) -> None:
    assert EvaluateConfig().n_synthetic(train) == 200
    assert EvaluateConfig(per_class=7).n_synthetic(train) == 7


@pytest.mark.parametrize(("side", "expected"), [(8, 1000), (64, 162), (128, 40)])
def test_many_classes_of_large_images_do_not_fill_the_memory_with_synthetic_ones(side: int, expected: int) -> None:
    schema = ImageSchema(side, side, 3, tuple(map(str, range(100))))
    images = np.broadcast_to(np.uint8(0), (100_000, side, side, 3))
    data = LabelledImages(images, np.arange(len(images)) % 100, schema)
    assert EvaluateConfig().n_synthetic(data) == expected
    assert EvaluateConfig(per_class=2000).n_synthetic(data) == 2000


@pytest.mark.parametrize("setting", [{"seeds": 0}, {"jobs": 0}, {"per_class": 0}, {"arms": ("gann",)}])
def test_settings_out_of_range_are_refused(setting: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        EvaluateConfig(**setting)  # type: ignore[arg-type]
