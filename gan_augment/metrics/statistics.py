"""Scores of predictions, and paired differences with intervals and p-values; knows nothing about images or arms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.metrics import f1_score

from gan_augment.errors import ConfigError

MARGIN = 0.005  # half a point of a score between 0 and 1: not worth a generator
DECIMALS = 12  # beyond these, differences are rounding


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
    p_value
        Of the two-sided t test against no difference; NaN when there is only one pair. Where all differences are the
        same, 1 if they are 0 and else 0.
    margin
        Differences up to here make no difference in practice, in units of the mean.
    """

    mean: float
    low: float
    high: float
    n_pairs: int
    confidence: float
    p_value: float = float("nan")
    margin: float = MARGIN

    @property
    def verdict(self) -> str:
        """``helps`` or ``hurts`` where the whole interval lies on one side of zero.

        Else ``equivalent`` where it lies within the margin on both sides, ``no evidence`` where it does not.
        """
        if self.low > 0:
            return "helps"
        if self.high < 0:
            return "hurts"
        return "equivalent" if -self.margin <= self.low and self.high <= self.margin else "no evidence"


def paired_difference(
    treatment: Sequence[float], baseline: Sequence[float], confidence: float = 0.95, margin: float = MARGIN
) -> PairedDifference:
    """Return the mean of ``treatment - baseline`` with Student's t interval over the pairs.

    Parameters
    ----------
    treatment, baseline
        Scores of equal length; pair i shares whatever pairs them (a seed, a split).
    confidence
        Level of the interval, between 0 and 1.
    margin
        See `PairedDifference`.

    Raises
    ------
    ConfigError
        If the lengths differ or are zero, or the level is not between 0 and 1.
    """
    return _t_difference(_differences(treatment, baseline), 0.0, confidence, margin)


def corrected_difference(
    treatment: Sequence[float],
    baseline: Sequence[float],
    test_over_train: float,
    confidence: float = 0.95,
    margin: float = MARGIN,
) -> PairedDifference:
    """Return the mean difference with the corrected resampled t interval, for repeated splits of one set.

    Training parts of such splits share samples, so their scores are correlated and the plain interval is too narrow:
    the variance of the mean is ``s^2 (1/J + n_test/n_train)`` over J splits (Nadeau and Bengio 2003, section 4).

    Parameters
    ----------
    treatment, baseline, confidence, margin
        As for `paired_difference`; a pair is a split.
    test_over_train
        Test samples over training samples in a split.

    Raises
    ------
    ConfigError
        As for `paired_difference`, or if `test_over_train` is not above 0.
    """
    if not test_over_train > 0:
        raise ConfigError(f"Test samples over training samples must be above 0, not {test_over_train:g}.")
    return _t_difference(_differences(treatment, baseline), test_over_train, confidence, margin)


def bca_interval(
    treatment: Sequence[float],
    baseline: Sequence[float],
    rng: np.random.Generator,
    confidence: float = 0.95,
    n_resamples: int = 9999,
) -> tuple[float, float]:
    """Return the bias-corrected accelerated bootstrap interval (Efron 1987) of the mean of ``treatment - baseline``.

    It assumes no normal distribution, but covers too little with as few pairs as 10. NaN ends with a single pair or
    where all differences are the same.

    Parameters
    ----------
    treatment, baseline, confidence
        As for `paired_difference`.
    rng
        Draws the resamples.
    n_resamples
        How many.

    Raises
    ------
    ConfigError
        As for `paired_difference`.
    """
    _check_level(confidence)
    differences = _differences(treatment, baseline)
    if not np.ptp(differences) > 0:
        return float("nan"), float("nan")
    found = stats.bootstrap(
        (differences,), np.mean, n_resamples=n_resamples, confidence_level=confidence, method="BCa", random_state=rng
    ).confidence_interval
    return float(found.low), float(found.high)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979); NaN stays NaN and does not count."""
    from statsmodels.stats.multitest import multipletests  # here, since it takes a quarter of a second to import

    found = np.array(p_values, dtype=np.float64)
    known = ~np.isnan(found)
    if known.any():
        found[known] = multipletests(found[known], method="holm")[1]
    return found.tolist()


def _differences(treatment: Sequence[float], baseline: Sequence[float]) -> np.ndarray:
    if len(treatment) != len(baseline) or not len(treatment):
        raise ConfigError(f"Paired scores must be of equal number, not {len(treatment)} and {len(baseline)}.")
    return np.round(np.asarray(treatment, dtype=np.float64) - np.asarray(baseline, dtype=np.float64), DECIMALS)


def _check_level(confidence: float) -> None:
    if not 0.0 < confidence < 1.0:
        raise ConfigError(f"The level of an interval lies between 0 and 1, not {confidence}.")


def _t_difference(differences: np.ndarray, overlap: float, confidence: float, margin: float) -> PairedDifference:
    """Return the t interval where the variance of the mean is ``s^2 (1/n + overlap)``."""
    _check_level(confidence)
    n_pairs, mean = len(differences), float(differences.mean())
    if n_pairs == 1:
        nan = float("nan")
        return PairedDifference(mean, nan, nan, n_pairs, confidence, nan, margin)
    if not np.ptp(differences):  # exactly, where a standard deviation would be rounding
        same = float(differences[0])
        return PairedDifference(same, same, same, n_pairs, confidence, float(same == 0.0), margin)
    error = float(differences.std(ddof=1) * np.sqrt(1.0 / n_pairs + overlap))
    reach = float(stats.t.ppf(0.5 + confidence / 2.0, n_pairs - 1)) * error
    p_value = float(2.0 * stats.t.sf(abs(mean) / error, n_pairs - 1))
    return PairedDifference(mean, mean - reach, mean + reach, n_pairs, confidence, p_value, margin)
