"""What an arm may draw on: real images, synthetic ones by count, and how many of each class it takes."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from gan_augment.metrics.lessons import SHARE, Augmentation, Labelled

FEWEST_SYNTHETIC, MOST_SYNTHETIC, TIMES_REAL = 200, 1000, 4
SYNTHETIC_BYTES = 200_000_000  # they are held in memory


@dataclass(frozen=True)
class ArmMaterial:
    """What an arm may draw on.

    Parameters
    ----------
    real
        The training images.
    n_classes
        Number of classes.
    n_pool
        How many images an arm that adds some has to draw from.
    synthetic_fn
        ``counts (n_classes,) ->`` so many synthetic images of each class.
    share
        Share of added images in a batch, where an arm does not say otherwise.
    longest
        How many images a classifier sees in all by any arm or usage, as a multiple of the real ones alone: how much
        longer `none-longer` takes.
    augmentation
        What classical augmentation does.
    spare
        Real images that are neither trained on nor tested on; None where there are none.
    of_files
        Whether an arm that adds images has no more than its share of all files would be, however large the pool.
    """

    real: Labelled
    n_classes: int
    n_pool: int
    synthetic_fn: Callable[[np.ndarray], Labelled]
    share: float = SHARE
    longest: float = 1.0 / (1.0 - SHARE)
    augmentation: Augmentation = field(default_factory=Augmentation)
    spare: Labelled | None = None
    of_files: bool = False

    @cached_property
    def class_counts(self) -> np.ndarray:
        """Training images of each class, (n_classes,)."""
        return np.bincount(self.real.labels, minlength=self.n_classes)


def n_per_class(images: np.ndarray, class_counts: np.ndarray, wanted: int | None = None) -> int:
    """Return how many synthetic images there are for each class, on average.

    Parameters
    ----------
    images
        The real training images, (n, height, width, channels).
    class_counts
        How many there are of each class, (n_classes,).
    wanted
        None takes four times the largest class, at least 200 and at most 1,000, but no more than 200 MB of them
        together.
    """
    if wanted is not None:
        return wanted
    number = TIMES_REAL * int(class_counts.max())
    bytes_each = math.prod(images.shape[1:]) * len(class_counts)
    return min(max(number, FEWEST_SYNTHETIC), MOST_SYNTHETIC, max(1, SYNTHETIC_BYTES // bytes_each))


def to_balance(class_counts: np.ndarray, n_pool: int) -> np.ndarray:
    """Return how many images lift every class to the largest, (n_classes,); no more than `n_pool`, in proportion."""
    lacking = class_counts.max() - class_counts
    factor = min(1.0, n_pool / max(1, lacking.sum()))
    return np.where(lacking > 0, np.maximum(1, np.floor(factor * lacking)), 0).astype(np.int64)


def members_by_class(
    labels: np.ndarray, counts: np.ndarray, rng: np.random.Generator, replace: bool = True
) -> np.ndarray:
    """Return the indices of `counts` samples of each class, drawn with replacement or without, grouped by class."""
    wanted = np.flatnonzero(counts)
    return np.concatenate([rng.choice(np.flatnonzero(labels == label), counts[label], replace) for label in wanted])
