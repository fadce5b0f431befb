"""A folder of numbered PNG files by class with a manifest and a card, written so that it can be interrupted anywhere.

Knows where images go, not where they come from: real and synthetic ones are both a `Series`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import IO, Any

import numpy as np
from tqdm import tqdm

from gan_augment.errors import OutputError
from gan_augment.files import MANIFEST, alone_in, claim_folder, output_errors, read_jsonl, replacing, write_atomically
from gan_augment.generation.manifest import Row, require_same, row_line, with_scores, without_scores
from gan_augment.generation.png import encode_png, synthetic_marks

CARD = "README.md"


@dataclass(frozen=True)
class Series:
    """The images of one class that share an origin: files ``<folder>/<prefix><index>.png``.

    Parameters
    ----------
    class_name, folder
        The class as the data names it, and its safe folder.
    count
        Number of images.
    images_fn
        ``images_fn(start, stop)`` yields uint8 blocks (k, height, width, channels) of images ``start .. stop - 1``.
    seed, generator
        What made the images; both None for real ones, which stay unmarked.
    prefix
        Put before the number in the file name.
    facts
        What the manifest says besides of each image, such as where a real one came from; or empty.
    scores_fn
        ``scores_fn(start, stop)`` returns the scores of images ``start .. stop - 1``, right after those were drawn;
        None where there are none.
    """

    class_name: str
    folder: str
    count: int
    images_fn: Callable[[int, int], Iterator[np.ndarray]]
    seed: int | None = None
    generator: str | None = None
    prefix: str = ""
    facts: Sequence[Row] = ()
    scores_fn: Callable[[int, int], Sequence[Row]] | None = None

    @property
    def synthetic(self) -> bool:
        """Whether a generator made the images."""
        return self.generator is not None

    def row(self, index: int) -> Row:
        """Return the line that the manifest holds for one image."""
        file = f"{self.folder}/{self.prefix}{index:06d}.png"
        row: Row = {"file": file, "class": self.class_name, "index": index, "synthetic": self.synthetic}
        if self.synthetic:
            row |= {"seed": self.seed, "generator": self.generator}
        return row | (self.facts[index] if self.facts else {})

    def png(self, index: int, image: np.ndarray) -> bytes:
        """Return one image as PNG, marked when it is synthetic."""
        if self.generator is None or self.seed is None:
            return encode_png(image)
        return encode_png(image, synthetic_marks(self.class_name, index, self.seed, self.generator))


def write_folder(
    out: Path, series: Sequence[Series], card: str, *, resume: bool = False, progress: bool = False
) -> int:
    """Write every image of every series that is not there yet; return how many those were.

    The manifest grows by a line a file after every block, the card comes last. After an interruption every file is
    whole, and `resume` draws only what the manifest or the folder lacks.

    Raises
    ------
    OutputError
        If `out` cannot be written, holds something and `resume` is False, or holds something else than this.
    """
    with output_errors(out):
        occupied = claim_folder(out, resume)
        with alone_in(out):
            done = _find_done(out, series) if occupied else [np.zeros(one.count, dtype=bool) for one in series]
            n_total, n_done = sum(one.count for one in series), sum(int(found.sum()) for found in done)
            bar = tqdm(total=n_total, initial=n_done, unit="image", disable=not progress)
            with bar, (out / MANIFEST).open("ab") as manifest:
                for one, found in zip(series, done, strict=True):
                    _write_series(out, one, found, manifest, bar)
            write_atomically(out / CARD, card.encode("utf-8", "backslashreplace"))
    return n_total - n_done


def _write_series(out: Path, series: Series, done: np.ndarray, manifest: IO[bytes], bar: "tqdm[None]") -> None:
    (out / series.folder).mkdir(exist_ok=True)
    for start, stop in _gaps(done):
        index = start
        for block in series.images_fn(start, stop):
            _write_block(out, series, index, block, manifest)
            index += len(block)
            bar.update(len(block))


def _write_block(out: Path, series: Series, start: int, block: np.ndarray, manifest: IO[bytes]) -> None:
    lines = []
    stop = start + len(block)
    extras = with_scores(series.scores_fn(start, stop)) if series.scores_fn else repeat({}, len(block))
    try:
        for index, image, extra in zip(range(start, stop), block, extras, strict=True):
            row = series.row(index)
            write_atomically(out / row["file"], series.png(index, image))
            lines.append(row_line(row | extra))
    finally:
        manifest.write(b"".join(lines))
        manifest.flush()


def _gaps(done: np.ndarray) -> list[tuple[int, int]]:
    missing = np.concatenate([[0], ~done, [0]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(missing)).reshape(-1, 2)
    return [(int(start), int(stop)) for start, stop in edges]


def _find_done(out: Path, series: Sequence[Series]) -> list[np.ndarray]:
    # The manifest is rewritten with the rows whose files are there: that mends a torn end and files deleted since.
    path = out / MANIFEST
    if not path.is_file():
        raise OutputError(f"{out} holds no {MANIFEST} to resume from: choose an empty folder.")
    done = [np.zeros(one.count, dtype=bool) for one in series]
    wanted: dict[tuple[Any, Any], tuple[Series, np.ndarray]] = {
        (one.class_name, one.synthetic): (one, found) for one, found in zip(series, done, strict=True)
    }
    with replacing(path) as kept:
        for row in read_jsonl(path):
            match = wanted.get((row.get("class"), row.get("synthetic")))
            if match is None or not _fits(row, match[0].count):
                raise OutputError(f"{out} holds {row.get('file')}, which is not asked for now: choose another folder.")
            one, found = match
            expected = one.row(row["index"])
            if "fingerprint" not in row:  # of an older version
                expected.pop("fingerprint", None)
            require_same(path, without_scores(row), expected)
            if _is_whole(out / row["file"]) and not found[row["index"]]:
                found[row["index"]] = True
                kept.write(row_line(row))
    return done


def _fits(row: Row, count: int) -> bool:
    return type(row.get("index")) is int and 0 <= row["index"] < count


def _is_whole(file: Path) -> bool:
    # A crash of the machine may leave a renamed file empty.
    return file.is_file() and file.stat().st_size > 0
