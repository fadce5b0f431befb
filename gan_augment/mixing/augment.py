"""Writes real and synthetic images side by side as one dataset folder."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import DataError
from gan_augment.generation.card import mixed_card
from gan_augment.generation.folder import CARD, Series, write_folder
from gan_augment.generation.manifest import MANIFEST
from gan_augment.generation.names import class_folders
from gan_augment.generation.source import SampleSource
from gan_augment.generation.writers import Written, checked_counts, checked_seed, synthetic_series
from gan_augment.registry import unknown

LARGEST_SCALE = 1.5
_BLOCK = 64
_LAYOUT = (
    "Each class folder holds `real_*.png` and `synthetic_*.png`; `manifest.jsonl` keeps the class names themselves "
    "and where each real image came from."
)


def write_mixed(
    data: LabelledImages,
    generator: SampleSource,
    counts: Mapping[str, int],
    out: Path,
    *,
    seed: int = 0,
    resume: bool = False,
    progress: bool = False,
) -> Written:
    """Write real images and synthetic ones as ``OUT/<class>/{real,synthetic}_<index>.png``.

    Synthetic files are marked as such, real ones are not; the manifest says of each which it is. An interrupted run
    goes on with `resume` and gives the bytes of an undisturbed one.

    Parameters
    ----------
    data
        Real images, already brought to the generator's size and channels.
    generator
        A `TrainedGenerator`.
    counts
        Number of synthetic samples by class name.
    out
        A new or empty folder.

    Raises
    ------
    ConfigError
        For an unknown class, a count below 1, or a seed out of range.
    DataError
        If the real images differ from the generator's in size, channels or classes.
    OutputError
        If `out` cannot be written, is not empty and `resume` is False, or was made with other settings.
    """
    out, counts, seed = Path(out), checked_counts(generator, counts), checked_seed(seed)
    _require_same_kind(data, generator)
    n_real = data.class_counts()
    card = mixed_card(generator, n_real, counts, seed, _LAYOUT)
    series = [*_real_series(data, generator), *synthetic_series(generator, counts, seed, prefix="synthetic_")]
    n_written = write_folder(out, series, card, resume=resume, progress=progress)
    n_found = sum(one.count for one in series) - n_written
    warning = None if data.native_sizes is None else blur_warning(data.native_sizes, generator.schema)
    written = Written(out, out / MANIFEST, out / CARD, counts, n_written, n_found)
    return replace(written, notes=(warning,)) if warning else written


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
    real, fake = data.schema, generator.schema
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
    series = []
    for label, name in enumerate(data.classes):
        indices = np.flatnonzero(data.labels == label)
        if len(indices):
            sources = [data.names[int(i)] for i in indices] if len(data.names) else ()
            images_fn = partial(_real_blocks, data, indices)
            series.append(Series(name, folders[name], len(indices), images_fn, prefix="real_", sources=sources))
    return series


def _real_blocks(data: LabelledImages, indices: np.ndarray, start: int, stop: int) -> Iterator[np.ndarray]:
    for first in range(start, stop, _BLOCK):
        yield data.images[indices[first : min(first + _BLOCK, stop)]]
