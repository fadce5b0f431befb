"""Reads a source once, in parallel, into one array; what cannot be read is left out and counted."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from gan_augment.data.resize import fit_pixels
from gan_augment.data.schema import ImageSchema
from gan_augment.data.sources import Shape, Source, Unreadable

T = TypeVar("T")
_CHUNK = 32
_MOST_THREADS = 16


@contextmanager
def progress_bar(total: int, title: str, show: bool) -> Iterator[Callable[[int], object]]:
    """Give a function that advances a progress bar on stderr, or does nothing."""
    with tqdm(total=total, desc=title, unit="image", file=sys.stderr, disable=not show, leave=False) as bar:
        yield bar.update


def survey_shapes(source: Source, progress: bool) -> list[Shape | Unreadable]:
    """Return the shape of each image, or why it cannot be read."""
    return _parallel(source.probe, range(len(source)), "Checking", progress)


def read_images(
    source: Source, indices: Sequence[int], out: np.ndarray, schema: ImageSchema, progress: bool
) -> tuple[dict[int, Unreadable], Counter[str]]:
    """Read images into the rows of an array.

    Parameters
    ----------
    source
        Where images come from.
    indices
        Which images to read; the first one goes to the first row.
    out
        uint8 array of shape (len(indices), height, width, channels).
    schema
        Gives the size, the channels and the aspect.
    progress
        Shows a progress bar on stderr.

    Returns
    -------
    tuple
        Why some indices could not be read (their rows hold anything), and how often each remark was made.
    """
    side = 2 * max(schema.height, schema.width)

    def read(row: int) -> str:
        picture = source.read(indices[row], side)
        out[row] = fit_pixels(picture.pixels, schema.height, schema.width, schema.channels, schema.aspect)
        return picture.remark

    remarks = _parallel(read, range(len(indices)), "Decoding", progress)
    failures = {index: remark for index, remark in zip(indices, remarks, strict=True) if isinstance(remark, Unreadable)}
    return failures, Counter(remark for remark in remarks if isinstance(remark, str) and remark)


def keep_rows(images: np.ndarray, rows: Sequence[int]) -> np.ndarray:
    """Move the rows to keep (ascending) to the front, in place, and return a view of them."""
    for place, row in enumerate(rows):
        if place != row:
            images[place] = images[row]
    return images[: len(rows)]


def _parallel(task: Callable[[int], T], items: range, title: str, progress: bool) -> list[T | Unreadable]:
    """Run a task for each item in threads: Pillow and numpy let go of the interpreter while they work."""
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    results: list[T | Unreadable] = []
    pool = ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1))
    try:
        with progress_bar(len(items), title, progress) as advance:
            for part in pool.map(lambda chunk: [_attempt(task, item) for item in chunk], chunks):
                results += part
                advance(len(part))
    finally:
        pool.shutdown(cancel_futures=True)
    return results


def _attempt(task: Callable[[int], T], item: int) -> T | Unreadable:
    try:
        return task(item)
    except Unreadable as reason:
        return reason
