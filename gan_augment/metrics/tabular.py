"""How alike two tables are, column by column and pair by pair, beside what real rows and shuffled columns reach.

Distances between samples shrink as the samples grow, even where both come from one table. `table_similarity` therefore
compares as many synthetic rows, real rows and shuffled ones with the same other real rows. Whether rows can be told
apart as a whole is another matter: see `gan_augment.metrics.shortcut`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gan_augment.data.table_schema import Column
from gan_augment.errors import DataError
from gan_augment.metrics.association import paired_columns, rank_correlation, symmetric
from gan_augment.metrics.table_levels import (
    Levels,
    joint_codes,
    ks_distance,
    read_levels,
    tenths,
    variation_distance,
)
from gan_augment.seeding import numpy_rng

MOST_ROWS = 20_000  # of a side of `table_similarity`: beyond them nothing changes but the time
MOST_SPLITS, ROWS_IN_ALL = 10, 10_000  # of few rows, one split gives figures by chance: so many, rows a side in all


@dataclass(frozen=True)
class TableSimilarity:
    """How alike synthetic and real rows are, and what it is to be compared with: all of as many rows a side.

    Parameters
    ----------
    columns, column_ceilings, column_floors
        `column_similarity` by name of column: of synthetic rows, of other real rows, and of those with every column
        shuffled by itself. Shuffling changes no column, so floors are ceilings: it is pairs that it takes away.
    pairs, ceiling_pairs, floor_pairs
        Means of `pair_similarity` over the pairs of columns, of the same rows; NaN where there are none.
    n_rows
        Rows a side.
    n_splits
        Splits of the real rows that all figures are means over.
    """

    columns: Mapping[str, float]
    pairs: float
    column_ceilings: Mapping[str, float]
    ceiling_pairs: float
    column_floors: Mapping[str, float]
    floor_pairs: float
    n_rows: int
    n_splits: int

    @property
    def mean_columns(self) -> float:
        """The mean of `columns`."""
        return _mean(self.columns.values())

    @property
    def ceiling_columns(self) -> float:
        """The mean of `column_ceilings`."""
        return _mean(self.column_ceilings.values())

    @property
    def floor_columns(self) -> float:
        """The mean of `column_floors`."""
        return _mean(self.column_floors.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, rounded to 4 decimals; None where a figure is NaN."""
        means = ("mean_columns", "ceiling_columns", "floor_columns", "pairs", "ceiling_pairs", "floor_pairs")
        columns = {"columns": self.columns, "column_ceilings": self.column_ceilings}
        return {
            **{name: _plain(getattr(self, name)) for name in means},
            **{name: {key: _plain(value) for key, value in each.items()} for name, each in columns.items()},
            "n_rows": self.n_rows,
            "n_splits": self.n_splits,
        }


def column_similarity(real: pd.DataFrame, fake: pd.DataFrame, columns: Sequence[Column]) -> dict[str, float]:
    """Return how alike the values of each column are in two tables, whatever the order of their rows.

    Parameters
    ----------
    real, fake
        Tables with the same columns, (n, c) and (m, c); values of one type on both sides, as `Column.restore` gives.
    columns
        What the columns are. Identifiers are left out: there is nothing to be alike in.

    Returns
    -------
    dict
        A similarity in [0, 1] by name of column; 1 where the values and their shares are the same. Never NaN.

    Raises
    ------
    DataError
        If a table has no rows or lacks a column.

    Notes
    -----
    Numbers and dates: 1 minus the Kolmogorov-Smirnov statistic, the KSComplement of SDMetrics. Words, booleans and
    constants: 1 minus the total variation distance, its TVComplement. SDMetrics looks at present values alone; here a
    missing word is one more level, and missing numbers are put below all others or above all others, whichever makes
    the statistic larger. So a difference in the share of missing values counts in full, and without missing values the
    figures are those of SDMetrics.
    """
    return _alike(_with_distribution(read_levels(columns, real, fake)))


def pair_similarity(real: pd.DataFrame, fake: pd.DataFrame, columns: Sequence[Column]) -> np.ndarray:
    """Return how alike two tables are in how each two columns go together, whatever the order of their rows.

    Parameters
    ----------
    real, fake, columns
        As of `column_similarity`.

    Returns
    -------
    ndarray
        (c, c) in the order of `columns`, symmetric, in [0, 1], ones on the diagonal. NaN for columns that are not among
        `paired_columns`, for columns of which all real values are the same, or all missing, and where the correlation
        of two numbers is not defined in the real table: fewer than two rows that have both, or one value in all.

    Raises
    ------
    DataError
        If a table has no rows or lacks a column.

    Notes
    -----
    Two numbers or dates: 1 - abs(difference of their rank correlations) / 2, over rows that have both; where it is
    defined in the real table alone, that of the fake one counts as 0, so that a collapsed column is seen. This is
    SDMetrics' CorrelationSimilarity with Spearman's coefficient. Two words: 1 minus the total variation distance of
    their contingency tables, missing values being a level, as its ContingencySimilarity. A number and a word: the same
    with numbers as tenths of the real rows (`tenths`), where SDMetrics takes bins of equal width.
    """
    return _pairs_alike(read_levels(columns, real, fake))


