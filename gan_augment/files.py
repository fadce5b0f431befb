"""Files that are there whole or not at all, lines of JSON, errors of the file system in one clear line."""

import glob
import hashlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from gan_augment.errors import OutputError

_ABANDONED = 86_400.0  # seconds since anything was written
CONFIG_FILE, SUMMARY_FILE = "config.json", "summary.json"  # of a run; the second of an evaluation as well
METRICS_FILE, RESULTS_FILE, MANIFEST = "metrics.jsonl", "results.jsonl", "manifest.jsonl"  # run, evaluation, samples


def as_path(path: str | Path) -> Path:
    """Return a path with ``~`` as the user's home folder."""
    return Path(os.path.expanduser(path))


@contextmanager
def replacing(path: Path, shared: bool = False) -> Iterator[BinaryIO]:
    """Open a temporary file that takes the place of `path` when the block ends well, and vanishes when it does not.

    Its name follows from that of `path`, so that what a crash leaves is written over; where the place is `shared` with
    others that may write the same file at the same time, it is the caller's own, and old ones of others are removed.
    """
    own = f".{os.getpid()}-{threading.get_ident()}" if shared else ""
    temporary = path.with_name(f".{path.name}{own}.part")
    if shared:
        _remove_abandoned(path)
    try:
        with temporary.open("wb") as handle:
            yield handle
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _remove_abandoned(path: Path) -> None:
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with suppress(OSError):  # another process was faster, or it is another user's
            if time.time() - left.stat().st_mtime > _ABANDONED:  # its writer crashed, on whatever machine
                left.unlink()


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


@contextmanager
def alone_in(out: Path | None, wait: bool = False) -> Iterator[None]:
    """Keep other processes of this user and machine out of a folder while the block runs.

    Within a process it may be nested. The end of a process ends it, too. The lock lies among temporary files, so the
    folder need not be there yet, nor its drive know locks.

    Parameters
    ----------
    out
        The folder; None stands for the memory, where there are no others.
    wait
        Wait for another process instead of raising.

    Raises
    ------
    OutputError
        If another one works there.
    """
    if out is None:
        yield
        return
    user = os.getuid() if hasattr(os, "getuid") else 0  # elsewhere temporary files are each user's own
    locks = Path(tempfile.gettempdir(), f"gan-augment-{user}")
    with output_errors(locks, resumable=False):
        locks.mkdir(exist_ok=True)
    place = hashlib.sha256(str(out.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    lock = FileLock(locks / f"{place}.lock", is_singleton=True)
    try:
        lock.acquire(blocking=wait)
    except Timeout as error:
        raise OutputError(f"Another process works in {out}: wait until it ends, or choose another folder.") from error
    try:
        yield
    finally:
        lock.release()


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
