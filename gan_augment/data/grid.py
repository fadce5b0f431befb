"""Pictures that show many images at once, a row a class, and how they get onto disk."""

from pathlib import Path

import numpy as np
from PIL import Image

from gan_augment.files import output_errors, replacing

CELL_SIDE = 48  # pixels of a cell that an eye can read
_GAP = 2
_GAP_LEVEL = 160


def class_grid(images: np.ndarray, cell_side: int = CELL_SIDE) -> np.ndarray:
    """Lay images out in a grid, enlarged by a whole factor until their shorter side is long enough.

    Parameters
    ----------
    images
        uint8 array of shape (n_classes, per_class, height, width, channels).
    cell_side
        Pixels that the shorter side has at least.

    Returns
    -------
    ndarray
        uint8 picture of shape (H, W) for one channel, (H, W, 3) for three; a row for each class, grey gaps between.
    """
    rows, columns, height, width, channels = images.shape
    factor = max(1, -(-cell_side // min(height, width)))
    cell = (height * factor + _GAP, width * factor + _GAP)
    picture = np.full((rows * cell[0] + _GAP, columns * cell[1] + _GAP, channels), _GAP_LEVEL, np.uint8)
    for row in range(rows):
        for column in range(columns):
            top, left = row * cell[0] + _GAP, column * cell[1] + _GAP
            enlarged = images[row, column].repeat(factor, axis=0).repeat(factor, axis=1)
            picture[top : top + height * factor, left : left + width * factor] = enlarged
    return picture[:, :, 0] if channels == 1 else picture


def write_png(path: Path | str, picture: np.ndarray) -> None:
    """Write a uint8 picture, (H, W) or (H, W, 3), as PNG: whole or not at all.

    Raises
    ------
    OutputError
        If the folder cannot be made or written to.
    """
    path = Path(path)
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as handle:
            Image.fromarray(picture).save(handle, format="PNG")
