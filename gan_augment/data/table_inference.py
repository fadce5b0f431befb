"""Tells what kind of column a series of values is, from the values and, for identifiers, the name alone."""

import re
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np
import pandas as pd

from gan_augment.data.labels import natural_key
from gan_augment.data.table_moments import guessed_format, resolution_of, text_format
from gan_augment.data.table_schema import Column, Scalar
from gan_augment.errors import DataError

OVERRIDES = ("numeric", "boolean", "categorical", "datetime", "identifier")
MOST_FEW, ROWS_A_VALUE = 10, 10  # distinct whole numbers that are categories, and rows that each needs on average
FEWEST_TO_IDENTIFY, FEWEST_NEARLY = 20, 100  # rows, for values that differ in all and in nearly all of them
NEARLY_UNIQUE = 0.9
ENUMERATED = 0.5  # share of their range that whole numbers fill when they number the rows
MOST_LEVELS = 1000
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IDENTIFYING = frozenset({"id", "ids", "uuid", "guid", "key", "index", "idx", "unnamed"})

NO_VALUES = "all values are missing"
ONE_VALUE = "one value only"
UNIQUE = "another value in every row, like an identifier"
NUMBERED = "whole numbers that number the rows"
NEARLY = "text that is different in nearly every row"
WRITTEN_NUMBERS = "Numbers with signs or separators are taken for words unless they are written plainly"
WRITTEN_DATES = "What looks like dates is taken for words unless --column NAME=datetime says otherwise"
_WRITTEN_NUMBER = r"-?[$€£¥]?\s?-?\d[\d.,' ]*\s?[$€£¥%]?"
ASKED = "as asked"
_PLAINLY = {
    "numeric": "write plain numbers, such as 3470.84",
    "datetime": "write all in one form and without offsets from UTC, such as 2024-03-01 07:30",
}


@dataclass(frozen=True)
class Inferred:
    """A column, its values where they had to be changed, why a model does not see it, and what it may be instead."""

    column: Column
    values: pd.Series
    left_out: str = ""
    hint: str = ""


def infer_column(values: pd.Series) -> Inferred:
    """Tell what a column is that has a name and one of the dtypes that `plain_frame` gives."""
    present = values.dropna()
    n_distinct = present.nunique()
    if n_distinct == 0:
        return _left_out(values, "constant", NO_VALUES)
    if n_distinct == 1 and len(present) == len(values):
        return _left_out(values, "constant", ONE_VALUE)
    if values.dtype.kind == "b":
        return Inferred(plain_column(values, "boolean"), values)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return Inferred(_datetimes(values), values)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return _infer_numbers(values, present, n_distinct)
    return _infer_words(values, present, n_distinct)


def override_column(values: pd.Series, kind: str) -> Inferred:
    """Return a column as the `kind` that the user asked for, one of `OVERRIDES`.

    Raises
    ------
    DataError
        If the values cannot be of that kind.
    """
    if kind == "identifier":
        return _left_out(values, kind, ASKED)
    is_date = pd.api.types.is_datetime64_any_dtype(values.dtype)
    if kind == "datetime":
        return Inferred(_datetimes(values) if is_date else _written_dates(values), values)
    if is_date:
        _cannot_be(values, kind)
    if kind == "categorical":
        return Inferred(_categories(values, values.dropna()), values)
    if kind == "boolean":
        if not values.dropna().isin([0, 1]).all():
            _cannot_be(values, kind)
        return Inferred(plain_column(values, kind), values)
    numbers = _as_numbers(values)
    return Inferred(_numeric(numbers), numbers)


