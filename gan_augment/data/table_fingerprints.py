"""Hashes rows of a table by their values alone: how a column is stored, or its file was read, makes no difference."""

import hashlib

import numpy as np
import pandas as pd

from gan_augment.data.table_moments import to_moments, to_seconds

_CHUNK = 65_536  # rows at a time: a table is never held twice
_MISSING = np.uint64(0x9E3779B97F4A7C15)


def row_fingerprints(frame: pd.DataFrame) -> np.ndarray:
    """Return a 128-bit hash of each row, shape (n, 16), uint8.

    Numbers and booleans are compared as float64, datetimes to the microsecond in UTC, everything else as text.
    """
    chunks = (frame.iloc[start : start + _CHUNK] for start in range(0, len(frame), _CHUNK))
    digests = b"".join(map(_hash_rows, chunks))
    return np.frombuffer(digests, dtype=np.uint8).reshape(-1, 16)


def _hash_rows(frame: pd.DataFrame) -> bytes:
    cells = np.empty(frame.shape, dtype="<u8")
    for position in range(frame.shape[1]):
        cells[:, position] = _cells(frame.iloc[:, position])
    rows = (row.tobytes() for row in cells)
    return b"".join(hashlib.blake2b(row, digest_size=16).digest() for row in rows)


def _cells(values: pd.Series) -> np.ndarray:
    """Return 64 bits for each value of a column, uint64 (n,)."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _bits(to_seconds(to_moments(values)))
    if pd.api.types.is_numeric_dtype(values.dtype):
        return _bits(values.to_numpy(dtype=np.float64, na_value=np.nan))
    codes, levels = pd.factorize(values)
    words = np.array([str(level) for level in levels], dtype=object)
    hashes = pd.util.hash_array(words, categorize=False) if len(words) else np.empty(0, np.uint64)
    return np.append(hashes, _MISSING)[codes]  # missing values have the code -1: the last


def _bits(numbers: np.ndarray) -> np.ndarray:
    plain = numbers + 0.0  # no negative zero
    plain[np.isnan(plain)] = np.nan  # one NaN of the many there are
    return plain.view(np.uint64)
