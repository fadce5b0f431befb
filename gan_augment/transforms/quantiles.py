"""Numbers as shares of a distribution and back, by quantiles with ties; knows nothing about tables or networks."""

from typing import Any

import numpy as np
from scipy.special import ndtr


class Quantiles:
    """A distribution as a piecewise linear quantile function that keeps the share of tied values.

    Parameters
    ----------
    counts
        How many observations each knot holds.
    first, last
        Smallest and largest value of each knot, ascending. Where they are the same, the knot is one value.
    low, high
        Smallest and largest value there is.
    step
        How far apart values can be told; 0 where any number may occur.

    Notes
    -----
    A value that was seen more than once keeps its share as it is; all others are spread evenly up to the midpoints to
    their neighbours, so that new values come out and not copies.
    """

    def __init__(
        self,
        counts: np.ndarray | list[int],
        first: np.ndarray | list[float],
        last: np.ndarray | list[float],
        low: float,
        high: float,
        step: float = 0.0,
    ) -> None:
        self._counts, self._first, self._last = np.asarray(counts), np.asarray(first), np.asarray(last)
        self.low, self.high, self._step = float(low), float(high), step
        self._cdf = np.append(0, np.cumsum(self._counts)) / self._counts.sum()
        self._shares = np.diff(self._cdf)
        middles = self._last[:-1] / 2 + self._first[1:] / 2
        self._edges = np.where(middles > self._last[:-1], middles, self._first[1:])
        single = self._first == self._last
        tied = single & (self._counts > 1)
        self._left = np.where(tied, self._first, np.append(self.low, middles))
        self._right = np.where(tied, self._first, np.append(middles, self.high))
        self._spread = np.where(single, 1.0, self._right - self._left)
        # A value in a knot of many holds what rounds to it; one that is a knot of its own holds the knot's whole share.
        self._reach = np.where(single, np.inf, step / 2)

    @classmethod
    def fit(
        cls, values: np.ndarray, counts: np.ndarray, low: float, high: float, step: float, n_knots: int
    ) -> "Quantiles":
        """Return the distribution of ascending distinct `values` (m,) that occur `counts` (m,) times.

        Of at most `n_knots` values each is a knot; of more, about that many knots are kept.
        """
        kept = _kept(counts, n_knots)
        starts = np.union1d(kept, kept + 1)[:-1]
        ends = np.append(starts[1:], len(values)) - 1
        return cls(np.add.reduceat(counts, starts), values[starts], values[ends], low, high, step)

    def state(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain JSON data."""
        arrays = {"counts": self._counts, "first": self._first, "last": self._last}
        plain = {name: array.tolist() for name, array in arrays.items()}
        return {**plain, "low": self.low, "high": self.high, "step": self._step}

    def intervals(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the shares (n,) below each of `values` (n,), without and with its own.

        What lies beyond either end counts as that end; NaN stays NaN.
        """
        knots = np.searchsorted(self._edges, values, side="right")
        start, share, reach = self._cdf[knots], self._shares[knots], self._reach[knots]
        within, spread = values - self._left[knots], self._spread[knots]
        lower = start + share * np.clip((within - reach) / spread, 0.0, 1.0)
        upper = start + share * np.clip((within + reach) / spread, 0.0, 1.0)
        return lower, upper

    def from_normal(self, z: np.ndarray) -> np.ndarray:
        """Return the float64 values (n,) at standard normal `z` (n,)."""
        shares = ndtr(z.astype(np.float64))
        knots = np.searchsorted(self._cdf[1:-1], shares, side="right")
        within = (shares - self._cdf[knots]) / self._shares[knots]
        return self._left[knots] + within * (self._right - self._left)[knots]


def _kept(counts: np.ndarray, n_knots: int) -> np.ndarray:
    """Return the indices of the values that are knots of their own, the smallest and the largest among them.

    What lies between two of them is one more knot, hence the half. Most stand at equal shares, where a value held by
    many is sure to be met; the others are spaced evenly over a normal variable to follow both tails.
    """
    if len(counts) <= n_knots:
        return np.arange(len(counts))
    n_tails = n_knots // 8
    levels = np.append(np.linspace(0.0, 1.0, n_knots // 2 - n_tails), ndtr(np.linspace(-4.0, 4.0, n_tails)))
    cdf = np.cumsum(counts) / counts.sum()
    return np.unique(np.minimum(np.searchsorted(cdf, levels), len(counts) - 1))
