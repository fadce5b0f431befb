"""Arrays of any library as numpy, channels last; imports no torch, since what arrives tells by itself what it is."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gan_augment.errors import DataError

CHANNEL_COUNTS = (1, 3, 4)


def is_tensor(value: Any) -> bool:
    """Tell whether a value is a torch tensor, without importing torch."""
    return hasattr(value, "detach") and hasattr(value, "cpu") and hasattr(value, "dim")


def is_array(value: Any) -> bool:
    """Tell whether a value is a numpy array or a torch tensor."""
    return isinstance(value, np.ndarray) or is_tensor(value)


def to_numpy(values: Any) -> np.ndarray:
    """Return an array, tensor or nested sequence as a numpy array; raises `DataError` for ragged ones."""
    if is_tensor(values):
        values = values.detach().cpu()
        return (values.float() if "bfloat16" in str(values.dtype) else values).numpy()
    try:
        return np.asarray(values)
    except ValueError as error:
        raise DataError("The array is ragged: all images must share one shape, or be given as a folder.") from error


def channel_axis(shape: Sequence[int], channels_first: bool) -> int | None:
    """Return the axis of an image's shape that holds channels, or None for a plain (height, width) image.

    Parameters
    ----------
    shape
        Shape of one image.
    channels_first
        Which reading wins where both would do: the first axis for torch, the last one for numpy.

    Raises
    ------
    DataError
        If the shape is not that of an image.
    """
    if len(shape) == 2 and min(shape) > 0:
        return None
    if len(shape) == 3 and min(shape) > 0:
        for axis in (0, 2) if channels_first else (2, 0):
            if shape[axis] in CHANNEL_COUNTS:
                return axis
    raise DataError(
        f"Images have shape {tuple(shape)}: (height, width), (height, width, channels) or (channels, height, width) "
        "with 1, 3 or 4 channels is expected."
    )


def channels_last(image: np.ndarray, channels_first: bool) -> np.ndarray:
    """Return a view of one image with shape (height, width, channels)."""
    axis = channel_axis(image.shape, channels_first)
    return image[:, :, None] if axis is None else np.moveaxis(image, axis, -1)
