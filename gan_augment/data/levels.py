"""Which range the numbers of an image array lie in, and how they become 0 to 255."""

from dataclasses import dataclass

import numpy as np

from gan_augment.errors import DataError

_SLACK = 1e-3  # rounding of float32 and of resizing filters
DIGIT_LEVELS = 16
LIMITS = (DIGIT_LEVELS, 255, 65535)  # of digits, of 8 and 16 bits
DARK = 1 / 8  # of a range: images with nothing brighter lie in another one


@dataclass(frozen=True)
class LevelRange:
    """A range of levels: `low` means black and `high` means white."""

    low: float
    high: float

    def scaled(self, pixels: np.ndarray) -> np.ndarray:
        """Return the pixels as float32 in 0 to 255, or untouched where they are uint8 in that range already."""
        if pixels.dtype == np.uint8 and (self.low, self.high) == (0, 255):
            return pixels
        levels = (pixels.astype(np.float64) - self.low) * (255.0 / (self.high - self.low))
        return np.clip(levels, 0, 255).astype(np.float32)


class LevelSurvey:
    """Gathers what the values of a set of arrays have in common, a chunk at a time."""

    def __init__(self) -> None:
        self._low, self._high = np.inf, -np.inf
        self._all_bytes = True
        self._n_bad = 0

    def add(self, pixels: np.ndarray) -> None:
        """Take in the values of one array; raises `DataError` for values that are no numbers."""
        if pixels.dtype.kind not in "buif":
            raise DataError(f"Images hold values of type {pixels.dtype}: numbers or booleans are expected.")
        if not pixels.size:
            return
        self._all_bytes &= pixels.dtype == np.uint8
        if pixels.dtype.kind == "f":
            self._n_bad += pixels.size - int(np.count_nonzero(np.isfinite(pixels)))
        self._low, self._high = min(self._low, float(pixels.min())), max(self._high, float(pixels.max()))

    def conclude(self) -> tuple[LevelRange, tuple[str, ...]]:
        """Return the range the values are taken to have, and the notes that say so.

        Raises
        ------
        DataError
            For NaN or infinite values, values in no range that images use, or hardly in the one of their type.
        """
        if self._n_bad:
            raise DataError(f"{self._n_bad} pixel values are NaN or infinite: replace them or leave those images out.")
        taken = LevelRange(0, 255) if self._all_bytes else self._range()
        if 0 < self._high < taken.low + DARK * (taken.high - taken.low):
            raise DataError(
                f"No pixel value is above {self._high:g} where {taken.high:g} is white: such images would be almost "
                "black. Scale all of them alike, training and test images too, so that white is 1 (floats) or 255."
            )
        note = f"Pixel values are taken as {taken.low:g} (black) to {taken.high:g} (white)."
        return taken, () if self._all_bytes else (note,)

    def _range(self) -> LevelRange:
        if self._low >= -1 - _SLACK and self._high <= 1 + _SLACK:
            return LevelRange(0 if self._low >= -_SLACK else -1, 1)
        if self._low >= 0 and self._high >= 2:  # between 1 and 2 lie [0, 1] where resizing overshot, and mistakes
            for limit in LIMITS:
                if self._high <= limit:
                    return LevelRange(0, limit)
        raise DataError(
            f"Pixel values run from {self._low:g} to {self._high:g}: uint8, or numbers in [0, 1], [-1, 1], [0, 255] or "
            "[0, 65535], are expected (undo any normalisation by mean and deviation; clip what resizing overshot)."
        )
