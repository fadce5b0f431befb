"""The baseline, and whether to add synthetic samples and how: scores on inner folds and a prior in, a choice out."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.stats import t as student

from gan_augment import config
from gan_augment.errors import ConfigError
from gan_augment.evaluation.draws import MOST_ADDED
from gan_augment.evaluation.prior import CURATED, Belief, Circumstances, Prior
from gan_augment.mixing.counts import BALANCE, Counts, resolve_counts, share_counts

# The least P(gain > 0) of a baseline and of adding (benchmarks/choices.py). Less asks for luck; more misses what helps,
# and a baseline that is too plain flatters what is compared with it.
THRESHOLD = 0.8
# Correlations between two ways of adding. They are compared with one baseline on the same samples, so their errors on a
# fold go together; and where one gains more than was expected, others do, most of all those that mix samples in, and
# one with curated samples and the same with samples as they come.
SHARED_NOISE, SHARED_GAIN, GAIN_OF_MIXING = 0.55, 0.5, 0.9
# Correlation of a mean over folds with that over another division of the same samples: assumed, and more than
# benchmarks/folds.py finds. Where classes are uneven the rare ones' few samples may decide both.
DIVISIONS_ALIKE, DIVISIONS_ALIKE_UNEVEN, EVEN = 0.2, 0.5, 2.0
DECIMALS = 6  # of estimates: the last bits of a float are those of a machine
PLAIN = "none"  # the arm that is the real samples as they are
OF_THE_RARE = "rare, share"
RARE = f"{OF_THE_RARE} 0.25"  # the usage of images that has done best where classes are uneven
STRATEGIES = {"balance": BALANCE, "rare": RARE}  # usages that `augment` knows by a word of its own
_USAGE = re.compile(rf"({OF_THE_RARE}|share|rows) ([0-9.]+)(, .*)?")


@dataclass(frozen=True)
class Estimate:
    """What is known of one way of adding synthetic samples, in units of the chief score.

    Parameters
    ----------
    mean
        Mean gain over the baseline on the inner folds.
    prior
        Gain that other tasks let expect.
    posterior, sd
        Mean and standard deviation of the true gain after both.
    probability
        That the true gain is above 0.
    """

    mean: float
    prior: float
    posterior: float
    sd: float
    probability: float


@dataclass(frozen=True)
class Choice:
    """What `auto` does.

    Parameters
    ----------
    arm
        The baseline: see `choose_arm`.
    usage
        How synthetic samples are added to it; None where they are not.
    gain
        Expected gain over the baseline in units of the chief score; 0 where nothing is added.
    probability
        That adding gains anything: of the way chosen, or else of the most promising one; 0 where there was none.
    considered
        Estimates by usage, without those that failed on a fold, or were given up before the last division.
    threshold
        The least probability with which synthetic samples are used.
    divisions
        How many divisions of the training part it rests on.
    """

    arm: str
    usage: str | None
    gain: float
    probability: float
    considered: Mapping[str, Estimate]
    threshold: float = THRESHOLD
    divisions: int = 1

    @property
    def promising(self) -> list[str]:
        """The usages that gained on the folds and are likelier to gain than not."""
        return [name for name, found in self.considered.items() if found.probability > 0.5 and found.mean > 0]

    @property
    def line(self) -> str:
        """The choice and its reasons in one sentence."""
        to = "" if self.arm == PLAIN else f" to {self.arm}"
        if not self.considered:
            return f"auto adds nothing{to}: no way of adding synthetic samples could be scored"
        where = "inner folds" + (f", {self.divisions} divisions" if self.divisions > 1 else "")
        if self.usage is None:
            best = max(self.considered, key=lambda usage: self.considered[usage].probability)
            sure = f"P(gain > 0) = {_rounded_down(self.probability)} ({where}), under {self.threshold:g}"
            return f"auto adds nothing{to}: the best way of adding ({best}) had {sure}"
        found = self.considered[self.usage]
        return (
            f"auto adds synthetic samples ({self.usage}){to}: expected gain {_points(self.gain)} points, "
            f"P(gain > 0) = {_rounded_down(self.probability)} "
            f"({where} {_points(found.mean)}; other tasks {_points(found.prior)})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON data, the sentence too."""
        return config.to_dict(self) | {"line": self.line}


