"""Digits in two halves and a generator that needs no training: it repeats real images with noise."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.generation.generator import SampleBatch
from gan_augment.seeding import numpy_rng


class NoisyGenerator:
    """Draws from the images it was "fitted" on and adds noise; `collapsed` draws the first of each class alone."""

    allowed_flips: tuple[str, ...] = ()
    device = torch.device("cpu")

    def __init__(self, fitted: LabelledImages, collapsed: bool = False) -> None:
        self.schema, self.classes = fitted.schema, fitted.classes
        self.digest = f"noisy-{collapsed}"
        self.fitted, self.collapsed = fitted, collapsed

    def sample(self, counts: int, seed: int = 0) -> SampleBatch:
        rng = numpy_rng(seed, "samples")
        labels = np.repeat(np.arange(len(self.classes)), counts)
        members = [np.flatnonzero(self.fitted.labels == label) for label in range(len(self.classes))]
        chosen = np.concatenate([rng.choice(own[:1] if self.collapsed else own, counts) for own in members])
        noise = rng.normal(0, 1 if self.collapsed else 15, (len(labels), *self.fitted.images.shape[1:]))
        return SampleBatch((self.fitted.images[chosen] + noise).clip(0, 255).astype(np.uint8), labels, self.classes)

    def fingerprints(self) -> np.ndarray:
        return self.fitted.fingerprints()


@pytest.fixture(scope="session")
def halves() -> tuple[LabelledImages, LabelledImages]:
    """Return 300 training and 300 test images of scikit-learn's digits."""
    data = load_digits()
    schema = ImageSchema(8, 8, 1, classes=tuple("0123456789"))
    images, labels = (data.images * 15.9).astype(np.uint8)[..., None], data.target.astype(np.int64)
    digits = LabelledImages(images, labels, schema, names=tuple(f"{i}.png" for i in range(len(labels))))
    return digits.subset(np.arange(300)), digits.subset(np.arange(300, 600))


@pytest.fixture
def train(halves: tuple[LabelledImages, LabelledImages]) -> LabelledImages:
    return halves[0]


@pytest.fixture
def held_out(halves: tuple[LabelledImages, LabelledImages]) -> LabelledImages:
    return halves[1]


@pytest.fixture
def generator(train: LabelledImages) -> NoisyGenerator:
    return NoisyGenerator(train)
