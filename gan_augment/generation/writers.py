"""Writes samples of a trained generator to disk in a named format, exactly as many per class as asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gan_augment.errors import ConfigError
from gan_augment.generation.card import synthetic_card
from gan_augment.generation.folder import CARD, Series, write_folder
from gan_augment.generation.manifest import MANIFEST
from gan_augment.generation.names import class_folders
from gan_augment.generation.npz import NpzPaths, write_npz
from gan_augment.generation.source import SampleSource
from gan_augment.registry import lookup, unknown

_LAYOUT_FOLDER = "The files lie in one folder a class; `manifest.jsonl` keeps the class names themselves."
_LAYOUT_NPZ = "Read with `numpy.load(..., allow_pickle=False)`: `X` holds the images, `y` the class names."


@dataclass(frozen=True)
class Written:
    """What a writer did.

    Parameters
    ----------
    path
        The folder or file that holds the samples.
    manifest, card
        The manifest and the dataset card.
    counts
        Number of synthetic samples by class, in label order.
    n_written, n_found
        How many images were written now, and how many an interrupted run had left.
    notes
        What the user should know, a sentence each.
    """

    path: Path
    manifest: Path
    card: Path
    counts: dict[str, int]
    n_written: int
    n_found: int
    notes: tuple[str, ...] = ()


def write_samples(
    generator: SampleSource,
    counts: Mapping[str, int],
    out: Path,
    *,
    format: str = "folder",
    seed: int = 0,
    resume: bool = False,
    progress: bool = False,
) -> Written:
    """Draw labelled samples and write them with a manifest and a dataset card.

    Memory does not grow with the number of samples. An interrupted run leaves only whole files; `resume` goes on
    where it stopped and gives the bytes of an undisturbed run. Blocks that were finished are not drawn again.

    Parameters
    ----------
    generator
        A `TrainedGenerator`.
    counts
        Number of samples by class name, each positive.
    out
        A folder that is new or empty; for ``npz`` also a file name that ends in ``.npz``.
    format
        ``folder``: marked PNG files ``OUT/<class>/<index>.png``; ``npz``: one file with ``X`` and ``y``.
    seed
        From 0 to 2**63 - 1.
    resume
        Go on with what an interrupted run left in `out`. Counts may have grown since for ``folder``.
    progress
        Show a progress bar on stderr.

    Raises
    ------
    ConfigError
        For an unknown class or format, a count below 1, or a seed out of range.
    OutputError
        If `out` cannot be written, is not empty and `resume` is False, or was made with other settings.
    """
    write = lookup(FORMATS, format, "format")
    return write(generator, checked_counts(generator, counts), Path(out), checked_seed(seed), resume, progress)


def checked_counts(generator: SampleSource, counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts in label order; raises `ConfigError` for unknown classes and counts below 1."""
    for name, count in counts.items():
        if name not in generator.classes:
            raise ConfigError(unknown("class", name, generator.classes))
        if count < 1:
            raise ConfigError(f"Cannot make {count} samples of class {name!r}: ask for 1 or more, or leave it out.")
    if not counts:
        raise ConfigError("No samples are asked for: name at least one class with 1 or more samples.")
    return {name: int(counts[name]) for name in generator.classes if name in counts}


def checked_seed(seed: int) -> int:
    """Return the seed; raises `ConfigError` when 63 bits do not hold it."""
    if not 0 <= seed < 2**63:
        raise ConfigError(f"Seed {seed} is out of range: choose one from 0 to 2**63 - 1.")
    return int(seed)


def synthetic_series(generator: SampleSource, counts: Mapping[str, int], seed: int, prefix: str = "") -> list[Series]:
    """Return one `Series` a class that draws its images from the generator."""
    folders = class_folders(generator.classes)
    return [
        Series(
            class_name=name,
            folder=folders[name],
            count=count,
            images_fn=partial(generator.iter_samples, generator.classes.index(name), seed=seed),
            seed=seed,
            generator=generator.digest,
            prefix=prefix,
        )
        for name, count in counts.items()
    ]


def _write_folder(
    generator: SampleSource, counts: dict[str, int], out: Path, seed: int, resume: bool, progress: bool
) -> Written:
    if out.suffix.lower() == ".npz":
        raise ConfigError(f"{out} names an .npz file, but the format is folder: add --format npz, or name a folder.")
    card = synthetic_card(generator, counts, seed, _LAYOUT_FOLDER)
    series = synthetic_series(generator, counts, seed)
    n_written = write_folder(out, series, card, resume=resume, progress=progress)
    return Written(out, out / MANIFEST, out / CARD, counts, n_written, sum(counts.values()) - n_written)


def _write_npz(
    generator: SampleSource, counts: dict[str, int], out: Path, seed: int, resume: bool, progress: bool
) -> Written:
    paths = NpzPaths.of(out)
    card = synthetic_card(generator, counts, seed, _LAYOUT_NPZ)
    n_written = write_npz(generator, counts, paths, card, seed=seed, resume=resume, progress=progress)
    return Written(paths.npz, paths.manifest, paths.card, counts, n_written, sum(counts.values()) - n_written)


FORMATS = {"folder": _write_folder, "npz": _write_npz}
