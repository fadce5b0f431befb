"""Fits the models of an evaluation of tables, an arm at a time, here or in several processes; draws no samples."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from gan_augment.errors import ConfigError
from gan_augment.evaluation.tabular.arms import ArmMaterial, FitInputs, TableArm
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


def run_task(split: Split, task: Task) -> Iterator[TableRow]:
    """Yield the row of each model of a task; every arm of a seed has the same model seeds and the same draws."""
    with _quiet():
        rng = numpy_rng(task.seed, "arm")
        inputs = task.arm.inputs_fn(split.frame, split.labels, rng, task.material)
    for name, factory in task.models.items():
        with _quiet(), threadpool_limits(limits=1):
            scores = _scores(split, task, inputs, factory)
        yield TableRow(task.arm.name, name, task.seed, len(inputs.labels), **scores)


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
    if min(jobs, len(tasks)) <= 1:
        for task in tasks:
            yield from run_task(split, task)
        return
    pool = Parallel(n_jobs=min(jobs, len(tasks)), return_as="generator_unordered", mmap_mode=None)
    try:
        for rows in pool(delayed(_listed)(split, task) for task in tasks):
            yield from rows
    except BrokenProcessPool as error:
        message = "A process was killed, perhaps for want of memory: resume with fewer jobs (what is finished is kept)."
        raise ConfigError(message) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep libraries' warnings off the screen: a model that has not converged is scored as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # MLPClassifier takes Ctrl-C for the end of its training and warns: half a training must not become a row.
        warnings.filterwarnings("error", message="Training interrupted by user")
        try:
            yield
        except UserWarning as warning:
            raise KeyboardInterrupt from warning


def _listed(split: Split, task: Task) -> list[TableRow]:
    return list(run_task(split, task))


def _scores(split: Split, task: Task, inputs: FitInputs, factory: ModelFactory) -> dict[str, float]:
    counts = task.material.class_counts
    # Estimators of scikit-learn take seeds of 32 bits.
    model = fit_model(factory, inputs, task.material.columns, derive_seed(task.seed, "model") % 2**32)
    probabilities = np.zeros((len(split.test_frame), len(counts)))
    probabilities[:, model.classes_] = model.predict_proba(split.test_frame)  # others were in no row
    return score_predictions(
        split.test_labels,
        probabilities / probabilities.sum(axis=1, keepdims=True),
        model.predict(split.test_frame),
        counts / counts.sum(),
        inputs.shares(len(counts)),
    )
