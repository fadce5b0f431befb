"""Where the images come from that an arm adds: a generator, or real images copied, jittered or mixed within a class."""

from collections.abc import Callable

import numpy as np
from imblearn.over_sampling import SMOTE

from gan_augment.evaluation.images.material import ArmMaterial, members_by_class
from gan_augment.metrics.lessons import Labelled

JITTER = 8.0  # standard deviation, in the 256 levels of a pixel
NEIGHBOURS = 5

SourceFn = Callable[[ArmMaterial, np.ndarray, np.random.Generator], Labelled]


def generated(material: ArmMaterial, counts: np.ndarray, rng: np.random.Generator) -> Labelled:
    """Return so many synthetic images of each class."""
    return material.synthetic_fn(counts)


def themselves(material: ArmMaterial, counts: np.ndarray, rng: np.random.Generator) -> Labelled:
    """Return the real images, whatever is asked for."""
    return material.real


def copies(material: ArmMaterial, counts: np.ndarray, rng: np.random.Generator) -> Labelled:
    """Return so many copies of real images of each class."""
    return material.real.subset(members_by_class(material.real.labels, counts, rng))


def jittered(material: ArmMaterial, counts: np.ndarray, rng: np.random.Generator) -> Labelled:
    """Return so many copies of real images of each class, with a little Gaussian noise on every pixel."""
    chosen = copies(material, counts, rng)
    noise = rng.standard_normal(chosen.images.shape, dtype=np.float32)
    return Labelled(_as_pixels(chosen.images + np.float32(JITTER) * noise), chosen.labels)


def between_pairs(material: ArmMaterial, counts: np.ndarray, rng: np.random.Generator) -> Labelled:
    """Return so many images of each class, each a convex combination of two real ones of it."""
    first, second = copies(material, counts, rng), copies(material, counts, rng)
    share = rng.random((len(first), 1, 1, 1), dtype=np.float32)
    return Labelled(_as_pixels(share * first.images + (1 - share) * second.images), first.labels)


def between_neighbours(material: ArmMaterial, counts: np.ndarray, rng: np.random.Generator) -> Labelled:
    """Return so many images of each class, each between a real one and a near one of its class.

    SMOTE on pixels (Chawla et al. 2002); the smallest of these classes sets how many neighbours there can be, at
    most 5. It needs 2 images of every class.
    """
    real, grown = material.real, np.flatnonzero(counts)
    n_neighbours = min(NEIGHBOURS, int(material.class_counts[grown].min()) - 1)
    wanted = {int(label): int(material.class_counts[label] + counts[label]) for label in grown}
    sampler = SMOTE(sampling_strategy=wanted, k_neighbors=n_neighbours, random_state=int(rng.integers(2**32)))
    rows, labels = sampler.fit_resample(real.images.reshape(len(real), -1).astype(np.float32), real.labels)
    added = rows[len(real) :].reshape(-1, *real.images.shape[1:])
    return Labelled(_as_pixels(added), labels[len(real) :])


def _as_pixels(values: np.ndarray) -> np.ndarray:
    return np.rint(values).clip(0, 255).astype(np.uint8)
