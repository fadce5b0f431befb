"""A whole evaluation: honest figures, rows that survive, and the same result however it is run."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from gan_augment.data import cache
from gan_augment.data.schema import LabelledImages
from gan_augment.errors import ConfigError, DataError, OutputError
from gan_augment.evaluation.images import protocol
from gan_augment.evaluation.images.contest import ImageContest
from gan_augment.evaluation.images.protocol import EvaluateConfig, evaluate_run
from gan_augment.evaluation.images.quality import Quality, measure_quality
from gan_augment.evaluation.images.text import evaluation_text
from gan_augment.evaluation.images.workers import Task, run_tasks
from gan_augment.evaluation.rows import Row
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.metrics.judge import Judge
from gan_augment.metrics.lessons import Labelled

from .conftest import NoisyGenerator

QUICK = EvaluateConfig(
    arms=("none", "gan", "gan-only"), seeds=2, per_class=40, classifier=ClassifierConfig(steps=12, batch_size=32)
)


def contest_of(
    generator: NoisyGenerator, train: LabelledImages, test: LabelledImages, config: EvaluateConfig
) -> ImageContest:
    drawn = protocol._drawn(generator, train, config)
    return protocol._contest(generator, drawn, train, Labelled(test.images, test.labels), config)


def test_it_measures_arms_and_images_and_writes_them_down(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages, tmp_path: Path
) -> None:
    config = replace(QUICK, arms=("none", "classical", "classical+gan-only"), classifier=ClassifierConfig(steps=80))
    result = evaluate_run(generator, train, held_out, tmp_path / "out", config)
    assert all(arm.accuracies.mean() > 0.7 for arm in result.arms)
    assert result.quality.judge_accuracy.mean() > 0.7
    (said,) = result.warnings()
    assert "near-copies of training samples" in said  # which is what this generator makes
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert {(row["arm"], row["seed"]) for row in map(json.loads, lines)} == {
        (arm, seed) for arm in config.arms for seed in (0, 1)
    }
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert list(summary["arms"]["classical+gan-only"]["difference"]) == ["classical"]
    assert summary["arms"]["classical"]["difference"]["none"]["accuracy"]["n_pairs"] == 2
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


def test_a_folder_in_which_another_process_works_is_left_alone(
    generator: NoisyGenerator,
    train: LabelledImages,
    held_out: LabelledImages,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def busy(out: Path) -> NoReturn:
        raise OutputError(f"Another process works in {out}.")

    monkeypatch.setattr(protocol, "alone_in", busy)
    with pytest.raises(OutputError, match="works in"):
        evaluate_run(generator, train, held_out, tmp_path / "a", QUICK)
    assert not (tmp_path / "a").exists()


def test_finished_rows_are_kept_and_not_done_again(
    generator: NoisyGenerator,
    train: LabelledImages,
    held_out: LabelledImages,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[tuple[str, int]] = []

    def interrupted(contest: ImageContest, tasks: Sequence[Task], jobs: int) -> Iterator[Row]:
        for row in run_tasks(contest, tasks, jobs):
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

    def resumed(contest: ImageContest, tasks: Sequence[Task], jobs: int) -> Iterator[Row]:
        assert not {(task.arm, task.seed) for task in tasks} & set(done)
        return run_tasks(contest, tasks, jobs)

    monkeypatch.setattr(protocol, "run_tasks", resumed)
    result = evaluate_run(generator, train, held_out, tmp_path / "a", QUICK, resume=True)
    monkeypatch.setattr(protocol, "run_tasks", run_tasks)
    undisturbed = evaluate_run(generator, train, held_out, tmp_path / "b", QUICK)
    assert (tmp_path / "a" / "results.jsonl").read_text().startswith(kept)
    assert result.to_dict() == undisturbed.to_dict()


def test_two_processes_give_the_rows_of_one(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages
) -> None:
    contest = contest_of(generator, train, held_out, replace(QUICK, arms=("none", "gan", "jitter")))
    tasks = [Task(*entry, seed, 0) for seed in range(2) for entry in contest.entries][:4]
    one, two = (sorted(run_tasks(contest, tasks, jobs), key=lambda row: (row.seed, row.arm)) for jobs in (1, 2))
    assert one == two
    assert len(one) == 4


def test_every_arm_takes_as_many_steps_though_the_pools_differ_in_size(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages
) -> None:
    contest = contest_of(generator, train, held_out, replace(QUICK, classifier=ClassifierConfig()))
    steps = {contest.n_steps(contest.lesson(arm, 0), arm, model) for arm, model in contest.entries}
    assert steps == {ClassifierConfig().n_steps(len(train))}


def test_the_number_of_synthetic_images_follows_the_largest_class(train: LabelledImages) -> None:
    assert EvaluateConfig().n_synthetic(train) == 200
    assert EvaluateConfig(per_class=7).n_synthetic(train) == 7


def test_synthetic_images_come_at_the_true_class_shares_and_are_looked_at_class_by_class(
    lopsided: LabelledImages, held_out: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[Labelled] = []

    def record(judge: Judge, test: Labelled, synthetic: Labelled, *rest: Any) -> Quality:
        judged.append(synthetic)
        return measure_quality(judge, test, synthetic, *rest)

    monkeypatch.setattr(protocol, "measure_quality", record)
    generator = NoisyGenerator(lopsided)
    config = replace(QUICK, arms=("gan", "gan-balance"), per_class=31)
    result = evaluate_run(generator, lopsided, held_out, tmp_path, config)
    assert np.bincount(judged[0].labels).tolist() == [31] * 10
    assert result.n_synthetic == 310
    contest = contest_of(generator, lopsided, held_out, config)
    drawn = [contest.lesson(arm, 0).synthetic for arm in ("gan", "gan-balance")]
    assert [np.bincount(data.labels).tolist() for data in drawn if data] == [[40] * 7 + [10] * 3, [0] * 7 + [15] * 3]


def test_an_arm_gets_as_many_synthetic_images_as_it_asks_for_or_an_error(
    balanced: LabelledImages, held_out: LabelledImages
) -> None:
    drawn = contest_of(NoisyGenerator(balanced), balanced, held_out, replace(QUICK, per_class=12)).draws
    asked = np.full(len(balanced.classes), 12)
    assert np.bincount(drawn(asked, 0).labels).tolist() == asked.tolist()
    asked[3] += 1
    with pytest.raises(DataError, match="13 synthetic images of a class"):
        drawn(asked, 0)


def test_arms_that_cannot_be_had_are_left_out_with_a_note(
    balanced: LabelledImages, held_out: LabelledImages, tmp_path: Path
) -> None:
    generator = NoisyGenerator(balanced)
    config = replace(QUICK, arms=("none", "bootstrap", "gan", "oracle", "gan-balance"), seeds=1)
    result = evaluate_run(generator, balanced, held_out, tmp_path / "a", config)
    assert [arm.arm.name for arm in result.arms] == ["none", "bootstrap", "gan"]
    assert result.notes == (
        "Left out gan-balance: the classes are of one size already.",
        "Left out oracle: there are no real images left over.",
    )
    text = evaluation_text(result)
    assert "gan against bootstrap: accuracy" in text
    assert "Left out oracle" in text
    with pytest.raises(ConfigError, match="None of these arms"):
        evaluate_run(generator, balanced, held_out, tmp_path / "b", replace(config, arms=("oracle",)))


def test_a_longer_arm_says_how_long_it_was(balanced: LabelledImages, held_out: LabelledImages, tmp_path: Path) -> None:
    config = replace(QUICK, arms=("none", "none-longer"), seeds=1)
    result = evaluate_run(NoisyGenerator(balanced), balanced, held_out, tmp_path, config)
    assert [arm.rows[0].steps for arm in result.arms] == [12, 24]


@pytest.mark.parametrize("setting", [{"seeds": 0}, {"jobs": 0}, {"per_class": 0}, {"share": 0.0}, {"arms": ("gann",)}])
def test_settings_out_of_range_are_refused(setting: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        EvaluateConfig(**setting)  # type: ignore[arg-type]


def test_processes_share_images_that_lie_in_a_file_without_a_name(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MEMORY_LIMIT", 0)
    mapped = replace(train, images=cache.allocate_images(train.images.shape))
    mapped.images[:] = train.images
    contest = contest_of(generator, mapped, held_out, QUICK)
    tasks = [Task(*entry, 0, 0) for entry in contest.entries[:2]]
    one, two = (sorted(run_tasks(contest, tasks, jobs), key=lambda row: row.arm) for jobs in (1, 2))
    assert one == two
