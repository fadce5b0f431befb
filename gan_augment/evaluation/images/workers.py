"""Trains the classifiers of one fitted run, one a row, here or in several processes; draws no images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gan_augment.evaluation.images.contest import ImageContest
from gan_augment.evaluation.pool import each
from gan_augment.evaluation.rows import Row
from gan_augment.metrics.statistics import accuracy, macro_f1, per_class_accuracy
from gan_augment.precision import limited_threads
from gan_augment.seeding import derive_seed


@dataclass(frozen=True)
class Task:
    """One classifier to train: an arm, its model, and which of the paired seeds of an evaluation with `base_seed`."""

    arm: str
    model: str
    seed: int
    base_seed: int


def run_task(contest: ImageContest, task: Task) -> Row:
    """Train the classifier of a task and return how it does on the test images."""
    seed = derive_seed(task.base_seed, "classifier", task.seed)
    with limited_threads(1):
        lesson = contest.lesson(task.arm, seed)
        predictions = contest.trained(lesson, task.arm, task.model, seed).predictions
    labels, n_classes = np.asarray(contest.test.labels), contest.material.n_classes
    return Row(
        arm=task.arm,
        seed=task.seed,
        steps=contest.n_steps(lesson, task.arm, task.model),
        accuracy=accuracy(labels, predictions),
        macro_f1=macro_f1(labels, predictions, n_classes),
        per_class=tuple(per_class_accuracy(labels, predictions, n_classes).tolist()),
    )


def run_tasks(contest: ImageContest, tasks: Sequence[Task], jobs: int = 1) -> Iterator[Row]:
    """Yield the row of each task as it is finished.

    Parameters
    ----------
    contest
        The images and what is trained on them; its synthetic images are drawn already.
    tasks
        What to train.
    jobs
        Processes to train in; 1 trains in this one. Each classifier has one CPU thread either way, so that a row
        does not depend on the number of jobs.

    Raises
    ------
    ConfigError
        If a process was killed, as happens when memory runs out.
    """
    return each(run_task, contest, tasks, jobs, mapped=True)
