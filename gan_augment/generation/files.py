"""Files that are there whole or not at all, and errors of the file system in one clear line; knows no format."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gan_augment.errors import OutputError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file that takes the place of `path` when the block ends well, and vanishes when it does not."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as handle:
            yield handle
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it, so that an interruption never leaves half of it."""
    with replacing(path) as handle:
        handle.write(content)


@contextmanager
def output_errors(out: Path) -> Iterator[None]:
    """Turn errors of the file system into an `OutputError` that names the output and the reason."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"Cannot write to {out}: {reason}. Mend that and go on with --resume, or choose another place."
        raise OutputError(message) from error


def claim_folder(out: Path, resume: bool) -> bool:
    """Make sure that `out` is a folder that may be written to; return whether it holds anything yet.

    Raises
    ------
    OutputError
        If `out` is a file, or is not empty and `resume` is False.
    """
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file: choose a folder for the output.")
    out.mkdir(parents=True, exist_ok=True)
    occupied = any(out.iterdir())
    if occupied and not resume:
        raise OutputError(f"{out} is not empty: go on with --resume, or choose another folder.")
    return occupied
