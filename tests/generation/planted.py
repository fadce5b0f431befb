"""Images of bars, and a generator whose good and bad samples are known by construction."""

from collections.abc import Iterator

import numpy as np
import torch

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.seeding import numpy_rng
from tests.fakes import FakeGenerator

CLASSES = ("row", "column")
KINDS = ("good", "good", "good", "good", "wrong", "copy", "outlier", "good")
CHUNK = 64


def bars(label: int, n: int, rng: np.random.Generator, places: int = 8) -> np.ndarray:
    """Return uint8 images (n, 8, 8, 1), each with a bright row (label 0) or column (label 1), whose place varies."""
    images = rng.integers(0, 70, (n, 8, 8, 1), dtype=np.uint8)
    place, level = rng.integers(0, places, n), rng.integers(110, 180, n)
    for image, at, bright in zip(images, place, level, strict=True):
        line = image[at] if label == 0 else image[:, at]
        line += np.uint8(bright) - line // np.uint8(3)
    return images


def real_bars(n: int = 80) -> LabelledImages:
    """Return so many images of each class."""
    rng = np.random.default_rng(0)
    images = np.concatenate([bars(label, n, rng) for label in (0, 1)])
    return LabelledImages(images, np.repeat([0, 1], n), ImageSchema(8, 8, 1, CLASSES))


class Planted(FakeGenerator):
    """Samples in turn good, of the other class, copied from training images, or noise: `kinds` says which.

    Parameters
    ----------
    real
        The training images.
    kinds
        What every so many samples are, in their order; one sequence for all blocks of 256, or one for each.
    """

    allowed_flips: tuple[str, ...] = ()
    device = torch.device("cpu")
    path = None

    def __init__(self, real: LabelledImages, *kinds: tuple[str, ...]) -> None:
        super().__init__(CLASSES, (8, 8, 1))
        self.real, self.kinds = real, kinds or (KINDS,)
        self.kind_of: dict[bytes, str] = {}

    def iter_samples(self, class_index: int, start: int, stop: int, seed: int = 0) -> Iterator[np.ndarray]:
        for chunk in range(start // CHUNK, -(-stop // CHUNK)):
            first = chunk * CHUNK
            yield self._chunk(class_index, chunk, seed)[max(start - first, 0) : stop - first]

    def _chunk(self, label: int, chunk: int, seed: int) -> np.ndarray:
        rng = numpy_rng("planted", seed, label, chunk)
        own = self.real.images[self.real.labels == label]
        sources = {
            "good": bars(label, CHUNK, rng),
            "wrong": bars(1 - label, CHUNK, rng),
            "copy": own[rng.integers(0, len(own), CHUNK)] + rng.integers(0, 2, (CHUNK, 8, 8, 1), dtype=np.uint8),
            "outlier": rng.integers(0, 256, (CHUNK, 8, 8, 1), dtype=np.uint8),
        }
        kinds = self.kinds[min(chunk * CHUNK // 256, len(self.kinds) - 1)]
        images = np.stack([sources[kinds[j % len(kinds)]][j] for j in range(CHUNK)])
        self.kind_of |= {image.tobytes(): kinds[j % len(kinds)] for j, image in enumerate(images)}
        return images
