"""What synthetic samples are worth is read off real learning curves, of which every point is honest."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gan_augment.data.scarcity import Scarcity
from gan_augment.data.schema import LabelledImages
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.rows import CurveRow, StudyRow
from gan_augment.evaluation.study.source import Source
from gan_augment.evaluation.study.worth import worth_by_model

from .conftest import FakeBench

TWO = StudyConfig(replicates=2, inner_folds=2)
ONLY = FakeBench({"none": 0.7, "gan-only": 0.6, "oracle": 0.9})


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def curve_rows(scores: Mapping[float, float | None], replicates: int = 8) -> list[CurveRow]:
    """Return rows of a curve by share of 80 samples, the same in every replicate."""
    return [
        CurveRow(number, "cnn", share, round(80 * share), score)
        for number in range(replicates)
        for share, score in scores.items()
    ]


def arm_rows(arm: str, score: float, n_samples: int, replicates: int = 8) -> list[StudyRow]:
    noise = np.linspace(-0.002, 0.002, replicates)
    return [
        StudyRow(number, arm, "cnn", {"accuracy": score + noise[number]}, n_samples=n_samples)
        for number in range(replicates)
    ]


CURVE = {0.125: 0.5, 0.25: 0.6, 0.5: 0.7}


def test_each_model_is_trained_on_nested_parts_of_the_training_samples(images: LabelledImages, tmp_path: Path) -> None:
    bench = replace(ONLY, models=("small", "large"), trained=tmp_path / "trained")
    run_study(Source(images), bench, tmp_path / "out", TWO)
    rows = lines(tmp_path / "out" / "curve.jsonl")
    assert len(rows) == 2 * 2 * 3
    n_train = len(Source(images).parts(TWO, TWO.replicate_seed(0)).train)
    sizes = sorted({row["n_samples"] for row in rows})
    assert sizes == pytest.approx([n_train / 8, n_train / 4, n_train / 2], abs=2)  # type: ignore[comparison-overlap]
    assert {row["shared"] for row in lines(tmp_path / "trained")} == {0}  # with the test samples


def test_no_curve_is_made_where_nothing_is_read_off_it(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(), tmp_path / "out", TWO)
    assert not (tmp_path / "out" / "curve.jsonl").exists()


def test_a_study_that_goes_on_trains_no_point_of_the_curve_twice(images: LabelledImages, tmp_path: Path) -> None:
    bench = replace(ONLY, trained=tmp_path / "trained")
    first = run_study(Source(images), bench, tmp_path / "out", TWO)
    n_trained = len(lines(tmp_path / "trained"))
    again = run_study(Source(images), bench, tmp_path / "out", TWO, resume=True)
    assert len(lines(tmp_path / "trained")) == n_trained
    assert first.to_dict() == again.to_dict()


def test_every_class_keeps_two_samples(images: LabelledImages, tmp_path: Path) -> None:
    few = images.subset(
        np.concatenate([np.flatnonzero(images.labels == label)[:n] for label, n in enumerate((40, 8, 8))])
    )
    run_study(Source(few), ONLY, tmp_path / "out", TWO)
    sizes = {row["share"]: row["n_samples"] for row in lines(tmp_path / "out" / "curve.jsonl") if not row["replicate"]}
    assert sizes[0.125] == 4 + 2 + 2
    assert sizes[0.5] == 15 + 3 + 3


def test_a_score_between_two_points_is_worth_a_number_between_them() -> None:
    rows = arm_rows("none", 0.8, 80) + arm_rows("gan-only", 0.65, 300)
    found = worth_by_model(curve_rows(CURVE), rows, ["cnn"], "accuracy")["cnn"]
    assert found.effective.value == pytest.approx(np.sqrt(20 * 40), rel=0.01)
    assert found.effective.low < found.effective.value < found.effective.high
    assert found.sentence.startswith("cnn: synthetic samples alone are worth 28 [")
    assert found.sentence.endswith("real ones, of 80 that the generator learned from.")


def test_beyond_the_ends_of_the_curve_nothing_is_claimed() -> None:
    real = arm_rows("none", 0.8, 80) + arm_rows("oracle", 0.9, 320)  # which may have more of some classes alone
    better = worth_by_model(curve_rows(CURVE), real + arm_rows("gan-only", 0.85, 300), ["cnn"], "accuracy")["cnn"]
    assert "worth at least 80" in better.sentence
    worse = worth_by_model(curve_rows(CURVE), real + arm_rows("gan-only", 0.3, 300), ["cnn"], "accuracy")["cnn"]
    assert "worth at most 10" in worse.sentence


def test_one_replicate_that_was_interrupted_costs_the_others_nothing() -> None:
    rows = arm_rows("none", 0.8, 80) + arm_rows("gan-only", 0.65, 300)
    begun = [row for row in curve_rows(CURVE) if row.replicate < 7 or row.share == 0.125]
    failed = [replace(row, score=None) if row.key == (7, "curve", "cnn", 0.25) else row for row in curve_rows(CURVE)]
    for curve in (begun, failed):
        found = worth_by_model(curve, rows, ["cnn"], "accuracy")["cnn"]
        assert found.effective.curve.sizes == (10, 20, 40, 80)
        assert found.effective.curve.n_replicates == 7
        assert np.isfinite(found.reached)


def test_few_replicates_give_a_number_and_no_interval() -> None:
    rows = arm_rows("none", 0.8, 80, 4) + arm_rows("gan-only", 0.65, 300, 4)
    found = worth_by_model(curve_rows(CURVE, 4), rows, ["cnn"], "accuracy")["cnn"]
    assert "28 (too few replicates for an interval) real ones" in found.sentence
    assert np.isnan([found.effective.low, found.effective.high]).all()


def test_a_point_that_failed_everywhere_is_left_out_of_the_curve() -> None:
    rows = arm_rows("none", 0.8, 80) + arm_rows("gan-only", 0.65, 300)
    broken = curve_rows({**CURVE, 0.25: None})
    found = worth_by_model(broken, rows, ["cnn"], "accuracy")["cnn"]
    assert found.effective.curve.sizes == (10, 40, 80)


def test_a_model_without_a_curve_is_worth_nothing_that_could_be_said() -> None:
    rows = arm_rows("none", 0.8, 80) + arm_rows("gan-only", 0.65, 300)
    assert worth_by_model([], rows, ["cnn"], "accuracy") == {}
    assert worth_by_model(curve_rows(CURVE), rows[:8], ["cnn"], "accuracy") == {}
    assert worth_by_model(curve_rows(CURVE), rows, ["wrn"], "accuracy") == {}


def test_the_figures_go_into_the_summary_without_nan(images: LabelledImages, tmp_path: Path) -> None:
    few = replace(TWO, scarcity=Scarcity(train_per_class=16))
    result = run_study(Source(images), ONLY, tmp_path / "out", few)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    worth = summary["models"]["small"]["worth"]
    assert worth["sentence"] == result.worth["small"].sentence
    assert len(worth["effective"]["curve"]["sizes"]) == 4  # three parts, and all of them
    assert summary["about"]["classes"] == {"a": 60, "b": 40, "c": 40}
    assert sum(summary["about"]["train"].values()) == summary["design"]["n_train"]
    assert summary["about"]["arms"]["gan-only"]["synthetic"] is True
