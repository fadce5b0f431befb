"""The arms are what the names say, each beside the one it must beat."""

import pytest

from gan_augment.errors import ConfigError
from gan_augment.evaluation.images.arms import ARMS, resolve_arms


def test_every_arm_sees_images_and_is_compared_with_an_arm_that_sees_only_real_ones() -> None:
    for name, arm in ARMS.items():
        assert arm.name == name
        assert arm.real or arm.synthetic
        assert (arm.baseline is None) == (name == "none")
        if arm.baseline:
            assert not ARMS[arm.baseline].synthetic


def test_a_synthetic_arm_is_compared_with_an_arm_of_the_same_augmentation() -> None:
    for arm in ARMS.values():
        if arm.synthetic:
            assert ARMS[arm.baseline or ""].classical == arm.classical


def test_arms_come_in_one_order_and_once() -> None:
    assert [arm.name for arm in resolve_arms(["gan", "none", "gan"])] == ["none", "gan"]


def test_an_unknown_arm_is_refused_with_the_nearest_spelling() -> None:
    with pytest.raises(ConfigError, match="gan-only"):
        resolve_arms(["gan_only"])
    with pytest.raises(ConfigError, match="at least one"):
        resolve_arms([])
