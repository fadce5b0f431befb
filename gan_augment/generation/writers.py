"""Writes samples of a trained generator to disk in a named format, exactly as many per class as asked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from numbers import Integral
from pathlib import Path

import numpy as np
import pandas as pd

from gan_augment.errors import ConfigError
from gan_augment.files import MANIFEST, as_path
from gan_augment.generation.card import synthetic_card
from gan_augment.generation.folder import CARD, Series, write_folder
from gan_augment.generation.names import class_folders
from gan_augment.generation.npz import NpzPaths, write_npz
from gan_augment.generation.png import SOURCE_TYPE
from gan_augment.generation.rows import CSV_ENDINGS, PARQUET_ENDINGS, RowPaths, Stretch, lost_in_text, write_rows
from gan_augment.generation.source import SampleSource, ScoredSource, check_yield, require_generator, table_schema
from gan_augment.registry import lookup, unknown

_LAYOUT_FOLDER = "The files lie in one folder a class; `manifest.jsonl` keeps the class names themselves."
_LAYOUT_NPZ = "Read with `numpy.load(..., allow_pickle=False)`: `X` holds the images, `y` the class names."
_LAYOUT_ROWS = "The rows lie in one file, grouped by class; the manifest says where each class begins."


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
        How many samples were written now, and how many an earlier run had left.
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
    format: str | None = None,
    seed: int = 0,
    resume: bool = False,
    progress: bool = False,
) -> Written:
    """Draw labelled samples and write them with a manifest and a dataset card.

    Memory does not grow with the number of samples. An interrupted run leaves only whole files; `resume` goes on
    where it stopped and gives the bytes of an undisturbed run. Images that were finished are not drawn again.

    Parameters
    ----------
    generator
        A `TrainedGenerator`, or a `CuratedGenerator`, whose scores the manifest keeps.
    counts
        Number of samples by class name, each positive.
    out
        For images a folder that is new or empty, or a file name that ends in ``.npz``. For rows a file name that ends
        in ``.csv``, ``.csv.gz``, ``.tsv``, ``.tsv.gz``, ``.parquet`` or ``.pq``; manifest and card lie beside it.
    format
        A key of `FORMATS`. ``folder``: marked PNG files ``OUT/<class>/<index>.png``; ``npz``: one file with ``X`` and
        ``y``; ``csv``, ``parquet``: one table with the columns, order and dtypes of the training table, rows grouped
        by class in label order. None takes the one that `out` ends like, or else a folder.
    seed
        From 0 to 2**63 - 1.
    resume
        Go on with what an interrupted run left in `out`. Counts may have grown since, but for ``npz``.
    progress
        Show a progress bar on stderr.

    Raises
    ------
    ConfigError
        For an unknown class or format, one that does not go with what the generator makes or how `out` ends, a count
        below 1, or a seed out of range.
    OutputError
        If `out` cannot be written, is not empty and `resume` is False, or was made with other settings.
    GanAugmentError
        If a class of a curated generator cannot yield enough.
    """
    require_generator(generator)
    write = choose_format(generator, as_path(out), format).write_fn
    counts, seed = checked_counts(generator, counts), checked_seed(seed)
    check_yield(generator, counts, seed)
    return write(generator, counts, as_path(out), seed, resume, progress)


def choose_format(generator: SampleSource, out: Path, format: str | None = None) -> "Format":
    """Return the format of that name, or else the one that `out` ends like.

    Raises
    ------
    ConfigError
        If the generator makes nothing that can be kept in it, or `out` ends otherwise; the message says what to write.
    """
    kind = generator.schema.kind
    by_ending = next((name for name, one in FORMATS.items() if out.name.lower().endswith(one.endings)), None)
    name = format or by_ending or ("folder" if kind == "image" else "csv")
    chosen = lookup(FORMATS, name, "format")
    if chosen.kind != kind:
        raise ConfigError(f"This run makes {_NEEDS[kind]}; {name} is for the other kind of data.")
    if by_ending != name and (by_ending or kind == "table"):
        raise ConfigError(f"{out} is no name for {format or 'a table'}: this run makes {_NEEDS[kind]}.")
    return chosen


def checked_counts(generator: SampleSource, counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts in label order; `ConfigError` where they are no whole numbers from 1 on, by known classes."""
    if not isinstance(counts, Mapping):
        raise ConfigError(f"Say how many samples of each class, such as {{'cat': 10}}, not {counts!r}.")
    for name, count in counts.items():
        if name not in generator.classes:
            raise ConfigError(unknown("class", name, generator.classes))
        if isinstance(count, bool) or not isinstance(count, Integral):
            raise ConfigError(f"The number of samples of class {name!r} must be a whole number, not {count!r}.")
        if count < 1:
            raise ConfigError(f"Cannot make {count} samples of class {name!r}: ask for 1 or more, or leave it out.")
    if not counts:
        raise ConfigError("No samples are asked for: name at least one class with 1 or more samples.")
    return {name: int(counts[name]) for name in generator.classes if name in counts}


