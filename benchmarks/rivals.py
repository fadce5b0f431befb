"""What makes rows in a study of tables: our recipes, PyPI's CTGAN, and two floors; each as a function of counts."""

import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd
import torch

from gan_augment.data.table_schema import LabelledTable
from gan_augment.fitting import fit
from gan_augment.seeding import numpy_rng

Sampler = Callable[[Mapping[str, int], int], tuple[pd.DataFrame, np.ndarray]]
OURS = ("tabular", "ctgan", "tvae")
COPIES, SHUFFLED = "real copies", "shuffled columns"
PYPI, PYPI_EQUAL = "PyPI ctgan, defaults", "PyPI ctgan, equal time"
PYPI_EPOCHS = 300  # its default
MOST_DRAWS = 50


def make_sampler(method: str, train: LabelledTable, seed: int) -> tuple[Sampler, float]:
    """Fit a method and return how to draw from it, with the seconds of processor time that the fit took."""
    epochs = equal_epochs(train, seed) if method == PYPI_EQUAL else PYPI_EPOCHS
    makers: dict[str, Callable[[], Sampler]] = {
        COPIES: lambda: copies(train),
        SHUFFLED: lambda: shuffled(train),
        PYPI: lambda: pypi_ctgan(train, epochs, seed),
        PYPI_EQUAL: lambda: pypi_ctgan(train, epochs, seed),
    }
    return timed(makers.get(method, lambda: ours(method, train, seed)))


def timed(make_fn: Callable[[], Sampler]) -> tuple[Sampler, float]:
    """Return what a function makes and how long its processor worked on it, in seconds."""
    started = time.process_time()
    sampler = make_fn()
    return sampler, time.process_time() - started


def ours(recipe: str, train: LabelledTable, seed: int) -> Sampler:
    """Return a sampler of one of our recipes, fitted with its default budget."""
    generator = fit(train, recipe=recipe, seed=seed, device="cpu", progress=False)

    def sampler(counts: Mapping[str, int], seed: int) -> tuple[pd.DataFrame, np.ndarray]:
        batch = generator.sample(counts, seed=seed)
        return batch.data, batch.labels

    return sampler


def copies(train: LabelledTable) -> Sampler:
    """Return what adds nothing: real rows again."""

    def sampler(counts: Mapping[str, int], seed: int) -> tuple[pd.DataFrame, np.ndarray]:
        rng, labels = numpy_rng(seed, "copies"), _labels(counts, train)
        own = [np.flatnonzero(train.labels == label) for label in range(len(train.classes))]
        drawn = [rng.choice(rows, (labels == label).sum()) for label, rows in enumerate(own)]
        return train.frame.iloc[np.concatenate(drawn)].reset_index(drop=True), labels

    return sampler


def shuffled(train: LabelledTable) -> Sampler:
    """Return what knows nothing: each column drawn by itself."""

    def sampler(counts: Mapping[str, int], seed: int) -> tuple[pd.DataFrame, np.ndarray]:
        rng, labels = numpy_rng(seed, "shuffled"), _labels(counts, train)
        drawn = {name: rng.integers(0, len(train), len(labels)) for name in train.frame}
        return pd.DataFrame({name: train.frame[name].iloc[rows].array for name, rows in drawn.items()}), labels

    return sampler


def pypi_ctgan(train: LabelledTable, epochs: int, seed: int) -> Sampler:
    """Return a sampler of PyPI's CTGAN; it cannot make classes to order, so rows are drawn until there are enough."""
    from ctgan import CTGAN

    torch.manual_seed(seed)
    np.random.seed(seed)  # what that library draws from
    target = train.schema.target.name
    table = train.schema.assemble(train.frame, train.labels)
    discrete = [target, *(column.name for column in train.schema.columns if column.kind != "numeric")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = CTGAN(epochs=epochs, enable_gpu=False)
        model.fit(table, discrete)
    values = {value: label for label, value in enumerate(train.schema.class_values)}

    def sampler(counts: Mapping[str, int], seed: int) -> tuple[pd.DataFrame, np.ndarray]:
        wanted, drawn = np.bincount(_labels(counts, train), minlength=len(train.classes)), pd.DataFrame()
        for _ in range(MOST_DRAWS):
            drawn = pd.concat([drawn, model.sample(max(int(wanted.sum()), 1000))], ignore_index=True)
            labels = drawn[target].map(values).to_numpy()
            if (np.bincount(labels, minlength=len(wanted)) >= wanted).all():
                break
        rows = np.concatenate([np.flatnonzero(labels == label)[:n] for label, n in enumerate(wanted)])
        return drawn.drop(columns=target).iloc[rows].reset_index(drop=True), labels[rows]

    return sampler


def equal_epochs(train: LabelledTable, seed: int) -> int:
    """Return how many epochs of PyPI's CTGAN take as long as a fit of our default recipe."""
    seconds = timed(lambda: ours("auto", train, seed))[1]
    one, three = (timed(partial(pypi_ctgan, train, epochs, seed))[1] for epochs in (1, 3))
    return max(1, round(1 + (seconds - one) / ((three - one) / 2)))


def _labels(counts: Mapping[str, int], train: LabelledTable) -> np.ndarray:
    return np.repeat(np.arange(len(train.classes)), [counts.get(name, 0) for name in train.classes])