def table_similarity(
    real: pd.DataFrame, fake: pd.DataFrame, columns: Sequence[Column], seed: int = 0
) -> TableSimilarity:
    """Return how alike synthetic and real rows are beside other real rows and shuffled ones, all of one number.

    Parameters
    ----------
    real, fake
        As of `column_similarity`. Give as many synthetic rows of each class as there are real ones, or the classes'
        shares are a difference too; rows beyond what is compared are left out at random.
    columns
        What the columns are; put first what matters in a table of more than 40, see `paired_columns`.
    seed
        Fixes how the real rows are split, which synthetic rows are compared, and how columns are shuffled.

    Returns
    -------
    TableSimilarity
        Of half of the real rows, at most 20,000 and no more than there are synthetic ones, against as many others;
        means over up to 10 splits where they are few. Copies of the real rows lie above the ceiling, since some are of
        the very rows that they are compared with.

    Raises
    ------
    DataError
        If there are fewer than two real rows or no synthetic ones, or a column is not there.
    """
    levels = _with_distribution(read_levels(columns, real, fake))
    if len(real) < 2:
        raise DataError("One real row cannot be compared with another one: give at least two.")
    n_rows = min(len(real) // 2, len(fake), MOST_ROWS)
    n_splits = max(1, min(MOST_SPLITS, ROWS_IN_ALL // n_rows))
    made, other, shuffled = zip(*(_split(levels, n_rows, seed, number) for number in range(n_splits)), strict=True)
    return TableSimilarity(*_averaged(made), *_averaged(other), *_averaged(shuffled), n_rows, n_splits)


def _split(levels: Sequence[Levels], n: int, seed: int, number: int) -> tuple[list[Levels], ...]:
    """Return what is compared with n real rows, as many each: synthetic rows, other real ones, and those shuffled."""
    n_real, n_fake = (len(codes) for codes in levels[0].codes) if levels else (0, 0)
    rng = numpy_rng(seed, "real rows", number)  # of its own: what real rows reach does not hang on synthetic ones
    order = rng.permutation(n_real)
    first, second = order[:n], order[n : 2 * n]
    chosen = numpy_rng(seed, "synthetic rows", number).permutation(n_fake)[:n]
    of_real = [each.codes[0] for each in levels]
    codes = (
        [each.codes[1][chosen] for each in levels],
        [real[second] for real in of_real],
        [real[rng.permutation(second)] for real in of_real],
    )
    return tuple(
        [replace(each, codes=(each.codes[0][first], other)) for each, other in zip(levels, others, strict=True)]
        for others in codes
    )


def _with_distribution(levels: Sequence[Levels]) -> list[Levels]:
    return [each for each in levels if each.column.kind != "identifier"]


def _alike(levels: Sequence[Levels]) -> dict[str, float]:
    return {each.column.name: 1.0 - _distance(each) for each in levels}


def _distance(levels: Levels) -> float:
    real, fake = levels.codes
    return (ks_distance if levels.is_number else variation_distance)(real, fake, len(levels.values))


def _pairs_alike(levels: Sequence[Levels]) -> np.ndarray:
    paired = {column.name for column in paired_columns([each.column for each in levels])}
    usable = [i for i, each in enumerate(levels) if each.column.name in paired and np.ptp(each.codes[0]) > 0]
    words = {i: _as_words(levels[i]) for i in usable}

    def alike(i: int, j: int) -> float:
        if levels[i].is_number and levels[j].is_number:
            return _same_correlation(levels[i], levels[j])
        cells, n_cells = joint_codes(words[i], words[j])
        return 1.0 - variation_distance(cells[0], cells[1], n_cells)

    return symmetric(len(levels), usable, alike)


def _as_words(levels: Levels) -> tuple[np.ndarray, ...]:
    if not levels.is_number:
        return levels.codes
    return tuple(tenths(codes, levels.codes[0], len(levels.values)) for codes in levels.codes)


def _same_correlation(first: Levels, second: Levels) -> float:
    real, fake = (rank_correlation(*codes) for codes in zip(first.codes, second.codes, strict=True))
    return 1.0 - abs(real - (0.0 if np.isnan(fake) else fake)) / 2.0


def _averaged(splits: Sequence[Sequence[Levels]]) -> tuple[dict[str, float], float]:
    """Return the mean similarity of each column, and of all pairs, over splits."""
    alike, pairs = [_alike(levels) for levels in splits], [_pairs_alike(levels) for levels in splits]
    above = np.triu_indices(len(splits[0]), 1)
    return {name: _mean(each[name] for each in alike) for name in alike[0]}, _mean(np.array(pairs)[:, *above].ravel())


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
