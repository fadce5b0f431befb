"""Thirty-six images in three classes that a tiny network can tell apart."""

import numpy as np
import pytest

from gan_augment.data.schema import ImageSchema, LabelledImages


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 12)
    pixels = (rng.integers(0, 60, (36, 8, 8, 1)) + 70 * labels[:, None, None, None]).astype(np.uint8)
    return LabelledImages(pixels, labels, ImageSchema(8, 8, 1, ("low", "mid", "high")))
