"""Trains the classifiers of an evaluation, one a row, here or in several processes; knows nothing of generators."""

import functools
import multiprocessing
import signal
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from gan_augment.errors import ConfigError
from gan_augment.evaluation.images.arms import ImageArm
from gan_augment.evaluation.images.material import ArmMaterial
from gan_augment.evaluation.images.models import MODELS, check_model
from gan_augment.evaluation.images.usages import longest
from gan_augment.evaluation.rows import Row
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.metrics.lessons import Augmentation, Labelled
from gan_augment.metrics.statistics import accuracy, macro_f1, per_class_accuracy
from gan_augment.precision import limited_threads
from gan_augment.seeding import derive_seed, numpy_rng

PARTS = ("real", "synthetic", "test")
MODEL = "cnn"


@dataclass(frozen=True)
class Material:
    """The images of an evaluation: what classifiers are trained and tested on; the synthetic ones serve every arm."""

    real: Labelled
    synthetic: Labelled
    test: Labelled

    def first_synthetic(self, counts: np.ndarray) -> Labelled:
        """Return the first so many synthetic images of each class, (n_classes,)."""
        labels = self.synthetic.labels
        return self.synthetic.subset(
            np.concatenate([np.flatnonzero(labels == label)[:count] for label, count in enumerate(counts)])
        )

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
    share
        Share of added images in a batch.
    n_pool
        Images that an arm has to draw such from.
    device
        Name of the device to train on.
    """

    arm: ImageArm
    seed: int
    base_seed: int
    n_classes: int
    config: ClassifierConfig
    augmentation: Augmentation
    share: float
    n_pool: int
    device: str

    def draws_on(self, material: Material) -> ArmMaterial:
        """Return what the arm may draw on."""
        drawn_on = ArmMaterial(
            real=material.real,
            n_classes=self.n_classes,
            n_pool=self.n_pool,
            synthetic_fn=material.first_synthetic,
            share=self.share,
            augmentation=self.augmentation,
        )
        return replace(drawn_on, longest=longest(drawn_on))


def run_task(material: Material, task: Task) -> Row:
    """Train the classifier of a task and return how it does on the test images."""
    seed = derive_seed(task.base_seed, "classifier", task.seed)
    lesson = task.arm.lesson_fn(task.draws_on(material), numpy_rng(seed, "arm"))
    shape = material.real.images.shape[1:]
    model = check_model(task.arm.name, task.arm.model_fn or MODELS[MODEL], task.n_classes, shape)
    labels, config = np.asarray(material.test.labels), task.config
    predictions = model.predict(
        lesson, material.test.images, n_classes=task.n_classes, config=config, seed=seed, device=task.device
    ).argmax(axis=1)
    return Row(
        arm=task.arm.name,
        seed=task.seed,
        steps=lesson.n_steps(config.n_steps(len(material.real))) if model.stepwise else 0,
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
