"""The command line as a function, for tests."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd


class Outcome(NamedTuple):
    """What one call of the command line left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The summary, where stdout holds JSON and nothing else."""
        return json.loads(self.out)

    @property
    def last_line(self) -> str:
        """The line that says where the result lies."""
        return self.out.strip().splitlines()[-1]

    @property
    def error(self) -> str:
        """The one line that says what to mend; fails the test when there is more or less than that."""
        lines = self.err.strip().splitlines()
        assert self.code == 2, self
        assert len(lines) == 1, self.err
        assert lines[0].startswith("Error: "), self.err
        assert self.out == ""
        return lines[0]


Call = Callable[..., Outcome]
BRIEF = ("--steps", "5", "--set", "train.batch_size=16")
TINY = ("--steps", "4", "--set", "train.batch_size=16", "--set", "network.width=4", "--set", "network.max_width=8")
TINY += ("--no-curate",)  # a teacher takes longer than all of the rest


def people(n: int, seed: int) -> pd.DataFrame:
    """Return rows of many kinds; two thirds have a low income."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, n),
            "income": np.where(np.arange(n) % 3 == 0, "high", "low"),
            "hours": np.where(rng.random(n) < 0.2, np.nan, rng.normal(40, 9, n).round(1)),
            "town": rng.choice(["Bonn", "Ulm", "Køln"], n),
            "children": rng.integers(0, 4, n),
        }
    )
