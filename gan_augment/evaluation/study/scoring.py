"""From what a model says of test samples to its scores."""

from collections.abc import Sequence

import numpy as np

from gan_augment.evaluation.study.bench import Outcome, Parts
from gan_augment.metrics.margins import fitted_temperature, margin_accuracy
from gan_augment.metrics.scores import score_predictions
from gan_augment.metrics.statistics import per_class_accuracy

DECIMALS = 6


Scored = tuple[dict[str, float], tuple[float, ...]]


def scored(outcome: Outcome, parts: Parts) -> Scored:
    """Return all of `SCORES`, and the accuracy within each class, on the test samples of some parts."""
    labels, n_classes = parts.test.labels, len(parts.test.classes)
    own = np.bincount(parts.train.labels, minlength=n_classes) / len(parts.train)
    true = own if parts.shares is None else parts.shares
    scores = score_predictions(
        labels, outcome.probabilities, outcome.predictions, true, outcome.trained_prior, parts.positive
    )
    per_class = per_class_accuracy(labels, outcome.predictions, n_classes)
    rounded = {name: round(value, DECIMALS) for name, value in scores.items()}
    return rounded, tuple(np.round(per_class, DECIMALS).tolist())


def mean_scores(found: Sequence[Scored]) -> Scored:
    """Return the means of what `scored` gave for several trainings."""
    scores = {name: round(float(np.mean([own[name] for own, _ in found])), DECIMALS) for name in found[0][0]}
    return scores, tuple(np.mean([per_class for _, per_class in found], axis=0).round(DECIMALS).tolist())


def finely_scored(outcome: Outcome, parts: Parts, chief: str) -> tuple[float, float]:
    """Return a score for choosing, and the temperature that it is read at: `chief` as margins say it.

    A few validation samples are hit or missed by chance, so that a gain in hits on them says little; margins, which a
    better classifier widens on all of them, vary less from one draw of samples to the next (`benchmarks/margins.py`).

    Parameters
    ----------
    outcome, parts
        As of `scored`.
    chief
        ``accuracy`` or ``balanced_accuracy``; the score is on its scale, see `margin_accuracy`.

    Raises
    ------
    ValueError
        If a probability is no number.
    """
    labels, probabilities = parts.test.labels, outcome.probabilities
    if not np.isfinite(probabilities).all():
        raise ValueError("The model gives probabilities that are no numbers.")
    temperature = round(fitted_temperature(labels, probabilities), DECIMALS)
    score = margin_accuracy(labels, probabilities, temperature, balanced=chief == "balanced_accuracy")
    return round(score, DECIMALS), temperature
