"""A small codec per kind of column: pandas values to slots at rest, network output back to values."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch

from gan_augment.data.table_moments import RESOLUTIONS
from gan_augment.data.table_schema import Column
from gan_augment.transforms.levels import LevelCodec
from gan_augment.transforms.quantiles import Quantiles

MOST_ROWS = 10_000
MOST_MASSES, MASS_SHARE = 4, 0.05
PROMINENCE = 2  # how many times as often as either neighbour a mass point occurs
FEWEST_ORDINARY = 20  # distinct values besides mass points: where there are no more, all are alike
MARGIN = 1e-6  # kept from an interval's ends, so that float32 cannot carry a draw into the next one
EXACT = 2**53  # whole numbers up to here are exact as float64


class ColumnCodec(Protocol):
    """What the table's codec asks of a column's."""

    kind: str
    column: Column
    activation: str
    sizes: tuple[int, ...]
    """Units of each span; none where the column is left out of the model."""

    def encode(self, values: pd.Series) -> list[np.ndarray]:
        """Return the slots at rest, each (n,): centre and half-width of a number's share, then a code."""
        ...

    def decode(self, units: np.ndarray, labels: np.ndarray, rng: torch.Generator) -> pd.Series:
        """Return values (n,) from float32 network output (n, width), in the column's dtype and under its name."""
        ...

    def state(self) -> dict[str, Any]:
        """Return what rebuilds the codec besides its column, as plain JSON data."""
        ...


class NumberCodec:
    """Numbers and dates as about standard normal ones, mass points and missing values apart from them.

    Parameters
    ----------
    column
        The column as the schema has it.
    quantiles
        The distribution of all values but mass points.
    masses
        Values that hold so many rows that a network should name them instead of meeting them by chance.
    missing
        Whether values may be missing.

    Notes
    -----
    At rest a value is the interval of the cumulative distribution that it holds, on a scale from -1 to 1: its centre
    and its half-width. A draw from the interval is uniform over all rows, however many values are tied.
    """

    kind = "number"

    def __init__(
        self, column: Column, quantiles: Quantiles, masses: Sequence[float] = (), missing: bool = False
    ) -> None:
        self.column, self._quantiles, self._masses, self._missing = column, quantiles, list(masses), missing
        n_states = 1 + len(masses) + missing
        self.activation = "gated" if n_states > 1 else "linear"
        self.sizes: tuple[int, ...] = (1 + n_states,) if n_states > 1 else (1,)

    @classmethod
    def fit(cls, column: Column, numbers: np.ndarray, n_knots: int, rng: np.random.Generator) -> "NumberCodec":
        """Return the codec of `numbers` (n,), NaN where missing: read from `MOST_ROWS` at most, but for the range."""
        present = numbers[~np.isnan(numbers)]
        sample = present if len(present) <= MOST_ROWS else rng.choice(present, MOST_ROWS, replace=False, shuffle=False)
        distinct, counts = np.unique(sample, return_counts=True)
        is_mass = _mass_points(counts, len(sample) * len(numbers) / len(present))
        masses = distinct[is_mass]
        low, high = _limits(present[~np.isin(present, masses)], column.integer)
        quantiles = Quantiles.fit(distinct[~is_mass], counts[~is_mass], low, high, _step(column), n_knots)
        return cls(column, quantiles, masses.tolist(), len(present) < len(numbers))

    @classmethod
    def from_state(cls, column: Column, state: dict[str, Any]) -> "NumberCodec":
        """Rebuild the codec that `state` described."""
        return cls(column, Quantiles(**state["quantiles"]), state["masses"], state["missing"])

    def state(self) -> dict[str, Any]:
        """Return what `from_state` needs besides the column, as plain JSON data."""
        return {"quantiles": self._quantiles.state(), "masses": self._masses, "missing": self._missing}

    def encode(self, values: pd.Series) -> list[np.ndarray]:
        """Return centre and half-width of each value's share, then its state where there are several, each (n,)."""
        numbers = self.column.numbers(values)
        lower, upper = self._quantiles.intervals(numbers)
        states, unknown = np.zeros(len(numbers)), np.isnan(numbers)
        for state, mass in enumerate(self._masses, start=1):
            states[numbers == mass] = state
        if self._missing:
            states[unknown] = len(self._masses) + 1
        # A missing value where there was none in training may be any: its interval is the whole.
        centre = np.where(unknown, 0.0, lower + upper - 1.0)
        half = np.where(unknown, 1.0, np.maximum(upper - lower - MARGIN, 0.0))
        return [centre, half] if self.activation == "linear" else [centre, half, states]

    def decode(self, units: np.ndarray, labels: np.ndarray, rng: torch.Generator) -> pd.Series:
        """Return numbers or dates (n,) from network output (n, width)."""
        if self.activation == "linear":
            return self.column.restore(pd.Series(self._numbers(units[:, 0])))
        # The unit holds the value times the probability that it is present, at least 1 / n_states where that wins.
        numbers = self._numbers(units[:, 0] / np.maximum(units[:, 1], 1.0 / (units.shape[1] - 1)))
        states = units[:, 1:].argmax(axis=1)
        named = np.array([np.nan, *self._masses, np.nan])
        return self.column.restore(pd.Series(np.where(states == 0, numbers, named[states])))

    def _numbers(self, z: np.ndarray) -> np.ndarray:
        numbers, low, high = self._quantiles.from_normal(z), self._quantiles.low, self._quantiles.high
        decimals = 0 if self.column.integer else self.column.decimals
        if decimals is not None:
            numbers = np.round(numbers, decimals) + 0.0  # which turns -0.0 into 0.0
        return np.clip(numbers, low, high)


