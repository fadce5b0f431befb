"""From what a model says of test samples to its scores."""

import numpy as np

from gan_augment.evaluation.study.bench import Outcome, Parts
from gan_augment.metrics.scores import score_predictions
from gan_augment.metrics.statistics import per_class_accuracy

DECIMALS = 6


def scored(outcome: Outcome, parts: Parts) -> tuple[dict[str, float], tuple[float, ...]]:
    """Return all of `SCORES`, and the accuracy within each class, on the test samples of some parts."""
    labels, n_classes = parts.test.labels, len(parts.test.classes)
    own = np.bincount(parts.train.labels, minlength=n_classes) / len(parts.train)
    true = own if parts.shares is None else parts.shares
    scores = score_predictions(labels, outcome.probabilities, outcome.predictions, true, outcome.trained_prior)
    per_class = per_class_accuracy(labels, outcome.predictions, n_classes)
    rounded = {name: round(value, DECIMALS) for name, value in scores.items()}
    return rounded, tuple(np.round(per_class, DECIMALS).tolist())
