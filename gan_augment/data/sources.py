"""The one shape in which every form of data reaches the reader: labelled images that have not been read yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Unreadable(Exception):
    """One image cannot be read; the message is the reason in a few words."""


class Shape(NamedTuple):
    """Pixels and channels (1 or 3) of an image before any resizing."""

    height: int
    width: int
    channels: int


class Picture(NamedTuple):
    """One image that was read.

    Parameters
    ----------
    pixels
        Array of shape (height, width, 1 or 3): uint8, or float32 in 0 to 255 where the source has finer levels.
    remark
        A key of `REMARKS`, or empty.
    """

    pixels: np.ndarray
    remark: str = ""


REMARKS = {
    "alpha": "Images with transparent parts, composited on white: {n}.",
    "deep": "Images of more than 8 bits a pixel, their levels scaled to 0 to 255: {n}.",
    "dark": "Images of 16 bits with no level above 4095 of 65535, which come out dark (rescale them first?): {n}.",
}


@dataclass(frozen=True)
class Source:
    """Labelled images, to be read one at a time and from several threads at once.

    Parameters
    ----------
    label_names
        Class name of each image.
    probe
        Gives the shape of image ``i`` without reading its pixels where it can; may raise `Unreadable`.
    read
        Gives image ``i``. The second argument is the side in pixels beyond which detail is of no use.
    names
        Where each image came from, or empty.
    order
        Class names in the order the data publishes, or None.
    notes
        What was decided or left out so far.
    """

    label_names: Sequence[str]
    probe: Callable[[int], Shape]
    read: Callable[[int, int], Picture]
    names: Sequence[str] = ()
    order: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.label_names)

    def name(self, index: int) -> str:
        """Return what to call an image in a message."""
        return self.names[index] if len(self.names) else f"item {index}"
