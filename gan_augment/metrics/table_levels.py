"""Columns of tables as whole numbers, and how far the numbers of two tables are apart; pure functions of such codes.

A code is the position of a value among all values of its column, and `MISSING` where there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gan_augment.data.labels import shortened
from gan_augment.data.table_schema import Column
from gan_augment.errors import DataError

NUMBERS = ("numeric", "datetime")
MISSING = -1
N_TENTHS = 10
MOST_CELLS = 1_000_000  # of a contingency table that is counted in full; of a larger one, those that are not empty


@dataclass(frozen=True)
class Levels:
    """One column of one or more tables as codes.

    Parameters
    ----------
    column
        What it is.
    values
        All values of all tables, (k,): ascending numbers (seconds since 1970 of dates), or words in any order.
    codes
        Of each table, int64 (n,).
    """

    column: Column
    values: np.ndarray
    codes: tuple[np.ndarray, ...]

    @property
    def is_number(self) -> bool:
        """Whether values have an order and distances: numbers and dates."""
        return self.column.kind in NUMBERS


def read_levels(columns: Sequence[Column], *frames: pd.DataFrame) -> list[Levels]:
    """Return the codes of each column in all tables; infinite numbers count as missing.

    Raises
    ------
    DataError
        If a table has no rows or lacks a column.
    """
    for frame in frames:
        absent = [column.name for column in columns if column.name not in frame.columns]
        if absent:
            raise DataError(f"A table lacks the column {shortened(absent)}: give tables with the same columns.")
        if not len(frame):
            raise DataError("A table without rows cannot be compared: give at least one row.")
    return [_read(column, [frame[column.name] for frame in frames]) for column in columns]


def _read(column: Column, parts: Sequence[pd.Series]) -> Levels:
    if column.kind in NUMBERS:
        numbers = np.concatenate([column.numbers(part) for part in parts])
        codes, values = pd.factorize(np.where(np.isfinite(numbers), numbers, np.nan), sort=True)
    else:
        codes, values = pd.factorize(np.concatenate([part.astype(object).to_numpy() for part in parts]))
    starts = np.cumsum([len(part) for part in parts])[:-1]
    return Levels(column, np.asarray(values), tuple(np.split(codes.astype(np.int64), starts)))


def shares(codes: np.ndarray, n_levels: int) -> np.ndarray:
    """Return the share of missing values and of each level, (1 + n_levels,)."""
    return np.bincount(codes + 1, minlength=1 + n_levels) / len(codes)


def ks_distance(first: np.ndarray, second: np.ndarray, n_levels: int) -> float:
    """Return the Kolmogorov-Smirnov statistic of numbers, missing ones below all others or above all, if larger."""
    difference = shares(first, n_levels) - shares(second, n_levels)
    missing, steps = difference[0], np.append(0.0, np.cumsum(difference[1:]))
    return float(max(np.abs(steps).max(), np.abs(missing + steps).max()))


def variation_distance(first: np.ndarray, second: np.ndarray, n_levels: int) -> float:
    """Return the total variation distance of words, missing ones being a level: half the sum of all differences."""
    return 0.5 * float(np.abs(shares(first, n_levels) - shares(second, n_levels)).sum())


def tenths(codes: np.ndarray, real: np.ndarray, n_levels: int) -> np.ndarray:
    """Return in which tenth of the real values each number lies, from 0.

    Parameters
    ----------
    codes
        Of the numbers, (m,).
    real
        Codes that the tenths are taken from, (n,).
    n_levels
        Of their column.

    Notes
    -----
    A value that many rows share lies where the middle of them does, so that one which fills many tenths is a bin of
    its own, at either end too; edges at the deciles would put it in a bin with all that is smaller or larger.
    """
    counts = np.bincount(real[real >= 0], minlength=n_levels)
    middles = (np.cumsum(counts) - counts / 2) / max(1, counts.sum())
    of_level = np.minimum(N_TENTHS * middles, N_TENTHS - 1).astype(np.int64)
    return np.append(of_level, MISSING)[codes]  # of which the last one is at -1


def joint_codes(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> tuple[list[np.ndarray], int]:
    """Return the cells of the contingency table of two columns, missing values being levels, and how many there are.

    Parameters
    ----------
    first, second
        Codes of either column in each of some tables, (n,).
    """
    width = 2 + max(int(codes.max()) for codes in second)
    n_cells = width * (2 + max(int(codes.max()) for codes in first))
    cells = [(one + 1) * width + other + 1 for one, other in zip(first, second, strict=True)]
    if n_cells <= MOST_CELLS:
        return cells, n_cells
    filled, dense = np.unique(np.concatenate(cells), return_inverse=True)
    return np.split(dense, np.cumsum([len(part) for part in cells])[:-1]), len(filled)
