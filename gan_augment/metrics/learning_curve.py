"""Effective real samples: what synthetic samples alone are worth, read off the learning curve of real ones.

A judge learns from synthetic samples alone, and from real subsets of growing size; the size at which the real curve
reaches the same score is the number of real samples that the synthetic ones stand in for. It says nothing else: not
what synthetic samples add to real ones, and nothing beyond this judge, this score and these test samples. Both sides
must be trained in the same way and without augmentation, which is worth samples too; sizes count all classes, mixed
alike. Where the curve is flat, a small difference in score is a large one in samples: read the interval.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats
from scipy.optimize import isotonic_regression

from gan_augment.errors import ConfigError
from gan_augment.seeding import numpy_rng

N_RESAMPLES = 2000
TOLERANCE = 1e-12  # scores that differ by less differ by rounding

Relation = Literal["=", ">=", "<="]


@dataclass(frozen=True)
class LearningCurve:
    """Scores by the number of real samples.

    Parameters
    ----------
    sizes
        Numbers of samples, (k,), ascending.
    means, sds
        Means and standard deviations over replicates, (k,); the latter NaN with one replicate.
    fitted
        Means made monotone by isotonic regression, (k,).
    n_replicates
        Replicates without a missing score.
    """

    sizes: tuple[float, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]
    fitted: tuple[float, ...]
    n_replicates: int


@dataclass(frozen=True)
class EffectiveSamples:
    """How many real samples reach the score that synthetic samples alone do.

    Parameters
    ----------
    value
        Their number, within the sizes of the curve; NaN without a complete replicate.
    low, high
        Ends of the interval, within the sizes too: an end at the smallest or the largest size may lie beyond it. NaN
        with fewer than two replicates.
    relation
        ``>=`` where more than the largest size reaches, ``<=`` where less than the smallest does: the true number
        lies at `value` or beyond it. Else ``=``.
    curve
        What it was read off.
    """

    value: float
    low: float
    high: float
    relation: Relation
    curve: LearningCurve


def effective_samples(
    sizes: np.ndarray, scores: np.ndarray, reached: np.ndarray, *, seed: int, level: float = 0.95
) -> EffectiveSamples:
    """Return which number of real samples gives the mean score that synthetic samples alone reach.

    Parameters
    ----------
    sizes
        Numbers of real samples, (k,), ascending and above 0.
    scores
        Scores at these sizes, (r, k); higher is better. A replicate shares a split and a seed.
    reached
        Scores of the synthetic samples alone in the same replicates, (r,). A replicate with NaN in either is left out.
    seed
        Fixes the bootstrap.
    level
        Level of the interval, between 0 and 1.

    Raises
    ------
    ConfigError
        If shapes do not fit, sizes do not ascend from above 0, or the level is not between 0 and 1.

    Notes
    -----
    Means are made monotone by isotonic regression (Barlow et al. 1972) and interpolated linearly in log n. A score on
    a level stretch of the curve is reached by all sizes on it: `value` is their geometric mean, and the interval holds
    them all. The interval is the percentile bootstrap over whole replicates, so that pairs stay together, expanded for
    few of them (Hesterberg 2015); with fewer than five or so it is still a rough one.
    """
    sizes, scores, reached = (np.asarray(part, dtype=np.float64) for part in (sizes, scores, reached))
    _check(sizes, scores, reached, level)
    known = ~np.isnan(np.column_stack([scores, reached])).any(axis=1)
    scores, reached = scores[known], reached[known]
    curve, nan = _curve(sizes, scores), float("nan")
    if not len(scores):
        return EffectiveSamples(nan, nan, nan, "=", curve)
    found, goal = np.array(curve.fitted), float(reached.mean())
    first, last = _read(sizes, found, goal)
    relation: Relation = "="
    if goal > found[-1] + TOLERANCE:
        relation = ">="
    elif goal < found[0] - TOLERANCE:
        relation = "<="
    low, high = _interval(sizes, scores, reached, seed, level)
    return EffectiveSamples(float(np.sqrt(first * last)), low, high, relation, curve)


def _check(sizes: np.ndarray, scores: np.ndarray, reached: np.ndarray, level: float) -> None:
    if sizes.ndim != 1 or not len(sizes) or not sizes[0] > 0 or not (np.diff(sizes) > 0).all():
        raise ConfigError("Give the sizes of a learning curve as ascending numbers above 0.")
    if reached.ndim != 1 or scores.shape != (len(reached), len(sizes)):
        raise ConfigError(
            f"Give a score for each of {len(sizes)} sizes in each of {reached.size} replicates, "
            f"not an array of shape {scores.shape}."
        )
    if not 0.0 < level < 1.0:
        raise ConfigError(f"The level of an interval lies between 0 and 1, not {level}.")


def _curve(sizes: np.ndarray, scores: np.ndarray) -> LearningCurve:
    n, unknown = len(scores), np.full(len(sizes), np.nan)
    means = scores.mean(axis=0) if n else unknown
    sds = scores.std(axis=0, ddof=1) if n > 1 else unknown
    fitted = isotonic_regression(means).x if n else unknown
    columns = [tuple(column.tolist()) for column in (sizes, means, sds, fitted)]
    return LearningCurve(columns[0], columns[1], columns[2], columns[3], n)


def _read(sizes: np.ndarray, fitted: np.ndarray, goal: float) -> tuple[float, float]:
    """Return the smallest and the largest size at which a monotone curve has the goal, or else its end."""
    first = int(np.searchsorted(fitted, goal - TOLERANCE, side="left"))
    last = int(np.searchsorted(fitted, goal + TOLERANCE, side="right")) - 1
    if first <= last:
        return float(sizes[first]), float(sizes[last])
    if last < 0 or first == len(fitted):
        end = float(sizes[0 if last < 0 else -1])
        return end, end
    between = float(np.exp(np.interp(goal, fitted[[last, first]], np.log(sizes[[last, first]]))))
    return between, between


def _interval(
    sizes: np.ndarray, scores: np.ndarray, reached: np.ndarray, seed: int, level: float
) -> tuple[float, float]:
    n = len(scores)
    if n < 2:
        return float("nan"), float("nan")
    drawn = numpy_rng(seed, "effective samples").integers(n, size=(N_RESAMPLES, n))
    pairs = zip(scores[drawn].mean(axis=1), reached[drawn].mean(axis=1).tolist(), strict=True)
    ends = np.array([_read(sizes, isotonic_regression(means).x, goal) for means, goal in pairs])
    # Resamples vary less than samples do, by (n - 1) / n, and few of them call for Student's t.
    tail = float(stats.norm.sf(np.sqrt(n / (n - 1)) * stats.t.ppf(0.5 + level / 2.0, n - 1)))
    return float(np.quantile(ends[:, 0], tail)), float(np.quantile(ends[:, 1], 1.0 - tail))
