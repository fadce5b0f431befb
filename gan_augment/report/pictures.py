"""Samples as pictures of a page: one, or several beside each other."""

import numpy as np

from gan_augment.data.grid import class_grid
from gan_augment.generation.png import encode_png
from gan_augment.report.page import Picture

LEAST_SIDE = 24  # pixels, so that the gaps of two are narrow beside it


def strip(images: np.ndarray, alt: str) -> Picture:
    """Return uint8 images (n, height, width, channels) beside each other, with gaps; a single one as it is."""
    if len(images) == 1:
        return Picture(encode_png(images[0]), alt, size="thumb")
    return Picture(encode_png(class_grid(images[None], cell_side=LEAST_SIDE)), alt, size="strip")
