"""How closely the columns of one table go together, whatever is in them: numbers, dates or words."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from gan_augment.data.table_schema import Column
from gan_augment.metrics.table_levels import Levels, read_levels

MOST_PAIRED = 40  # columns whose pairs are looked at: 780 pairs


def association(frame: pd.DataFrame, columns: Sequence[Column]) -> np.ndarray:
    """Return how closely each two columns of a table go together, for maps to be shown side by side.

    Parameters
    ----------
    frame
        A table, (n, c).
    columns
        What its columns are. Take `paired_columns` of them for a map without empty rows.

    Returns
    -------
    ndarray
        (c, c) in the order of `columns`, symmetric, ones on the diagonal; in [-1, 1] for two numbers or dates, else in
        [0, 1]. About 0 for columns that have nothing to do with each other. NaN for columns that are not among
        `paired_columns`, that have one value alone, and where there are too few rows to tell.

    Raises
    ------
    DataError
        If the table has no rows or lacks a column.

    Notes
    -----
    Two numbers: Spearman's rank correlation over rows that have both. Two words: Cramer's V with the correction for
    chance of Bergsma (2013), missing values being a level. A number and a word: the correlation ratio of the number's
    ranks, corrected for chance (Kelley 1935), over rows that have the number.
    """
    levels = read_levels(columns, frame)
    paired = {column.name for column in paired_columns(columns)}
    usable = [position for position, column in enumerate(columns) if column.name in paired]
    return symmetric(len(columns), usable, lambda i, j: _associated(levels[i], levels[j]))


def paired_columns(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns whose pairs are looked at: the first 40 that are neither identifiers nor constants."""
    return tuple(column for column in columns if column.is_modelled)[:MOST_PAIRED]


def symmetric(size: int, usable: Sequence[int], figure: Callable[[int, int], float]) -> np.ndarray:
    """Return a figure of each two of the usable positions, (size, size); ones on the diagonal, NaN elsewhere."""
    matrix = np.full((size, size), np.nan)
    np.fill_diagonal(matrix, 1.0)
    for i, j in combinations(usable, 2):
        matrix[i, j] = matrix[j, i] = figure(i, j)
    return matrix


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return Spearman's correlation of numbers over rows that have both; NaN where one of them does not vary."""
    both = (first >= 0) & (second >= 0)
    one, other = (_ranks(codes[both]) for codes in (first, second))
    scale = np.sqrt((one @ one) * (other @ other))
    return float(np.clip(one @ other / scale, -1.0, 1.0)) if scale > 0 else float("nan")


def cramers_v(first: np.ndarray, second: np.ndarray) -> float:
    """Return Cramer's V of two columns of words, corrected for chance (Bergsma 2013), missing values being levels.

    NaN where one of them has a single level, or as many as there are rows.
    """
    one, other, n = first + 1, second + 1, len(first)
    rows, columns = np.bincount(one), np.bincount(other)
    _, at, filled = np.unique(one * len(columns) + other, return_index=True, return_counts=True)
    excess = (filled**2 / (rows[one[at]] * columns[other[at]])).sum() - 1.0  # chi-squared over n
    free_rows, free_columns = (int((counts > 0).sum()) - 1 for counts in (rows, columns))
    spare = max(1, n - 1)
    most = min(free - free**2 / spare for free in (free_rows, free_columns))
    if most <= 0:
        return float("nan")
    return float(min(1.0, np.sqrt(max(0.0, excess - free_rows * free_columns / spare) / most)))


def rank_ratio(numbers: np.ndarray, words: np.ndarray) -> float:
    """Return the correlation ratio of the ranks of numbers in groups of words, corrected for chance (Kelley 1935).

    Over rows that have the number; a missing word is a group. NaN where there is one group, one number, or no group of
    two.
    """
    present = numbers >= 0
    ranks, groups = _ranks(numbers[present]), words[present] + 1
    counts = np.bincount(groups)
    filled = counts > 0
    n, n_groups, total = len(ranks), int(filled.sum()), ranks @ ranks
    if n_groups < 2 or n == n_groups or total == 0:
        return float("nan")
    between = (np.bincount(groups, ranks)[filled] ** 2 / counts[filled]).sum()
    unexplained = (total - between) / (n - n_groups) * (n - 1) / total
    return float(np.sqrt(max(0.0, 1.0 - unexplained)))


def _associated(first: Levels, second: Levels) -> float:
    (one,), (other,) = first.codes, second.codes
    if first.is_number and second.is_number:
        return rank_correlation(one, other)
    if first.is_number or second.is_number:
        return rank_ratio(one, other) if first.is_number else rank_ratio(other, one)
    return cramers_v(one, other)


def _ranks(codes: np.ndarray) -> np.ndarray:
    """Return the ranks of codes less their mean, float64 (n,); equal ones share theirs."""
    counts = np.bincount(codes)
    return (np.cumsum(counts) - (counts - 1) / 2 - (len(codes) + 1) / 2)[codes]
