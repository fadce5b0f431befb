"""Digits in two halves and a generator that needs no training: it repeats real images with noise."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.evaluation.images.material import ArmMaterial
from gan_augment.evaluation.images.models import ImageModel
from gan_augment.evaluation.study.bench import Parts
from gan_augment.generation.generator import SampleBatch
from gan_augment.metrics.lessons import Labelled, Lesson
from gan_augment.seeding import numpy_rng


class NoisyGenerator:
    """Draws from the images it was "fitted" on and adds noise; `collapsed` draws the first of each class alone."""

    allowed_flips: tuple[str, ...] = ()
    device = torch.device("cpu")

    def __init__(self, fitted: LabelledImages, collapsed: bool = False) -> None:
        self.schema, self.classes = fitted.schema, fitted.classes
        self.digest = f"noisy-{collapsed}"
        self.fitted, self.collapsed = fitted, collapsed

    def sample(self, counts: int | Mapping[str, int], seed: int = 0) -> SampleBatch:
        rng = numpy_rng(seed, "samples")
        wanted = dict(counts) if isinstance(counts, Mapping) else dict.fromkeys(self.classes, counts)
        numbers = [wanted.get(name, 0) for name in self.classes]
        labels = np.repeat(np.arange(len(self.classes)), numbers)
        members = [np.flatnonzero(self.fitted.labels == label) for label in range(len(self.classes))]
        drawn = zip(members, numbers, strict=True)
        chosen = np.concatenate([rng.choice(own[:1] if self.collapsed else own, number) for own, number in drawn])
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


def draw(counts: Mapping[str, int], seed: int) -> SampleBatch:
    """Draw noise of one grey level a class: a `SampleFn` whose images are told from real ones."""
    classes = tuple("0123456789")
    labels = np.repeat([classes.index(name) for name in counts], list(counts.values())).astype(np.int64)
    images = numpy_rng(seed, "drawn").integers(0, 10, (len(labels), 8, 8, 1)) + 20 * labels[:, None, None, None]
    return SampleBatch(images.astype(np.uint8), labels, classes)


def material_of(data: LabelledImages, spare: LabelledImages | None = None, n_pool: int = 100) -> ArmMaterial:
    """Return what arms may draw on, with synthetic images of `draw`."""

    def synthetic(counts: np.ndarray) -> Labelled:
        batch = draw({name: n for name, n in zip(data.classes, counts.tolist(), strict=True) if n}, 0)
        return Labelled(batch.data, batch.labels)

    left = None if spare is None else Labelled(spare.images, spare.labels)
    return ArmMaterial(Labelled(data.images, data.labels), len(data.classes), n_pool, synthetic, spare=left)


def few_of(data: LabelledImages, counts: Sequence[int]) -> LabelledImages:
    """Return the first so many images of each class."""
    members = (np.flatnonzero(data.labels == label)[:count] for label, count in enumerate(counts))
    return data.subset(np.concatenate(list(members)))


@pytest.fixture(scope="session")
def balanced(halves: tuple[LabelledImages, LabelledImages]) -> LabelledImages:
    """Return 12 training images of each class."""
    return few_of(halves[0], [12] * 10)


@pytest.fixture(scope="session")
def lopsided(halves: tuple[LabelledImages, LabelledImages]) -> LabelledImages:
    """Return 20 training images of seven classes and 5 of the others."""
    return few_of(halves[0], [20] * 7 + [5] * 3)


@pytest.fixture
def lessons(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Lesson, int]]:
    """Record what models are trained on, and their seeds, and train none."""
    seen: list[tuple[Lesson, int]] = []

    def predict(self: ImageModel, lesson: Lesson, images: np.ndarray, *, n_classes: int, seed: int, **_: Any) -> Any:
        seen.append((lesson, seed))
        return np.full((len(images), n_classes), 1 / n_classes)

    monkeypatch.setattr(ImageModel, "predict", predict)
    return seen


@pytest.fixture
def parts(lopsided: LabelledImages, held_out: LabelledImages) -> Parts:
    """Return lopsided training images, 100 to test on and 100 left over."""
    return Parts(lopsided, held_out.subset(np.arange(100)), held_out.subset(np.arange(100, 200)))
