"""What a study chooses on inner folds: the baseline, and what `auto` does."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan_augment.data.schema import LabelledImages
from gan_augment.errors import ConfigError
from gan_augment.evaluation.prior import Circumstances, Prior
from gan_augment.evaluation.study.bench import Outcome, Parts, SampleFn
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.source import Source

from .conftest import FakeBench, FakeContest

TWO = StudyConfig(replicates=2, inner_folds=2)


class Interrupted(FakeBench):
    """Its second training on an inner fold is broken off."""

    def log(self, arm: str, model: str, usage: str | None, parts: Parts) -> None:
        if arm == "classical" and len(parts.train) < 80:
            raise KeyboardInterrupt


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_auto_is_the_best_arm_of_the_inner_folds_where_nothing_is_added(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(), tmp_path / "out", TWO)
    rows = {(row["replicate"], row["arm"]): row for row in lines(tmp_path / "out" / "results.jsonl")}
    for number in range(2):
        assert rows[number, "auto"]["scores"] == rows[number, "classical"]["scores"]
        assert rows[number, "auto"]["choice"]["arm"] == "classical"
        assert rows[number, "auto"]["choice"]["usage"] is None


def test_auto_adds_what_helps_on_every_inner_fold(images: LabelledImages, tmp_path: Path) -> None:
    bench = FakeBench({"none": 0.5, "gan": 0.5}, {"share 0.25": 0.4})
    run_study(Source(images), bench, tmp_path / "out", TWO)
    rows = {(row["replicate"], row["arm"]): row for row in lines(tmp_path / "out" / "results.jsonl")}
    assert rows[0, "auto"]["choice"]["usage"] == "share 0.25"
    assert rows[0, "auto"]["scores"]["accuracy"] > rows[0, "none"]["scores"]["accuracy"] + 0.2


def test_oracle_and_synthetic_arms_are_no_baseline(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(trained=tmp_path / "trained"), tmp_path / "out", TWO)
    inner = lines(tmp_path / "out" / "inner.jsonl")
    assert {row["arm"] for row in inner if row["usage"] is None} == {"none", "classical"}
    assert Counter((row["arm"], row["usage"]) for row in inner)["classical", "share 0.25"] == 4


def test_a_baseline_needs_no_inner_folds_where_there_is_nothing_to_choose(
    images: LabelledImages, tmp_path: Path
) -> None:
    bench = FakeBench({"none": 0.7, "gan": 0.7}, trained=tmp_path / "trained")
    run_study(Source(images), bench, tmp_path / "out", replace(TWO, confirm="gan"), auto=False)
    assert not (tmp_path / "out" / "inner.jsonl").exists()
    assert len(lines(tmp_path / "trained")) == 4


def test_an_unknown_arm_to_confirm_is_refused_before_anything_is_trained(
    images: LabelledImages, tmp_path: Path
) -> None:
    bench = FakeBench(trained=tmp_path / "trained")
    with pytest.raises(ConfigError, match="classical"):
        run_study(Source(images), bench, tmp_path / "out", replace(TWO, confirm="clasical"))
    assert not (tmp_path / "trained").exists()


def test_an_arm_that_a_fold_lacks_is_no_baseline(images: LabelledImages, tmp_path: Path) -> None:
    bench = FakeBench({"none": 0.6, "classical": 0.9}, lacking="classical")
    run_study(Source(images), bench, tmp_path / "out", TWO)
    rows = [row for row in lines(tmp_path / "out" / "results.jsonl") if row["arm"] == "auto"]
    assert [row["choice"]["arm"] for row in rows] == ["none", "none"]


def test_no_arm_can_be_the_baseline_where_all_need_a_generator(images: LabelledImages, tmp_path: Path) -> None:
    bench = FakeBench(accuracies={"gan": 0.75, "oracle": 0.9})
    with pytest.raises(ConfigError, match="No arm can be the baseline: add one"):
        run_study(Source(images), bench, tmp_path / "out", TWO)
    assert not (tmp_path / "out").exists()


def test_what_was_chosen_is_a_row_and_the_findings_rest_on_it(images: LabelledImages, tmp_path: Path) -> None:
    result = run_study(Source(images), FakeBench(models=("small", "large")), tmp_path / "out", TWO)
    rows = lines(tmp_path / "out" / "baselines.jsonl")
    assert {(row["replicate"], row["model"]) for row in rows} == {(n, m) for n in (0, 1) for m in ("small", "large")}
    assert {row["arm"] for row in rows} == {"classical"}
    assert result.confirmatory("small").baselines == {"classical": 2}


def test_a_better_arm_that_comes_later_becomes_the_baseline(images: LabelledImages, tmp_path: Path) -> None:
    class Growing(FakeBench):
        def settings(self) -> Mapping[str, Any]:
            return {}

    run_study(Source(images), Growing({"none": 0.7, "gan": 0.7}), tmp_path / "out", TWO)
    both = Growing({"none": 0.7, "gan": 0.7, "classical": 0.9})
    result = run_study(Source(images), both, tmp_path / "out", TWO, resume=True)
    assert result.confirmatory("small").baselines == {"classical": 2}
    chosen = [row["choice"]["arm"] for row in lines(tmp_path / "out" / "results.jsonl") if row["arm"] == "auto"]
    assert chosen[-2:] == ["classical", "classical"]


def test_an_arm_that_failed_on_the_whole_part_is_no_baseline(images: LabelledImages, tmp_path: Path) -> None:
    class Odd(FakeBench):
        def log(self, arm: str, model: str, usage: str | None, parts: Parts) -> None:
            if arm == "classical" and len(parts.train) > 80:
                raise ZeroDivisionError("too much")

    result = run_study(Source(images), Odd(), tmp_path / "out", TWO)
    assert result.confirmatory("small").baselines == {"none": 2}


def test_inner_folds_read_margins_where_hits_decide(images: LabelledImages, tmp_path: Path) -> None:
    rows = {}
    for reads_margins in (False, True):
        out = tmp_path / str(reads_margins)
        run_study(Source(images), FakeBench(reads_margins=reads_margins), out, TWO)
        rows[reads_margins] = lines(out / "inner.jsonl")
        assert len(lines(out / "results.jsonl")) == 10
    for counted, read in zip(rows[False], rows[True], strict=True):
        hits, sure = counted["score"], 1 / (1 + 8 ** (-1 / read["temperature"]))  # 0.8 beside 0.1
        assert read["score"] == pytest.approx(hits * sure + (1 - hits) * (1 - sure), abs=1e-5)


def test_rows_from_before_margins_were_read_are_made_anew(images: LabelledImages, tmp_path: Path) -> None:
    out, trained = tmp_path / "out", tmp_path / "trained"
    run_study(Source(images), FakeBench(), out, TWO)
    before = lines(out / "inner.jsonl")
    assert all(row["temperature"] is None for row in before)
    with pytest.raises(KeyboardInterrupt):
        run_study(Source(images), Interrupted(reads_margins=True), out, TWO, resume=True)
    assert not [row for row in lines(out / "inner.jsonl") if row["temperature"] is None]  # never one beside the other
    run_study(Source(images), FakeBench(reads_margins=True), out, TWO, resume=True)
    made = lines(out / "inner.jsonl")
    assert len(made) == len(before)
    assert all(row["temperature"] is not None for row in made)
    run_study(Source(images), FakeBench(reads_margins=True, trained=trained), out, TWO, resume=True)
    assert not trained.exists()
    assert lines(out / "inner.jsonl") == made


def test_an_arm_whose_probabilities_are_no_numbers_is_no_baseline(images: LabelledImages, tmp_path: Path) -> None:
    class Unsure(FakeBench):
        def contest(self, parts: Parts, sample_fn: SampleFn, curated_fn: SampleFn | None = None) -> FakeContest:
            return UnsureContest(self, parts, sample_fn)

    class UnsureContest(FakeContest):
        def outcome(self, arm: str, model: str, seed: int, usage: str | None = None) -> Outcome:
            said = super().outcome(arm, model, seed, usage)
            odd = arm == "classical" and len(self.parts.train) < 80
            return replace(said, probabilities=np.full_like(said.probabilities, np.nan)) if odd else said

    run_study(Source(images), Unsure(reads_margins=True), tmp_path / "out", TWO)
    inner = lines(tmp_path / "out" / "inner.jsonl")
    assert {row["score"] for row in inner if row["arm"] == "classical"} == {None}
    assert {row["arm"] for row in lines(tmp_path / "out" / "baselines.jsonl")} == {"none"}


def test_a_choice_is_told_how_few_and_how_uneven_the_samples_are(
    images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    belief_fn = Prior.belief

    def belief(self: Prior, usage: str, here: Circumstances) -> Any:
        asked.append(here)
        return belief_fn(self, usage, here)

    monkeypatch.setattr(Prior, "belief", belief)
    run_study(Source(images), FakeBench(repeats=2), tmp_path / "out", replace(TWO, replicates=1))
    counts = Source(images).parts(TWO, TWO.replicate_seed(0)).train.class_counts().values()
    few = ("image", min(counts), max(counts) / min(counts), len(counts))
    once, twice = Circumstances(*few, 1), Circumstances(*few, 2)
    assert set(asked) == {once, twice}  # arms are tried once, ways of adding as often as the bench says
    assert max(counts) > min(counts)


def test_ways_of_adding_and_their_baseline_are_trained_several_times(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(repeats=3), tmp_path / "out", TWO)
    rows = [row for row in lines(tmp_path / "out" / "inner.jsonl") if row["replicate"] == 0]
    n_folds = rows[0]["n_folds"]
    scores = {
        (arm, usage): [row["score"] for row in rows if (row["arm"], row["usage"]) == (arm, usage)]
        for arm, usage in (("none", None), ("classical", None), ("classical", "share 0.25"))
    }
    assert [len(own) for own in scores.values()] == [n_folds, 3 * n_folds, 3 * n_folds]
    assert len(set(scores["classical", None])) > n_folds  # each by a seed of its own
    choice = next(row["choice"] for row in lines(tmp_path / "out" / "results.jsonl") if row["arm"] == "auto")
    gain = np.mean(scores["classical", "share 0.25"]) - np.mean(scores["classical", None])
    assert choice["considered"]["share 0.25"]["mean"] == pytest.approx(gain, abs=1e-6)


def test_every_arm_is_tested_as_often_and_rows_say_how_often(images: LabelledImages, tmp_path: Path) -> None:
    trained = tmp_path / "trained"
    run_study(Source(images), FakeBench(repeats=3, trained=trained), tmp_path / "out", TWO)
    rows = lines(tmp_path / "out" / "results.jsonl")
    assert {row["repeats"] for row in rows} == {3}
    whole = max(told["n_train"] for told in lines(trained))
    tested = [told for told in lines(trained) if told["n_train"] == whole and told["usage"] is None]
    assert Counter(told["arm"] for told in tested) == dict.fromkeys(FakeBench().arms, 3 * TWO.replicates)
    n_test = tested[0]["n_test"]
    thirds = [row["scores"]["accuracy"] * n_test * 3 for row in rows]
    assert thirds == pytest.approx(np.round(thirds), abs=1e-3)
    assert any(round(hits) % 3 for hits in thirds)  # no training was counted three times


def test_rows_that_were_trained_once_stay_and_auto_is_trained_as_often(images: LabelledImages, tmp_path: Path) -> None:
    helps, out = {"share 0.25": 0.2}, tmp_path / "out"
    run_study(Source(images), FakeBench(gains={}), out, TWO)
    for name in ("results.jsonl", "inner.jsonl"):  # of a version that knew no repeats
        rows = [{key: row[key] for key in row if key not in ("repeat", "repeats")} for row in lines(out / name)]
        (out / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    before = {(row["replicate"], row["arm"]): row["scores"] for row in lines(out / "results.jsonl")}
    run_study(Source(images), FakeBench(gains=helps, repeats=3), out, TWO, resume=True)
    after = {(row["replicate"], row["arm"]): row for row in lines(out / "results.jsonl")}
    assert all(after[key]["scores"] == scores for key, scores in before.items() if key[1] != "auto")
    used = [row for key, row in after.items() if key[1] == "auto"]
    assert [(row["choice"]["usage"], row["repeats"]) for row in used] == [("share 0.25", 1)] * 2
