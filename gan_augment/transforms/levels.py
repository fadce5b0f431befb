"""The codec of a column of levels: one-hot, rare ones pooled, a binary code where there are many."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from gan_augment.data.table_schema import Column, Scalar

MOST_LEVELS = 50
RARE = 0.001  # share of the rows below which a level may be pooled
MOST_POOLED = 0.2  # share of the rows that a pool may hold


class LevelCodec:
    """Strings, booleans, categories and constants as symbols: kept levels, then the pool, then missing.

    Up to `MOST_LEVELS` symbols are one softmax span. More of them are numbered in Gray code, one softmax span of two
    units a bit, so that numbers that follow each other differ in one bit. A single symbol needs no unit at all.

    Parameters
    ----------
    column
        The column as the schema has it.
    levels
        The values, the pooled ones last.
    n_pooled
        How many of the levels share one symbol; `decode` draws among them.
    missing
        Whether values may be missing.
    fallback
        The symbol of a level that was not there in training.
    tally
        How often each level that may be drawn occurred in each class: rows of (level, class, count), shape (3, m).
    """

    kind = "levels"

    def __init__(
        self,
        column: Column,
        levels: Sequence[Scalar],
        n_pooled: int,
        missing: bool,
        fallback: int,
        tally: np.ndarray | Sequence[Sequence[int]],
    ) -> None:
        self.column, self._n_pooled, self._missing, self._fallback = column, n_pooled, missing, fallback
        self._n_kept = len(levels) - n_pooled
        self._n_symbols = self._n_kept + bool(n_pooled) + missing
        self._tally = np.asarray(tally, np.int64).reshape(3, -1)
        self._levels = list(levels)
        self._values = column.restore(pd.Series(self._levels, dtype=object))
        self.activation = "softmax"
        self.sizes = _sizes(self._n_symbols)

    @classmethod
    def fit(cls, column: Column, values: pd.Series, labels: np.ndarray) -> "LevelCodec":
        """Return the codec of `values` (n,), rows of the classes `labels` (n,)."""
        codes, uniques = values.factorize()
        present, is_left_out = codes >= 0, column.kind == "identifier"
        missing = not bool(present.all()) and (not is_left_out or not bool(present.any()))
        tally = _tally(codes[present], labels[present])
        counts = np.bincount(codes[present], minlength=len(uniques))
        kept, pooled = _divide(counts, 0 if is_left_out else MOST_LEVELS - missing)
        binary = len(kept) + bool(len(pooled)) + missing > MOST_LEVELS
        if binary:  # neighbours in Gray code should behave alike
            kept = kept[np.argsort(_mean_labels(tally, len(uniques))[kept], kind="stable")]
        order = np.append(kept, pooled)
        rank = np.argsort(order)
        fallback = len(kept) if len(pooled) or missing else int(rank[counts.argmax()])
        tally[0] = rank[tally[0]]
        drawn = tally[:, tally[0] >= (0 if binary else len(kept))]
        return cls(column, [plain(uniques[i]) for i in order], len(pooled), missing, fallback, drawn)

    @classmethod
    def from_state(cls, column: Column, state: dict[str, Any]) -> "LevelCodec":
        """Rebuild the codec that `state` described."""
        return cls(column, **state)

    def state(self) -> dict[str, Any]:
        """Return what `from_state` needs besides the column, as plain JSON data."""
        settings = {"n_pooled": self._n_pooled, "missing": self._missing, "fallback": self._fallback}
        return {"levels": self._levels, **settings, "tally": self._tally.tolist()}

    def encode(self, values: pd.Series) -> list[np.ndarray]:
        """Return the codes (n,) at rest, or nothing where a single symbol says nothing."""
        if not self.sizes:
            return []
        known = {level: min(i, self._n_kept) for i, level in enumerate(self._levels)}
        codes, uniques = values.factorize()
        symbols = [known.get(plain(value), self._fallback) for value in uniques]
        symbols.append(self._n_symbols - 1 if self._missing else self._fallback)
        found = np.array(symbols)
        return [(_gray(found) if len(self.sizes) > 1 else found)[codes]]

    def decode(self, units: np.ndarray, labels: np.ndarray, rng: torch.Generator) -> pd.Series:
        """Return values (n,) from network output (n, width), the pooled ones drawn as each row's class has them."""
        symbols = self._symbols(units)
        levels = np.where(symbols < self._n_kept, symbols, -1)
        unknown = symbols >= self._n_symbols
        self._draw(levels, unknown, 0, labels, rng)
        if self._n_pooled:
            self._draw(levels, symbols == self._n_kept, self._n_kept, labels, rng)
        return self._values.reindex(levels).reset_index(drop=True)

    def _symbols(self, units: np.ndarray) -> np.ndarray:
        if len(self.sizes) <= 1:
            return units.argmax(axis=1) if self.sizes else np.zeros(len(units), np.int64)
        bits = units[:, 1::2] > units[:, ::2]
        return _from_gray(bits @ (1 << np.arange(len(self.sizes))))

    def _draw(self, levels: np.ndarray, rows: np.ndarray, start: int, labels: np.ndarray, rng: torch.Generator) -> None:
        """Fill `levels` at `rows` with levels from `start` on, at the shares that they have in each row's class."""
        if not rows.any():
            return
        shares = torch.rand(int(rows.sum()), generator=rng, dtype=torch.float64).numpy()
        drawn, classes = np.empty(len(shares), np.int64), labels[rows]
        for label in np.unique(classes):
            own = classes == label
            drawn[own] = np.searchsorted(self._cdf(start, label), shares[own], side="right")
        levels[rows] = start + drawn

    def _cdf(self, start: int, label: int) -> np.ndarray:
        # One row's weight is spread as the levels are overall: it is all that a class without any of them has.
        level, classes, counts = self._tally[:, self._tally[0] >= start]
        n_levels = len(self._levels) - start
        overall = np.bincount(level - start, counts, n_levels)
        own = classes == label
        weights = np.bincount(level[own] - start, counts[own], n_levels) + overall / overall.sum()
        return np.cumsum(weights) / weights.sum()


