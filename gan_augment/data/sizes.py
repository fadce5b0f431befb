"""Chooses the one size that all images are brought to; knows nothing about pixels."""

import math
from collections.abc import Sequence

from gan_augment.data.sources import Shape

SMALLEST, LARGEST = 8, 128
CAP = 64
STANDARD_SIDES = (8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64)
MOST = 0.75


def infer_size(shapes: Sequence[Shape], aspect: str) -> tuple[int, int]:
    """Return the (height, width) that suits a set of images, 8 to 64 pixels a side.

    Images that share one shape keep it, scaled down in proportion when a side is over 64. Otherwise the size is a
    square: its side is the least standard one that is at or above the sides of three quarters of the images, or
    that very side where half of them have it. The side of an image is its shorter one when images are cropped,
    and its longer one when they are padded or stretched.
    """
    distinct = {(shape.height, shape.width) for shape in shapes}
    if len(distinct) == 1:
        return _scaled_down(*distinct.pop())
    pick = min if aspect == "crop" else max
    sides = sorted(pick(shape.height, shape.width) for shape in shapes)
    side = sides[math.ceil(MOST * len(sides)) - 1]
    if 2 * sides.count(side) < len(sides):
        side = next((standard for standard in STANDARD_SIDES if standard >= side), CAP)
    side = min(max(side, SMALLEST), CAP)
    return side, side


def describe_shapes(shapes: Sequence[Shape]) -> str:
    """Say in a few words how large images are: ``28x28``, or ``20x30 to 480x640``, height first."""
    ordered = sorted({(shape.height, shape.width) for shape in shapes}, key=lambda size: (size[0] * size[1], size))
    first, last = (f"{height}x{width}" for height, width in (ordered[0], ordered[-1]))
    return first if len(ordered) == 1 else f"{first} to {last}"


def _scaled_down(height: int, width: int) -> tuple[int, int]:
    scale = min(1.0, CAP / max(height, width))
    return max(SMALLEST, round(height * scale)), max(SMALLEST, round(width * scale))
