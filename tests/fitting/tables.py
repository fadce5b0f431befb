"""Two hundred people in two classes, with columns of many kinds and gaps."""

import numpy as np
import pandas as pd


def people(n: int = 200) -> pd.DataFrame:
    """Return a table with the target ``answer``: ``a`` and ``b`` in turn, in the middle of its columns."""
    rng = np.random.default_rng(0)
    is_b = np.arange(n) % 2
    ages = pd.Series(rng.integers(18, 80, n) + 5 * is_b, dtype="Int64").mask(rng.random(n) < 0.1)
    cities = pd.Series(rng.choice(["Rome", "Oslo", "Kyiv"], n), dtype="str")
    return pd.DataFrame(
        {
            "age": ages,
            "income": np.where(rng.random(n) < 0.3, 0.0, np.round(rng.exponential(900, n), 2)),
            "city": cities.mask(rng.random(n) < 0.1),
            "size": pd.Categorical(rng.choice(["S", "L"], n), ["S", "M", "L"], ordered=True),
            "answer": np.where(is_b, "b", "a"),
            "member": rng.random(n) < 0.3 + 0.4 * is_b,
            "joined": pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "score": np.where(rng.random(n) < 0.05, np.nan, rng.normal(size=n) + is_b),
            "number": [f"n{i:05}" for i in range(n)],
            "country": "IT",
        }
    )
