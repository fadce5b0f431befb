"""A study finds what was planted: more real samples help, wrong labels hurt, copies are no news."""

from pathlib import Path

import pytest

from gan_augment.data.images import load_images
from gan_augment.data.scarcity import Scarcity
from gan_augment.data.tables import load_table
from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.study.bench import Bench
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.protocol import run_study
from gan_augment.evaluation.study.source import Source
from gan_augment.evaluation.tabular.bench import TableBench
from gan_augment.metrics.classifiers import ClassifierConfig

from .planted import Copies

FEW = Scarcity(train_per_class=8)


def verdict(source: Source, bench: Bench, out: Path, arm: str, turned: bool = False) -> str | None:
    config = StudyConfig(replicates=12, scarcity=FEW, confirm=arm)
    result = run_study(source, bench, out, config, auto=False, generator_fn=Copies(turned))
    return result.confirmatory(bench.models[0]).verdict


def of_rows(arm: str) -> tuple[Source, Bench]:
    n_prior = 200 if arm == "oracle" else None
    bench = TableBench(("none", arm), ("logistic",), n_prior, chief="accuracy")
    return Source(load_table("breast_cancer")), bench


def of_images(arm: str) -> tuple[Source, Bench]:
    bench = ImageBench(("none", arm), ("cnn",), classifier=ClassifierConfig(steps=150))
    return Source(load_images("digits")), bench


def test_more_real_rows_help(tmp_path: Path) -> None:
    assert verdict(*of_rows("oracle"), tmp_path / "out", "oracle") == "helps"


def test_rows_with_wrong_labels_hurt(tmp_path: Path) -> None:
    assert verdict(*of_rows("gan-prior"), tmp_path / "out", "gan-prior", turned=True) == "hurts"


def test_copies_of_the_training_rows_are_no_news(tmp_path: Path) -> None:
    assert verdict(*of_rows("gan-prior"), tmp_path / "out", "gan-prior") in ("no evidence", "equivalent")


@pytest.mark.slow
def test_more_real_images_help(tmp_path: Path) -> None:
    assert verdict(*of_images("oracle"), tmp_path / "out", "oracle") == "helps"


@pytest.mark.slow
def test_images_with_wrong_labels_hurt(tmp_path: Path) -> None:
    assert verdict(*of_images("gan"), tmp_path / "out", "gan", turned=True) == "hurts"


@pytest.mark.slow
def test_copies_of_the_training_images_are_no_news(tmp_path: Path) -> None:
    assert verdict(*of_images("gan"), tmp_path / "out", "gan") in ("no evidence", "equivalent")
