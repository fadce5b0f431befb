"""Generators whose worth is known beforehand, as a study takes them in place of fitted ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_augment.data.labelled import LabelledData
from gan_augment.data.table_schema import LabelledTable
from gan_augment.evaluation.study.bench import SampleFn
from gan_augment.generation.generator import SampleBatch
from gan_augment.seeding import numpy_rng


@dataclass(frozen=True)
class Copies:
    """Draws real samples again; `turned` gives those of a class to the next one, `source` stands in for the data."""

    turned: bool = False
    source: LabelledData | None = None

    def __call__(self, train: LabelledData, run: Path, seed: int) -> SampleFn:
        data = train if self.source is None else self.source

        def sample(counts: Mapping[str, int], seed: int) -> SampleBatch:
            rng = numpy_rng(seed, "copies")
            wanted = [counts.get(name, 0) for name in data.classes]
            labels = np.repeat(np.arange(len(wanted)), wanted)
            own = [(label + self.turned) % len(wanted) for label in range(len(wanted))]
            drawn = [rng.choice(np.flatnonzero(data.labels == of), n) for of, n in zip(own, wanted, strict=True)]
            rows = np.concatenate(drawn)
            raw = data.frame.iloc[rows].reset_index(drop=True) if isinstance(data, LabelledTable) else data.raw[rows]
            return SampleBatch(raw, labels, data.classes)

        return sample