def checked_seed(seed: int) -> int:
    """Return the seed; raises `ConfigError` when 63 bits do not hold it."""
    if not isinstance(seed, Integral) or not 0 <= seed < 2**63:
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
            scores_fn=(
                partial(generator.scores, generator.classes.index(name), seed=seed)
                if isinstance(generator, ScoredSource)
                else None
            ),
            seed=seed,
            generator=generator.digest,
            prefix=prefix,
        )
        for name, count in counts.items()
    ]


def synthetic_stretches(generator: SampleSource, counts: Mapping[str, int], seed: int) -> list[Stretch]:
    """Return one `Stretch` a class that draws its rows from the generator."""
    origin = {"synthetic": True, "seed": seed, "generator": generator.digest}
    return [
        Stretch(count, partial(_drawn, generator, name, count, seed), {"class": name} | origin)
        for name, count in counts.items()
    ]


def synthetic_marks(generator: SampleSource, seed: int) -> dict[str, str]:
    """Return what the metadata of a table of synthetic rows says."""
    origin = {"generator": generator.digest, "seed": str(seed), "software": "gan-augment"}
    return {"synthetic": "true", "DigitalSourceType": SOURCE_TYPE} | origin


def _drawn(generator: SampleSource, name: str, count: int, seed: int) -> Iterator[pd.DataFrame]:
    schema, label = table_schema(generator), generator.classes.index(name)
    for frame in generator.iter_samples(label, 0, count, seed):
        yield schema.assemble(frame, np.full(len(frame), label))


def _write_folder(
    generator: SampleSource, counts: dict[str, int], out: Path, seed: int, resume: bool, progress: bool
) -> Written:
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


def _write_rows(
    generator: SampleSource, counts: dict[str, int], out: Path, seed: int, resume: bool, progress: bool
) -> Written:
    paths, schema = RowPaths.of(out), table_schema(generator)
    card, marks = synthetic_card(generator, counts, seed, _LAYOUT_ROWS), synthetic_marks(generator, seed)
    stretches = synthetic_stretches(generator, counts, seed)
    n_written = write_rows(paths, stretches, schema.columns, card, marks, resume=resume, progress=progress)
    done = n_written, sum(counts.values()) - n_written
    return Written(paths.table, paths.manifest, paths.card, counts, *done, lost_in_text(paths, schema))


@dataclass(frozen=True)
class Format:
    """A way to keep samples.

    Parameters
    ----------
    kind
        The data it is for: ``image`` or ``table``.
    endings
        Of file names that mean this format; none for a folder.
    write_fn
        Writes samples: (generator, counts, out, seed, resume, progress) -> Written.
    """

    kind: str
    endings: tuple[str, ...]
    write_fn: Callable[[SampleSource, dict[str, int], Path, int, bool, bool], Written]


FORMATS = {
    "folder": Format("image", (), _write_folder),
    "npz": Format("image", (".npz",), _write_npz),
    "csv": Format("table", CSV_ENDINGS, _write_rows),
    "parquet": Format("table", PARQUET_ENDINGS, _write_rows),
}
_NEEDS = {
    "image": "images, which need a folder or a file that ends in .npz",
    "table": "rows of a table, which need a file that ends in .csv, .csv.gz, .tsv or .parquet",
}
