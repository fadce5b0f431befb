"""How a study divides its samples: nothing leaks, whatever hangs together."""

import json
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
from gan_augment.errors import ConfigError, DataError
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.generators import FitGenerator
from gan_augment.evaluation.study.inner import InnerFolds
from gan_augment.evaluation.study.job import Job
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.request import StudyRequest
from gan_augment.evaluation.study.source import Source

from .conftest import FakeBench, make_images

TWO = StudyConfig(replicates=2, inner_folds=2)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


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


def test_copies_in_two_groups_join_them(images: LabelledImages) -> None:
    doubled = images.subset(np.concatenate([np.arange(len(images)), np.arange(len(images))]))
    parts = Source(doubled, groups=np.arange(len(doubled)) // 2).parts(StudyConfig(), 0)
    keys = [{key.tobytes() for key in part.fingerprints()} for part in (parts.train, parts.test)]
    assert not keys[0] & keys[1]


def test_prior_correction_goes_to_the_shares_of_the_pool(images: LabelledImages) -> None:
    parts = Source(images).parts(StudyConfig(scarcity=Scarcity(cut={"b": 3})), 0)
    assert parts.shares is not None
    assert np.allclose(parts.shares, np.array([45, 30, 30]) / 105)


def test_the_class_that_is_looked_for_is_one_in_all_parts(tmp_path: Path) -> None:
    images = make_images({"a": 30, "b": 70})
    source, config = Source(images), StudyConfig(scarcity=Scarcity(train_per_class=20))
    parts = source.parts(config, config.replicate_seed(0))
    job = Job(source, FakeBench(), config, FitGenerator(config.generator), tmp_path, auto=True)
    folds = [fold.parts for fold in InnerFolds(job, 0, parts, (), {}).folds]
    assert [divided.positive for divided in (parts, source.whole(), *folds)] == [0] * 5
    assert Source(make_images({"a": 9, "b": 9, "c": 9})).whole().positive is None


def test_a_sample_without_group_or_time_is_refused(images: LabelledImages) -> None:
    values = np.array(["u", "v"] * (len(images) // 2), dtype=object)
    values[3] = float("nan")
    for name in ("group", "time"):
        with pytest.raises(DataError, match=rf"1 of 140 samples have no {name} \(first: sample 3\)"):
            Source(images, **{f"{name}s": values})


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
