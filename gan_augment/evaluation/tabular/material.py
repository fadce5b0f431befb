"""What an arm may draw on, and what it makes of it: the rows that a model is fitted on, with their weights."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gan_augment.data.table_schema import Column
from gan_augment.evaluation.draws import MOST_ADDED


@dataclass(frozen=True)
class FitInputs:
    """What a model is fitted on.

    Parameters
    ----------
    frame
        Features in the form of `to_features`.
    labels
        int64 (n,).
    sample_weight
        Weight of each row, (n,), or None.
    tune_threshold
        Whether the cut-off between two classes is tuned inside, by cross-validation on these rows.
    n_added
        How many of the rows, the last ones, come on top of the real ones. What trains in steps then takes no more of
        them, and sees as many real rows in each.
    """

    frame: pd.DataFrame
    labels: np.ndarray
    sample_weight: np.ndarray | None = None
    tune_threshold: bool = False
    n_added: int = 0

    def shares(self, n_classes: int) -> np.ndarray:
        """Return the share of the weight that each class has, (n_classes,)."""
        weight = np.bincount(self.labels, self.sample_weight, n_classes)
        return weight / weight.sum()

    def real(self) -> "FitInputs":
        """Return the real rows as they are: nothing on top of them, no weights."""
        n_real = len(self.labels) - self.n_added
        return FitInputs(self.frame.iloc[:n_real], self.labels[:n_real], tune_threshold=self.tune_threshold)

    def joined(self, frame: pd.DataFrame, labels: np.ndarray, weight: float = 1.0) -> "FitInputs":
        """Return these rows with others behind them.

        Parameters
        ----------
        frame, labels
            The rows to add, in the same form.
        weight
            Of an added row, in units of the mean weight that the rows of its class have here.
        """
        weights = None
        if self.sample_weight is not None or weight != 1.0:
            own = np.ones(len(self.labels)) if self.sample_weight is None else self.sample_weight
            weights = np.concatenate([own, weight * _class_means(own, self.labels, labels)])
        return replace(
            self,
            frame=pd.concat([self.frame, frame], ignore_index=True),
            labels=np.concatenate([self.labels, labels]),
            sample_weight=weights,
            n_added=self.n_added + len(labels) if len(self.labels) else 0,
        )


@dataclass(frozen=True)
class ArmMaterial:
    """What an arm may draw on besides the real training rows.

    Parameters
    ----------
    columns
        Of the features.
    class_counts
        Real training rows of each class, (n_classes,).
    n_prior
        How many rows `bootstrap`, `interpolate`, `gan-prior` and, as far as there are any, `oracle` add.
    frame, labels
        The synthetic rows that the arm asked for, grouped by class; no rows for an arm that asked for none.
    spare_frame, spare_labels
        Real rows that are neither trained on nor tested on; mostly none.
    """

    columns: tuple[Column, ...]
    class_counts: np.ndarray
    n_prior: int
    frame: pd.DataFrame
    labels: np.ndarray
    spare_frame: pd.DataFrame
    spare_labels: np.ndarray


def n_added(n_prior: int | None, n_train: int) -> int:
    """Return how many rows `gan-prior` adds: as many as asked for, or as there are real ones, at most 20,000."""
    return n_prior or min(n_train, MOST_ADDED)


def _class_means(weights: np.ndarray, labels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return for each of the labels `wanted` the mean weight of its class; of all rows where it has none."""
    n_classes = max(labels.max(), wanted.max(initial=0)) + 1
    counts = np.bincount(labels, minlength=n_classes)
    means = np.full(n_classes, weights.mean())
    np.divide(np.bincount(labels, weights, n_classes), counts, out=means, where=counts > 0)
    return means[wanted]
