"""What `augment --strategy auto` chooses among, and what it compares that with."""

from typing import Any

import pytest

from gan_augment.data.images import load_images
from gan_augment.data.scarcity import Scarcity
from gan_augment.data.schema import LabelledImages
from gan_augment.evaluation.choose import choose_arm
from gan_augment.evaluation.study import inner
from gan_augment.evaluation.study.auto import choose_usage
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
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


def test_images_on_the_disk_must_be_better_than_classical_augmentation(compared: list[str]) -> None:
    choice = choose_usage(digits(), CONFIG)
    assert compared == ["none", "classical", "classical-longer", "classical+mixup"]
    assert choice.arm in compared
    assert set(choice.considered) == {"share 0.25", "share 0.5"}


def test_images_of_few_may_be_added_alone_and_class_weights_are_what_they_must_improve_on(compared: list[str]) -> None:
    choice = choose_usage(digits(**{"3": 4, "7": 4}), CONFIG)
    assert compared[-1] == "classical+weights"
    assert set(choice.considered) == {"share 0.25", "share 0.5", "balance", "rare, share 0.25"}
