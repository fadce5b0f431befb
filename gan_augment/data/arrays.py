"""Arrays as a source: (X, y) of numpy or torch, and .npz files that hold them."""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile

from gan_augment.data.labels import label_names
from gan_augment.data.levels import LevelRange, LevelSurvey
from gan_augment.data.sources import Picture, Shape, Source
from gan_augment.data.tensors import CHANNEL_COUNTS, channel_axis, channels_last, is_tensor, to_numpy
from gan_augment.errors import DataError

_CHUNK = 256


def array_source(images: Any, labels: Any, levels: LevelRange | None = None) -> Source:
    """Return images X and labels y as a source.

    Parameters
    ----------
    images
        (n, h, w), (n, h, w, c) or (n, c, h, w), numpy or torch, with 1, 3 or 4 channels, the fourth one alpha;
        uint8 as it is, other types by the range their values lie in: up to 1, 16 (digits), 255 or 65535, or -1 to 1.
    labels
        Shape (n,): integers, strings or booleans.
    levels
        The range where it is known.

    Raises
    ------
    DataError
        If shapes, lengths or values are not those of labelled images.
    """
    channels_first = is_tensor(images)
    pixels = to_numpy(images)
    notes = _check_shape(pixels, channels_first)
    names = label_names(labels)
    if len(names) != len(pixels):
        raise DataError(f"X has {len(pixels)} images but y has {len(names)} labels: they must be as many.")
    if levels is not None:
        return replace(pixel_source(pixels, names, levels, channels_first), notes=notes)
    survey = LevelSurvey()
    for start in range(0, len(pixels), _CHUNK):
        survey.add(pixels[start : start + _CHUNK])
    found, level_notes = survey.conclude()
    return replace(pixel_source(pixels, names, found, channels_first), notes=(*notes, *level_notes))


def pixel_source(pixels: np.ndarray, names: list[str], levels: LevelRange, channels_first: bool = False) -> Source:
    """Return an array of images (n, ...) whose range of levels is known as a source."""
    first = channels_last(pixels[0], channels_first)
    shape = pixel_shape(first)

    def read(index: int, side: int) -> Picture:
        return scaled_picture(channels_last(pixels[index], channels_first), levels)

    return Source(names, probe=lambda index: shape, read=read)


def pixel_shape(pixels: np.ndarray) -> Shape:
    """Return the shape of one (h, w, 1, 3 or 4) array as an image; alpha does not count as a channel."""
    height, width, channels = pixels.shape
    return Shape(height, width, 1 if channels == 1 else 3)


def scaled_picture(pixels: np.ndarray, levels: LevelRange) -> Picture:
    """Return one (h, w, 1, 3 or 4) array as a picture; a fourth channel is alpha and shown on white."""
    scaled = levels.scaled(pixels)
    if scaled.shape[2] != 4:
        return Picture(scaled)
    opacity = scaled[:, :, 3:].astype(np.float32) / 255.0
    return Picture(scaled[:, :, :3] * opacity + 255.0 * (1.0 - opacity), "alpha" if opacity.min() < 1 else "")


def npz_source(path: Path) -> Source:
    """Return the arrays ``X`` and ``y`` of an .npz file as a source; ``classes`` names integer labels if present.

    Raises
    ------
    DataError
        If the file is damaged, lacks an array, or holds object arrays, which would need pickle to be read.
    """
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, NpzFile):
            raise DataError(f"{path} is a single array: an .npz with the arrays X and y is expected.")
        with archive:
            missing = [key for key in ("X", "y") if key not in archive]
            if missing:
                found = ", ".join(archive.files) or "nothing"
                raise DataError(f"{path} needs the arrays X and y; it holds {found}.")
            images, labels = _member(path, archive, "X"), _member(path, archive, "y")
            classes = _member(path, archive, "classes") if "classes" in archive else None
            is_ours = "synthetic" in archive and images.dtype == np.uint8  # which may be dark
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be read as an .npz file: it is damaged or of another kind.") from error
    levels = LevelRange(0, 255) if is_ours else None
    if classes is None or labels.dtype.kind not in "iu":
        return array_source(images, labels, levels)
    order = tuple(label_names(classes))
    flat = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    source = array_source(images, named_labels(flat.tolist(), dict(enumerate(order))), levels)
    return replace(source, order=order)


def named_labels(labels: Sequence[int], names: Mapping[int, str]) -> list[str]:
    """Return the class name of each integer label; raises `DataError` for one that has no name."""
    outside = next((label for label in labels if label not in names), None)
    if outside is not None:
        low, high = min(names), max(names)
        raise DataError(f"Label {outside} has no name: the data names {len(names)} classes, labels {low} to {high}.")
    return [names[label] for label in labels]


def _member(path: Path, archive: Any, key: str) -> np.ndarray:
    try:
        return archive[key]
    except ValueError as error:
        if "allow_pickle" not in str(error) and "Object arrays" not in str(error):
            raise
        advice = "np.array(images)" if key == "X" else "np.array(labels, dtype=str)"
        raise DataError(
            f"{path}: {key} is an array of Python objects, which is not safe to read: save it as a plain array, "
            f"{key}={advice}."
        ) from error


def _check_shape(pixels: np.ndarray, channels_first: bool) -> tuple[str, ...]:
    if pixels.dtype == object:
        raise DataError("X is an array of Python objects: all images must share one shape, as one array of numbers.")
    if pixels.ndim == 2:
        raise DataError(f"X has shape {pixels.shape}, a table: image data (n, height, width[, channels]) is expected.")
    if pixels.ndim not in (3, 4) or len(pixels) == 0:
        raise DataError(f"X has shape {pixels.shape}: (n, height, width[, channels]) with n > 0 is expected.")
    axis = channel_axis(pixels.shape[1:], channels_first)
    both = pixels.ndim == 4 and pixels.shape[1] in CHANNEL_COUNTS and pixels.shape[3] in CHANNEL_COUNTS
    place = "first" if axis == 0 else "last"
    return (f"X has shape {pixels.shape}: its channels are taken to be the {place} axis of an image.",) if both else ()
