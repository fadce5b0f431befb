"""What a fit leaves for curation, and what it leaves out."""

import json
from pathlib import Path

import numpy as np
import pytest

from gan_augment import fitting
from gan_augment.data.schema import LabelledImages
from gan_augment.errors import ConfigError
from gan_augment.generation import curation_fit
from gan_augment.generation.curated import CuratedGenerator, curate
from gan_augment.generation.curation import load_curation
from gan_augment.generation.curation_fit import fit_curation
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.metrics.classifiers import ClassifierConfig
from tests.fitting.tiny import SETTINGS

CURATED = SETTINGS | {"curate": True}


@pytest.fixture(autouse=True)
def brief_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    train = curation_fit.train_classifier
    brief = {"config": ClassifierConfig(steps=30)}
    monkeypatch.setattr(curation_fit, "train_classifier", lambda lesson, **how: train(lesson, **how | brief))


@pytest.mark.parametrize("recipe", ["r3", "hinge", "dcgan", "vae"])
def test_a_run_of_any_recipe_can_be_curated(recipe: str, images: LabelledImages, tmp_path: Path) -> None:
    generator = fitting.fit(images, tmp_path / "run", steps=2, recipe=recipe, flips=("horizontal",), **CURATED)
    curation = load_curation(tmp_path / "run", "cpu")
    assert curation is not None
    scores = curation.score(np.concatenate(list(generator.iter_samples(1, 0, 64))), 1)
    assert np.isfinite(scores.log_odds).all()
    assert bool(scores.log_odds.any()) <= (recipe != "vae")
    assert curation.flips == ("horizontal",)
    np.testing.assert_array_equal(generator.fingerprints(), images.fingerprints())
    assert json.loads((tmp_path / "run/summary.json").read_text())["seconds_of_curation"] > 0


def test_the_same_fit_gives_the_same_curation_and_so_does_a_resume(images: LabelledImages, tmp_path: Path) -> None:
    for name in ("one", "two"):
        fitting.fit(images, tmp_path / name, steps=2, **CURATED)
    first, second = ((tmp_path / name / "curation.safetensors").read_bytes() for name in ("one", "two"))
    assert first == second
    fitting.fit(images, tmp_path / "one", resume=True, **CURATED)
    assert (tmp_path / "one/curation.safetensors").read_bytes() == first


def test_without_a_teacher_a_run_is_as_good_as_before(images: LabelledImages, tmp_path: Path) -> None:
    generator = fitting.fit(images, tmp_path / "run", steps=2, **SETTINGS)
    assert load_curation(tmp_path / "run") is None
    with pytest.raises(ConfigError, match="no teacher"):
        curate(generator)


def test_ctrl_c_during_the_teacher_keeps_the_run(
    images: LabelledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(curation_fit, "train_classifier", interrupted)
    with pytest.raises(KeyboardInterrupt, match="no teacher for curation: go on with --resume"):
        fitting.fit(images, tmp_path / "run", steps=2, **CURATED)
    assert (tmp_path / "run/summary.json").is_file()
    assert load_curation(tmp_path / "run") is None
    assert TrainedGenerator.load(tmp_path / "run", "cpu").sample(1).data.shape == (3, 8, 8, 1)


def test_too_few_different_images_are_a_warning(images: LabelledImages, tmp_path: Path) -> None:
    few = images.subset(np.repeat([0, 1, 12, 13, 24, 25], 6))
    with pytest.warns(UserWarning, match="different images"):
        fitting.fit(few, tmp_path / "run", steps=2, **CURATED)
    assert load_curation(tmp_path / "run") is None


def test_a_generator_in_memory_can_be_curated(images: LabelledImages) -> None:
    generator = fitting.fit(images, steps=2, **SETTINGS)
    source = curate(generator, fit_curation(images, generator))
    assert isinstance(source, CuratedGenerator)
    assert source.classes == images.classes
