"""Stand-ins for what takes long to make: generators that need no training."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from gan_augment.data.labelled import Schema
from gan_augment.data.schema import ImageSchema
from gan_augment.data.table_schema import LabelledTable
from gan_augment.data.tables import load_table
from gan_augment.seeding import numpy_rng

BLOCK = 64


class FakeGenerator:
    """Noise by (seed, class, block), behind the interface of a `TrainedGenerator`; keeps a list of the blocks drawn."""

    recipe = "fake"
    schema: Schema

    def __init__(
        self,
        classes: tuple[str, ...] = ("cat", "dog"),
        size: tuple[int, int, int] = (8, 9, 3),
        digest: str = "abc123",
        class_counts: dict[str, int] | None = None,
        interrupt_at: int | None = None,
    ) -> None:
        self.schema = ImageSchema(*size, classes=classes)
        self.classes = classes
        self.digest = digest
        self.class_counts = class_counts or dict.fromkeys(classes, 10)
        self.interrupt_at = interrupt_at
        self.drawn: list[tuple[int, int, int]] = []

    def sample_block(self, class_index: int, block: int, seed: int = 0) -> Any:
        """Return 64 samples; the block number `interrupt_at` of all raises KeyboardInterrupt instead, once."""
        if len(self.drawn) == self.interrupt_at:
            self.interrupt_at = None
            raise KeyboardInterrupt
        self.drawn.append((class_index, block, seed))
        return self.noise(numpy_rng(self.digest, seed, class_index, block))

    def noise(self, rng: np.random.Generator) -> Any:
        """Return 64 images."""
        assert isinstance(self.schema, ImageSchema)
        shape = (BLOCK, self.schema.height, self.schema.width, self.schema.channels)
        return rng.integers(0, 256, shape, dtype=np.uint8)

    def iter_samples(self, class_index: int, start: int, stop: int, seed: int = 0) -> Iterator[Any]:
        """Yield samples `start` to ``stop - 1`` in chunks of at most 64."""
        for block in range(start // BLOCK, -(-stop // BLOCK)):
            first = block * BLOCK
            yield self.sample_block(class_index, block, seed)[max(start - first, 0) : stop - first]


class FakeRowGenerator(FakeGenerator):
    """Rows of a small table drawn again, behind the interface of a `TrainedGenerator`."""

    def __init__(self, table: LabelledTable, digest: str = "abc123", interrupt_at: int | None = None) -> None:
        super().__init__(table.classes, digest=digest, class_counts=table.class_counts(), interrupt_at=interrupt_at)
        self.schema, self.table = table.schema, table

    def noise(self, rng: np.random.Generator) -> pd.DataFrame:
        """Return the features of 64 rows."""
        return self.table.frame.iloc[rng.integers(0, len(self.table), BLOCK)].reset_index(drop=True)


def typed_frame(n: int = 60) -> pd.DataFrame:
    """Return a table of many dtypes with missing values, its target ``income`` in the third place of nine."""
    rng, rows = np.random.default_rng(0), np.arange(n)
    joined = pd.to_datetime(pd.Series("2024-03-01 00:00", index=rows)) + pd.to_timedelta(37 * rows, unit="min")
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, n).astype(np.int16),
            "score": np.where(rows % 7 == 0, np.nan, rng.normal(size=n).round(2)),
            "income": np.where(rows % 4 == 0, "high", "low, or none"),
            "visits": pd.Series(rng.integers(0, 99, n), dtype="Int64").mask(rows % 5 == 0),
            "town": np.where(rows % 3 == 0, "Køln", 'the "old"\ntown'),
            "size": pd.Series(rng.choice(["small", "large"], n)).astype(
                pd.CategoricalDtype(["small", "middle", "large"], ordered=True)
            ),
            "member": pd.Series(rng.random(n) < 0.5, dtype="boolean").mask(rows % 6 == 0),
            "joined": joined.dt.tz_localize("Europe/Amsterdam"),
            "born": pd.to_datetime("1990-01-01") + pd.to_timedelta(rng.integers(0, 9000, n), unit="D"),
        }
    )


def typed_table(n: int = 60) -> LabelledTable:
    """Return `typed_frame` as it is read."""
    return load_table(typed_frame(n), target="income")
