"""Pixel features are cheap, deterministic and small, and see a collapse."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from gan_augment.metrics import features
from gan_augment.metrics.features import PixelFeatures
from gan_augment.metrics.fidelity import within_class_diversity


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 40, 3), (64, 64, 3)])
def test_any_image_size_becomes_a_vector_no_longer_than_a_small_picture(shape: tuple[int, int, int]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (300, *shape), dtype=np.uint8)
    found = PixelFeatures.fit(images)(images)
    assert found.dtype == np.float32
    assert found.shape[1] <= 16 * 16 * shape[2]


def test_components_keep_the_variance_of_the_pixels() -> None:
    images = (load_digits().images * 15.9).astype(np.uint8)[..., None]
    found = PixelFeatures.fit(images)(images)
    total = (images.reshape(len(images), -1) / 255).var(axis=0).sum()
    assert 0.95 * total <= found.var(axis=0).sum() <= 1.001 * total


def test_fewer_images_than_components_still_work() -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), dtype=np.uint8)
    assert np.isfinite(PixelFeatures.fit(images)(images)).all()


def test_components_of_very_many_images_are_learnt_from_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).integers(0, 256, (95, 8, 8, 1), dtype=np.uint8)
    monkeypatch.setattr(features, "MOST_FITTED", 20)
    monkeypatch.setattr(features, "CHUNK", 7)
    some = PixelFeatures.fit(images)
    np.testing.assert_array_equal(some(images), PixelFeatures.fit(images[::5])(images))
    assert some(images).shape == (95, some(images[:1]).shape[1])


def test_a_class_of_one_picture_with_a_little_noise_is_seen_as_collapsed() -> None:
    digits = load_digits()
    images = (digits.images * 15.9).astype(np.uint8)[..., None]
    pixels = PixelFeatures.fit(images[:900])
    _, first = np.unique(digits.target, return_index=True)
    noise = np.random.default_rng(0).normal(0, 8, (900, 8, 8, 1))
    repeated = (images[first[digits.target[:900]]] + noise).clip(0, 255).astype(np.uint8)
    real, labels = pixels(images[:900]), digits.target[:900]
    assert within_class_diversity(real, labels, pixels(repeated), labels, 10).max() < 0.5
    fresh = within_class_diversity(real, labels, pixels(images[900:]), digits.target[900:], 10)
    assert 0.7 < fresh.mean() < 1.4
