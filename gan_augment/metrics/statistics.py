"""Scores of predictions, and paired differences with their intervals; knows nothing about images or arms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.metrics import f1_score

from gan_augment.errors import ConfigError


def accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Return the share of predictions that are right."""
    return float(np.mean(labels == predictions))


def macro_f1(labels: np.ndarray, predictions: np.ndarray, n_classes: int) -> float:
    """Return the F1 score averaged over all classes; one that is never predicted rightly counts 0."""
    classes = np.arange(n_classes)
    return float(f1_score(labels, predictions, labels=classes, average="macro", zero_division=0.0))


def per_class_accuracy(labels: np.ndarray, predictions: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the share of right predictions within each class, (n_classes,); NaN for a class without samples."""
    right = np.bincount(labels[labels == predictions], minlength=n_classes)
    with np.errstate(invalid="ignore"):
        return right / np.bincount(labels, minlength=n_classes)


@dataclass(frozen=True)
class PairedDifference:
    """A mean difference over pairs with its two-sided t interval.

    Parameters
    ----------
    mean
        Mean of treatment minus baseline.
    low, high
        Ends of the interval; NaN when there is only one pair.
    n_pairs
        Number of pairs.
    confidence
        Level of the interval.
    """

    mean: float
    low: float
    high: float
    n_pairs: int
    confidence: float

    @property
    def verdict(self) -> str:
        """``helps`` or ``hurts`` when the whole interval lies on one side of zero, else ``no evidence``."""
        if self.low > 0:
            return "helps"
        return "hurts" if self.high < 0 else "no evidence"


def paired_difference(
    treatment: Sequence[float], baseline: Sequence[float], confidence: float = 0.95
) -> PairedDifference:
    """Return the mean of ``treatment - baseline`` with Student's t interval over the pairs.

    Parameters
    ----------
    treatment, baseline
        Scores of equal length; pair i shares whatever pairs them (a seed, a split).
    confidence
        Level of the interval, between 0 and 1.

    Raises
    ------
    ConfigError
        If the lengths differ or are zero, or the level is not between 0 and 1.
    """
    if len(treatment) != len(baseline) or not len(treatment):
        raise ConfigError(f"Paired scores must be of equal number, not {len(treatment)} and {len(baseline)}.")
    if not 0.0 < confidence < 1.0:
        raise ConfigError(f"The level of an interval lies between 0 and 1, not {confidence}.")
    differences = np.asarray(treatment, dtype=np.float64) - np.asarray(baseline, dtype=np.float64)
    n_pairs, mean = len(differences), float(differences.mean())
    if n_pairs == 1:
        return PairedDifference(mean, float("nan"), float("nan"), n_pairs, confidence)
    margin = stats.t.ppf(0.5 + confidence / 2.0, n_pairs - 1) * differences.std(ddof=1) / np.sqrt(n_pairs)
    return PairedDifference(mean, mean - float(margin), mean + float(margin), n_pairs, confidence)
