"""Writes real and synthetic samples side by side as one dataset: images as a folder, rows of a table as a file."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from gan_augment.data.labelled import LabelledData
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import DataError
from gan_augment.files import MANIFEST, as_path
from gan_augment.generation.card import mixed_card
from gan_augment.generation.folder import CARD, Series, write_folder
from gan_augment.generation.names import class_folders
from gan_augment.generation.source import SampleSource, check_yield, image_schema, require_generator
from gan_augment.generation.writers import Written, checked_counts, checked_seed, choose_format, synthetic_series
from gan_augment.mixing.augment_table import write_mixed_rows
from gan_augment.registry import unknown

LARGEST_SCALE = 1.5
_BLOCK = 64
_LAYOUT = (
    "Each class folder holds `real_*.png` and `synthetic_*.png`; `manifest.jsonl` keeps the class names themselves "
    "and where each real image came from."
)


def write_mixed(
    data: LabelledData,
    generator: SampleSource,
    counts: Mapping[str, int],
    out: Path,
    *,
    seed: int = 0,
    resume: bool = False,
    progress: bool = False,
) -> Written:
    """Write real samples and synthetic ones as one dataset.

    Images become ``OUT/<class>/{real,synthetic}_<index>.png``; synthetic files are marked as such, real ones are not.
    Rows become one CSV or Parquet file, the real ones first and as they are. The manifest says which samples are
    synthetic. An interrupted run goes on with `resume` and gives the bytes of an undisturbed one.

    Parameters
    ----------
    data
        Real images, already brought to the generator's size and channels; or a `LabelledTable`.
    generator
        A `TrainedGenerator` or a `CuratedGenerator`.
    counts
        Number of synthetic samples by class name.
    out
        A new or empty folder for images, a file that ends like a table for rows.

    Raises
    ------
    ConfigError
        For an unknown class, a count below 1, a seed out of range, or an `out` for the other kind of data.
    DataError
        If the real images differ from the generator's in size, channels or classes, or the rows in columns or classes.
    OutputError
        If `out` cannot be written, holds something and `resume` is False, or was made with other settings.
    """
    require_generator(generator)
    out, counts, seed = as_path(out), checked_counts(generator, counts), checked_seed(seed)
    if isinstance(data, LabelledTable):
        return write_mixed_rows(data, generator, counts, out, seed=seed, resume=resume, progress=progress)
    if not isinstance(data, LabelledImages):
        raise DataError("Real samples must be what load_images or load_table returns: load them first.")
    _require_same_kind(data, generator)
    choose_format(generator, out, "folder")
    check_yield(generator, counts, seed)
    card = mixed_card(generator, data.class_counts(), counts, seed, _LAYOUT)
    series = [*_real_series(data, generator), *synthetic_series(generator, counts, seed, prefix="synthetic_")]
    n_written = write_folder(out, series, card, resume=resume, progress=progress)
    n_found = sum(one.count for one in series) - n_written
    warning = None if data.native_sizes is None else blur_warning(data.native_sizes, image_schema(generator))
    return Written(out, out / MANIFEST, out / CARD, counts, n_written, n_found, (warning,) if warning else ())


def blur_warning(native_sizes: np.ndarray | Sequence[tuple[int, int]], schema: ImageSchema) -> str | None:
    """Return a sentence for the user when real images were scaled by over 1.5 times, else None.

    A classifier that sees blurred real images beside sharp synthetic ones, or the reverse, can tell the two apart by
    that alone and learns it as a shortcut.

    Parameters
    ----------
    native_sizes
        (height, width) of the real images before they were resized.
    schema
        The size that they were brought to, and how (``crop``, ``pad`` or ``stretch``).
    """
    sizes = np.asarray(native_sizes, dtype=np.float64).reshape(-1, 2)
    scales = np.array([schema.height, schema.width]) / sizes
    spread = {"crop": scales.max(axis=1, keepdims=True), "pad": scales.min(axis=1, keepdims=True)}
    applied = spread.get(schema.aspect, scales)
    factors = np.maximum(applied, 1 / applied).max(axis=1)
    n_scaled = int((factors > LARGEST_SCALE).sum())
    if not n_scaled:
        return None
    return (
        f"{n_scaled} of {len(sizes)} real images were scaled by over {LARGEST_SCALE:g} times "
        f"(up to {factors.max():.1f}) to {schema.height} x {schema.width}: use the real images as they are in this "
        "folder, not the originals, or blur alone tells real from synthetic."
    )


def _require_same_kind(data: LabelledImages, generator: SampleSource) -> None:
    real, fake = data.schema, image_schema(generator)
    if (real.height, real.width, real.channels) != (fake.height, fake.width, fake.channels):
        raise DataError(
            f"The real images are {real.height} x {real.width} x {real.channels}, the generator's "
            f"{fake.height} x {fake.width} x {fake.channels}: load the data with the run's size and channels."
        )
    for name, count in data.class_counts().items():
        if count and name not in generator.classes:
            raise DataError(unknown("class", name, generator.classes))


def _real_series(data: LabelledImages, generator: SampleSource) -> list[Series]:
    folders = class_folders(generator.classes)
    facts = [{"fingerprint": row.tobytes().hex()} for row in data.fingerprints()]  # no other ones are taken for them
    if len(data.names):
        facts = [{"source": str(name)} | fact for name, fact in zip(data.names, facts, strict=True)]
    series = []
    for label, name in enumerate(data.classes):
        indices = np.flatnonzero(data.labels == label)
        if len(indices):
            images_fn, own = partial(_real_blocks, data, indices), [facts[int(i)] for i in indices]
            series.append(Series(name, folders[name], len(indices), images_fn, prefix="real_", facts=own))
    return series


def _real_blocks(data: LabelledImages, indices: np.ndarray, start: int, stop: int) -> Iterator[np.ndarray]:
    for first in range(start, stop, _BLOCK):
        yield data.images[indices[first : min(first + _BLOCK, stop)]]
