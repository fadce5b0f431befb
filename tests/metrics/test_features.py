"""Pixel features are cheap, deterministic and small, and see a collapse."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from gan_augment.metrics.features import PixelFeatures
from gan_augment.metrics.fidelity import within_class_diversity


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 40, 3), (64, 64, 3)])
def test_any_image_becomes_a_short_vector_of_unit_variance(shape: tuple[int, int, int]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (300, *shape), dtype=np.uint8)
    features = PixelFeatures.fit(images)(images)
    assert features.dtype == np.float32
    assert 1 <= features.shape[1] <= 64
    np.testing.assert_allclose(features.std(axis=0), 1.0, atol=0.01)


def test_fewer_images_than_components_still_work() -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), dtype=np.uint8)
    assert np.isfinite(PixelFeatures.fit(images)(images)).all()


def test_a_class_of_one_picture_with_a_little_noise_is_seen_as_collapsed() -> None:
    digits = load_digits()
    images = (digits.images * 15.9).astype(np.uint8)[..., None]
    features = PixelFeatures.fit(images[:900])
    _, first = np.unique(digits.target, return_index=True)
    noise = np.random.default_rng(0).normal(0, 8, (900, 8, 8, 1))
    repeated = (images[first[digits.target[:900]]] + noise).clip(0, 255).astype(np.uint8)
    real, labels = features(images[:900]), digits.target[:900]
    assert within_class_diversity(real, labels, features(repeated), labels, 10).max() < 0.5
    fresh = within_class_diversity(real, labels, features(images[900:]), digits.target[900:], 10)
    assert 0.7 < fresh.mean() < 1.4
