"""Brings the columns of a DataFrame to dtypes that can be modelled and given back; knows nothing about targets."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from gan_augment.data.labels import shortened
from gan_augment.data.table_arrow import to_series
from gan_augment.data.table_names import check_names, unique_names
from gan_augment.data.table_schema import as_text
from gan_augment.errors import DataError

_NESTED = (list, tuple, set, dict, np.ndarray, pd.Series, pd.DataFrame)
_REMARKS = {
    "arrow": "Columns backed by Arrow are read, and come back, as plain pandas columns: {columns}.",
    "sparse": "Sparse columns are made dense: {columns}.",
    "span": "Periods and intervals are read, and come back, as text: {columns}.",
    "mixed": "Values of several types in one column are read, and come back, as text: {columns}.",
    "objects": "Columns of Python objects that are all of one type get the dtype of that type: {columns}.",
    "categories": "Categories that are neither text nor plain numbers become text: {columns}.",
}
_Plain = tuple[pd.Series, str]  # and a key of `_REMARKS`, or nothing


def plain_frame(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table of numbers, booleans, datetimes, text and categories, indexed from 0, and notes on what changed.

    Raises
    ------
    DataError
        If there are no rows, names are not text, or a column holds what cannot be modelled: lists, bytes, time spans,
        complex or infinite numbers.
    """
    check_names(frame.columns)
    names, notes = unique_names(list(frame.columns))
    if len(frame) == 0:
        raise DataError("The table has no rows.")
    columns: dict[str, pd.Series] = {}
    remarks: dict[str, list[str]] = {}
    for position, name in enumerate(names):
        values, remark = _plain(frame.iloc[:, position].reset_index(drop=True).rename(name))
        _refuse_infinite(values)
        columns[name] = values
        if remark:
            remarks.setdefault(remark, []).append(name)
    said = (text.format(columns=shortened(remarks[key])) for key, text in _REMARKS.items() if key in remarks)
    return pd.DataFrame(columns), (*notes, *_index_note(frame.index), *said)


def _index_note(index: pd.Index) -> tuple[str, ...]:
    named = [str(name) for name in index.names if name is not None]
    return (f"The index is left out: {shortened(named)}; reset_index() makes it a column.",) if named else ()


def _plain(values: pd.Series) -> _Plain:
    dtype = values.dtype
    if isinstance(dtype, pd.ArrowDtype):
        plain = to_series(pa.chunked_array([pa.array(values)]))
        return _plain(plain.rename(values.name))[0], "arrow"
    if isinstance(dtype, pd.SparseDtype):
        return values.sparse.to_dense(), "sparse"
    if isinstance(dtype, pd.CategoricalDtype):
        return _plain_categories(values)
    if isinstance(dtype, (pd.PeriodDtype, pd.IntervalDtype)):
        return as_text(values), "span"
    if dtype.kind in "mc":
        _refuse(values, "time spans" if dtype.kind == "m" else "complex numbers")
    if isinstance(dtype, np.dtype) and not dtype.isnative:  # which pandas stores but cannot compare
        return values.astype(dtype.newbyteorder("=")), ""
    return _plain_objects(values) if dtype.kind == "O" else (values, "")


def _plain_categories(values: pd.Series) -> _Plain:
    kinds = (str, int, float, bool)
    if all(isinstance(category, kinds) for category in values.cat.categories.tolist()):
        return values, ""
    return values.cat.rename_categories(lambda category: str(category)), "categories"


def _plain_objects(values: pd.Series) -> _Plain:
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind in ("string", "empty"):
        return values, ""
    if kind in _WRONG:
        _refuse(values, _WRONG[kind])
    if any(isinstance(value, _NESTED) for value in values):
        _refuse(values, "lists")
    if kind in _CASTS:
        try:
            return _CASTS[kind](values), "objects"
        except (ValueError, TypeError, OverflowError):  # numbers past 64 bits, dates past the calendar
            pass
    return as_text(values), "mixed"


def _refuse(values: pd.Series, what: str) -> None:
    raise DataError(f"Column {values.name!r} holds {what}: {_ADVICE[what]}, or leave it out.")


def _refuse_infinite(values: pd.Series) -> None:
    if pd.api.types.is_float_dtype(values.dtype):
        n_infinite = int(np.isinf(values.to_numpy(dtype=np.float64, na_value=np.nan)).sum())
        if n_infinite:
            raise DataError(
                f"Column {values.name!r} holds infinite numbers ({n_infinite} of {len(values)} values): replace them, "
                "or leave those cells empty."
            )


def _whole(values: pd.Series) -> pd.Series:
    return values.astype("Int64" if values.hasnans else "int64")


def _floats(values: pd.Series) -> pd.Series:
    return values.where(values.notna(), np.nan).astype("float64")


_CASTS: dict[str, Callable[[pd.Series], Any]] = {
    "integer": _whole,
    "floating": _floats,
    "mixed-integer-float": _floats,
    "decimal": _floats,
    "boolean": lambda values: values.astype("boolean" if values.hasnans else "bool"),
    "date": pd.to_datetime,
    "datetime": pd.to_datetime,
    "datetime64": pd.to_datetime,
}
_WRONG = {"bytes": "bytes", "timedelta": "time spans", "timedelta64": "time spans", "complex": "complex numbers"}
_ADVICE = {
    "lists": "spread them over columns of their own",
    "bytes": "decode them to text",
    "time spans": "convert them to numbers, for example with .dt.total_seconds()",
    "complex numbers": "split them into real and imaginary parts",
}