class FreshCodec:
    """Identifiers: left out of the model, made anew from random digits.

    Parameters
    ----------
    column
        The column as the schema has it.
    largest
        Largest number seen; None for text.
    missing
        Share of missing values.
    """

    kind = "fresh"
    activation = ""
    sizes: tuple[int, ...] = ()

    def __init__(self, column: Column, largest: int | None, missing: float = 0.0) -> None:
        self.column, self._largest, self._missing = column, largest, missing

    @classmethod
    def fit(cls, column: Column, values: pd.Series) -> "FreshCodec":
        """Return the codec of `values` (n,), numbers or text."""
        largest = int(values.max()) if pd.api.types.is_numeric_dtype(values.dtype) else None
        return cls(column, largest, float(values.isna().mean()))

    @classmethod
    def from_state(cls, column: Column, state: dict[str, Any]) -> "FreshCodec":
        """Rebuild the codec that `state` described."""
        return cls(column, **state)

    def state(self) -> dict[str, Any]:
        """Return what `from_state` needs besides the column, as plain JSON data."""
        return {"largest": self._largest, "missing": self._missing}

    def encode(self, values: pd.Series) -> list[np.ndarray]:
        """Return no slots."""
        return []

    def decode(self, units: np.ndarray, labels: np.ndarray, rng: torch.Generator) -> pd.Series:
        """Return as many new identifiers as there are rows: numbers above all seen, or ``synthetic-`` and 16 digits.

        They are drawn at random, a block of rows after another: narrow types have room for few different ones.
        """
        values = self._texts(len(units), rng) if self._largest is None else self._numbers(len(units), rng)
        if self._missing:
            values = values.mask(torch.rand(len(units), generator=rng).numpy() < self._missing)
        return self.column.restore(values)

    def _texts(self, n: int, rng: torch.Generator) -> pd.Series:
        digits = torch.randint(0, 256, (n, 8), generator=rng, dtype=torch.uint8).numpy().tobytes().hex()
        return pd.Series([f"synthetic-{digits[16 * i : 16 * i + 16]}" for i in range(n)], dtype=object)

    def _numbers(self, n: int, rng: torch.Generator) -> pd.Series:
        low, high = self._range()
        return pd.Series(torch.randint(low, high, (n,), generator=rng).numpy(), dtype="Int64")

    def _range(self) -> tuple[int, int]:
        # As wide as the type allows: with 64 bits hardly a number comes twice, with 32 some do in tens of thousands of
        # rows. Exact as a float where the numbers seen are.
        dtype = pd.api.types.pandas_dtype(self.column.dtype)
        dtype = getattr(dtype, "numpy_dtype", dtype)
        limit = np.iinfo(dtype).max if dtype.kind in "iu" else 2 ** (np.finfo(dtype).nmant + 1)
        largest = self._largest or 0
        high = min(limit, max(EXACT, 2 * largest), 2**63 - 1)
        return (largest + 1 if largest + 1 < high else 0), high


def fit_column(
    column: Column, values: pd.Series, labels: np.ndarray, n_knots: int, rng: np.random.Generator
) -> ColumnCodec:
    """Return the codec of a column's `values` (n,), rows of the classes `labels` (n,).

    Identifiers that are neither numbers nor text (dates, pandas categories) cannot be made up: they are drawn again.

    Parameters
    ----------
    n_knots
        About the most knots kept of a distribution.
    rng
        Draws the rows that a distribution is read from.
    """
    is_number = pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype)
    can_be_new = is_number or pd.api.types.is_string_dtype(values.dtype)
    if column.kind == "identifier" and can_be_new and values.notna().any():
        return FreshCodec.fit(column, values)
    if column.kind in ("numeric", "datetime"):
        numbers = column.numbers(values)
        if (numbers > np.fmin.reduce(numbers)).any():
            return NumberCodec.fit(column, numbers, n_knots, rng)
    return LevelCodec.fit(column, values, labels)


CODECS: dict[str, type[NumberCodec] | type[LevelCodec] | type[FreshCodec]] = {
    codec.kind: codec for codec in (NumberCodec, LevelCodec, FreshCodec)
}


def _mass_points(counts: np.ndarray, n_rows: float) -> np.ndarray:
    """Return which of the distinct values, with their `counts` (m,) in `n_rows` rows, are mass points."""
    padded = np.concatenate([[0], counts, [0]])
    stands_out = counts >= PROMINENCE * np.maximum(padded[:-2], padded[2:])  # age 35 is common, but so is 34
    heaviest = np.argsort(-counts * stands_out, kind="stable")[:MOST_MASSES]
    is_mass = np.zeros(len(counts), bool)
    is_mass[heaviest] = (counts * stands_out)[heaviest] >= MASS_SHARE * n_rows
    return is_mass & (len(counts) - is_mass.sum() > FEWEST_ORDINARY)


def _limits(numbers: np.ndarray, integer: bool) -> tuple[float, float]:
    """Return the range of `numbers`, a little less where whole ones were too large to be exact and may be rounded."""
    low, high = float(numbers.min()), float(numbers.max())
    if integer and max(-low, high) > EXACT:
        return float(np.nextafter(low, np.inf)), float(np.nextafter(high, -np.inf))
    return low, high


def _step(column: Column) -> float:
    """Return how far apart a column's values are told: in seconds for dates, 0 where at any distance."""
    if column.kind == "datetime":
        return RESOLUTIONS.get(column.resolution, 1) / 1e6
    decimals = 0 if column.integer else column.decimals
    return 0.0 if decimals is None else 10.0**-decimals
