"""The ways in which `auto` may add synthetic rows to what an arm without them trains on, as rows of data."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from gan_augment.evaluation.draws import MOST_ADDED, at_shares
from gan_augment.evaluation.tabular.material import FitInputs
from gan_augment.metrics.shortcut import LEAST_IMBALANCE

UsageCountsFn = Callable[[np.ndarray, FitInputs], np.ndarray]
UsageObstacleFn = Callable[[np.ndarray], str | None]


def _no_obstacle(class_counts: np.ndarray) -> None:
    return None


@dataclass(frozen=True)
class TableUsage:
    """One way of adding synthetic rows.

    Parameters
    ----------
    name
        As it is written into results; a prior over tasks knows it by this name.
    counts_fn
        How many rows of each class it adds: ``(class_counts, base) -> (n_classes,)``, from the real training rows of
        each class and from what the arm trains on without them.
    weight
        Of a synthetic row, in units of the mean weight of its class; other than 1 needs a model that takes weights.
    obstacle_fn
        ``class_counts ->`` why there is nothing to it with so many rows of each class, or None.
    """

    name: str
    counts_fn: UsageCountsFn
    weight: float = 1.0
    obstacle_fn: UsageObstacleFn = _no_obstacle

    @property
    def weighted(self) -> bool:
        """Whether its rows have weights, whatever the arm."""
        return self.weight != 1.0


def times(factor: float, class_counts: np.ndarray, base: FitInputs) -> np.ndarray:
    """Return `factor` rows for each real one at the true class shares, at most 20,000 and at least one."""
    return at_shares(class_counts, max(1, min(round(factor * int(class_counts.sum())), MOST_ADDED)))


def to_balance(class_counts: np.ndarray, base: FitInputs) -> np.ndarray:
    """Return how many rows lift every class to the weight that the largest has in `base`.

    An arm that has evened them out already, by copies or by weights, gets none on top: see `TableContest.outcome`.
    """
    n_classes = len(class_counts)
    totals, counts = base.shares(n_classes), np.bincount(base.labels, minlength=n_classes)
    lacking = np.divide(totals.max() - totals, totals, out=np.zeros(n_classes), where=totals > 0)
    return np.rint(lacking * counts).astype(np.int64)


def _even(class_counts: np.ndarray) -> str | None:
    even = class_counts.max() < LEAST_IMBALANCE * class_counts.min()
    return "the classes are of nearly one size already" if even else None


USAGES: dict[str, TableUsage] = {
    usage.name: usage
    for usage in (
        TableUsage("rows 0.5", partial(times, 0.5)),
        TableUsage("rows 1", partial(times, 1.0)),
        TableUsage("rows 2", partial(times, 2.0)),
        TableUsage("rows 1, weight 0.5", partial(times, 1.0), weight=0.5),
        TableUsage("balance", to_balance, obstacle_fn=_even),
    )
}


def usages_for(class_counts: np.ndarray, base: FitInputs, weighable: bool) -> tuple[str, ...]:
    """Return the names of the usages that there are on these rows, none of them twice under two names.

    Parameters
    ----------
    class_counts
        Real training rows of each class, (n_classes,).
    base
        The real rows as they are.
    weighable
        Whether there is a model that takes weights.
    """
    chosen: dict[tuple[float, ...], str] = {}
    for usage in USAGES.values():
        if usage.obstacle_fn(class_counts) is None and (weighable or not usage.weighted):
            added = (usage.weight, *usage.counts_fn(class_counts, base).tolist())
            chosen.setdefault(added, usage.name)  # where there are many rows, twice as many are no more either
    return tuple(chosen.values())
