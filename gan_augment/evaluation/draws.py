"""How many synthetic samples of each class are drawn, and where they come from; knows nothing of their kind."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np

from gan_augment.errors import DataError
from gan_augment.evaluation.study.bench import SampleFn
from gan_augment.generation.generator import SampleBatch
from gan_augment.mixing.counts import share_counts

MOST_ADDED = 20_000  # rows, where they are added at the classes' own shares

T = TypeVar("T")


class Draws(Generic[T]):
    """Synthetic samples; those of the latest seed are drawn once for the same numbers.

    Parameters
    ----------
    sample_fn
        ``(counts by class name, seed) ->`` so many synthetic samples of each class.
    classes
        Class names in label order.
    form_fn
        What samples are brought into.
    n_seeds
        Samples of so many seeds are kept for arms that ask for the same.
    """

    def __init__(
        self, sample_fn: SampleFn, classes: Sequence[str], form_fn: Callable[[SampleBatch], T], n_seeds: int = 1
    ) -> None:
        self._sample_fn, self._classes, self._form_fn, self._n_seeds = sample_fn, classes, form_fn, n_seeds
        self._kept: dict[int, dict[tuple[int, ...], T]] = {}

    def __call__(self, counts: np.ndarray, seed: int) -> T:
        """Return so many samples of each class, (n_classes,).

        Raises
        ------
        DataError
            If `sample_fn` gives other numbers than asked for.
        """
        if seed not in self._kept and len(self._kept) >= self._n_seeds:
            del self._kept[next(iter(self._kept))]
        kept, wanted = self._kept.setdefault(seed, {}), tuple(counts.tolist())
        if wanted not in kept:
            kept[wanted] = self._form_fn(self._drawn(wanted, seed))
        return kept[wanted]

    def _drawn(self, wanted: tuple[int, ...], seed: int) -> SampleBatch:
        counts = {name: count for name, count in zip(self._classes, wanted, strict=True) if count}
        batch = self._sample_fn(counts, seed)
        found = tuple(np.bincount(batch.labels, minlength=len(wanted)).tolist())
        if found != wanted or len(batch.data) != len(batch.labels):
            made = dict(zip(self._classes, found, strict=False))
            raise DataError(f"Asked for {counts} samples, the generator gave {made}: it must give exactly as many.")
        return batch


def at_shares(class_counts: np.ndarray, total: int) -> np.ndarray:
    """Return `total` samples divided by the classes' own shares, (n_classes,)."""
    shares = share_counts(total, {str(label): count for label, count in enumerate(class_counts.tolist())})
    return np.array([shares.get(str(label), 0) for label in range(len(class_counts))])
