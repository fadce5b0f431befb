"""What scikit-learn calls X, as labelled data and back in its own form; knows nothing about generators."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from gan_augment.data.images import load_images
from gan_augment.data.labelled import LabelledData
from gan_augment.data.levels import LevelRange
from gan_augment.data.table_inference import MOST_FEW, OVERRIDES, Inferred, infer_column, override_column
from gan_augment.data.table_names import no_column
from gan_augment.data.table_schema import LabelledTable, TableSchema
from gan_augment.data.table_target import read_target, target_column
from gan_augment.data.table_values import plain_frame
from gan_augment.errors import ConfigError, DataError
from gan_augment.registry import unknown

CHANNELS = (1, 3)
ROWS_A_VALUE = 2  # that few different numbers need on average to be taken for all there are


class RawData(Protocol):
    """The face that `RawTable` and `RawImages` share.

    `data` is X with its labels as a generator is fitted on it.
    """

    data: LabelledData

    def extended(self, fake: Any) -> Any:
        """Return X with samples of a generator below it."""
        ...


def raw_data(X: Any, y: np.ndarray, columns: Mapping[Any, str]) -> RawData:
    """Return X as a table if it has two dimensions, else as images; parameters as in `RawTable`."""
    return RawTable(X, y, columns) if X.ndim == 2 else RawImages(X, y, columns)


def n_features(X: Any) -> int:
    """Return how many values a sample of X has."""
    return math.prod(X.shape[1:])


class RawTable:
    """Rows: a DataFrame, a dense array or a sparse matrix of shape (n, n_features).

    Every column is learned from: numbers that look like an identifier are numbers, and text that does is drawn from
    what was seen, since values that real rows never have would tell synthetic rows apart. Numbers of which there are
    few different ones are categories, so that none is made up.

    Parameters
    ----------
    X, y
        The rows and their labels (n,).
    columns
        Kinds that overrule what is told from the values, by name in a DataFrame, by position in an array.

    Raises
    ------
    GanAugmentError
        If a column or the labels cannot be modelled, or a kind is not possible.
    """

    def __init__(self, X: Any, y: np.ndarray, columns: Mapping[Any, str]) -> None:
        self._X, real = X, _as_frame(X)
        asked, (plain, _) = _kinds(X, columns), plain_frame(real)
        self._columns = [_RawColumn.of(real[name], plain[name], kind) for name, kind in zip(plain, asked, strict=True)]
        inferred = [column.inferred for column in self._columns]
        labels = pd.Series(y, name=_free_name("target", plain.columns))
        target = read_target(labels)
        schema = TableSchema(
            columns=tuple(one.column for one in inferred),
            target=target_column(labels),
            position=len(inferred),
            class_values=target.values,
            classes=target.classes,
        )
        frame = pd.DataFrame({one.column.name: one.values for one in inferred})
        self.data: LabelledData = LabelledTable(frame, target.labels, schema)

    def extended(self, fake: pd.DataFrame) -> Any:
        """Return X with the rows of `fake` below, in the dtypes of X; a DataFrame is indexed from 0."""
        rows = pd.DataFrame({column.real.name: column.restored(fake[column.real.name]) for column in self._columns})
        if isinstance(self._X, pd.DataFrame):
            return pd.concat([self._X, rows.set_axis(self._X.columns, axis=1)], ignore_index=True)
        if sparse.issparse(self._X):
            return sparse.vstack([self._X, sparse.csr_matrix(rows.to_numpy(self._X.dtype))], format=self._X.format)
        # Text grows as wide as it must be.
        array = rows.to_numpy(object).astype(str) if self._X.dtype.kind == "U" else rows.to_numpy(self._X.dtype)
        return np.concatenate([self._X, array])


class RawImages:
    """Images of shape (n, height, width) or (n, height, width, channels), grey or RGB.

    Parameters
    ----------
    X, y
        The images, in any range of levels: the darkest is black, the brightest white. Their labels (n,).
    columns
        Must be empty.

    Raises
    ------
    GanAugmentError
        If images or labels cannot be used.
    """

    def __init__(self, X: np.ndarray, y: np.ndarray, columns: Mapping[Any, str]) -> None:
        if X.ndim > 4 or (X.ndim == 4 and X.shape[3] not in CHANNELS):
            raise DataError(
                f"X has shape {X.shape}: (n, features), or for images (n, height, width[, channels]) with 1 or 3 "
                "channels, is expected."
            )
        if columns:
            raise ConfigError("The kinds of columns are a setting of tables, which images are not: leave columns out.")
        height, width = X.shape[1:3]
        low, high = float(X.min()), float(X.max())
        self._X, self._levels = X, LevelRange(low, high if high > low else low + 1.0)
        pixels = self._levels.scaled(X) if np.isfinite(X).all() else X  # what is not finite is refused by name
        self.data: LabelledData = load_images((pixels, y), image_size=(height, width))

    def extended(self, fake: np.ndarray) -> np.ndarray:
        """Return X with the uint8 images `fake` below, in the range and dtype of X; whole levels stay whole."""
        levels = self._levels
        pixels = levels.low + fake.reshape(-1, *self._X.shape[1:]) * ((levels.high - levels.low) / 255.0)
        if self._X.dtype.kind != "f" or not (self._X % 1).any():
            pixels = np.rint(pixels)
        return np.concatenate([self._X, pixels.astype(self._X.dtype)])


@dataclass(frozen=True)
class _RawColumn:
    """A column as X has it, what is made of it, and the values of X by the text that stands for them, if any does."""

    real: pd.Series
    inferred: Inferred
    by_text: dict[Any, Any]

    @classmethod
    def of(cls, real: pd.Series, plain: pd.Series, kind: str | None) -> "_RawColumn":
        by_text = _by_text(real, plain) if kind in (None, "categorical") else {}
        return cls(real, _inferred(plain, "categorical" if by_text else kind), by_text)

    def restored(self, values: pd.Series) -> pd.Series:
        """Return values of the inferred dtype as X has them: its objects, its dtype, its way to say "missing"."""
        real = self.real
        if self.by_text:
            values = values.astype(object).map(self.by_text)
        if pd.api.types.infer_dtype(real) == "date":  # which pandas keeps as objects only
            values = values.dt.date
        if real.dtype == object:
            blank = next(iter(real[real.isna()]), np.nan)
            values = pd.Series([blank if pd.isna(value) else value for value in values.astype(object)], dtype=object)
        return values.astype(real.dtype)


def _as_frame(X: Any) -> pd.DataFrame:
    """Return X as a DataFrame whose columns have different names, all of them text, and an index from 0."""
    names = [f"x{i}" for i in range(X.shape[1])]
    if isinstance(X, pd.DataFrame):
        own = list(X.columns)
        is_named = all(isinstance(name, str) and name for name in own) and X.columns.is_unique
        return X.set_axis(own if is_named else names, axis=1).reset_index(drop=True)
    if sparse.issparse(X):
        return pd.DataFrame(X.toarray(), columns=names)
    if X.dtype == object:
        return pd.DataFrame({name: pd.Series(X[:, i], dtype=object) for i, name in enumerate(names)})
    return pd.DataFrame(X, columns=names)


def _kinds(X: Any, columns: Mapping[Any, str]) -> list[str | None]:
    """Return the kind asked for each column of X, None where nothing was."""
    names = list(X.columns if isinstance(X, pd.DataFrame) else range(X.shape[1]))
    for name, kind in columns.items():
        if name not in names:
            raise ConfigError(no_column(str(name), [str(known) for known in names]))
        if kind not in OVERRIDES:
            raise ConfigError(f"Column {name!r}: {unknown('kind', kind, OVERRIDES)}")
    return [columns.get(name) for name in names]


def _inferred(values: pd.Series, kind: str | None) -> Inferred:
    if kind is not None:
        return override_column(values, kind)
    inferred = infer_column(values)
    if inferred.column.kind == "identifier":
        is_number = pd.api.types.is_numeric_dtype(values.dtype)
        return override_column(values, "numeric" if is_number else "categorical")
    if inferred.column.kind == "numeric" and _are_few(values):
        return override_column(values, "categorical")
    return inferred


def _are_few(numbers: pd.Series) -> bool:
    n_distinct = numbers.nunique()
    return n_distinct <= MOST_FEW and ROWS_A_VALUE * n_distinct <= numbers.count()


def _by_text(real: pd.Series, plain: pd.Series) -> dict[Any, Any]:
    """Return the real values by the text that stands for them in a plain column; nothing where they are text."""
    if pd.api.types.is_numeric_dtype(plain.dtype) or pd.api.types.is_datetime64_any_dtype(plain.dtype):
        return {}
    present = plain.notna().to_numpy()
    known = dict(zip(plain[present], real[present], strict=True))
    return {} if all(isinstance(value, str) for value in known.values()) else known


def _free_name(name: str, taken: pd.Index) -> str:
    while name in taken:
        name += "_"
    return name
