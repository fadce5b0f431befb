"""A training part that is divided anew for `auto`: which ways go on, what they count for, and that nothing is lost."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan_augment.cli.study_options import study_config
from gan_augment.data.schema import LabelledImages
from gan_augment.errors import ConfigError
from gan_augment.evaluation.choose import THRESHOLD, Choice, Estimate, choose
from gan_augment.evaluation.prior import DEFAULTS, NOISE_DF, Circumstances, Prior
from gan_augment.evaluation.study.bench import Outcome, Parts, SampleFn
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.generators import FitGenerator
from gan_augment.evaluation.study.inner import InnerFolds
from gan_augment.evaluation.study.job import RUNS, Job
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.rows import InnerRow, gains_of_ways
from gan_augment.evaluation.study.source import Source
from gan_augment.seeding import numpy_rng

from .conftest import MOST_OF_A_FOLD, FakeBench, FakeContest

ONCE = StudyConfig(replicates=2, inner_folds=2)
THRICE = replace(ONCE, inner_divisions=3)
GOOD, BAD = "share 0.25", "share 0.5"
PLAIN = {"none": 0.5, "gan": 0.5}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def folds_of(out: Path, usage: str | None) -> set[int]:
    return {row["fold"] for row in lines(out / "inner.jsonl") if row["usage"] == usage}


def auto(out: Path) -> dict[int, Any]:
    return {row["replicate"]: row for row in lines(out / "results.jsonl") if row["arm"] == "auto"}


def test_only_promising_ways_are_tried_on_another_division(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(PLAIN, {GOOD: 0.4, BAD: -0.4}), tmp_path / "out", THRICE)
    assert folds_of(tmp_path / "out", GOOD) == folds_of(tmp_path / "out", None) == set(range(6))
    assert folds_of(tmp_path / "out", BAD) == {0, 1}
    choice = auto(tmp_path / "out")[0]["choice"]
    assert choice["usage"] == GOOD
    assert list(choice["considered"]) == [GOOD]
    assert choice["divisions"] == 3
    assert "(inner folds, 3 divisions +" in choice["line"]
    assert "(inner folds, 3 divisions), under 0.8" in found([-1.0] * 6, 3).line
    rows = [row for row in lines(tmp_path / "out" / "inner.jsonl") if row["replicate"] == 0]
    with_it, without = (np.mean([row["score"] for row in rows if row["usage"] == usage]) for usage in (GOOD, None))
    assert choice["considered"][GOOD]["mean"] == pytest.approx(with_it - without, abs=1e-6)


def test_arms_are_tried_on_the_first_division_alone(images: LabelledImages, tmp_path: Path) -> None:
    bench = FakeBench({"none": 0.5, "classical": 0.6, "gan": 0.5}, {GOOD: 0.4})
    run_study(Source(images), bench, tmp_path / "out", THRICE)
    folds = {(row["arm"], row["fold"]) for row in lines(tmp_path / "out" / "inner.jsonl") if row["usage"] is None}
    assert folds == {("none", 0), ("none", 1), *(("classical", number) for number in range(6))}


def test_where_nothing_is_promising_there_is_no_other_division(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(PLAIN, {GOOD: -0.3, BAD: -0.4}), tmp_path / "out", THRICE)
    assert folds_of(tmp_path / "out", None) == {0, 1}
    choice = auto(tmp_path / "out")[0]["choice"]
    assert choice["usage"] is None
    assert set(choice["considered"]) == {GOOD, BAD}


def test_a_study_goes_on_with_more_divisions(images: LabelledImages, tmp_path: Path) -> None:
    bench, out, trained = FakeBench(PLAIN, {GOOD: 0.4}), tmp_path / "out", tmp_path / "trained"
    run_study(Source(images), bench, out, ONCE)
    before, once = lines(out / "inner.jsonl"), auto(out)
    run_study(Source(images), replace(bench, trained=trained), out, THRICE, resume=True)
    after, more = lines(out / "inner.jsonl"), auto(out)
    assert after[: len(before)] == before
    assert {row["fold"] for row in after[len(before) :]} == {2, 3, 4, 5}
    assert all(more[number]["choice"] != once[number]["choice"] for number in (0, 1))
    trained.unlink()
    run_study(Source(images), replace(bench, trained=trained), out, THRICE, resume=True)
    assert not trained.exists()


def test_a_study_that_goes_on_with_fewer_divisions_keeps_what_it_found(images: LabelledImages, tmp_path: Path) -> None:
    bench, out = FakeBench(PLAIN, {GOOD: 0.4}), tmp_path / "out"
    run_study(Source(images), bench, out, THRICE)
    before = auto(out)
    run_study(Source(images), bench, out, replace(ONCE, replicates=3), resume=True)
    after = auto(out)
    assert {number: after[number] for number in before} == before
    new = {row["fold"] for row in lines(out / "inner.jsonl") if row["replicate"] == 2}
    assert new == {0, 1}  # whatever was asked for the others, in one process or in several


def test_what_fails_on_a_later_division_leaves_what_was_known(images: LabelledImages, tmp_path: Path) -> None:
    class Failing(FakeBench):
        def log(self, arm: str, model: str, usage: str | None, parts: Parts) -> None:
            n_inner.append(len(parts.train) < MOST_OF_A_FOLD)
            if sum(n_inner) > 6:  # of the arm and both ways on the first two folds
                raise ZeroDivisionError("no luck today")

    n_inner: list[bool] = []
    bench = Failing({"none": 0.5}, {GOOD: 0.4})
    result = run_study(Source(images), bench, tmp_path / "out", replace(THRICE, replicates=1), resume=False)
    choice = auto(tmp_path / "out")[0]["choice"]
    why = {row["failed"] for row in lines(tmp_path / "out" / "inner.jsonl") if row["score"] is None}
    assert why == {"ZeroDivisionError: no luck today"}
    assert "small: none with 'share 0.25' failed on inner folds: ZeroDivisionError: no luck today" in result.notes
    assert list(choice["considered"]) == [GOOD]
    assert choice["usage"] == GOOD


def test_folds_of_all_divisions_have_generators_of_their_own(images: LabelledImages, tmp_path: Path) -> None:
    names: dict[int, set[bytes]] = {}

    class Named(Job):
        def generator(self, train: Any, number: int, fold: int | None = None) -> Any:
            if fold is not None:
                assert fold not in names
                names[fold] = {key.tobytes() for key in train.fingerprints()}
            return super().generator(train, number, fold)

    source = Source(images)
    job = Named(source, FakeBench(), THRICE, FitGenerator(THRICE.generator), tmp_path, auto=True)
    inner = InnerFolds(job, 0, source.parts(THRICE, THRICE.replicate_seed(0)), (), {})
    for division in range(3):
        assert len(inner._division(division)) == 2
    assert set(names) == set(range(6))


def test_trainings_of_all_divisions_have_seeds_of_their_own(images: LabelledImages, tmp_path: Path) -> None:
    seeds: dict[str | None, list[int]] = {None: [], GOOD: []}

    class Seeded(FakeContest):
        def outcome(self, arm: str, model: str, seed: int, usage: str | None = None) -> Outcome:
            if len(self.parts.train) < MOST_OF_A_FOLD:
                seeds[usage].append(seed)
            return super().outcome(arm, model, seed, usage)

    class Bench(FakeBench):
        def contest(self, parts: Parts, sample_fn: SampleFn, curated_fn: SampleFn | None = None) -> FakeContest:
            return Seeded(self, parts, sample_fn)

    once = replace(THRICE, replicates=1)
    run_study(Source(images), Bench({"none": 0.5}, {GOOD: 0.4}, repeats=2), tmp_path / "out", once)
    assert len(seeds[GOOD]) == 12
    assert len(set(seeds[GOOD])) == 6  # three divisions of two folds, two trainings each: folds share seeds
    assert sorted(seeds[None]) == sorted(seeds[GOOD])  # and both sides of a gain do


def test_runs_of_all_divisions_are_removed(images: LabelledImages, tmp_path: Path) -> None:
    source = Source(images)
    job = Job(source, FakeBench(), THRICE, FitGenerator(THRICE.generator), tmp_path, auto=True)
    inner = InnerFolds(job, 0, source.parts(THRICE, THRICE.replicate_seed(0)), (), {})
    for number in range(len(inner._division(0) + inner._division(1))):
        (tmp_path / RUNS / f"000-inner{number}").mkdir(parents=True)
    inner.forget()
    assert not list((tmp_path / RUNS).iterdir())


def test_a_way_is_promising_where_it_gained_and_is_likelier_to_gain_than_not() -> None:
    looks = {"both": (0.01, 0.6), "unlikely": (0.01, 0.5), "lost": (-0.01, 0.6)}
    considered = {name: Estimate(mean, 0.0, 0.0, 0.01, sure) for name, (mean, sure) in looks.items()}
    assert Choice("none", None, 0.0, 0.6, considered).promising == ["both"]


def test_the_command_line_asks_for_divisions() -> None:
    assert study_config({"inner_divisions": 3}).inner_divisions == 3
    assert study_config({}).inner_divisions == 1


def test_groups_are_divided_once(images: LabelledImages, tmp_path: Path) -> None:
    source = Source(images, groups=np.arange(len(images)) // 4)
    run_study(source, FakeBench(PLAIN, {GOOD: 0.4}), tmp_path / "out", THRICE)
    assert folds_of(tmp_path / "out", GOOD) == {0, 1}


def test_exact_copies_stay_together_in_every_division(images: LabelledImages, tmp_path: Path) -> None:
    pixels = images.images.copy()
    first, second = np.flatnonzero(images.labels == images.labels[0])[:2]
    pixels[second] = pixels[first]
    source = Source(replace(images, images=pixels))
    run_study(source, FakeBench(PLAIN, {GOOD: 0.4}), tmp_path / "out", THRICE)
    assert folds_of(tmp_path / "out", GOOD) == set(range(6))
    copy, found = pixels[first].tobytes(), 0
    for number in range(THRICE.replicates):
        parts = source.parts(THRICE, THRICE.replicate_seed(number))
        job = Job(source, FakeBench(), THRICE, FitGenerator(THRICE.generator), tmp_path, auto=True)
        inner = InnerFolds(job, number, parts, (), {})
        for fold in (fold for n in range(3) for fold in inner._division(n)):
            held, fitted = (
                sum(one.tobytes() == copy for one in part.images) for part in (fold.parts.test, fold.parts.train)
            )
            assert {held, fitted} in ({0, 2}, {0})
            found += held
    assert found


def test_a_division_with_other_folds_than_the_first_is_not_used(
    images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels, pairs_fn = images.images.copy(), InnerFolds._pairs
    first, second = np.flatnonzero(images.labels == images.labels[0])[:2]
    pixels[second] = pixels[first]
    monkeypatch.setattr(InnerFolds, "_pairs", lambda self, number: pairs_fn(self, number)[: 1 if number == 2 else None])
    run_study(Source(replace(images, images=pixels)), FakeBench(PLAIN, {GOOD: 0.4}), tmp_path / "out", THRICE)
    assert folds_of(tmp_path / "out", GOOD) == set(range(4))


def test_every_division_holds_all_samples_and_divides_them_otherwise(images: LabelledImages, tmp_path: Path) -> None:
    source = Source(images)
    parts = source.parts(THRICE, THRICE.replicate_seed(0))
    job = Job(source, FakeBench(), THRICE, FitGenerator(THRICE.generator), tmp_path, auto=True)
    inner = InnerFolds(job, 0, parts, (), {})
    halves = [
        [{key.tobytes() for key in fold.parts.test.fingerprints()} for fold in inner._division(n)] for n in (0, 1)
    ]
    whole = {key.tobytes() for key in parts.train.fingerprints()}
    assert [first | second for first, second in halves] == [whole, whole]
    assert not any(first & second for first, second in halves)
    assert not {frozenset(half) for half in halves[0]} & {frozenset(half) for half in halves[1]}


@pytest.mark.filterwarnings("ignore:All replicates train on the same samples")
def test_time_divides_in_one_way_only(images: LabelledImages, tmp_path: Path) -> None:
    source = Source(images, times=np.random.default_rng(0).permutation(len(images)))
    run_study(source, FakeBench(PLAIN, {GOOD: 0.4}), tmp_path / "out", replace(THRICE, replicates=1))
    assert folds_of(tmp_path / "out", GOOD) == {0, 1}


def test_a_study_needs_a_division() -> None:
    with pytest.raises(ConfigError, match="inner divisions of at least 1, not 0"):
        StudyConfig(inner_divisions=0)


def found(folds: list[float], divisions: int) -> Choice:
    in_units = {GOOD: [gain / 100 for gain in folds]}
    return choose("none", in_units, Circumstances("image", 20, 1.0, 10, 1), Prior(), divisions=divisions)


def test_the_noise_of_a_mean_falls_with_the_divisions_but_for_what_they_share() -> None:
    default, folds = DEFAULTS["image"], [2.0, 1.0] * 3
    squares = 6 * 0.005**2
    for divisions, n in ((1, 6), (3, 2)):  # in the second case three divisions of two folds
        of_one = (NOISE_DF * default.noise_sd**2 + squares / n) / (NOISE_DF + 5)
        noise = of_one * (0.2 + 0.8 / divisions)
        sd = (1 / default.sd**2 + 1 / noise) ** -0.5
        assert found(folds, divisions).considered[GOOD].sd == pytest.approx(sd, rel=1e-3)


def test_other_divisions_make_a_gain_surer() -> None:
    gains = [1.5, 1.0]
    assert found(gains * 3, 3).probability > found(gains, 1).probability


def test_what_gains_nothing_passes_the_gate_no_more_often_than_that_allows() -> None:
    rng, used = numpy_rng(0, "divisions"), {1: 0, 3: 0}
    for _ in range(600):
        shared, own = 1.5 * rng.standard_normal(), rng.standard_normal((3, 2))
        errors = np.sqrt(0.1) * shared + np.sqrt(0.8) * 1.5 * own
        for divisions in used:
            used[divisions] += found(errors[:divisions].reshape(-1).tolist(), divisions).usage is not None
    assert used[1] <= 0.1 * 600
    assert used[3] <= (1.0 - THRESHOLD) * 600


def test_what_ways_gain_is_told_from_the_division_on_which_all_are_tried() -> None:
    def row(fold: int, usage: str | None, score: float) -> InnerRow:
        return InnerRow(0, fold, "none", "small", usage, score, 2)

    rows = [row(fold, usage, score) for fold in range(4) for usage, score in ((None, 0.5), (GOOD, 0.6 + fold / 10))]
    assert set(gains_of_ways(rows, {(0, "small"): "none"})) == {("small", GOOD, 0, 0), ("small", GOOD, 0, 1)}