def plain(value: Any) -> Scalar:
    """Return a value of a column as JSON has it: a Python scalar, anything else as its text."""
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, Scalar) else str(value)


def _sizes(n_symbols: int) -> tuple[int, ...]:
    if n_symbols > MOST_LEVELS:
        return (2,) * (n_symbols - 1).bit_length()
    return (n_symbols,) if n_symbols > 1 else ()


def _divide(counts: np.ndarray, room: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the levels to keep, by frequency, and those to pool: all where there is no room.

    Rare levels, and those that a one-hot has no room for, are pooled as long as they hold few rows together. Of too
    many levels for that, only those seen once are pooled: there is nothing to learn about them.
    """
    order = np.argsort(-counts, kind="stable")
    if room == 0:
        return order[:0], order
    n_kept = min(int((counts >= max(2, RARE * counts.sum())).sum()), room - 1)
    if counts[order[n_kept:]].sum() > MOST_POOLED * counts.sum():
        n_kept = len(order) if len(order) <= room else int((counts > 1).sum())
    if len(order) - n_kept == 1:  # a pool of one is that one
        n_kept += 1
    return order[:n_kept], order[n_kept:]


def _tally(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return (level, class, count) of all pairs that occur, shape (3, m)."""
    n_classes = int(labels.max(initial=0)) + 1
    pairs, counts = np.unique(codes * n_classes + labels, return_counts=True)
    return np.stack([pairs // n_classes, pairs % n_classes, counts])


def _mean_labels(tally: np.ndarray, n_levels: int) -> np.ndarray:
    """Return each level's mean label, drawn towards the overall one by one row's weight."""
    level, classes, counts = tally
    overall = np.average(classes, weights=counts)
    return (np.bincount(level, classes * counts, n_levels) + overall) / (np.bincount(level, counts, n_levels) + 1)


def _gray(ranks: np.ndarray) -> np.ndarray:
    """Return the reflected binary code of whole numbers (Gray 1953)."""
    return ranks ^ (ranks >> 1)


def _from_gray(codes: np.ndarray) -> np.ndarray:
    for shift in (1, 2, 4, 8, 16):
        codes = codes ^ (codes >> shift)
    return codes