def choose(
    baseline: str,
    gains: Mapping[str, Sequence[float | None]],
    here: Circumstances,
    prior: Prior,
    threshold: float = THRESHOLD,
    divisions: int = 1,
) -> Choice:
    """Choose how to add synthetic samples to the baseline, or not to.

    Parameters
    ----------
    baseline
        Name of the arm they would be added to.
    gains
        By usage, its score minus the baseline's on each inner fold, in units of the chief score. A usage with a gain
        that is None or NaN (it failed there), or without any, is not considered.
    here, prior
        What the task is like, and what others say: see `Prior.belief`.
    threshold
        The least P(gain > 0) with which synthetic samples are used.
    divisions
        Into how many divisions of the same samples the folds belong, as many to each.

    Returns
    -------
    Choice
        The usage with the largest expected gain among those that are probable enough and gained on the folds.
    """
    alike = DIVISIONS_ALIKE if here.imbalance < EVEN else DIVISIONS_ALIKE_UNEVEN
    averaged = alike + (1.0 - alike) / divisions  # of the noise of one division
    considered = _estimates(gains, partial(prior.belief, here=here), divisions, averaged, together=True)
    usage = _most_gain(considered, threshold)
    if usage is None:
        probability = max((found.probability for found in considered.values()), default=0.0)
        return Choice(baseline, None, 0.0, probability, considered, threshold, divisions)
    found = considered[usage]
    return Choice(baseline, usage, found.posterior, found.probability, considered, threshold, divisions)


def choose_arm(
    scores: Mapping[str, Sequence[float | None]], here: Circumstances, prior: Prior, threshold: float = THRESHOLD
) -> str | None:
    """Choose the baseline: the arm without synthetic samples that may be expected to do best.

    The highest of many means over few folds is high by chance as much as by merit: on tables with 40 rows of the rare
    class, the arm that it names is worse than the real samples as they are. So gains over these are shrunk as those
    of synthetic samples are.

    Parameters
    ----------
    scores
        By arm, its score on each inner fold in units of the chief score; the arm that others must be better than comes
        first. One that is None or NaN anywhere failed there, and takes no part.
    here, prior
        As in `choose`. What other tasks say is about gains over `PLAIN`: it counts where that comes first.
    threshold
        The least P(gain > 0) with which another arm than the first is the baseline.

    Returns
    -------
    str | None
        The arm with the largest expected gain among those that are probable enough and gained on the folds; the first
        where there is none; None where every one failed.
    """
    known = {arm: np.array(values, dtype=np.float64) for arm, values in scores.items() if _is_whole(values)}
    first = next(iter(known), None)
    if first is None:
        return None
    gains = {arm: values - known[first] for arm, values in known.items() if arm != first}
    others = prior.of_arms() if first == PLAIN else Prior()
    return _most_gain(_estimates(gains, partial(others.belief, here=here)), threshold) or first


def is_of_files(usage: str) -> bool:
    """Tell whether a usage is settled by which samples there are: files say nothing of weights or of an order."""
    usage = usage.removesuffix(CURATED)
    match = _USAGE.fullmatch(usage)
    return usage == BALANCE or (match is not None and match[3] is None)


def added_counts(usage: str, class_counts: Mapping[str, int]) -> Counts:
    """Return how many synthetic samples of each class a usage comes to on the disk.

    Parameters
    ----------
    usage
        ``share s``: they become the share s of all samples, as they are of every batch. ``rows f``: f times the real
        ones, at most 20,000, as they were tried. Both keep the class shares; what follows the number (how samples are
        weighted or chosen) does not count. ``balance``: what lifts every class to the largest; ``rare, share s``: of
        that, as many as make up the share s of all samples.
    class_counts
        Real samples of each class.

    Raises
    ------
    ConfigError
        If this is no such usage, or no sample would be added.
    """
    if usage == BALANCE:
        return resolve_counts(BALANCE, list(class_counts), class_counts)
    match = _USAGE.fullmatch(usage)
    try:
        way, number = (match[1], float(match[2])) if match else ("", math.nan)
        times = number if way == "rows" else number / (1.0 - number)
    except (ValueError, ZeroDivisionError):
        times = math.nan
    if not 0.0 < times < math.inf:
        ways = f"'share 0.25', 'rows 1', 'rare, share 0.25' or {BALANCE!r}"
        raise ConfigError(f"Cannot tell how many samples {usage!r} adds: write {ways}.")
    total = max(1, round(times * sum(class_counts.values())))
    if way == OF_THE_RARE:
        lacking = resolve_counts(BALANCE, list(class_counts), class_counts)
        return share_counts(min(total, sum(lacking.values())), lacking)
    return share_counts(min(total, MOST_ADDED) if way == "rows" else total, class_counts)


