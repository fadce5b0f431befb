"""The part of the data that a fit keeps back for later: the same one for the same data, share and seed."""

from collections.abc import Mapping

import numpy as np

from gan_augment.data.labelled import LabelledData
from gan_augment.data.labels import shortened
from gan_augment.data.schema import LabelledImages
from gan_augment.data.splits import grouped_split, stratified_split, twin_groups
from gan_augment.errors import DataError
from gan_augment.seeding import numpy_rng

FEWEST_FITTED, FEWEST_JUDGED = 2, 2
FEWEST_TO_SPARE = 20


def divide(data: LabelledData, share: float, seed: int) -> tuple[LabelledData, LabelledData | None]:
    """Return what to fit on and what is kept back, None where `share` is 0.

    Every class is divided alike. Exact copies of an image stay together, so that none is fitted and judged alike.

    Raises
    ------
    DataError
        If a class has too few samples to be divided, or fewer than two of it would be left to fit on.
    """
    if not share:
        return data, None
    rng, labels = numpy_rng(seed, "holdout"), data.labels
    twins = twin_groups(data.fingerprints()) if isinstance(data, LabelledImages) else np.arange(len(data))
    if len(np.unique(twins)) < len(data):
        first, second = grouped_split(labels, twins, share, rng, data.classes)
    else:
        first, second = stratified_split(labels, share, rng, data.classes)
    fitted = data.subset(first)
    _require_enough(fitted.class_counts(), data.class_counts(), share)
    return fitted, data.subset(second)


def spare(images: LabelledImages, share: float, rng: np.random.Generator) -> tuple[LabelledImages, LabelledImages]:
    """Return images to train on, and a share of each class by which augmentation tells what is known by heart.

    A class of fewer than 20 keeps all of its images for training, and a copy of a training image is one too.

    Raises
    ------
    DataError
        If all classes are that small.
    """
    members = np.flatnonzero(np.bincount(images.labels)[images.labels] >= FEWEST_TO_SPARE)
    if not len(members):
        raise DataError(
            f"diffaug.target needs images to keep back, and every class has fewer than {FEWEST_TO_SPARE}: leave it at "
            "0, which keeps diffaug.probability as it is."
        )
    held_out = np.zeros(len(images), dtype=bool)
    held_out[members[stratified_split(images.labels[members], share, rng)[1]]] = True
    twins = twin_groups(images.fingerprints())
    held_out &= ~np.isin(twins, twins[~held_out])
    if not held_out.any():
        raise DataError(
            "diffaug.target needs images to keep back, and all have copies among the others: leave it at 0."
        )
    return images.subset(np.flatnonzero(~held_out)), images.subset(np.flatnonzero(held_out))


def holdout_notes(data: LabelledData, held_out: Mapping[str, int]) -> tuple[str, ...]:
    """Return what the user should know of how many samples of each class are kept back, a sentence each."""
    few = [name for name, count in held_out.items() if count < FEWEST_JUDGED]
    if not few or not isinstance(data, LabelledImages):
        return ()
    return (
        f"Fewer than {FEWEST_JUDGED} images of class {shortened(few)} are kept back: too few for gan-augment evaluate; "
        "give a larger --holdout.",
    )


def spared_notes(n_fitted: int, n_spared: int) -> tuple[str, ...]:
    """Return what the user should know of images that are kept back for augmentation to adapt by."""
    return (f"diffaug.target keeps {n_spared:,} images back: {n_fitted:,} are left to train on.",)


def _require_enough(fitted: Mapping[str, int], all_of_it: Mapping[str, int], share: float) -> None:
    few = [name for name, count in fitted.items() if count < FEWEST_FITTED]
    if few:
        raise DataError(
            f"--holdout {share:g} leaves {fitted[few[0]]} of {all_of_it[few[0]]} samples of class {few[0]!r} to fit "
            f"on: at least {FEWEST_FITTED} a class are needed; keep less back, add some, or leave the class out."
        )
