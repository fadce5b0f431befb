"""Makes a training part smaller or lopsided, to see what little data does; knows nothing about images."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral

import numpy as np

from gan_augment.errors import ConfigError, DataError
from gan_augment.registry import unknown

FEWEST_IN_TAIL = 2


@dataclass(frozen=True)
class Scarcity:
    """How many samples of each class of a training part are kept. What is asked is done in this order.

    Parameters
    ----------
    train_per_class
        So many of every class.
    imbalance
        How much larger the first class is than the last: class i of C keeps ``n_max * imbalance ** (-i / (C - 1))``,
        rounded down, at least 2 (long-tailed as by Cui et al. 2019). `n_max` is the largest number for which every
        class has what it takes: the size of the classes where they are equal.
    cut
        So many of the classes named.
    minority
        So many of the class that is then the rarest (the last of them in label order).

    Raises
    ------
    ConfigError
        For a number that is not whole or below 1, or an imbalance below 1.
    """

    train_per_class: int | None = None
    imbalance: float | None = None
    cut: Mapping[str, int] = field(default_factory=dict)
    minority: int | None = None

    def __post_init__(self) -> None:
        _check_number("number of training samples per class", self.train_per_class)
        _check_number("number of samples of the rarest class", self.minority)
        for name, number in self.cut.items():
            _check_number(f"number of samples of class {name!r}", number)
        if self.imbalance is not None and not 1.0 <= self.imbalance < math.inf:
            raise ConfigError(f"The imbalance, largest over smallest class, must be 1 or more, not {self.imbalance:g}.")

    def kept(self, labels: np.ndarray, classes: Sequence[str], rng: np.random.Generator) -> np.ndarray:
        """Return which samples are kept.

        Parameters
        ----------
        labels
            int64 (n,), indices into `classes`.
        classes
            Class names in label order.
        rng
            Orders the samples of each class; the first of them are kept. So of two calls with the same one, that which
            keeps fewer of a class keeps a subset of the other's.

        Returns
        -------
        ndarray
            Indices in ascending order, int64.

        Raises
        ------
        ConfigError
            If `cut` names an unknown class.
        DataError
            If a class has fewer samples than are asked of it.
        """
        counts = self._counts(np.bincount(labels, minlength=len(classes)), classes)
        orders = (rng.permutation(np.flatnonzero(labels == label)) for label in range(len(classes)))
        return np.sort(np.concatenate([order[:count] for order, count in zip(orders, counts, strict=True)]))

    def _counts(self, counts: np.ndarray, classes: Sequence[str]) -> np.ndarray:
        if self.train_per_class is not None:
            counts = _reduced(counts, dict.fromkeys(range(len(classes)), self.train_per_class), classes)
        if self.imbalance is not None:
            counts = _long_tailed(counts, self.imbalance, classes)
        for name in self.cut:
            if name not in classes:
                raise ConfigError(unknown("class", name, classes))
        counts = _reduced(counts, {classes.index(name): number for name, number in self.cut.items()}, classes)
        if self.minority is not None:
            rarest = int(np.flatnonzero(counts == counts.min())[-1])
            counts = _reduced(counts, {rarest: self.minority}, classes)
        return counts


def _check_number(what: str, number: object) -> None:
    if number is None:
        return
    if isinstance(number, bool) or not isinstance(number, Integral) or number < 1:
        raise ConfigError(f"The {what} must be a whole number of 1 or more, not {number!r}.")


def _reduced(counts: np.ndarray, wanted: Mapping[int, int], classes: Sequence[str]) -> np.ndarray:
    for label, number in wanted.items():
        if counts[label] < number:
            raise DataError(
                f"Class {classes[label]!r} has {counts[label]} of the {number} training samples that are to be kept of "
                "it: ask for fewer, or add some."
            )
    return np.array([wanted.get(label, count) for label, count in enumerate(counts.tolist())])


def _long_tailed(counts: np.ndarray, imbalance: float, classes: Sequence[str]) -> np.ndarray:
    shares = imbalance ** -(np.arange(len(counts)) / max(len(counts) - 1, 1))
    n_max = (counts / shares).min()
    # What should be whole may come out a little below it.
    kept = np.maximum(np.floor(n_max * shares + 1e-6).astype(np.int64), FEWEST_IN_TAIL)
    return _reduced(counts, dict(enumerate(kept.tolist())), classes)
