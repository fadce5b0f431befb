"""A study: complete, leak-free, resumable, and no better on many processes than on one."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.open import DataRequest
from gan_augment.data.scarcity import Scarcity
from gan_augment.data.schema import LabelledImages
from gan_augment.data.table_schema import LabelledTable
from gan_augment.data.tables import load_table
from gan_augment.errors import ConfigError, DataError, OutputError, TrainingError
from gan_augment.evaluation.study import generators, workers
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
from gan_augment.evaluation.study.generators import FitGenerator
from gan_augment.evaluation.study.inner import InnerFolds
from gan_augment.evaluation.study.job import Job
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.replicate import Replicate
from gan_augment.evaluation.study.request import StudyRequest
from gan_augment.evaluation.study.source import Source
from gan_augment.evaluation.study.text import study_text

from .conftest import FakeBench, make_images

TWO = StudyConfig(replicates=2, inner_folds=2)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def without_seconds(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = ({name: value for name, value in row.items() if name != "seconds"} for row in rows)
    return sorted(kept, key=lambda row: (row["replicate"], row["arm"], row["model"]))


def test_every_replicate_has_a_row_of_every_arm_and_model(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(models=("small", "large")), tmp_path / "out", TWO)
    rows = lines(tmp_path / "out" / "results.jsonl")
    arms = ("none", "classical", "gan", "oracle", "auto")
    wanted = {(number, arm, model) for number in range(2) for arm in arms for model in ("small", "large")}
    assert {(row["replicate"], row["arm"], row["model"]) for row in rows} == wanted
    assert len(rows) == len(wanted)
    assert {row["seed"] for row in rows if row["replicate"] == 0} != {row["seed"] for row in rows if row["replicate"]}
    assert all(len(row["per_class"]) == 3 and row["config"] and "torch" in row["versions"] for row in rows)
    assert json.loads((tmp_path / "out" / "summary.json").read_text())


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


def test_no_model_sees_a_test_sample(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(trained=tmp_path / "trained"), tmp_path / "out", TWO)
    assert {row["shared"] for row in lines(tmp_path / "trained")} == {0}


def test_copies_of_an_image_never_lie_in_two_parts(images: LabelledImages, tmp_path: Path) -> None:
    doubled = images.subset(np.concatenate([np.arange(len(images))] * 2))
    run_study(Source(doubled), FakeBench(trained=tmp_path / "trained"), tmp_path / "out", TWO)
    assert {row["shared"] for row in lines(tmp_path / "trained")} == {0}


def test_groups_stay_whole_also_in_the_inner_folds(images: LabelledImages) -> None:
    groups = np.arange(len(images)) // 4
    named = {key.tobytes(): group for key, group in zip(images.fingerprints(), groups, strict=True)}
    parts = Source(images, groups=groups).parts(StudyConfig(), 3)

    def groups_of(data: LabelledImages) -> set[int]:
        return {named[key.tobytes()] for key in data.fingerprints()}

    assert parts.groups is not None
    assert not groups_of(parts.train) & groups_of(parts.test)  # type: ignore[arg-type]
    assert parts.groups.tolist() == [named[key.tobytes()] for key in parts.train.fingerprints()]


def test_nothing_is_trained_on_what_comes_after_it(images: LabelledImages, tmp_path: Path) -> None:
    times = np.random.default_rng(0).permutation(len(images))
    named = {key.tobytes(): time for key, time in zip(images.fingerprints(), times, strict=True)}
    source, config = Source(images, times=times), StudyConfig()
    parts = source.parts(config, config.replicate_seed(0))
    job = Job(source, FakeBench(), config, FitGenerator(config.generator), tmp_path, auto=True)
    folds = InnerFolds(job, 0, parts, (), {}).folds
    assert len(folds) == 3
    for divided in (parts, *(fold.parts for fold in folds)):
        own = [[named[key.tobytes()] for key in part.fingerprints()] for part in (divided.train, divided.test)]
        assert max(own[0]) < min(own[1])


def test_what_scarcity_leaves_out_is_spare_and_neither_trained_nor_tested_on(images: LabelledImages) -> None:
    parts = Source(images).parts(StudyConfig(scarcity=Scarcity(train_per_class=5)), 3)
    assert parts.train.class_counts() == {"a": 5, "b": 5, "c": 5}
    assert parts.spare is not None
    keys = [{key.tobytes() for key in part.fingerprints()} for part in (parts.train, parts.test, parts.spare)]
    assert sum(map(len, keys)) == len(set.union(*keys)) == len(images)


def test_given_test_samples_are_the_test_of_every_replicate(images: LabelledImages, tmp_path: Path) -> None:
    test = make_images({"a": 9, "b": 9, "c": 9}, seed=1)
    parts = [Source(images, test).parts(StudyConfig(), seed) for seed in range(2)]
    assert [part.test.digest() for part in parts] == [test.digest()] * 2
    assert len(parts[0].train) == len(images)


def test_two_sources_of_test_samples_are_refused(images: LabelledImages) -> None:
    with pytest.raises(ConfigError, match="groups and times"):
        Source(images, groups=np.zeros(len(images)), times=np.zeros(len(images)))
    with pytest.raises(ConfigError, match="3 groups for 140"):
        Source(images, groups=np.zeros(3))


def test_too_few_samples_for_the_split_say_how_many_there_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="b"):
        run_study(Source(make_images({"a": 20, "b": 1})), FakeBench(), tmp_path / "out", TWO)


def test_an_interrupted_study_goes_on_and_trains_nothing_twice(
    images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = FakeBench(trained=tmp_path / "trained")
    whole = run_study(Source(images), replace(bench, trained=None), tmp_path / "whole", TWO)
    rows = Replicate.rows

    def stopped(self: Replicate) -> Iterator[Any]:
        for number, row in enumerate(rows(self)):
            if number == 6:
                raise KeyboardInterrupt
            yield row

    monkeypatch.setattr(Replicate, "rows", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_study(Source(images), bench, tmp_path / "out", TWO)
    monkeypatch.undo()
    with pytest.raises(OutputError, match="--resume"):
        run_study(Source(images), bench, tmp_path / "out", TWO)
    result = run_study(Source(images), bench, tmp_path / "out", TWO, resume=True)
    assert result.to_dict() == whole.to_dict()
    files = [tmp_path / name / "results.jsonl" for name in ("whole", "out")]
    assert without_seconds(lines(files[0])) == without_seconds(lines(files[1]))
    trained = Counter((row["arm"], row["usage"], row["n_train"]) for row in lines(tmp_path / "trained"))
    assert trained["none", None, len(Source(images).parts(TWO, 0).train)] == 2


def test_more_replicates_may_be_asked_for_later(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(), tmp_path / "out", TWO)
    first = lines(tmp_path / "out" / "results.jsonl")
    run_study(Source(images), FakeBench(), tmp_path / "out", replace(TWO, replicates=3), resume=True)
    assert lines(tmp_path / "out" / "results.jsonl")[: len(first)] == first
    assert {row["replicate"] for row in lines(tmp_path / "out" / "results.jsonl")} == {0, 1, 2}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (replace(TWO, test_share=0.5), "test_share"),
        (replace(TWO, generator=GeneratorConfig(steps=7)), "generator.steps"),
        (replace(TWO, scarcity=Scarcity(train_per_class=5)), "scarcity.train_per_class"),
    ],
)
def test_results_of_another_configuration_say_which_key_differs(
    images: LabelledImages, tmp_path: Path, changed: StudyConfig, named: str
) -> None:
    run_study(Source(images), FakeBench(), tmp_path / "out", TWO)
    before = (tmp_path / "out" / "results.jsonl").read_bytes()
    with pytest.raises(OutputError, match=named):
        run_study(Source(images), FakeBench(), tmp_path / "out", changed, resume=True)
    assert (tmp_path / "out" / "results.jsonl").read_bytes() == before


def test_processes_give_the_rows_of_one_process(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(), tmp_path / "one", TWO)
    run_study(Source(images), FakeBench(), tmp_path / "two", replace(TWO, jobs=2))
    one, two = (without_seconds(lines(tmp_path / name / "results.jsonl")) for name in ("one", "two"))
    assert one == two


def test_a_killed_process_is_an_error_that_keeps_what_is_finished(
    images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_serve", _dies)
    with pytest.raises(ConfigError, match="killed"):
        run_study(Source(images), FakeBench(), tmp_path / "out", replace(TWO, jobs=2))


def _dies(*args: Any) -> None:
    raise SystemExit(1)


def test_a_model_that_fails_is_marked_and_the_study_goes_on(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(models=("small", "odd"), broken=("odd",)), tmp_path / "out", TWO)
    rows = lines(tmp_path / "out" / "results.jsonl")
    assert {row["failed"] for row in rows if row["model"] == "odd"} == {"ZeroDivisionError: no luck today"}
    assert {row["failed"] for row in rows if row["model"] == "small"} == {None}
    assert not any(row["arm"] == "auto" for row in rows if row["model"] == "odd")


def test_a_generator_that_fails_is_fitted_once_and_marks_its_arms(
    images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = []

    def fails(*args: Any, **kwargs: Any) -> None:
        fits.append(args)
        raise TrainingError("The loss is not a number.")

    monkeypatch.setattr(generators, "fit", fails)
    bench = FakeBench(models=("small", "large"), needs_generator=True)
    run_study(Source(images), bench, tmp_path / "out", replace(TWO, replicates=1))
    rows = lines(tmp_path / "out" / "results.jsonl")
    assert {row["failed"] for row in rows if row["arm"] == "gan"} == {"The loss is not a number."}
    assert len(fits) == 1


def test_nothing_is_begun_when_the_time_is_over(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(), tmp_path / "out", replace(TWO, time=1e-9))
    assert not (tmp_path / "out" / "results.jsonl").exists()


def test_a_baseline_needs_no_inner_folds_where_there_is_nothing_to_choose(
    images: LabelledImages, tmp_path: Path
) -> None:
    bench = FakeBench({"none": 0.7, "gan": 0.7}, trained=tmp_path / "trained")
    run_study(Source(images), bench, tmp_path / "out", replace(TWO, confirm="gan"), auto=False)
    assert not (tmp_path / "out" / "inner.jsonl").exists()
    assert len(lines(tmp_path / "trained")) == 4


def test_what_speaks_against_the_samples_is_said_with_its_number_of_replicates(
    images: LabelledImages, tmp_path: Path
) -> None:
    text = study_text(run_study(Source(images), FakeBench(), tmp_path / "out", TWO))
    assert "Looks odd. (2 of 2 replicates)" in text
    assert "AUC of 0.90 (mean of 2 replicate(s)" in text
    assert "Left out nothing." in text


def test_an_unknown_arm_to_confirm_is_refused_before_anything_is_trained(
    images: LabelledImages, tmp_path: Path
) -> None:
    bench = FakeBench(trained=tmp_path / "trained")
    with pytest.raises(ConfigError, match="classical"):
        run_study(Source(images), bench, tmp_path / "out", replace(TWO, confirm="clasical"))
    assert not (tmp_path / "trained").exists()


def test_given_test_samples_must_be_new_and_of_every_class(images: LabelledImages) -> None:
    test = make_images({"a": 9, "b": 9, "c": 9}, seed=1)
    both = replace(test, images=np.concatenate([test.images, images.images[:1]]), labels=np.append(test.labels, 0))
    with pytest.raises(DataError, match="1 of 28 test samples are exact copies"):
        Source(images, both)
    with pytest.raises(DataError, match="none of class 'c'"):
        Source(images, test.subset(np.flatnonzero(test.labels < 2)))
    table = load_table("breast_cancer")
    with pytest.raises(DataError, match="exact copies"):
        Source(table, table.subset(np.arange(0, len(table), 3)))


def test_an_arm_that_a_fold_lacks_is_no_baseline(images: LabelledImages, tmp_path: Path) -> None:
    bench = FakeBench({"none": 0.6, "classical": 0.9}, lacking="classical")
    run_study(Source(images), bench, tmp_path / "out", TWO)
    rows = [row for row in lines(tmp_path / "out" / "results.jsonl") if row["arm"] == "auto"]
    assert [row["choice"]["arm"] for row in rows] == ["none", "none"]


def test_a_setting_that_was_taken_away_is_another_configuration(images: LabelledImages, tmp_path: Path) -> None:
    both = replace(TWO, scarcity=Scarcity(cut={"a": 20, "b": 10}))
    run_study(Source(images), FakeBench(), tmp_path / "out", both)
    with pytest.raises(OutputError, match="scarcity.cut.b"):
        run_study(
            Source(images), FakeBench(), tmp_path / "out", replace(TWO, scarcity=Scarcity(cut={"a": 20})), resume=True
        )


def test_arms_that_no_process_can_be_sent_are_an_error_not_a_wait(images: LabelledImages, tmp_path: Path) -> None:
    def local(*args: Any) -> Any:
        raise AssertionError

    with pytest.raises(ConfigError, match="--jobs 1"):
        run_study(Source(images), FakeBench(), tmp_path / "out", replace(TWO, jobs=2), generator_fn=local)


def test_what_failed_is_tried_again_on_resume(images: LabelledImages, tmp_path: Path) -> None:
    run_study(Source(images), FakeBench(broken=("small",)), tmp_path / "out", TWO)
    result = run_study(Source(images), FakeBench(), tmp_path / "out", TWO, resume=True)
    assert result.summaries["small", "none"].n_replicates == 2
    assert result.summaries["small", "auto"].n_replicates == 2


def test_a_study_says_when_its_time_was_over(images: LabelledImages, tmp_path: Path) -> None:
    result = run_study(Source(images), FakeBench(), tmp_path / "out", replace(TWO, time=1e-9))
    assert any("go on with --resume" in note for note in result.notes)


def test_replicates_that_differ_in_seeds_alone_get_no_verdict(images: LabelledImages, tmp_path: Path) -> None:
    test = make_images({"a": 30, "b": 30, "c": 30}, seed=1)
    config = StudyConfig(replicates=8, inner_folds=2, confirm="oracle")
    text = study_text(run_study(Source(images, test), FakeBench(), tmp_path / "out", config))
    assert "no verdict on oracle, since all replicates have the same samples" in text


def test_copies_in_two_groups_join_them(images: LabelledImages) -> None:
    doubled = images.subset(np.concatenate([np.arange(len(images)), np.arange(len(images))]))
    parts = Source(doubled, groups=np.arange(len(doubled)) // 2).parts(StudyConfig(), 0)
    keys = [{key.tobytes() for key in part.fingerprints()} for part in (parts.train, parts.test)]
    assert not keys[0] & keys[1]


def test_prior_correction_goes_to_the_shares_of_the_pool(images: LabelledImages) -> None:
    parts = Source(images).parts(StudyConfig(scarcity=Scarcity(cut={"b": 3})), 0)
    assert parts.shares is not None
    assert np.allclose(parts.shares, np.array([45, 30, 30]) / 105)


def test_dates_as_text_are_ordered_by_time_not_by_letters(tmp_path: Path) -> None:
    n = 60
    days = pd.date_range("2019-11-01", periods=n, freq="D", tz=None)
    frame = pd.DataFrame({"a": np.arange(n) % 7 + 0.5, "day": days.strftime("%Y-%m-%d"), "y": ["u", "v"] * (n // 2)})
    source = StudyRequest(DataRequest(frame, target="y"), times="day").source()
    parts = source.parts(StudyConfig(), 0)
    assert isinstance(parts.train, LabelledTable)
    assert isinstance(parts.test, LabelledTable)
    assert parts.train.frame["day"].max() < parts.test.frame["day"].min()
    wrong = frame.assign(day=days.strftime("%d.%m.%Y"))
    with pytest.raises(DataError, match="2020-12-31"):
        StudyRequest(DataRequest(wrong, target="y"), times="day").source()


def test_no_arm_can_be_the_baseline_where_all_need_a_generator(images: LabelledImages, tmp_path: Path) -> None:
    bench = FakeBench(accuracies={"gan": 0.75, "oracle": 0.9})
    with pytest.raises(ConfigError, match="No arm can be the baseline: add one"):
        run_study(Source(images), bench, tmp_path / "out", TWO)
    assert not (tmp_path / "out").exists()


def test_a_row_does_not_pay_for_the_fit_of_its_generator(images: LabelledImages, tmp_path: Path) -> None:
    def slow(train: object, run: Path, seed: int) -> Any:
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass
        return lambda counts, seed: None

    config = replace(TWO, replicates=1, confirm="gan")
    run_study(Source(images), FakeBench(needs_generator=True), tmp_path / "out", config, auto=False, generator_fn=slow)
    assert max(row["seconds"] for row in lines(tmp_path / "out" / "results.jsonl")) < 0.25
