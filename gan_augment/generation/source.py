"""What writers and datasets ask of a trained generator; knows nothing of networks, devices or files."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from gan_augment.data.schema import ImageSchema


class SampleSource(Protocol):
    """The side of a trained generator that gives samples; sample ``j`` depends on (generator, seed, class, j) alone."""

    @property
    def schema(self) -> ImageSchema:
        """Size, channels and classes of the samples."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        ...

    @property
    def class_counts(self) -> dict[str, int]:
        """How many real samples of each class the generator was fitted on."""
        ...

    @property
    def recipe(self) -> str:
        """Name of the recipe the generator was fitted with."""
        ...

    @property
    def digest(self) -> str:
        """Hexadecimal hash of the generator file."""
        ...

    def iter_samples(self, class_index: int, start: int, stop: int, seed: int) -> Iterator[np.ndarray]:
        """Yield samples ``start .. stop - 1`` of a class in order, as uint8 chunks (k, height, width, channels)."""
        ...
