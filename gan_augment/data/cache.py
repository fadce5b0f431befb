"""Room for many images: in memory while they are few, in a scratch file that vanishes by itself when they are many."""

import contextlib
import os
import tempfile
import threading
import weakref
from pathlib import Path

import numpy as np

from gan_augment.errors import OutputError

MEMORY_LIMIT = 2**30  # bytes


def allocate_images(shape: tuple[int, ...], cache_dir: Path | None = None) -> np.ndarray:
    """Return an uninitialised uint8 array, memory-mapped when it is over 1 GB.

    Parameters
    ----------
    shape
        (n, height, width, channels).
    cache_dir
        Where the scratch file goes; the system's temporary folder by default.

    Raises
    ------
    OutputError
        If the scratch file cannot be made or the disk is too full for it.
    """
    n_bytes = int(np.prod(shape, dtype=np.int64))
    if n_bytes <= MEMORY_LIMIT:
        return np.empty(shape, np.uint8)
    place = _scratch_folder(cache_dir)
    try:
        return _mapped(shape, n_bytes, place)
    except OSError as error:
        raise OutputError(
            f"Cannot make a scratch file of {n_bytes / 1e9:.1f} GB in {place} ({error.strerror}): free some space "
            "there or name another folder (cache_dir, or TMPDIR)."
        ) from error


def sharable(images: np.ndarray) -> np.ndarray:
    """Return a view that other processes can be sent: it hides the file of a mapped array, which has no name by now."""
    return np.asarray(memoryview(images))  # type: ignore[arg-type]


def _scratch_folder(cache_dir: Path | None) -> str:
    if cache_dir is None:
        return tempfile.gettempdir()
    try:
        os.makedirs(cache_dir, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot make the folder {cache_dir}: {error.strerror}.") from error
    return str(cache_dir)


def _mapped(shape: tuple[int, ...], n_bytes: int, folder: str) -> np.ndarray:
    handle, name = tempfile.mkstemp(prefix="images-", suffix=".uint8", dir=folder)
    try:
        _claim(handle, n_bytes)
        mapped = np.memmap(name, np.uint8, mode="r+", shape=shape)
    finally:
        os.close(handle)
        gone = _unlinked(name)  # where an open file can lose its name, no crash can leave it behind
    if not gone:
        weakref.finalize(mapped, _unlinked, name)
    return mapped


def _claim(handle: int, n_bytes: int) -> None:
    # taken now: a disk that fills up later would end the process without a word
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, n_bytes)
    else:
        os.truncate(handle, n_bytes)


def _unlinked(name: str) -> bool:
    with contextlib.suppress(OSError):
        os.unlink(name)
        return True
    return False


class Spool:
    """A growing list of arrays: in memory up to 1 GB, then in a temporary file; threads may read it at once."""

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._file = tempfile.SpooledTemporaryFile(MEMORY_LIMIT, dir=_scratch_folder(cache_dir))  # noqa: SIM115
        self._lock = threading.Lock()
        self._entries: list[tuple[int, tuple[int, ...], np.dtype]] = []
        self._end = 0

    def append(self, array: np.ndarray) -> None:
        """Put a copy of an array at the end; raises `OutputError` when the temporary folder is full."""
        try:
            self._file.seek(self._end)
            self._file.write(np.ascontiguousarray(array).tobytes())
        except OSError as error:
            reason = error.strerror or error
            raise OutputError(f"Cannot keep images in the temporary folder ({reason}): free some space.") from error
        self._entries.append((self._end, array.shape, array.dtype))
        self._end += array.nbytes

    def shape(self, index: int) -> tuple[int, ...]:
        """Return the shape of one array."""
        return self._entries[index][1]

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> np.ndarray:
        offset, shape, dtype = self._entries[index]
        with self._lock:
            self._file.seek(offset)
            data = self._file.read(int(np.prod(shape, dtype=np.int64)) * dtype.itemsize)
        return np.frombuffer(data, dtype).reshape(shape)
