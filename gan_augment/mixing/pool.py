"""A block of uint8 memory that worker processes share; knows nothing of what is drawn into it."""

import contextlib
import mmap
import os
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from gan_augment.files import replacing

IN_MEMORY_BYTES = 1 << 30


class Pool:
    """A uint8 array in shared memory, or in a memory-mapped temporary file when it is large.

    Forked processes see what the parent writes into it later. To be sent to a spawned process it moves to a file, of
    which only the path is sent. The file goes when the pool of the process that made it does.

    Parameters
    ----------
    shape
        Shape of the array.
    folder
        Where a file would lie; the system's folder for temporary files when None.
    """

    def __init__(self, shape: tuple[int, ...], folder: Path | None = None) -> None:
        self._folder = folder
        self._path: str | None = None
        n_bytes = int(np.prod(shape))
        if n_bytes > IN_MEMORY_BYTES:
            self.array: np.ndarray = self._map_new_file(shape)
        else:
            # Anonymous shared pages rather than /dev/shm, which is tiny in many containers.
            self.array = np.frombuffer(mmap.mmap(-1, max(1, n_bytes)), dtype=np.uint8, count=n_bytes).reshape(shape)

    def read_from(self, path: Path) -> bool:
        """Fill the array from a file that `keep_at` wrote; return whether there was one of the right length."""
        if not path.is_file() or path.stat().st_size != self.array.nbytes:
            return False
        self.array[...] = np.memmap(path, dtype=np.uint8, mode="r", shape=self.array.shape)
        return True

    def keep_at(self, path: Path) -> None:
        """Write the array to a file, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, shared=True) as handle:
            self.array.tofile(handle)

    def _map_new_file(self, shape: tuple[int, ...]) -> np.ndarray:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        handle, self._path = tempfile.mkstemp(prefix="gan-augment-", suffix=".pool", dir=self._folder)
        os.close(handle)
        weakref.finalize(self, _remove, self._path, os.getpid())
        return np.memmap(self._path, dtype=np.uint8, mode="w+", shape=shape)

    def __getstate__(self) -> dict[str, Any]:
        if self._path is None:
            drawn = self.array
            self.array = self._map_new_file(drawn.shape)
            self.array[...] = drawn
        return {"_folder": self._folder, "_path": self._path, "shape": self.array.shape}

    def __setstate__(self, state: dict[str, Any]) -> None:
        shape = state.pop("shape")
        self.__dict__.update(state)
        self.array = np.memmap(state["_path"], dtype=np.uint8, mode="r", shape=shape)


def _remove(path: str, owner: int) -> None:
    # A forked worker inherits the finalizer, but the file belongs to the process that made it.
    if os.getpid() == owner:
        with contextlib.suppress(OSError):
            Path(path).unlink()
