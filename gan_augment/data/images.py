"""Reads labelled images from whatever form they come in; the one door to this room."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gan_augment.data.arrays import array_source, npz_source, pixel_source
from gan_augment.data.builtin import IMAGE_NAMES, TABLE_NAMES, TORCHVISION, builtin_source, open_torchvision
from gan_augment.data.cache import allocate_images
from gan_augment.data.folder import PARTS, folder_source
from gan_augment.data.labels import encode_labels, shortened
from gan_augment.data.levels import LevelRange
from gan_augment.data.mapstyle import dataset_source, is_map_style
from gan_augment.data.reading import keep_rows, read_images, survey_shapes
from gan_augment.data.schema import ASPECTS, ImageSchema, LabelledImages
from gan_augment.data.sizes import CAP, LARGEST, SMALLEST, describe_shapes, infer_size
from gan_augment.data.sources import REMARKS, Shape, Source, Unreadable
from gan_augment.data.table_files import is_table_path
from gan_augment.data.tensors import is_array
from gan_augment.errors import ConfigError, DataError, TooFewError
from gan_augment.registry import nearest, unknown

MOST_UNREADABLE = 0.05
_FORMS = "a folder of class folders, a folder with labels.csv, an .npz with X and y, 'digits', or torchvision:NAME@DIR"


@dataclass(frozen=True)
class ImageRequest:
    """What is asked of the images, checked: see `load_images`."""

    part: str = "train"
    image_size: tuple[int, int] | None = None
    channels: int | None = None
    aspect: str = "crop"
    classes: tuple[str, ...] | None = None
    cache_dir: Path | None = None
    progress: bool = False

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ConfigError(unknown("part", self.part, PARTS))
        if self.aspect not in ASPECTS:
            raise ConfigError(unknown("aspect", self.aspect, ASPECTS))
        if self.channels not in (None, 1, 3):
            raise ConfigError(f"Images can have 1 (grey) or 3 (colour) channels, not {self.channels!r}.")
        if self.image_size is not None:
            self._check_size(self.image_size)

    @staticmethod
    def _check_size(size: Any) -> None:
        pair = isinstance(size, tuple) and len(size) == 2
        if not pair or not all(isinstance(s, (int, np.integer)) and SMALLEST <= s <= LARGEST for s in size):
            raise ConfigError(f"Image size must be (height, width), {SMALLEST} to {LARGEST} pixels each, not {size!r}.")


def load_images(
    data: Any,
    *,
    part: str = "train",
    image_size: tuple[int, int] | None = None,
    channels: int | None = None,
    aspect: str = "crop",
    classes: Sequence[str] | None = None,
    cache_dir: Path | None = None,
    progress: bool = False,
) -> LabelledImages:
    """Read labelled images and bring them to one size.

    Parameters
    ----------
    data
        A path (class folders, ``labels.csv``, ``.npz``), ``digits``, ``torchvision:NAME@DIR``, a pair (X, y) of
        arrays or tensors, a map-style dataset, or `LabelledImages`, which keep their size unless told otherwise.
    part
        Which of ``train``, ``val`` and ``test`` to take where the data has such parts.
    image_size
        (height, width), each 8 to 128 pixels; None infers it from the images (see `sizes.infer_size`).
    channels
        1 or 3; None means 1 when all images are grey and 3 otherwise.
    aspect
        What happens to other proportions: ``crop``, ``pad`` or ``stretch``.
    classes
        Class names of a run in their order. Labels are mapped to it and any other class is refused; classes may
        then be small or missing.
    cache_dir
        Where images lie that are over 1 GB together; the temporary folder by default.
    progress
        Shows progress on stderr.

    Returns
    -------
    LabelledImages
        uint8 images with labels, class names and notes on what was decided or left out.

    Raises
    ------
    DataError
        If the data is missing, empty, of another kind or too damaged, or a class has fewer than two images.
    ConfigError
        If a setting is out of range.
    OutputError
        If there is no room for the images.
    """
    known = None if classes is None else tuple(map(str, classes))
    request = ImageRequest(part, image_size, channels, aspect, known, cache_dir, progress)
    if isinstance(data, LabelledImages):
        return _passed_through(data, request)
    with warnings.catch_warnings():
        # Pillow's warnings would reach the user from a thread, out of context; what matters in them becomes a note
        warnings.filterwarnings("ignore", module="PIL")
        return _read(_open(data, request), request)


def _open(data: Any, request: ImageRequest) -> Source:
    if isinstance(data, (str, Path)):
        return _open_named(data, request)
    if hasattr(data, "iloc") or isinstance(data, Mapping):
        raise DataError(f"The data is a {type(data).__name__}, a table: image data is expected here.")
    if isinstance(data, tuple) or _is_array_pair(data):
        if len(data) != 2:
            raise DataError(f"The data is a tuple of {len(data)}: a pair (X, y) of images and labels is expected.")
        return array_source(*data)
    if is_array(data):
        raise DataError("The data is an array without labels: a pair (X, y) of images and labels is expected.")
    if is_map_style(data):
        return _open_dataset(data, request)
    raise DataError(f"The data is a {type(data).__name__}: a path, (X, y) or a map-style dataset is expected.")


def _is_array_pair(data: Any) -> bool:
    return isinstance(data, list) and len(data) == 2 and is_array(data[0]) and data[0].ndim > 2


def _open_named(data: str | Path, request: ImageRequest) -> Source:
    text, path = str(data), Path(os.path.expanduser(data))
    exists = os.path.exists(path)
    if text in IMAGE_NAMES + TABLE_NAMES and not (exists and isinstance(data, Path)):
        source = builtin_source(text)
        note = f"{text!r} is scikit-learn's data set; write ./{text} for the folder of that name."
        return replace(source, notes=(note,)) if exists else source
    if text.startswith(TORCHVISION):
        return _open_dataset(open_torchvision(text, request.part), request)
    if os.path.isdir(path):
        return folder_source(path, request.part)
    if path.suffix.lower() == ".npz" and exists:
        return npz_source(path)
    raise DataError(_not_images(text, path))


def _not_images(text: str, path: Path) -> str:
    if os.path.exists(path):
        if is_table_path(path):
            return f"{path} is a table: image data is expected here, {_FORMS}."
        return f"{path} is not a form of image data: expected {_FORMS}."
    guess = nearest(text, IMAGE_NAMES + TABLE_NAMES)
    hint = f" Did you mean {guess!r}?" if guess else ""
    return f"No such file or folder: {text}.{hint}"


def _open_dataset(dataset: Any, request: ImageRequest) -> Source:
    side = 2 * max(request.image_size or (CAP, CAP))
    return dataset_source(dataset, side, request.cache_dir, request.progress)


def _read(source: Source, request: ImageRequest) -> LabelledImages:
    probed = survey_shapes(source, request.progress)
    failures = {i: shape for i, shape in enumerate(probed) if isinstance(shape, Unreadable)}
    _refuse_damaged(source, failures)
    shapes = {i: shape for i, shape in enumerate(probed) if not isinstance(shape, Unreadable)}
    indices = list(shapes)
    frame, size_notes = _frame(list(shapes.values()), request)
    images = allocate_images((len(indices), frame.height, frame.width, frame.channels), request.cache_dir)
    more, remarks = read_images(source, indices, images, frame, request.progress)
    failures |= more
    _refuse_damaged(source, failures)
    kept = [row for row, index in enumerate(indices) if index not in failures]
    good = [indices[row] for row in kept]
    labels, classes = encode_labels([source.label_names[i] for i in good], request.classes, source.order)
    names = [source.names[i] for i in good] if len(source.names) else ()
    notes = (*source.notes, *size_notes, *(REMARKS[key].format(n=n) for key, n in sorted(remarks.items())))
    notes = (*notes, *_left_out(source, failures), *_unused_classes(source, classes))
    sizes = np.array([(shapes[i].height, shapes[i].width) for i in good], np.int64)
    result = LabelledImages(keep_rows(images, kept), labels, replace(frame, classes=classes), names, notes, sizes)
    return result if request.classes is not None else _checked(result)


def _frame(shapes: Sequence[Shape], request: ImageRequest) -> tuple[ImageSchema, tuple[str, ...]]:
    height, width = request.image_size or infer_size(shapes, request.aspect)
    channels = request.channels or max(shape.channels for shape in shapes)
    sizes = describe_shapes(shapes)
    frame = ImageSchema(int(height), int(width), channels, (), request.aspect)
    if sizes == f"{height}x{width}":
        return frame, ()
    return frame, (f"Images are {sizes} pixels (height x width); each becomes {height}x{width} ({request.aspect}).",)


def _refuse_damaged(source: Source, failures: Mapping[int, Unreadable]) -> None:
    if len(failures) > MOST_UNREADABLE * len(source):
        raise DataError(
            f"{len(failures)} of {len(source)} images cannot be read, more than the {MOST_UNREADABLE:.0%} that are "
            f"skipped: {_reasons(source, failures)}. Mend or remove them."
        )


def _left_out(source: Source, failures: Mapping[int, Unreadable]) -> tuple[str, ...]:
    if not failures:
        return ()
    return (f"Skipped {len(failures)} of {len(source)} images that cannot be read: {_reasons(source, failures)}.",)


def _reasons(source: Source, failures: Mapping[int, Unreadable], limit: int = 5) -> str:
    shown = [f"{source.name(index)} ({failures[index]})" for index in sorted(failures)[:limit]]
    more = f" and {len(failures) - limit} more" if len(failures) > limit else ""
    return ", ".join(shown) + more


def _unused_classes(source: Source, classes: Sequence[str]) -> tuple[str, ...]:
    unused = [name for name in source.order or () if name not in classes]
    return (f"Classes without an image are left out: {shortened(unused)}.",) if unused else ()


def _checked(images: LabelledImages) -> LabelledImages:
    counts = images.class_counts()
    if len(counts) < 2:
        raise TooFewError(
            f"There is one class only, {next(iter(counts))!r}: at least two are needed to tell them apart."
        )
    small = [name for name, count in counts.items() if count < 2]
    if small:
        some = "fewer than two images" if min(counts.values()) == 0 else "one image"
        raise TooFewError(
            f"Class {shortened(small)} has {some}: at least two a class are needed; add some or remove it."
        )
    return images


def _passed_through(data: LabelledImages, request: ImageRequest) -> LabelledImages:
    schema = data.schema
    size = request.image_size or (schema.height, schema.width)
    channels = request.channels or schema.channels
    if len(data) == 0:
        raise DataError("There are no images.")
    if (*size, channels) != (schema.height, schema.width, schema.channels):
        names = [schema.classes[label] for label in data.labels]
        source = replace(pixel_source(data.images, names, LevelRange(0, 255)), names=data.names, notes=data.notes)
        known = request.classes or schema.classes
        native = data.native_sizes
        data = _read(source, replace(request, image_size=size, channels=channels, classes=known))
        data = data if native is None else replace(data, native_sizes=native)
    elif request.classes not in (None, schema.classes):
        labels, classes = encode_labels([schema.classes[i] for i in data.labels], request.classes)
        data = replace(data, labels=labels, schema=replace(schema, classes=classes))
    return data if request.classes is not None else _checked(data)
