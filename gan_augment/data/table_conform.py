"""Brings a table to the columns and dtypes of a fitted run; what does not fit is refused, or kept and said."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from gan_augment.data.labels import natural_key, shortened
from gan_augment.data.table_moments import FINEST
from gan_augment.data.table_names import no_column
from gan_augment.data.table_schema import Column, Scalar, TableSchema, as_text
from gan_augment.errors import DataError

_REMARKS = {
    "new": "Values that the run never saw are kept in {columns}.",
    "gaps": "Missing values, fractions or numbers too large for the run's dtype are kept as they are in {columns}.",
    "words": "Text is read as numbers, which have no zeros in front, in {columns}.",
    "times": "Times of day, which the run's dates have none of, are left out in {columns}.",
}

_Conformed = tuple[pd.Series, tuple[str, str] | None]  # values, and what to say: a key of `_REMARKS` and the column


def conform(frame: pd.DataFrame, schema: TableSchema) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the columns of a run, the target among them, in its order and dtypes, and notes on what differs.

    Parameters
    ----------
    frame
        As `plain_frame` gives it.
    schema
        Of the run.

    Raises
    ------
    DataError
        If a column is missing, the nearest name being offered, or holds values of another type.
    """
    names = schema.names
    extra = list(frame.columns.difference(names, sort=False))
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise DataError(f"The run was fitted with a column that is not here. {no_column(absent[0], frame.columns)}")
    columns: dict[str, pd.Series] = {name: frame[name] for name in names}
    remarks: dict[str, list[str]] = {}
    for column in schema.columns:
        columns[column.name], remark = _conformed(columns[column.name], column)
        if remark:
            remarks.setdefault(remark[0], []).append(remark[1])
    notes = [text.format(columns=", ".join(remarks[key])) for key, text in _REMARKS.items() if key in remarks]
    left_out = (f"Columns that the run does not have are left out: {shortened(extra)}.",) if extra else ()
    return pd.DataFrame(columns), (*left_out, *notes)


def _conformed(values: pd.Series, column: Column) -> _Conformed:
    """Return the values in the dtype of the run where it can hold them, and what to say."""
    try:
        return _CONFORMS.get(column.kind, _as_left_out)(values, column)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(
            f"Column {column.name!r} is {column.kind} ({column.dtype}) in the run, and here it is {values.dtype}"
            f"{_example(values, column)}: mend these values, or leave their cells empty."
        ) from error


def _as_numbers(values: pd.Series, column: Column) -> _Conformed:
    words: tuple[str, str] | None = None
    if not pd.api.types.is_numeric_dtype(values.dtype):
        padded = values.dropna().astype(str).str.match(r"\s*[+-]?0[0-9]").any()
        words = ("words", repr(column.name)) if padded else None
        values = pd.to_numeric(values.astype(object))
        values = values if pd.api.types.is_numeric_dtype(values.dtype) else values.astype(np.float64)  # past 64 bits
    if np.isinf(values.to_numpy(dtype=np.float64, na_value=np.nan)).any():
        raise ValueError("infinite")
    if _holds(column.dtype, values):
        return column.restore(values), words
    return values, ("gaps", repr(column.name))


def _holds(dtype: str, values: pd.Series) -> bool:
    """Tell whether a numeric dtype can hold numbers: missing values and fractions where there are any, the largest."""
    kind, present = pd.api.types.pandas_dtype(dtype), values.dropna()
    if pd.api.types.is_bool_dtype(kind):
        if not present.isin([0, 1]).all():
            raise ValueError("neither true nor false")
    elif not _in_range(np.dtype(getattr(kind, "numpy_dtype", kind)), present):
        return False
    if pd.api.types.is_float_dtype(kind):
        return True
    nullable = pd.api.types.is_extension_array_dtype(kind)
    whole = not pd.api.types.is_float_dtype(present.dtype) or bool((present == np.rint(present)).all())
    return whole and (nullable or len(present) == len(values))


def _in_range(kind: np.dtype, present: pd.Series) -> bool:
    if not len(present):
        return True
    limits: Any = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    ordered = (limits.min, present.min(), present.max(), limits.max)
    lowest, least, most, highest = (value.item() if isinstance(value, np.generic) else value for value in ordered)
    return bool(lowest <= least and most <= highest)  # Python compares whole numbers with floats exactly


def _as_moments(values: pd.Series, column: Column) -> _Conformed:
    is_date = pd.api.types.is_datetime64_any_dtype(values.dtype)
    if pd.api.types.is_numeric_dtype(values.dtype) and values.notna().any():
        raise TypeError("numbers are no dates")
    column.numbers(values)  # raises where text is no date of the column's form
    if (column.format and not is_date) or str(values.dtype) == column.dtype:
        return as_text(values, column.dtype) if column.format else values, None
    restored = replace(column, resolution=FINEST).restore(values)
    cut = column.format and (column.numbers(restored) != column.numbers(values))[values.notna()].any()
    return restored, ("times", repr(column.name)) if cut else None


def _as_levels(values: pd.Series, column: Column) -> _Conformed:
    remark: tuple[str, str] | None = None
    if column.dtype == "category":
        new = _unseen(values, column.categories)
        kept = as_text(values) if new else column.restore(values)
    else:
        numeric = pd.api.types.is_numeric_dtype(pd.api.types.pandas_dtype(column.dtype))
        kept, remark = _as_numbers(values, column) if numeric else (column.restore(values), None)
        new = _unseen(kept, column.levels) if column.levels else []
    return kept, ("new", f"{column.name!r} ({shortened(new)})") if new else remark


def _unseen(values: pd.Series, known: Collection[Scalar]) -> list[str]:
    new = values[values.notna() & ~values.isin(list(known))].unique()
    return sorted(map(str, new), key=natural_key)


def _as_left_out(values: pd.Series, column: Column) -> _Conformed:
    """Return identifiers and constants, which no model sees, in the run's dtype where they fit into it unchanged."""
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_numeric_dtype(values.dtype):
        return values, None  # words that may begin with zeros
    try:
        return _as_levels(values, column)[0], None
    except (ValueError, TypeError, OverflowError):
        return values, None


def _example(values: pd.Series, column: Column) -> str:
    present = values.dropna()
    if column.kind == "numeric" and not pd.api.types.is_numeric_dtype(values.dtype):
        present = present[pd.to_numeric(present.astype(object), errors="coerce").isna()]
    return f" with values such as {str(present.iloc[0])!r}" if len(present) else ""


_CONFORMS: dict[str, Callable[[pd.Series, Column], _Conformed]] = {
    "numeric": _as_numbers,
    "boolean": _as_numbers,
    "datetime": _as_moments,
    "categorical": _as_levels,
}
