"""What the seeds of an evaluation of tables share, and the rows of a seed: draws samples, leaves out what cannot be."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import ConfigError, DataError
from gan_augment.evaluation.tabular.arms import ArmMaterial, TableArm
from gan_augment.evaluation.tabular.features import modelled, to_features
from gan_augment.evaluation.tabular.models import ModelFactory, accepts_weights
from gan_augment.evaluation.tabular.rows import TableRow
from gan_augment.evaluation.tabular.workers import Split, Task, run_tasks

SampleFn = Callable[[Mapping[str, int], int], tuple[pd.DataFrame, np.ndarray]]


@dataclass(frozen=True)
class Contest:
    """Arms and models on the same real rows.

    Parameters
    ----------
    split
        The real rows.
    material
        What arms may draw on, without synthetic rows yet.
    classes
        Class names in label order.
    entries
        Each arm with the models that can be fitted on it.
    notes
        What was left out, and why, a sentence each.
    """

    split: Split
    material: ArmMaterial
    classes: tuple[str, ...]
    entries: tuple[tuple[TableArm, Mapping[str, ModelFactory]], ...]
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        train: LabelledTable,
        test: LabelledTable,
        arms: Sequence[TableArm],
        models: Mapping[str, ModelFactory],
        n_prior: int,
    ) -> "Contest":
        """Settle what can be fitted on the rows of `train`; if nothing can, that is a `ConfigError`."""
        columns, counts = modelled(train.schema.columns), np.array(list(train.class_counts().values()))
        frame = to_features(train.frame, columns)
        split = Split(frame, train.labels, to_features(test.frame, columns), test.labels)
        material = ArmMaterial(columns, counts, n_prior, frame.iloc[:0], train.labels[:0])
        obstacles = {arm.name: arm.obstacle_fn(counts) for arm in arms}
        weighable = {name: model for name, model in models.items() if accepts_weights(model(columns, train.labels, 0))}
        entries = tuple((arm, weighable if arm.weighted else models) for arm in arms if obstacles[arm.name] is None)
        notes = [f"Left out {name}: {reason}." for name, reason in obstacles.items() if reason]
        notes += [
            f"Left out {arm.name} with {name}: this model takes no weights."
            for arm, fitting in entries
            for name in models
            if name not in fitting
        ]
        if not any(fitting for _, fitting in entries):
            raise ConfigError(f"None of these arms can be evaluated on these rows. {' '.join(notes)}")
        return cls(split, material, train.classes, entries, tuple(notes))

    def keys(self, seeds: Sequence[int]) -> list[tuple[str, str, int]]:
        """Return (model, arm, seed) of every row that these seeds have."""
        return [(name, arm.name, seed) for seed in seeds for arm, models in self.entries for name in models]

    def rows(self, sample_fn: SampleFn, seed: int, jobs: int, done: Collection[Hashable] = ()) -> Iterator[TableRow]:
        """Yield the rows of a seed as they are finished, without those whose keys are among `done`.

        Parameters
        ----------
        sample_fn
            ``(counts by class name, seed) ->`` features and labels of so many synthetic rows of each class.
        seed
            Of the draw, the resampling and the models.
        jobs
            Processes.
        done
            Keys of `TableRow`.

        Raises
        ------
        DataError
            If `sample_fn` gives other numbers than asked for, or lacks a column.
        """
        materials = {(0,) * len(self.classes): self.material}
        tasks = []
        for arm, models in self.entries:
            missing = {name: model for name, model in models.items() if (name, arm.name, seed) not in done}
            if missing:
                wanted = self._wanted(arm)
                if wanted not in materials:
                    materials[wanted] = self._drawn(sample_fn, wanted, seed)
                tasks.append(Task(arm, missing, materials[wanted], seed))
        yield from run_tasks(self.split, tasks, jobs)

    def _wanted(self, arm: TableArm) -> tuple[int, ...]:
        counts = self.material.class_counts
        return tuple((arm.counts_fn(counts, self.material.n_prior) if arm.counts_fn else 0 * counts).tolist())

    def _drawn(self, sample_fn: SampleFn, wanted: tuple[int, ...], seed: int) -> ArmMaterial:
        counts = {name: count for name, count in zip(self.classes, wanted, strict=True) if count}
        frame, labels = sample_fn(counts, seed)
        found = tuple(np.bincount(labels, minlength=len(wanted)).tolist())
        if found != wanted or len(frame) != len(labels):
            made = dict(zip(self.classes, found, strict=False))
            raise DataError(f"Asked for {counts} rows, the generator gave {made}: it must give exactly as many.")
        return replace(self.material, frame=to_features(frame, self.material.columns), labels=labels)
