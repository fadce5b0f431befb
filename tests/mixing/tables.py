"""Rows in all the forms that a sampler may meet."""

import datetime

import numpy as np
import pandas as pd

N_MANY, N_FEW = 40, 20
N = N_MANY + N_FEW
LABELS = np.repeat([0, 1], [N_MANY, N_FEW])
_RNG = np.random.default_rng(0)
NUMBERS = _RNG.normal(size=(N, 3)) * 5
COUNTS = _RNG.poisson(0.5, (N, 4)).astype(float)


def everything() -> pd.DataFrame:
    """Return a table of all that pandas has and a sampler may meet, each with missing values where it can."""
    rng, gaps = np.random.default_rng(2), np.arange(N) % 6 == 0
    dates = pd.date_range("2020-01-01", periods=N, freq="D")
    few = pd.Series(rng.choice(["a", "b", "c"], N))
    return pd.DataFrame({
        "float32": NUMBERS[:, 0].astype(np.float32),
        "gaps": np.where(gaps, np.nan, NUMBERS[:, 1]),
        "integer": rng.integers(0, 90, N),
        "nullable": pd.array(np.where(gaps, None, np.arange(N) % 25), dtype="Int64"),
        "flag": NUMBERS[:, 0] > 0,
        "maybe": pd.array(np.where(gaps, None, NUMBERS[:, 0] > 0), dtype="boolean"),
        "text": few.mask(gaps),
        "python_text": few.astype(object).where(~gaps, None),
        "string": few.astype("string"),
        "category": pd.Categorical(few, categories=["c", "a", "b", "d"], ordered=True),
        "mixed": pd.Series(np.where(gaps, 3, few.astype(object)), dtype=object),
        "numbers": pd.Series([None if gap else 20 + i for i, gap in enumerate(gaps)], dtype=object),
        "date": dates,
        "zoned": dates.tz_localize("Europe/Berlin"),
        "python_date": pd.Series([datetime.date(2020, 1, 1) + datetime.timedelta(i) for i in range(N)], dtype=object),
        "period": pd.period_range("2020-01", periods=N, freq="M"),
        "interval": pd.cut(NUMBERS[:, 2], 4).astype(object),
        "bins": pd.cut(NUMBERS[:, 2], 4),
        "spans": pd.arrays.IntervalArray.from_breaks(range(N + 1)),
        "sparse": pd.arrays.SparseArray(COUNTS[:, 0]),
        "arrow": pd.array(rng.integers(0, 30, N), dtype="int64[pyarrow]"),
        "empty": np.nan,
        "constant": "one",
    })  # fmt: skip