def plain_column(values: pd.Series, kind: str) -> Column:
    """Return a column of a kind with the name, dtype and categories of `values`."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return Column(
            str(values.name), kind, "category", categories=tuple(dtype.categories.tolist()), ordered=bool(dtype.ordered)
        )
    with_storage = isinstance(dtype, pd.StringDtype) and str(dtype) != "str"
    return Column(str(values.name), kind, f"string[{dtype.storage}]" if with_storage else str(dtype))


def decimals_of(numbers: np.ndarray) -> int | None:
    """Return the most decimals that any of the floats (n,) is written with, or None past 15 significant digits.

    A decimal number of so few digits is the float nearest to a whole number divided by a power of ten, which is what
    is tried.
    """
    wide = numbers.astype(np.float64)
    if (wide == np.rint(wide)).all():
        return 0
    precision = np.finfo(numbers.dtype).precision
    largest = np.abs(wide).max()
    for decimals in range(1, precision + 1):
        scale = 10.0**decimals
        if largest * scale >= 10.0**precision:
            return None
        if ((np.rint(wide * scale) / scale).astype(numbers.dtype) == numbers).all():
            return decimals
    return None


def _left_out(values: pd.Series, kind: str, reason: str) -> Inferred:
    return Inferred(plain_column(values, kind), values, reason)


def _datetimes(values: pd.Series) -> Column:
    return replace(plain_column(values, "datetime"), resolution=resolution_of(values))


def _numeric(values: pd.Series) -> Column:
    kind = np.dtype(getattr(values.dtype, "numpy_dtype", values.dtype))
    if kind.kind != "f":
        return replace(plain_column(values, "numeric"), integer=True, decimals=0)
    decimals = decimals_of(values.dropna().to_numpy(dtype=kind))
    return replace(plain_column(values, "numeric"), integer=decimals == 0, decimals=decimals)


def _infer_numbers(values: pd.Series, present: pd.Series, n_distinct: int) -> Inferred:
    column = _numeric(values)
    if not column.integer:
        return Inferred(column, values)
    if n_distinct == len(present) >= FEWEST_TO_IDENTIFY:
        if len(present) >= ENUMERATED * (float(present.max()) - float(present.min()) + 1):
            return _left_out(values, "identifier", NUMBERED)
        if _IDENTIFYING & {word.lower() for word in _WORDS.findall(column.name)}:
            return _left_out(values, "identifier", UNIQUE)
    if n_distinct <= MOST_FEW and len(present) >= ROWS_A_VALUE * n_distinct:
        return Inferred(_categories(values, present), values)
    return Inferred(column, values)


def _infer_words(values: pd.Series, present: pd.Series, n_distinct: int) -> Inferred:
    hint = ""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        few = n_distinct <= MOST_FEW and len(present) >= ROWS_A_VALUE * n_distinct
        pattern = "" if few else text_format(present.unique().astype(object))
        if pattern:
            return Inferred(replace(plain_column(values, "datetime"), format=pattern), values)
        hint = _hint(present) if n_distinct > MOST_FEW else ""
    if n_distinct == len(present) >= FEWEST_TO_IDENTIFY:
        return replace(_left_out(values, "identifier", UNIQUE), hint=hint)
    if len(present) >= FEWEST_NEARLY and n_distinct > NEARLY_UNIQUE * len(present):
        return replace(_left_out(values, "identifier", NEARLY), hint=hint)
    return Inferred(_categories(values, present), values, hint=hint)


def _hint(present: pd.Series) -> str:
    """Return what words seem to be that were written as people write numbers or dates; empty for other words."""
    texts = present.astype(str)
    if texts.str.fullmatch(_WRITTEN_NUMBER).all() and texts.str.contains("[$€£¥%,]").any():
        return WRITTEN_NUMBERS
    return WRITTEN_DATES if guessed_format(present.unique().astype(object)) else ""


def _categories(values: pd.Series, present: pd.Series) -> Column:
    column = plain_column(values, "categorical")
    if column.dtype == "category":
        return column
    levels: list[Scalar] = present.unique().tolist()
    levels = sorted(levels, key=lambda level: natural_key(str(level))) if len(levels) <= MOST_LEVELS else []
    return replace(column, levels=tuple(levels))


def _written_dates(values: pd.Series) -> Column:
    texts = values.dropna().unique()
    if pd.api.types.is_numeric_dtype(values.dtype) or isinstance(values.dtype, pd.CategoricalDtype) or not len(texts):
        _cannot_be(values, "datetime")
    pattern = guessed_format(np.asarray(texts, dtype=object))
    if not pattern:
        _cannot_be(values, "datetime")
    return replace(plain_column(values, "datetime"), format=pattern)


def _as_numbers(values: pd.Series) -> pd.Series:
    if values.dtype.kind == "b":
        return values.astype("Int64" if values.hasnans else "int64")
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values
    try:
        return pd.to_numeric(values.astype(object)).rename(values.name)
    except (ValueError, TypeError):
        _cannot_be(values, "numeric")


def _cannot_be(values: pd.Series, kind: str) -> NoReturn:
    example = values.dropna().iloc[:1].tolist()
    shown = f"it holds values such as {str(example[0])!r}" if example else "it is empty"
    instead = f": {_PLAINLY[kind]}" if kind in _PLAINLY else ""
    raise DataError(f"Column {values.name!r} cannot be {kind}: {shown}{instead}.")
