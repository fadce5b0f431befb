"""Whether a generator, its training images and a test set belong together: refuses a test that would flatter."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np
import torch

from gan_augment.data.labelled import Schema, require_loaded
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import DataError
from gan_augment.evaluation.twins import hashes
from gan_augment.generation.generator import SampleBatch
from gan_augment.generation.source import image_schema

N_NAMED, N_SHARED_NAMED = 3, 10


class FittedGenerator(Protocol):
    """The side of a trained generator that an evaluation sees."""

    allowed_flips: tuple[str, ...]
    digest: str
    device: torch.device

    @property
    def schema(self) -> Schema:
        """What a sample is; images are wanted."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        ...

    def sample(self, counts: Mapping[str, int], seed: int = 0) -> SampleBatch:
        """Return so many samples of each class by name, in label order."""
        ...

    def fingerprints(self) -> np.ndarray:
        """Return the pixel hashes of what the generator was fitted on, uint8 (n, 16)."""
        ...


def check_inputs(generator: FittedGenerator, train: LabelledImages, test: LabelledImages) -> tuple[str, ...]:
    """Check that sizes and classes agree and that `test` is new to the generator and to the training images.

    Returns
    -------
    tuple of str
        What the user should know about the training images, a sentence each.

    Raises
    ------
    DataError
        If sizes, channels or classes differ; a class has no training image or fewer than two test images; the
        test shares images with `train` or with what the generator was fitted on; or `train` is other data.
    CheckpointError
        If the run has no fingerprints to check against.
    """
    schema = image_schema(generator)
    for data in (train, test):
        require_loaded(data, LabelledImages)
    for part, data, fewest in (("training", train, 1), ("test", test, 2)):
        _check_schema(schema, part, data.schema)
        _check_counts(part, data, fewest)
    fitted, known = set(hashes(generator.fingerprints())), hashes(train.fingerprints())
    twins = dict(zip(known, _names(train), strict=True))
    _check_unseen(test, fitted, "what the run was fitted on", twins)
    _check_unseen(test, twins.keys(), "the training images", twins)
    n_new = sum(fingerprint not in fitted for fingerprint in known)
    if n_new == len(known):
        raise DataError("None of the training images was used to fit this run: give the data it was fitted on.")
    return (f"{n_new} of {len(known)} training images were not part of what the run was fitted on.",) if n_new else ()


def _check_schema(expected: ImageSchema, part: str, found: ImageSchema) -> None:
    if found.classes != expected.classes:
        raise DataError(
            f"The {part} images have the classes {_listed(found.classes)}, the run {_listed(expected.classes)}: "
            "they must be the same."
        )
    sizes = [f"{schema.height}x{schema.width}x{schema.channels}" for schema in (found, expected)]
    if sizes[0] != sizes[1]:
        raise DataError(f"The {part} images are {sizes[0]}, the run's {sizes[1]}: read them at the run's size.")


def _check_counts(part: str, data: LabelledImages, fewest: int) -> None:
    rare = [name for name, count in data.class_counts().items() if count < fewest]
    if rare:
        raise DataError(f"Every class needs at least {fewest} {part} image(s); too few of {_listed(rare)}.")


def _check_unseen(test: LabelledImages, seen: Collection[bytes], what: str, twins: Mapping[bytes, str]) -> None:
    named = zip(hashes(test.fingerprints()), _names(test), strict=True)
    shared = [f"{name!r} is {twins[key]!r}" if key in twins else repr(name) for key, name in named if key in seen]
    if shared:
        rest = len(shared) - N_SHARED_NAMED
        more = f"; and {rest} more, which a comparison of LabelledImages.fingerprints() finds" if rest > 0 else ""
        raise DataError(
            f"The test shares {len(shared)} of its {len(test)} images with {what}, pixel for pixel, and figures would "
            f"flatter: remove them from the test, or fit anew without their twins ({', '.join(shared[:N_SHARED_NAMED])}"
            f"{more})."
        )


def _names(data: LabelledImages) -> Sequence[str]:
    return [str(name) for name in data.names] or [f"image {index}" for index in range(len(data))]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:N_NAMED])
    return f"{shown} and {len(names) - N_NAMED} more" if len(names) > N_NAMED else shown
