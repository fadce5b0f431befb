"""The datasets that studies run on: what scikit-learn ships, and folders of real images below a data root."""

import argparse
import os
from collections.abc import Collection
from pathlib import Path

import numpy as np

from gan_augment.data.images import load_images
from gan_augment.data.schema import LabelledImages
from gan_augment.data.splits import stratified_split
from gan_augment.errors import DataError
from gan_augment.seeding import numpy_rng

VARIABLE = "GAN_AUGMENT_DATA"
FLIPS: dict[str, tuple[str, ...]] = {"digits": (), "mnist": (), "cifar10": ("horizontal",)}  # what labels survive


def load_split(name: str, per_class: int, seed: int, root: str | None) -> tuple[LabelledImages, LabelledImages]:
    """Return (train, test) of a dataset with `per_class` training images a class, drawn by `seed`.

    Parameters
    ----------
    name
        ``digits``, split in half first, or a folder below `root` with ``train/`` and ``test/``.
    per_class
        Training images a class; 0 takes all.
    root
        The folder of datasets; the environment variable ``GAN_AUGMENT_DATA`` when None.
    """
    if name == "digits":
        digits = load_images("digits")
        first, second = stratified_split(digits.labels, 0.5, numpy_rng(seed, "halves"))
        train, test = digits.subset(first), digits.subset(second)
    else:
        folder = data_root(root) / name
        train, test = load_images(folder, part="train"), load_images(folder, part="test")
    return _few(train, per_class, seed), test


def parsed_tasks(parser: argparse.ArgumentParser, text: str, names: Collection[str]) -> list[tuple[str, int]]:
    """Return datasets and images a class out of ``mnist-50,digits-5``; ends the program where there is no such one."""
    parts = [task.rpartition("-") for task in text.split(",")]
    if not all(name in names and number.isdecimal() for name, _, number in parts):
        parser.error(f"--tasks takes names such as digits-20, of {', '.join(names)}; not {text!r}")
    return [(name, int(number)) for name, _, number in parts]


def _few(images: LabelledImages, per_class: int, seed: int) -> LabelledImages:
    if not per_class:
        return images
    rng = numpy_rng(seed, "few")
    rows = [rng.permutation(np.flatnonzero(images.labels == label))[:per_class] for label in range(len(images.classes))]
    return images.subset(np.sort(np.concatenate(rows)))


def data_root(root: str | None) -> Path:
    """Return the folder of datasets: `root`, or what the environment variable says."""
    given = root or os.environ.get(VARIABLE)
    if not given:
        raise DataError(f"Say where the datasets lie: --data-root DIR, or the environment variable {VARIABLE}.")
    return Path(given)
