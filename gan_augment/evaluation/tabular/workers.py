"""Fits the models of an evaluation of tables, one or an arm's, here or in several processes; draws no samples."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gan_augment.evaluation.pool import each
from gan_augment.evaluation.quiet import one_quiet_thread
from gan_augment.evaluation.study.bench import Outcome
from gan_augment.evaluation.tabular.arms import TableArm
from gan_augment.evaluation.tabular.material import ArmMaterial, FitInputs
from gan_augment.evaluation.tabular.models import ModelFactory, fit_model
from gan_augment.evaluation.tabular.rows import TableRow
from gan_augment.metrics.scores import score_predictions
from gan_augment.seeding import derive_seed, numpy_rng


@dataclass(frozen=True)
class Split:
    """Real rows in the form of `to_features`: what is trained on and what is tested on."""

    frame: pd.DataFrame
    labels: np.ndarray
    test_frame: pd.DataFrame
    test_labels: np.ndarray


@dataclass(frozen=True)
class Task:
    """One arm under one seed, with the models to fit on it."""

    arm: TableArm
    models: Mapping[str, ModelFactory]
    material: ArmMaterial
    seed: int


def arm_inputs(split: Split, arm: TableArm, material: ArmMaterial, seed: int) -> FitInputs:
    """Return what an arm trains on; all arms of a seed draw the same random numbers."""
    with one_quiet_thread():
        return arm.inputs_fn(split.frame, split.labels, numpy_rng(seed, "arm"), material)


def trained(split: Split, inputs: FitInputs, factory: ModelFactory, material: ArmMaterial, seed: int) -> Outcome:
    """Fit a model with one CPU thread and let it predict the test rows; all arms of a seed have the same model seed.

    Whatever the model raises comes through.
    """
    n_classes = len(material.class_counts)
    with one_quiet_thread():
        # Estimators of scikit-learn take seeds of 32 bits.
        model = fit_model(factory, inputs, material.columns, derive_seed(seed, "model") % 2**32)
        probabilities = np.zeros((len(split.test_frame), n_classes))
        probabilities[:, model.classes_] = model.predict_proba(split.test_frame)  # others were in no row
        predictions = np.asarray(model.predict(split.test_frame))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return Outcome(probabilities, predictions, inputs.shares(n_classes), len(inputs.labels))


def run_task(split: Split, task: Task) -> Iterator[TableRow]:
    """Yield the row of each model of a task."""
    inputs = arm_inputs(split, task.arm, task.material, task.seed)
    true_prior = task.material.class_counts / task.material.class_counts.sum()
    for name, factory in task.models.items():
        found = trained(split, inputs, factory, task.material, task.seed)
        predicted = found.probabilities, found.predictions
        scores = score_predictions(split.test_labels, *predicted, true_prior, found.trained_prior)
        yield TableRow(task.arm.name, name, task.seed, found.n_samples, **scores)


def run_tasks(split: Split, tasks: Sequence[Task], jobs: int = 1) -> Iterator[TableRow]:
    """Yield the rows of each task as it is finished.

    Parameters
    ----------
    split
        The real rows.
    tasks
        What to fit.
    jobs
        Processes to fit in; 1 fits in this one. Each model has one CPU thread either way, so that a row does not
        depend on the number of jobs.

    Raises
    ------
    ConfigError
        If a process was killed, as happens when memory runs out.
    """
    for rows in each(_listed, split, tasks, jobs):
        yield from rows


def _listed(split: Split, task: Task) -> list[TableRow]:
    return list(run_task(split, task))
