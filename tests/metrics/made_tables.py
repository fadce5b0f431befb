"""Small tables in which everything hangs together, and the same with columns shuffled."""

import numpy as np
import pandas as pd

from gan_augment.data.table_schema import Column

COLUMNS = (
    Column("length", "numeric", "float64"),
    Column("count", "numeric", "Int64", integer=True, decimals=0),
    Column("colour", "categorical", "str"),
    Column("shape", "categorical", "category", categories=("round", "square", "odd")),
    Column("sold", "boolean", "boolean"),
    Column("day", "datetime", "datetime64[ns]", resolution="D"),
)


def table(seed: int, n: int = 400, missing: float = 0.1) -> pd.DataFrame:
    """Return rows in which everything hangs on the length, with missing values in every column but the first."""
    rng = np.random.default_rng(seed)
    length = rng.normal(size=n)
    level = np.digitize(length + rng.normal(size=n) / 3, [-0.7, 0.7])
    frame = pd.DataFrame(
        {
            "length": length,
            "count": pd.array(np.rint(3 * length + rng.normal(size=n)).astype(int) + 10, dtype="Int64"),
            "colour": np.array(["red", "green", "blue"], dtype=object)[level],
            "shape": pd.Categorical.from_codes(2 - level, ["round", "square", "odd"]),
            "sold": pd.array(length + rng.normal(size=n) / 3 > 0.2, dtype="boolean"),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.rint(100 * length), unit="D"),
        }
    )
    for name in list(frame)[1:]:
        frame.loc[rng.random(n) < missing, name] = None
    return frame


def shuffled(frame: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: frame[name].iloc[rng.permutation(len(frame))].array for name in frame})


def numbers(name: str = "x") -> Column:
    return Column(name, "numeric", "float64")


def words(name: str = "x") -> Column:
    return Column(name, "categorical", "object")
