"""Columns of a table as models take them: floats with NaN, and words; decided by the schema alone, so nothing leaks.

What is learnt from rows, such as a scale, is left to transformers that are fitted with a model.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from gan_augment.data.labels import shortened
from gan_augment.data.table_schema import Column, LabelledTable
from gan_augment.errors import DataError

NUMBERS, WORDS = ("numeric", "datetime"), ("boolean", "categorical")
RAREST_LEVEL, MOST_LEVELS = 5, 50  # of one-hot columns: rows that a level needs, levels with the pooled one


def modelled(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Return the columns that a model can learn from: neither identifiers nor constants.

    Raises
    ------
    DataError
        If there are none.
    """
    kept = tuple(column for column in columns if column.is_modelled)
    if not kept:
        raise DataError("Every column is an identifier or constant: there is nothing that a classifier could learn.")
    return kept


def number_names(columns: Iterable[Column]) -> list[str]:
    """Return the names of those columns that become floats."""
    return [column.name for column in columns if column.kind in NUMBERS]


def word_names(columns: Iterable[Column]) -> list[str]:
    """Return the names of those columns that become words."""
    return [column.name for column in columns if column.kind in WORDS]


def to_features(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """Return the columns that models see, indexed from 0.

    Parameters
    ----------
    frame
        Rows with the columns of a schema, in any order.
    columns
        Those to keep.

    Returns
    -------
    DataFrame
        float64 with NaN for numeric columns and datetimes (seconds since 1970), objects for the others: text, NaN where
        missing.

    Raises
    ------
    DataError
        If a column is not there.
    """
    absent = [column.name for column in columns if column.name not in frame.columns]
    if absent:
        raise DataError(f"The rows lack the column {shortened(absent)}: all columns of the training part are needed.")
    return pd.DataFrame({column.name: _feature(frame[column.name], column) for column in columns})


def one_hot_features(columns: Sequence[Column]) -> ColumnTransformer:
    """Return preprocessing for models that want numbers of one scale.

    Numeric columns: median for missing values, a flag where there were any, standardised. Others: one-hot, missing
    as a level of its own, rare levels pooled.
    """
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    words = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=RAREST_LEVEL,
        max_categories=MOST_LEVELS,
        sparse_output=False,  # networks take sparse rows from it far more slowly
    )
    return ColumnTransformer([("numbers", numbers, number_names(columns)), ("words", words, word_names(columns))])


def standardised(train: LabelledTable, *frames: pd.DataFrame) -> list[np.ndarray]:
    """Return the modelled columns of training rows, and of others, as standardised numbers and one-hot words."""
    columns = modelled(train.schema.columns)
    parts = [to_features(frame, columns) for frame in (train.frame, *frames)]
    features = one_hot_features(columns).set_params(sparse_threshold=0.0).fit(parts[0])
    return [features.transform(part) for part in parts]


def _feature(values: pd.Series, column: Column) -> pd.Series:
    if column.kind in NUMBERS:
        return pd.Series(column.numbers(values))
    codes, levels = pd.factorize(values.astype(object))
    words = np.array([*map(_word, levels), np.nan], dtype=object)  # missing values have the code -1: the last
    return pd.Series(words[codes], dtype=object)


def _word(level: object) -> str:
    # Missing values turn integers into floats: the same level must be the same word with and without them.
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)
