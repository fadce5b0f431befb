"""What a labelled table is, once it has been read: typed columns, rows, labels; knows nothing about networks."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from gan_augment.data.table_fingerprints import row_fingerprints
from gan_augment.data.table_moments import FINEST, as_dtype, from_seconds, to_moments, to_seconds
from gan_augment.errors import ConfigError
from gan_augment.registry import unknown

KINDS = ("numeric", "boolean", "categorical", "datetime", "identifier", "constant")
TEXT = pd.Series(["text"]).dtype  # `str` from pandas 3 on, `object` before
Scalar = str | int | float | bool


@dataclass(frozen=True)
class Column:
    """One column of a table: what it is, and how its values look.

    Parameters
    ----------
    name
        As in the table.
    kind
        One of `KINDS`. Identifiers and constants are left out of a model and made anew.
    dtype
        The pandas dtype that the column has and gets back, as text (``int64``, ``Float64``, ``str``, ``category``,
        ``datetime64[ns, UTC]``). ``str`` is text as the installed pandas keeps it by default.
    integer
        Whether a numeric column holds whole numbers only.
    decimals
        Most decimals seen in a numeric column, up to 15 significant digits; None where there are more.
    categories
        Of a pandas categorical, in its order, else empty.
    ordered
        Whether a pandas categorical is ordered.
    levels
        Values seen in any other categorical column, sorted; empty where they are too many to list.
    format
        How datetimes are written in a column of text, such as ``%Y-%m-%d``; empty for others.
    resolution
        The coarsest unit (``D``, ``h``, ``min``, ``s``, ``ms`` or ``us``) that all datetimes are multiples of.
    """

    name: str
    kind: str
    dtype: str
    integer: bool = False
    decimals: int | None = None
    categories: tuple[Scalar, ...] = ()
    ordered: bool = False
    levels: tuple[Scalar, ...] = ()
    format: str = ""
    resolution: str = FINEST

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(unknown("kind of column", self.kind, KINDS))

    @property
    def is_modelled(self) -> bool:
        """Whether a model sees this column: neither an identifier nor constant."""
        return self.kind not in ("identifier", "constant")

    @property
    def is_text(self) -> bool:
        """Whether values are text: of such a dtype, or categories that all are."""
        words = bool(self.categories) and all(isinstance(category, str) for category in self.categories)
        return words or self.dtype in ("str", "object") or self.dtype.startswith("string")

    def numbers(self, values: pd.Series) -> np.ndarray:
        """Return values of a numeric, boolean or datetime column as float64 (n,), NaN where missing.

        Datetimes, also those in text, become seconds since 1970 in UTC.
        """
        if self.kind == "datetime":
            return to_seconds(to_moments(values, self.format))
        return values.to_numpy(dtype=np.float64, na_value=np.nan)

    def restore(self, values: pd.Series) -> pd.Series:
        """Return `values` under this column's name and dtype; missing ones stay missing.

        Datetimes may come as what `numbers` gives, or as such (UTC where they have no zone); they are rounded to the
        column's resolution.
        """
        if self.kind == "datetime":
            numeric = pd.api.types.is_numeric_dtype(values.dtype)
            moments = from_seconds(values) if numeric else to_moments(values, self.format)
            values = moments.dt.strftime(self.format) if self.format else as_dtype(moments, self.dtype, self.resolution)
        if self.dtype == "category":
            values = values.astype(pd.CategoricalDtype(list(self.categories), self.ordered))
        elif self.is_text:
            values = as_text(values, self.dtype)
        elif self.kind != "datetime":
            values = values.astype(self.dtype)
        return values.rename(self.name)


def as_text(values: pd.Series, dtype: str = "str") -> pd.Series:
    """Return each value as text of a dtype; missing ones stay missing."""
    words = values.astype(object).map(str, na_action="ignore")
    return words.where(words.notna(), np.nan).astype(TEXT if dtype == "str" else dtype)


@dataclass(frozen=True)
class TableSchema:
    """Columns and classes of a labelled table.

    Parameters
    ----------
    columns
        The features in the order of the table.
    target
        The column of labels.
    position
        Where the target stands among all columns, from 0.
    class_values
        The target's own values in label order.
    classes
        Class names in label order.
    """

    columns: tuple[Column, ...]
    target: Column
    position: int
    class_values: tuple[Scalar, ...]
    classes: tuple[str, ...]
    kind: ClassVar[str] = "table"

    def describe(self) -> str:
        """Return what a sample is, in a few words."""
        return f"rows of {len(self.columns)} columns and the target {self.target.name!r}"

    @property
    def names(self) -> list[str]:
        """Names of all columns in the order of the table, the target among them."""
        names = [column.name for column in self.columns]
        return [*names[: self.position], self.target.name, *names[self.position :]]

    def assemble(self, frame: pd.DataFrame, labels: np.ndarray) -> pd.DataFrame:
        """Return features and integer labels (n,) as one table with the columns, order and dtypes of the original."""
        values = pd.Series(np.array(self.class_values, dtype=object)[labels], index=frame.index)
        table = frame.copy(deep=False)
        table.insert(self.position, self.target.name, self.target.restore(values))
        return table


@dataclass(frozen=True)
class LabelledTable:
    """Rows with their labels, in memory.

    Parameters
    ----------
    frame
        The features, with the dtypes of the schema and an index from 0.
    labels
        int64 array of shape (n,), indices into ``schema.classes``.
    schema
        Columns, target, class names.
    notes
        What the reader decided or left out, a sentence each, for the user to read.
    """

    frame: pd.DataFrame
    labels: np.ndarray
    schema: TableSchema
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        return self.schema.classes

    @property
    def raw(self) -> pd.DataFrame:
        """The features, as a codec encodes them."""
        return self.frame

    def class_counts(self) -> dict[str, int]:
        """Return how many rows each class has, in label order."""
        counts = np.bincount(self.labels, minlength=len(self.classes))
        return dict(zip(self.classes, counts.tolist(), strict=True))

    def subset(self, indices: np.ndarray | Sequence[int]) -> "LabelledTable":
        """Return the rows at `indices`, indexed from 0 again."""
        frame = self.frame.iloc[indices].reset_index(drop=True)
        return replace(self, frame=frame, labels=self.labels[indices])

    def fingerprints(self) -> np.ndarray:
        """Return a 128-bit hash of each row's features, identifiers left out, shape (n, 16), uint8."""
        return row_fingerprints(self.frame[[c.name for c in self.schema.columns if c.kind != "identifier"]])

    def digest(self) -> str:
        """Return a hash of all values and labels in their order, 64 hexadecimal digits."""
        return hashlib.sha256(row_fingerprints(self.frame).tobytes() + self.labels.astype("<i8").tobytes()).hexdigest()
