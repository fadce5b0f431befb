"""What `augment --strategy auto` chooses among, and what it compares that with."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gan_augment.data.images import load_images
from gan_augment.data.scarcity import Scarcity
from gan_augment.data.schema import LabelledImages
from gan_augment.errors import ConfigError
from gan_augment.evaluation.choose import Choice, Estimate, choose_arm
from gan_augment.evaluation.images.material import ArmMaterial
from gan_augment.evaluation.images.usages import ImageUsage
from gan_augment.evaluation.study import generators, inner
from gan_augment.evaluation.study.auto import choose_usage
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
from gan_augment.generation.curated import CuratedGenerator, expanded
from gan_augment.generation.curation import Curation, load_curation
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.metrics import classifiers
from gan_augment.seeding import numpy_rng

CONFIG = StudyConfig(inner_folds=2, generator=GeneratorConfig("vae", steps=2, device="cpu"))


def digits(**cut: int) -> LabelledImages:
    images = load_images("digits")
    counts = Scarcity(train_per_class=8, cut=cut)
    return images.subset(counts.kept(images.labels, images.classes, numpy_rng(0, "few")))


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Train for two passes only, and note which arms the baseline is chosen from."""
    seen: list[str] = []

    def noted(scores: dict[str, Any], *given: Any) -> str | None:
        seen.extend(name for name in scores if name not in seen)
        return choose_arm(scores, *given)

    monkeypatch.setattr(inner, "choose_arm", noted)
    monkeypatch.setattr(classifiers, "FEWEST_STEPS", 2)
    monkeypatch.setattr(classifiers, "PASSES", 2)
    return seen


def test_images_on_the_disk_must_be_better_than_classical_augmentation(
    compared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bool] = []
    n_different = ImageUsage.n_different

    def noted(usage: ImageUsage, material: ArmMaterial) -> int:
        tried.append(material.of_files)
        return n_different(usage, material)

    monkeypatch.setattr(ImageUsage, "n_different", noted)
    choice = choose_usage(digits(), CONFIG)
    assert tried
    assert all(tried)
    assert compared == ["none", "classical", "classical-longer", "classical+mixup"]
    assert choice.arm in compared
    assert set(choice.considered) == {"share 0.25", "share 0.5", "share 0.25, curated"}


def test_curated_images_are_tried_where_they_may_be_chosen(
    compared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def noted(generator: TrainedGenerator, curation: Curation | None) -> CuratedGenerator:
        assert generator.path is not None
        assert curation is not None
        assert curation.digest == load_curation(generator.path, "cpu").digest  # type: ignore[union-attr]
        made.append(generator.path)
        return expanded(generator, curation)

    monkeypatch.setattr(generators, "expanded", noted)
    plain = {"share 0.25", "share 0.5"}
    assert set(choose_usage(digits(), CONFIG, curate=False).considered) == plain
    assert not made
    assert set(choose_usage(digits(), CONFIG).considered) == plain | {"share 0.25, curated"}
    assert len(made) == len(set(made)) == CONFIG.inner_folds


def test_what_is_to_rise_can_be_said(compared: list[str]) -> None:
    few = digits(**{"3": 4, "7": 4})
    plain, balanced = (choose_usage(few, CONFIG, curate=False, score=score) for score in (None, "balanced_accuracy"))
    assert plain.considered["balance"].mean != balanced.considered["balance"].mean
    with pytest.raises(ConfigError, match="Did you mean 'accuracy'"):
        choose_usage(few, CONFIG, score="acuracy")


def test_that_no_way_could_be_tried_is_an_error_with_its_reason(compared: list[str]) -> None:
    images = load_images("digits")
    two = Scarcity(train_per_class=2).kept(images.labels, images.classes, numpy_rng(0, "few"))
    with pytest.raises(ConfigError, match=r"No way of adding synthetic samples could be tried: .*has one image"):
        choose_usage(images.subset(two), CONFIG)


def test_what_looks_promising_is_tried_on_another_division(
    compared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sure(base: str, gains: dict[str, Any], *given: Any, divisions: int) -> Choice:
        seen.append(sum(map(len, gains.values())))
        considered = dict.fromkeys(gains, Estimate(mean=0.01, prior=0.0, posterior=0.01, sd=0.001, probability=0.99))
        return Choice(base, next(iter(gains)), 0.01, 0.99, considered, divisions=divisions)

    seen: list[int] = []
    monkeypatch.setattr(inner, "choose", sure)
    assert choose_usage(digits(), replace(CONFIG, inner_divisions=2), curate=False).divisions == 2
    assert seen[0] == 2 * 2  # two ways, two folds
    assert seen[-1] == 2 * 4


def test_images_of_few_may_be_added_alone_and_class_weights_are_what_they_must_improve_on(compared: list[str]) -> None:
    choice = choose_usage(digits(**{"3": 4, "7": 4}), CONFIG)
    assert compared[-1] == "classical+weights"
    as_they_come = {"share 0.25", "share 0.5", "balance", "rare, share 0.25"}
    assert set(choice.considered) == as_they_come | {"share 0.25, curated", "rare, share 0.25, curated"}
