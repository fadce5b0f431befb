"""Columns to encode, and what a codec does to them in one call."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from gan_augment.data.table_schema import Column
from gan_augment.seeding import numpy_rng, torch_rng
from gan_augment.transforms.columns import ColumnCodec, fit_column
from tests.transforms.tables import labels_of

WHOLE = Column("x", "numeric", "int64", integer=True, decimals=0)
FLOAT = Column("x", "numeric", "float64")
WORDS = Column("x", "categorical", "str")
EVENLY = ndtri((np.arange(20_000) + 0.5) / 20_000)


def fit(column: Column, values: Any, labels: np.ndarray | None = None, n_knots: int = 512) -> ColumnCodec:
    series = pd.Series(values)
    return fit_column(column, series, labels_of(len(series)) if labels is None else labels, n_knots, numpy_rng(0))


def decode(codec: ColumnCodec, units: Any, labels: np.ndarray | None = None) -> pd.Series:
    units = np.asarray(units, np.float32).reshape(len(units), -1)
    return codec.decode(units, labels_of(len(units)) if labels is None else labels, torch_rng(1))


def one_hot(codes: np.ndarray, n: int) -> np.ndarray:
    return np.eye(n, dtype=np.float32)[codes.astype(int)]


def spread(codec: ColumnCodec, values: pd.Series) -> np.ndarray:
    """Return the units of an encoded column of levels, by the definition of its spans."""
    (codes,) = codec.encode(values)
    if len(codec.sizes) == 1:
        return one_hot(codes, codec.sizes[0])
    return np.concatenate([one_hot(codes.astype(int) >> bit & 1, 2) for bit in range(len(codec.sizes))], axis=1)


def rare_levels() -> tuple[pd.Series, np.ndarray]:
    """Return 2,000 values with ten levels of one row each, nine of them in class 0, none in class 2."""
    values = [*["a"] * 1000, *["b"] * 990, *[f"rare {i}" for i in range(10)]]
    return pd.Series(values), np.array([*np.arange(1990) % 3, *[0] * 9, 1])


def many_levels() -> tuple[pd.Series, np.ndarray]:
    """Return 300 levels of four rows each, the odd ones of class 1 and the even ones of class 0."""
    codes = np.tile(np.arange(300), 4)
    return pd.Series([f"v{i:03}" for i in codes]), codes % 2
