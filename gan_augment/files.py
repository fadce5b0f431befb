"""Files that are there whole or not at all, lines of JSON, errors of the file system in one clear line."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from gan_augment.errors import OutputError

CONFIG_FILE, SUMMARY_FILE = "config.json", "summary.json"  # of a run; the second of an evaluation as well


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
def output_errors(out: Path, resumable: bool = True) -> Iterator[None]:
    """Turn errors of the file system into an `OutputError` that names the output, the reason and what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        then = "go on with --resume" if resumable else "try again"
        raise OutputError(f"Cannot write to {out}: {reason}. Mend that and {then}, or choose another place.") from error


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


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSON-lines file one by one; a last line that an interruption cut off is left out.

    Raises
    ------
    OutputError
        If a whole line is not a JSON object.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                return
            yield _parse(path, number, line)


def _parse(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise OutputError(f"{path} is damaged in line {number}: remove that line, or choose another place.")
    return row
