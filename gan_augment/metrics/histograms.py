"""Distributions of the columns of real and of synthetic rows, overall and by class, as plain data to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gan_augment.data.table_moments import RESOLUTIONS
from gan_augment.data.table_schema import Column
from gan_augment.metrics.table_levels import Levels, read_levels, shares
from gan_augment.metrics.tabular import column_similarity

MOST_COLUMNS, MOST_CLASSES = 24, 10
MOST_BINS, MOST_LEVELS, LONGEST = 20, 12, 40  # bars of numbers, of words, characters of a word
TAIL = 0.005  # of either end: what lies beyond is drawn in the first or last bin
DAY = 86_400.0  # seconds


@dataclass(frozen=True)
class _Bars:
    """What is drawn of a column: ``values`` or ``edges``, whether rare levels are pooled, and the bar of each level."""

    described: dict[str, Any]
    of_level: np.ndarray
    n_bars: int


def histograms(
    real: pd.DataFrame,
    fake: pd.DataFrame,
    columns: Sequence[Column],
    real_labels: np.ndarray,
    fake_labels: np.ndarray,
    classes: Sequence[str],
    most_columns: int = MOST_COLUMNS,
) -> dict[str, Any]:
    """Return the shares of values in bars that real and synthetic rows have in common.

    Parameters
    ----------
    real, fake
        Tables with the same columns, (n, c) and (m, c).
    columns
        What the columns are. Identifiers are left out.
    real_labels, fake_labels, classes
        Integer labels, (n,) and (m,), and class names in label order.
    most_columns
        So many columns at most: those that are least alike by `column_similarity`, these first.

    Returns
    -------
    dict
        Plain data for JSON. ``classes``: names of the 10 classes at most that have the most real rows, in label order.
        ``classes_left_out`` and ``columns_left_out``: names of all others. ``columns``: of each its ``name``, ``kind``,
        ``similarity``, and the bars: either ``edges``, of which there is one more than bins (each bin holds its lower
        edge; the outer ones hold all that lies beyond them, too), or ``values``, a bar each; then one for other values
        if ``other``, and one for missing values if ``missing``, which either side may have. ``real`` and ``synthetic``:
        the shares of ``all`` rows, and ``per_class`` a list in the order of ``classes``, with None for a class without
        rows. No number is NaN.

    Raises
    ------
    DataError
        If a table has no rows or lacks a column.

    Notes
    -----
    Numbers and dates have at most 20 bins of one width between the 0.5 % and the 99.5 % quantile of both tables, whole
    multiples of the smallest step that the column has, so that no bin holds more steps than another; whole numbers with
    at most 20 values have a bar each. Words have their 12 most frequent levels. Dates are ISO text. Shares have four
    significant digits, edges four of the width of a bin.
    """
    alike = column_similarity(real, fake, columns)
    drawn = sorted(alike, key=lambda name: alike[name])[:most_columns]
    shown, by_name = _largest(real_labels, len(classes)), {column.name: column for column in columns}
    labels = (real_labels, fake_labels)
    return {
        "classes": [classes[label] for label in shown],
        "classes_left_out": [name for label, name in enumerate(classes) if label not in shown],
        "columns": [
            {"name": each.column.name, "kind": each.column.kind, "similarity": _rounded(alike[each.column.name])}
            | _drawn(each, labels, shown)
            for each in read_levels([by_name[name] for name in drawn], real, fake)
        ],
        "columns_left_out": [column.name for column in columns if column.name not in drawn],
    }


def _largest(labels: np.ndarray, n_classes: int) -> list[int]:
    counts = np.bincount(labels, minlength=n_classes)
    return np.sort(np.argsort(-counts, kind="stable")[:MOST_CLASSES]).tolist()


def _drawn(levels: Levels, labels: tuple[np.ndarray, np.ndarray], shown: Sequence[int]) -> dict[str, Any]:
    bars = _number_bars(levels) if levels.is_number else _word_bars(levels)
    has_missing = any((codes < 0).any() for codes in levels.codes)
    found = bars.described | {"missing": bool(has_missing)}
    for side, codes, own in zip(("real", "synthetic"), levels.codes, labels, strict=True):
        of_row = np.append(bars.of_level, bars.n_bars)[codes]  # missing values have the code -1: the last
        n_bars = bars.n_bars + has_missing
        parts = [of_row[own == label] for label in shown]
        found[side] = {
            "all": _shares(of_row, n_bars),
            "per_class": [_shares(part, n_bars) if len(part) else None for part in parts],
        }
    return found


def _shares(of_row: np.ndarray, n_bars: int) -> list[float]:
    return [_rounded(share) for share in np.bincount(of_row, minlength=n_bars) / len(of_row)]


def _word_bars(levels: Levels) -> _Bars:
    real, fake = (shares(codes, len(levels.values))[1:] for codes in levels.codes)
    order = np.argsort(-(real + fake), kind="stable")[:MOST_LEVELS]
    has_other = len(levels.values) > len(order)
    of_level = np.full(len(levels.values), len(order))
    of_level[order] = np.arange(len(order))
    values = [_word(levels.values[level]) for level in order]
    return _Bars({"values": values, "other": has_other}, of_level, len(order) + has_other)


def _word(level: object) -> str:
    # Missing values turn integers into floats: the same level must be the same word with and without them.
    word = str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)
    return word if len(word) <= LONGEST else word[: LONGEST - 1] + "…"


def _number_bars(levels: Levels) -> _Bars:
    column, values = levels.column, levels.values
    if len(values) <= (MOST_BINS if column.integer else 1):
        return _Bars({"values": _written(column, values, DAY), "other": False}, np.arange(len(values)), len(values))
    edges = _edges(column, *_range(levels))
    of_level = np.searchsorted(edges[1:-1], values, side="right")
    return _Bars({"edges": _written(column, edges, edges[1] - edges[0]), "other": False}, of_level, len(edges) - 1)


def _range(levels: Levels) -> tuple[float, float]:
    codes = np.concatenate(levels.codes)
    present = levels.values[codes[codes >= 0]]
    low, high = np.quantile(present, TAIL, method="lower"), np.quantile(present, 1.0 - TAIL, method="higher")
    return (float(low), float(high)) if low < high else (float(levels.values[0]), float(levels.values[-1]))


def _edges(column: Column, low: float, high: float) -> np.ndarray:
    step = _step(column)
    if not step:
        return _shortened(np.linspace(low, high, MOST_BINS + 1))
    n_steps = round((high - low) / step) + 1
    steps_a_bin = -(-n_steps // MOST_BINS)
    edges = low + step * steps_a_bin * np.arange(-(-n_steps // steps_a_bin) + 1)
    return edges if column.kind == "datetime" else _shortened(edges)


def _step(column: Column) -> float:
    """Return what all values of a column are multiples of; 0 where that is not known."""
    if column.kind == "datetime":
        return RESOLUTIONS.get(column.resolution, 1) / 1e6
    return 0.0 if column.decimals is None else 10.0**-column.decimals


def _shortened(edges: np.ndarray) -> np.ndarray:
    """Return edges with four significant digits of the width between them: those that values are counted by."""
    largest, width = (int(np.floor(np.log10(size))) for size in (np.abs(edges).max(), edges[1] - edges[0]))
    return np.array([float(f"{edge:.{min(17, 4 + largest - width)}g}") for edge in edges])


def _written(column: Column, values: np.ndarray, width: float) -> list[Any]:
    if column.kind == "datetime":
        unit = "D" if width >= DAY else "s" if width >= 1.0 else "us"
        moments = np.rint(values * 1e6).astype(np.int64).astype("datetime64[us]").astype(f"datetime64[{unit}]")
        return [str(moment) for moment in moments]
    return [int(value) if value.is_integer() and abs(value) < 1e15 else value for value in values.tolist()]


def _rounded(share: float) -> float:
    return float(f"{share:.4g}")
