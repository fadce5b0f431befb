"""Map-style datasets as a source: each item is read once, since a random transform gives another every time."""

from collections.abc import Callable, Collection, Mapping, Set
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from gan_augment.data.arrays import named_labels, pixel_shape, scaled_picture
from gan_augment.data.cache import Spool
from gan_augment.data.decode import to_picture
from gan_augment.data.labels import is_missing, label_names, missing_labels
from gan_augment.data.levels import LevelRange, LevelSurvey
from gan_augment.data.reading import progress_bar
from gan_augment.data.resize import shrink_to_cover
from gan_augment.data.sources import Picture, Shape, Source, Unreadable
from gan_augment.data.tensors import channels_last, is_array, is_tensor, to_numpy
from gan_augment.errors import DataError

_BROKEN_FILE = (OSError, SyntaxError, Image.DecompressionBombError, Unreadable)  # what reading one may raise


def is_map_style(data: Any) -> bool:
    """Tell whether a value can be read like a map-style dataset: it has a length and items by number."""
    return hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, (str, bytes, dict))


def dataset_source(dataset: Any, side: int, cache_dir: Path | None = None, progress: bool = False) -> Source:
    """Return a map-style dataset of (image, label, ...) items as a source.

    Parameters
    ----------
    dataset
        Images are Pillow images, tensors or arrays; labels are names, or numbers that ``dataset.classes`` or
        ``dataset.class_to_idx`` names where there is one.
    side
        Larger images are kept with their shorter side at this many pixels, which bounds the space they take.
    cache_dir
        Where images wait when they are over 1 GB.
    progress
        Shows a progress bar on stderr.

    Raises
    ------
    DataError
        If items are not pairs, labels are missing, pixels have no known range, or parts of the dataset number their
        classes differently.
    """
    if len(dataset) == 0:
        raise DataError("The dataset is empty.")
    known = published_labels(dataset) or {}
    reader = _Reader(side, cache_dir)
    with progress_bar(len(dataset), "Reading", progress) as advance:
        for index in range(len(dataset)):
            reader.take(index, partial(dataset.__getitem__, index))
            advance(1)
    return reader.conclude({known[name]: name for name in sorted(known, key=known.__getitem__)})


class _Reader:
    def __init__(self, side: int, cache_dir: Path | None) -> None:
        self._side = side
        self._spool = Spool(cache_dir)
        self._survey = LevelSurvey()
        self._has_arrays = False
        self._labels: list[Any] = []
        self._kept: list[_Kept | Unreadable] = []

    def take(self, index: int, item_fn: Callable[[], Any]) -> None:
        try:
            image, label = _pair(item_fn(), index)
            kept: _Kept | Unreadable = self._keep(image)
        except _BROKEN_FILE as error:
            kept, label = Unreadable(str(error).splitlines()[0][:80] if str(error) else "unreadable"), None
        self._kept.append(kept)
        self._labels.append(label)

    def _keep(self, image: Any) -> "_Kept":
        if isinstance(image, Image.Image):
            picture, ready = to_picture(image), True
        elif is_array(image):
            pixels = channels_last(to_numpy(image), channels_first=is_tensor(image))
            self._survey.add(pixels)
            self._has_arrays = True
            picture, ready = Picture(pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32)), False
        else:
            kind = type(image).__name__
            raise DataError(f"The dataset's images are of type {kind}: a Pillow image, tensor or array is expected.")
        self._spool.append(shrink_to_cover(picture.pixels, self._side))
        return _Kept(len(self._spool) - 1, pixel_shape(picture.pixels), picture.remark, ready)

    def conclude(self, classes: Mapping[int, str]) -> Source:
        levels, notes = self._survey.conclude() if self._has_arrays else (LevelRange(0, 255), ())

        def probe(index: int) -> Shape:
            return _readable(self._kept[index]).shape

        def read(index: int, side: int) -> Picture:
            kept = _readable(self._kept[index])
            pixels = self._spool[kept.place]
            return Picture(pixels, kept.remark) if kept.ready else scaled_picture(pixels, levels)

        return Source(self._names(classes), probe, read, order=tuple(classes.values()) or None, notes=notes)

    def _names(self, classes: Mapping[int, str]) -> list[str]:
        good = [i for i, kept in enumerate(self._kept) if not isinstance(kept, Unreadable)]
        labels = [_plain(self._labels[i]) for i in good]
        missing = [i for i, label in zip(good, labels, strict=True) if is_missing(label)]
        if missing:
            raise DataError(missing_labels(len(missing), len(labels), f"item {missing[0]}"))
        names = _class_names(labels, classes)
        everyone = [""] * len(self._kept)
        for place, name in zip(good, names, strict=True):
            everyone[place] = name
        return everyone


class _Kept(NamedTuple):
    """Where an item's pixels lie in the spool, its shape as it came, and whether its levels are 0 to 255 already."""

    place: int
    shape: Shape
    remark: str
    ready: bool


def _readable(kept: _Kept | Unreadable) -> _Kept:
    if isinstance(kept, Unreadable):
        raise kept
    return kept


def _pair(item: Any, index: int) -> tuple[Any, Any]:
    if not isinstance(item, (tuple, list)) or len(item) < 2:
        raise DataError(f"Item {index} of the dataset is a {type(item).__name__}: a pair (image, label) is expected.")
    return item[0], item[1]


def _plain(label: Any) -> Any:
    if is_array(label) or isinstance(label, np.generic):
        array = to_numpy(label)
        if array.size != 1:
            raise DataError(f"A label of the dataset has shape {array.shape}: one number or name an image is expected.")
        return array.reshape(-1)[0].item()
    return label


def _class_names(labels: list[Any], classes: Mapping[int, str]) -> list[str]:
    if classes and all(isinstance(label, int) for label in labels):
        return named_labels(labels, classes)
    return label_names(np.array(labels, dtype=object))


def published_labels(dataset: Any) -> dict[str, int] | None:
    """Return the label of each class by name, where a dataset says it, or what it is a subset or a chain of; else None.

    Raises
    ------
    DataError
        If the datasets of a chain number their classes differently.
    """
    for said in ("class_to_idx", "classes"):
        if labels := _labels_of(getattr(dataset, said, None)):
            return labels
    if hasattr(dataset, "dataset"):
        return published_labels(dataset.dataset)
    parts = [found for part in getattr(dataset, "datasets", None) or () if (found := published_labels(part))]
    if any(labels != parts[0] for labels in parts):
        raise DataError("The parts of the dataset number their classes differently: give all of them the same classes.")
    return parts[0] if parts else None


def _labels_of(known: Any) -> dict[str, int]:
    """Return labels by name, out of that, names by label, or names in label order (of any kind); else nothing.

    Numbers in an array are labels, such as ``np.unique(y)``, and name nothing.
    """
    if is_array(known) and to_numpy(known).dtype.kind in "biuf":
        return {}
    if isinstance(known, Mapping):
        by_name = all(isinstance(label, Integral) for label in known.values())
        pairs = list(known.items()) if by_name else [(name, label) for label, name in known.items()]
    elif isinstance(known, Collection) and not isinstance(known, (str, bytes, Set)):
        pairs = [(name, label) for label, name in enumerate(known)]
    else:
        return {}
    numbers = {label for _, label in pairs if isinstance(label, Integral)}
    return {str(name): int(label) for name, label in pairs} if len(numbers) == len(pairs) else {}
