"""Arms and models on the same real rows, for one run or in a study: draws samples, leaves out what cannot be."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import ConfigError
from gan_augment.evaluation.draws import Draws
from gan_augment.evaluation.study.bench import Outcome, SampleFn
from gan_augment.evaluation.tabular.arms import TableArm
from gan_augment.evaluation.tabular.features import modelled, to_features
from gan_augment.evaluation.tabular.inputs import check_tables
from gan_augment.evaluation.tabular.material import ArmMaterial, FitInputs, n_added
from gan_augment.evaluation.tabular.models import ModelFactory, accepts_weights, new_model
from gan_augment.evaluation.tabular.rows import TableRow
from gan_augment.evaluation.tabular.usages import USAGES, usages_for
from gan_augment.evaluation.tabular.workers import Split, Task, arm_inputs, run_tasks, trained
from gan_augment.registry import lookup


@dataclass(frozen=True)
class TableContest:
    """Arms and models on the same real rows.

    Parameters
    ----------
    split
        The real rows.
    material
        What arms may draw on, without synthetic rows yet.
    fitting
        Each arm with the models that can be fitted on it.
    usages
        The ways in which synthetic rows can be added here.
    notes
        What was left out, and why, a sentence each.
    draws
        Where synthetic rows come from.
    """

    split: Split
    material: ArmMaterial
    fitting: tuple[tuple[TableArm, Mapping[str, ModelFactory]], ...]
    usages: tuple[str, ...]
    notes: tuple[str, ...]
    draws: Draws[tuple[pd.DataFrame, np.ndarray]]

    @classmethod
    def of(
        cls,
        train: LabelledTable,
        test: LabelledTable,
        arms: Sequence[TableArm],
        models: Mapping[str, ModelFactory],
        n_prior: int | None,
        sample_fn: SampleFn,
        spare: LabelledTable | None = None,
    ) -> "TableContest":
        """Settle what can be fitted on the rows of `train`; if nothing can, that is a `ConfigError`.

        Raises
        ------
        DataError
            If columns or classes of the parts differ, or one of the classes has no row.
        """
        check_tables(train, test)
        spare = train.subset([]) if spare is None else spare
        columns, counts = modelled(train.schema.columns), np.array(list(train.class_counts().values()))
        frame, test_frame, spare_frame = (to_features(part.frame, columns) for part in (train, test, spare))
        split = Split(frame, train.labels, test_frame, test.labels)
        none = frame.iloc[:0], train.labels[:0]
        material = ArmMaterial(columns, counts, n_added(n_prior, len(train)), *none, spare_frame, spare.labels)
        fresh = {name: new_model(model, columns, train.labels, 0) for name, model in models.items()}
        weighable = {name: models[name] for name, model in fresh.items() if accepts_weights(model)}
        fitting, notes = _fitting(arms, models, weighable, material)
        usages = usages_for(counts, FitInputs(frame, train.labels), bool(weighable))
        draws = Draws(sample_fn, train.classes, lambda batch: (to_features(batch.data, columns), batch.labels))
        return cls(split, material, fitting, usages, notes, draws)

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """(arm, model) of everything that can be fitted here, in the order of the arms."""
        return tuple((arm.name, model) for arm, models in self.fitting for model in models)

    def outcome(self, arm: str, model: str, seed: int, usage: str | None = None) -> Outcome:
        """Fit a model on what an arm trains on, and let it predict the test rows.

        Parameters
        ----------
        arm, model
            One of `entries`.
        seed
            Of the synthetic draw, the resampling and the model.
        usage
            One of `usages`, to add synthetic rows to the arm's own. Those that even the classes out take the place of
            whatever evened them out before.

        Raises
        ------
        ConfigError
            For an unknown name; where there is nothing that this usage could add; or if the usage weights
            rows and the model takes no weights.
        DataError
            If the generator gives other numbers than asked for, or lacks a column.
        """
        own, models = lookup({own.name: (own, models) for own, models in self.fitting}, arm, "arm")
        factory = lookup(models, model, "model")
        inputs = arm_inputs(self.split, own, self._material(own, seed), seed)
        if usage is not None:
            inputs = self._with_usage(inputs, usage, seed)
        return trained(self.split, inputs, factory, self.material, seed)

    def keys(self, seeds: Sequence[int]) -> list[tuple[str, str, int]]:
        """Return (model, arm, seed) of every row that these seeds have."""
        return [(model, arm, seed) for seed in seeds for arm, model in self.entries]

    def rows(self, seed: int, jobs: int, done: Collection[Hashable] = ()) -> Iterator[TableRow]:
        """Yield the rows of a seed as they are finished, without those whose keys are among `done`.

        Parameters
        ----------
        seed
            Of the draw, the resampling and the models.
        jobs
            Processes.
        done
            Keys of `TableRow`.
        """
        tasks = []
        for arm, models in self.fitting:
            missing = {name: model for name, model in models.items() if (name, arm.name, seed) not in done}
            if missing:
                tasks.append(Task(arm, missing, self._material(arm, seed), seed))
        yield from run_tasks(self.split, tasks, jobs)

    def _material(self, arm: TableArm, seed: int) -> ArmMaterial:
        if arm.counts_fn is None:
            return self.material
        wanted = arm.counts_fn(self.material.class_counts, self.material.n_prior)
        frame, labels = self.draws(wanted, seed)
        return replace(self.material, frame=frame, labels=labels)

    def _with_usage(self, base: FitInputs, name: str, seed: int) -> FitInputs:
        usage = lookup(USAGES, name, "usage")
        counts = usage.counts_fn(self.material.class_counts, base)
        if not counts.any():  # the arm evens the classes out already: synthetic rows take the place of what did
            base = base.real()
            counts = usage.counts_fn(self.material.class_counts, base)
        if not counts.any():
            raise ConfigError(f"There is nothing to add by {name!r}: the classes are even already.")
        return base.joined(*self.draws(counts, seed), usage.weight)


def _fitting(
    arms: Sequence[TableArm],
    models: Mapping[str, ModelFactory],
    weighable: Mapping[str, ModelFactory],
    material: ArmMaterial,
) -> tuple[tuple[tuple[TableArm, Mapping[str, ModelFactory]], ...], tuple[str, ...]]:
    """Return each arm that can be had with the models that can be fitted on it, and what is left out and why."""
    obstacles = {arm.name: arm.obstacle_fn(material) for arm in arms}
    fitting = tuple((arm, weighable if arm.weighted else models) for arm in arms if obstacles[arm.name] is None)
    notes = [f"Left out {name}: {reason}." for name, reason in obstacles.items() if reason]
    notes += [
        f"Left out {arm.name} with {name}: this model takes no weights."
        for arm, chosen in fitting
        for name in models
        if name not in chosen
    ]
    if not any(chosen for _, chosen in fitting):
        raise ConfigError(f"None of these arms can be evaluated on these rows. {' '.join(notes)}")
    return fitting, tuple(notes)
