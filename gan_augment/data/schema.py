"""What labelled data is, once it has been read: arrays, class names and a schema; knows nothing about networks."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

ASPECTS = ("crop", "pad", "stretch")


@dataclass(frozen=True)
class ImageSchema:
    """Size, channels and classes of a set of images.

    Parameters
    ----------
    height, width
        Pixels of the images as the user sees them, before any padding for a network.
    channels
        1 for grey, 3 for RGB.
    classes
        Class names in label order.
    aspect
        How an image of another shape is brought to this size: ``crop``, ``pad`` or ``stretch``.
    """

    height: int
    width: int
    channels: int
    classes: tuple[str, ...]
    aspect: str = "crop"
    kind: ClassVar[str] = "image"

    def describe(self) -> str:
        """Return what a sample is, in a few words."""
        return f"{'grey' if self.channels == 1 else 'RGB'} images of {self.height}x{self.width}"


@dataclass(frozen=True)
class LabelledImages:
    """Images of one size with their labels, in memory or memory-mapped.

    Parameters
    ----------
    images
        uint8 array of shape (n, height, width, channels).
    labels
        int64 array of shape (n,), indices into ``schema.classes``.
    schema
        Size, channels, class names.
    names
        Where each image came from (a file name, relative to the data), or empty.
    notes
        What the reader decided or skipped, a sentence each, for the user to read.
    native_sizes
        (height, width) of each image before it was brought to this size, int64 (n, 2), or None where not known.
    """

    images: np.ndarray
    labels: np.ndarray
    schema: ImageSchema
    names: Sequence[str] = ()
    notes: tuple[str, ...] = ()
    native_sizes: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        return self.schema.classes

    @property
    def raw(self) -> np.ndarray:
        """The images, as a codec encodes them."""
        return self.images

    def class_counts(self) -> dict[str, int]:
        """Return how many images each class has, in label order."""
        counts = np.bincount(self.labels, minlength=len(self.classes))
        return dict(zip(self.classes, counts.tolist(), strict=True))

    def subset(self, indices: np.ndarray) -> "LabelledImages":
        """Return the images at `indices` (an integer array), copied into memory."""
        names = [self.names[i] for i in indices] if len(self.names) else ()
        sizes = None if self.native_sizes is None else self.native_sizes[indices]
        images, labels = self.images[indices], self.labels[indices]
        return replace(self, images=images, labels=labels, names=names, native_sizes=sizes)

    def fingerprints(self) -> np.ndarray:
        """Return a 128-bit hash of each image's pixels, shape (n, 16), uint8."""
        digests = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in self.images]
        return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 16)

    def digest(self) -> str:
        """Return a hash of all pixels and labels in their order, 64 hexadecimal digits."""
        return hashlib.sha256(self.fingerprints().tobytes() + self.labels.astype("<i8").tobytes()).hexdigest()
