"""A small table of every kind of column, and the shapes that tests of codecs need; made by hand."""

import numpy as np
import pandas as pd

from gan_augment.data.table_schema import Column, LabelledTable, TableSchema

TARGET = Column("target", "categorical", "int64")
N = 400


def make_table(frame: pd.DataFrame, labels: np.ndarray, columns: list[Column], n_classes: int = 2) -> LabelledTable:
    """Return `frame` with its columns described, and labels of `n_classes` classes."""
    values = tuple(range(n_classes))
    schema = TableSchema(tuple(columns), TARGET, len(columns), values, tuple(map(str, values)))
    return LabelledTable(frame, np.asarray(labels, np.int64), schema)


def labels_of(n: int) -> np.ndarray:
    """Return labels (n,) of two classes in turn."""
    return np.arange(n) % 2


def mixed_table(n: int = N) -> LabelledTable:
    """Return a table with a column of every kind and many dtypes."""
    rng = np.random.default_rng(0)
    days = pd.Series(pd.to_datetime("2020-03-01") + pd.to_timedelta(rng.integers(0, 60, n), unit="D"))
    sizes = pd.Series(rng.choice(["small", "large"], n)).astype(pd.CategoricalDtype(["small", "mid", "large"], True))
    amounts = np.where(rng.random(n) < 0.3, 0.0, np.round(rng.exponential(50, n), 2))
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 60, n),
            "amount": np.where(rng.random(n) < 0.1, np.nan, amounts),
            "score": rng.normal(size=n),
            "visits": pd.Series(rng.integers(0, 9, n), dtype="Int64").mask(rng.random(n) < 0.2),
            "id": [f"customer {i}" for i in range(n)],
            "colour": pd.Series(
                rng.choice(np.array(["red", "green", np.nan], dtype=object), n, p=[0.6, 0.3, 0.1]), dtype="object"
            ),
            "member": rng.random(n) < 0.5,
            "agreed": pd.Series(rng.random(n) < 0.5, dtype="boolean").mask(rng.random(n) < 0.1),
            "size": sizes,
            "country": "NL",
            "joined": days.dt.tz_localize("Europe/Amsterdam"),
            "town": [f"town {i % 100}" for i in range(n)],
        }
    )
    columns = [
        Column("age", "numeric", "int64", integer=True, decimals=0),
        Column("amount", "numeric", "float64", decimals=2),
        Column("score", "numeric", "float64"),
        Column("visits", "numeric", "Int64", integer=True, decimals=0),
        Column("id", "identifier", str(frame["id"].dtype)),
        Column("colour", "categorical", "object"),
        Column("member", "boolean", "bool"),
        Column("agreed", "boolean", "boolean"),
        Column("size", "categorical", "category", categories=("small", "mid", "large"), ordered=True),
        Column("country", "constant", str(frame["country"].dtype)),
        Column("joined", "datetime", str(frame["joined"].dtype), resolution="D"),
        Column("town", "categorical", str(frame["town"].dtype)),
    ]
    return make_table(frame, labels_of(n), columns)
