"""A lopsided table of every kind of column in two parts, and a generator that needs no fit: it repeats real rows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_schema import Column, LabelledTable, TableSchema
from gan_augment.generation.generator import SampleBatch
from gan_augment.seeding import numpy_rng

COLUMNS = (
    Column("id", "identifier", "int64", integer=True),
    Column("amount", "numeric", "float64", decimals=2),
    Column("age", "numeric", "Int64", integer=True),
    Column("town", "categorical", "object"),
    Column("rank", "categorical", "category", categories=("low", "mid", "top"), ordered=True),
    Column("member", "boolean", "bool"),
    Column("since", "datetime", "datetime64[ns, UTC]"),
    Column("always", "constant", "int64", integer=True),
)


def make_table(counts: Mapping[str, int], seed: int = 0, columns: tuple[Column, ...] = COLUMNS) -> LabelledTable:
    """Return rows of so many of each class, in which later classes have larger numbers; shuffled."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(counts)), list(counts.values())))
    n = len(labels)
    frame = pd.DataFrame(
        {
            "id": np.arange(n) + 10_000 * seed,
            "amount": np.round(rng.normal(10 + 8 * labels, 5), 2),
            "age": pd.array(rng.integers(18, 60, n) + 5 * labels, dtype="Int64"),
            "town": pd.Series(rng.choice(["Bonn", "Kiel", "Ulm"], n), dtype=object),
            "rank": pd.Categorical(rng.choice(["low", "mid", "top"], n), ["low", "mid", "top"], ordered=True),
            "member": rng.random(n) < 0.5,
            "since": pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "always": 1,
        }
    )
    for name, missing in (("amount", np.nan), ("age", pd.NA), ("town", None)):
        frame.loc[rng.random(n) < 0.1, name] = missing
    frame = frame[[column.name for column in columns]]
    target = Column("kind", "categorical", "object")
    names = tuple(counts)
    return LabelledTable(frame, labels.astype(np.int64), TableSchema(columns, target, len(columns), names, names))


class RepeatingGenerator:
    """Gives rows that it was "fitted" on again."""

    def __init__(self, fitted: LabelledTable) -> None:
        self.fitted, self.classes, self.digest = fitted, fitted.classes, "repeating"
        self.asked: list[tuple[dict[str, int], int]] = []

    def sample(self, counts: Mapping[str, int], seed: int = 0) -> SampleBatch:
        self.asked.append((dict(counts), seed))
        rng = numpy_rng(seed, "samples")
        labels = np.repeat(np.arange(len(self.classes)), [counts.get(name, 0) for name in self.classes])
        chosen = [rng.choice(np.flatnonzero(self.fitted.labels == label)) for label in labels]
        return SampleBatch(self.fitted.frame.iloc[chosen].reset_index(drop=True), labels, self.classes)

    def fingerprints(self) -> np.ndarray:
        return self.fitted.fingerprints()


@pytest.fixture(scope="session")
def train() -> LabelledTable:
    return make_table({"common": 160, "rare": 24}, seed=1)


@pytest.fixture(scope="session")
def held_out() -> LabelledTable:
    return make_table({"common": 100, "rare": 20}, seed=2)


@pytest.fixture
def generator(train: LabelledTable) -> RepeatingGenerator:
    return RepeatingGenerator(train)