def _is_whole(values: Sequence[float | None] | np.ndarray) -> bool:
    return len(values) > 0 and bool(np.isfinite(np.array(values, dtype=np.float64)).all())


def _estimates(
    gains: Mapping[str, Any],
    belief_fn: Callable[[str], Belief],
    divisions: int = 1,
    averaged: float = 1.0,
    together: bool = False,
) -> dict[str, Estimate]:
    """Return the posterior of every true gain: of each by itself, or `together`, as those of ways of adding.

    A mean over folds varies by a fold's variance over their number, though folds share training samples: see
    benchmarks/folds.py. That rests on few folds, so it is moderated: averaged with what the prior says a mean varies
    by, by degrees of freedom (Smyth 2004). It stays an estimate with so many, hence Student's distribution. Other
    divisions of the same samples leave the part `averaged` of it.
    """
    folds = {name: np.array(values, dtype=np.float64) for name, values in gains.items() if _is_whole(values)}
    if not folds:
        return {}
    beliefs = [belief_fn(name) for name in folds]
    expected, spread, known_sd, known = np.array([(b.mean, b.sd, b.noise_sd, b.noise_df) for b in beliefs]).T
    measured = np.array([values.mean() for values in folds.values()])
    n = np.array([len(values) for values in folds.values()])
    freedom = known + n - 1
    squares = np.array([((values - values.mean()) ** 2).sum() for values in folds.values()])
    of_one = (known * known_sd**2 + squares * divisions / n) / freedom
    noise = np.sqrt(of_one * averaged)
    of_gains, of_errors = _correlations(list(folds)) if together else (np.eye(len(n)), np.eye(len(n)))
    true, error = of_gains * np.outer(spread, spread), of_errors * np.outer(noise, noise)
    trust = true @ np.linalg.inv(true + error)
    posterior = expected + trust @ (measured - expected)
    sd = np.sqrt(np.diag(true - trust @ true))
    probability = student.cdf(posterior / sd, freedom)
    rows = np.stack([measured, expected, posterior, sd, probability], axis=1).round(DECIMALS).tolist()
    return {name: Estimate(*row) for name, row in zip(folds, rows, strict=True)}


def _correlations(ways: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the correlations of ways' true gains, and of their errors on a fold."""
    own = np.eye(len(ways))
    mixing = np.array([way.startswith(("share ", "rows ")) for way in ways])
    stems = np.array([way.removesuffix(CURATED) for way in ways])
    alike = np.logical_and.outer(mixing, mixing) | (stems[:, None] == stems)
    of_gains = np.where(alike, GAIN_OF_MIXING, SHARED_GAIN)
    return np.where(own, 1.0, of_gains), np.where(own, 1.0, SHARED_NOISE)


def _most_gain(considered: Mapping[str, Estimate], threshold: float) -> str | None:
    sure = [name for name, found in considered.items() if found.probability >= threshold and found.mean > 0]
    return max(sure, key=lambda name: considered[name].posterior, default=None)


def _points(gain: float) -> str:
    return f"{100 * gain:+.1f}"


def _rounded_down(probability: float) -> str:
    """Return two decimals, never rounded up: 0.799 is under 0.8, and nothing is certain."""
    return f"{math.floor(100 * probability) / 100:.2f}"


__all__ = ["CURATED", "Choice", "Estimate", "Prior", "added_counts", "choose", "choose_arm"]
