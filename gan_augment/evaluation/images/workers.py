"""Trains the classifiers of an evaluation, one a row, here or in several processes; knows nothing of generators."""

import functools
import multiprocessing
import signal
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from gan_augment.errors import ConfigError
from gan_augment.evaluation.images.arms import Arm
from gan_augment.evaluation.rows import Row
from gan_augment.metrics.classifiers import (
    Augmentation,
    ClassifierConfig,
    Labelled,
    predict_probabilities,
    train_classifier,
)
from gan_augment.metrics.statistics import accuracy, macro_f1, per_class_accuracy
from gan_augment.seeding import derive_seed
from gan_augment.training.precision import limited_threads

PARTS = ("real", "synthetic", "test")


@dataclass(frozen=True)
class Material:
    """The images of an evaluation: what classifiers are trained and tested on."""

    real: Labelled
    synthetic: Labelled
    test: Labelled

    def save(self, folder: Path) -> None:
        """Write the arrays to a folder, for other processes to map."""
        for part in PARTS:
            data = getattr(self, part)
            np.save(folder / f"{part}.npy", data.images, allow_pickle=False)
            np.save(folder / f"{part}_labels.npy", data.labels, allow_pickle=False)

    @classmethod
    @functools.lru_cache(maxsize=1)
    def load(cls, folder: Path) -> "Material":
        """Map the arrays that `save` wrote; they are shared by the processes of a machine."""
        arrays = (
            [np.load(folder / f"{part}{suffix}.npy", mmap_mode="r", allow_pickle=False) for suffix in ("", "_labels")]
            for part in PARTS
        )
        return cls(*(Labelled(images, labels) for images, labels in arrays))


@dataclass(frozen=True)
class Task:
    """One classifier to train: an arm and the number of a seed, with what they share.

    Parameters
    ----------
    arm, seed
        What to train on, and which of the paired seeds.
    base_seed
        Seed of the whole evaluation.
    n_classes
        Number of classes.
    config
        With the number of steps set, since it is the same for all arms.
    augmentation
        What a classical arm does to its images.
    device
        Name of the device to train on.
    """

    arm: Arm
    seed: int
    base_seed: int
    n_classes: int
    config: ClassifierConfig
    augmentation: Augmentation
    device: str


def run_task(material: Material, task: Task) -> Row:
    """Train the classifier of a task and return how it does on the test images."""
    net = train_classifier(
        material.real if task.arm.real else None,
        material.synthetic if task.arm.synthetic else None,
        n_classes=task.n_classes,
        config=task.config,
        augmentation=task.augmentation if task.arm.classical else None,
        seed=derive_seed(task.base_seed, "classifier", task.seed),
        device=task.device,
    )
    labels = np.asarray(material.test.labels)
    predictions = predict_probabilities(net, material.test.images).argmax(axis=1)
    return Row(
        arm=task.arm.name,
        seed=task.seed,
        steps=task.config.n_steps(len(material.real)),
        accuracy=accuracy(labels, predictions),
        macro_f1=macro_f1(labels, predictions, task.n_classes),
        per_class=tuple(per_class_accuracy(labels, predictions, task.n_classes).tolist()),
    )


def run_tasks(material: Material, tasks: Sequence[Task], jobs: int = 1) -> Iterator[Row]:
    """Yield the row of each task as it is finished.

    Parameters
    ----------
    material
        The images; with several jobs they are mapped from a temporary folder, not sent to each process.
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
    if min(jobs, len(tasks)) <= 1:
        for task in tasks:
            with limited_threads(1):
                row = run_task(material, task)
            yield row
        return
    with tempfile.TemporaryDirectory(prefix="gan-augment-") as folder:
        material.save(Path(folder))
        yield from _run_in_processes(Path(folder), tasks, jobs)


def _run_in_processes(folder: Path, tasks: Sequence[Task], jobs: int) -> Iterator[Row]:
    # Spawned, not forked: a forked process inherits torch's thread pools in a state it cannot use.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), context, initializer=_start_worker)
    try:
        for future in as_completed([pool.submit(_run_stored, folder, task) for task in tasks]):
            yield future.result()
    except BrokenProcessPool as error:
        message = "A process was killed, perhaps for want of memory: resume with fewer jobs (what is finished is kept)."
        raise ConfigError(message) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _run_stored(folder: Path, task: Task) -> Row:
    return run_task(Material.load(folder), task)


def _start_worker() -> None:
    # Ctrl-C reaches every process of the terminal: a worker ends at once and without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    torch.set_num_threads(1)
