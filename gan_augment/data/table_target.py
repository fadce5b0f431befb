"""Turns the target column of a table into labels and class names; knows nothing about the other columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gan_augment.data.labels import encode_labels, is_missing, label_names, shortened
from gan_augment.data.table_inference import decimals_of, plain_column
from gan_augment.data.table_names import no_column
from gan_augment.data.table_schema import Column, Scalar, TableSchema
from gan_augment.errors import DataError, TooFewError

MOST_NUMBERS = 100  # different numbers beyond which a target is a quantity
_SUGGESTED = (2, 20)  # classes that a column has which may be the target
_BIN = "classes are needed, so bin it first, for example with pandas.cut"


@dataclass(frozen=True)
class Target:
    """Labels of shape (n,), int64, with the class names and the target's own values in label order."""

    labels: np.ndarray
    classes: tuple[str, ...]
    values: tuple[Scalar, ...]


def check_target(name: str | None, frame: pd.DataFrame) -> str:
    """Return the name of the target column.

    Raises
    ------
    DataError
        If it is not there, or none was named: the message offers the nearest name, or the columns that may be it.
    """
    if name is None:
        found = [str(column) for column in frame.columns if _may_be_target(frame[column])]
        few, many = _SUGGESTED
        offer = f"those with {few} to {many} values are {shortened(found, many)}" if found else no_class_column(frame)
        raise DataError(f"Which column is the target? Name it with --target (target= in Python): {offer}.")
    if name not in frame.columns:
        raise DataError(no_column(name, frame.columns))
    return name


def no_class_column(frame: pd.DataFrame) -> str:
    """Return the columns of a table none of which looks like classes."""
    return f"the columns are {shortened(list(frame.columns), _SUGGESTED[1])}"


def read_target(values: pd.Series, schema: TableSchema | None = None) -> Target:
    """Return the labels of a target column: booleans, whole numbers, text or categories.

    Classes sort naturally; those of an ordered categorical keep its order.

    Parameters
    ----------
    values
        The column.
    schema
        Of a run: its classes in its order; others are refused, and some may have few rows or none.

    Raises
    ------
    DataError
        If rows have no target, it is a quantity or dates, or a class is unknown or has too few rows.
    """
    codes, levels = pd.factorize(values.astype(object))
    _refuse_missing(values, codes, levels)
    if schema is None:
        _refuse_quantities(values, levels)
    names = label_names(levels.tolist())
    dtype = values.dtype
    ordered = isinstance(dtype, pd.CategoricalDtype) and dtype.ordered
    order = [str(category) for category in dtype.categories] if ordered else None
    label_of_level, classes = encode_labels(names, schema.classes if schema else None, order)
    labels = label_of_level[codes]
    if schema is not None:
        return Target(labels, classes, schema.class_values)
    _refuse_small(str(values.name), classes, labels)
    own = dict(zip(names, map(_plain, levels), strict=True))
    return Target(labels, classes, tuple(own[name] for name in classes))


def target_column(values: pd.Series) -> Column:
    """Return the column of a target: boolean or categorical."""
    return plain_column(values, "boolean" if values.dtype.kind == "b" else "categorical")


def _may_be_target(values: pd.Series) -> bool:
    if pd.api.types.is_float_dtype(values.dtype) and decimals_of(values.dropna().to_numpy(np.float64)) != 0:
        return False
    few, many = _SUGGESTED
    return not pd.api.types.is_datetime64_any_dtype(values.dtype) and few <= values.nunique() <= many


def _refuse_missing(values: pd.Series, codes: np.ndarray, levels: Any) -> None:
    blank = np.append([is_missing(level) for level in levels], True).astype(bool)[codes]
    if blank.any():
        raise DataError(
            f"The target {values.name!r} is missing in {int(blank.sum())} of {len(values)} rows (first: row "
            f"{int(blank.argmax()) + 1}): label these rows or leave them out."
        )


def _refuse_quantities(values: pd.Series, levels: Any) -> None:
    name = values.name
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        raise DataError(f"The target {name!r} holds dates: classes are needed, so turn them into names first.")
    if values.dtype.kind == "b" or not pd.api.types.is_numeric_dtype(values.dtype):
        return
    fraction = next((level for level in levels if level != int(level)), None)
    if fraction is not None:
        raise DataError(f"The target {name!r} holds fractions such as {fraction}: {_BIN}.")
    if len(levels) > MOST_NUMBERS:
        raise DataError(f"The target {name!r} holds {len(levels)} different numbers: {_BIN}.")


def _refuse_small(name: str, classes: tuple[str, ...], labels: np.ndarray) -> None:
    if len(classes) < 2:
        raise TooFewError(f"The target {name!r} has one value only, {classes[0]!r}: at least two classes are needed.")
    counts = np.bincount(labels, minlength=len(classes))
    small = [one for one, count in zip(classes, counts, strict=True) if count < 2]
    if small:
        raise TooFewError(
            f"Class {shortened(small)} of the target {name!r} has one row: at least two a class are needed; add some "
            "or remove it."
        )


def _plain(value: Any) -> Scalar:
    return value.item() if hasattr(value, "item") else value
