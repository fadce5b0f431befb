"""Scores of predicted probabilities, with and without correction for the prior; knows nothing of arms or models."""

from collections.abc import Callable

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.metrics import log_loss as mean_log_loss

from gan_augment.metrics.statistics import accuracy, macro_f1, per_class_accuracy

GAINS = ("roc_auc", "average_precision", "balanced_accuracy", "accuracy", "macro_f1")
LOSSES = ("log_loss", "brier", "log_loss_corrected", "brier_corrected")
SCORES = GAINS + LOSSES
OF_CUTOFFS = ("balanced_accuracy", "accuracy", "macro_f1")  # of predicted classes: all others are of probabilities


def rarer_class(prior: np.ndarray) -> int:
    """Return the label of the rarer of two classes; of two equally frequent ones, the second."""
    return int(prior[1] <= prior[0])


def correct_prior(probabilities: np.ndarray, true_prior: np.ndarray, trained_prior: np.ndarray) -> np.ndarray:
    """Return probabilities (n, n_classes) as they would be under the true class shares.

    ``p'`` is proportional to ``p * true_prior / trained_prior`` (Saerens et al. 2002, eq. 4); `trained_prior` holds the
    shares in what the model was trained on. A class it never saw keeps its probability.
    """
    ratio = np.divide(true_prior, trained_prior, out=np.ones_like(true_prior), where=trained_prior > 0)
    odds = probabilities * ratio
    return odds / odds.sum(axis=1, keepdims=True)


def brier(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean squared error of the probabilities: of one of two classes, or summed over more (Brier 1950)."""
    n_classes = probabilities.shape[1]
    squares = ((probabilities - np.eye(n_classes)[labels]) ** 2).sum(axis=1).mean()
    return float(squares / 2 if n_classes == 2 else squares)


def score_predictions(
    labels: np.ndarray,
    probabilities: np.ndarray,
    predictions: np.ndarray,
    true_prior: np.ndarray,
    trained_prior: np.ndarray,
    positive: int | None = None,
) -> dict[str, float]:
    """Return every score of `SCORES`.

    Parameters
    ----------
    labels, predictions
        int64 (n,); every class is among the labels.
    probabilities
        (n, n_classes), rows that sum to 1.
    true_prior, trained_prior
        Class shares (n_classes,) of the real training part and of what the model was trained on.
    positive
        Of two classes, the label of the one that ROC AUC and average precision are of; None for the rarer one by
        `true_prior`. Of more classes they are means over all.
    """
    n_classes = len(true_prior)
    positives = list(range(n_classes))
    if n_classes == 2:
        positives = [rarer_class(true_prior) if positive is None else positive]

    def over_positives(score_fn: Callable[[np.ndarray, np.ndarray], float]) -> float:
        return float(np.mean([score_fn(labels == label, probabilities[:, label]) for label in positives]))

    corrected = correct_prior(probabilities, true_prior, trained_prior)
    return {
        "roc_auc": over_positives(roc_auc_score),
        "average_precision": over_positives(average_precision_score),
        "balanced_accuracy": float(per_class_accuracy(labels, predictions, n_classes).mean()),
        "accuracy": accuracy(labels, predictions),
        "macro_f1": macro_f1(labels, predictions, n_classes),
        "log_loss": float(mean_log_loss(labels, probabilities, labels=range(n_classes))),
        "brier": brier(labels, probabilities),
        "log_loss_corrected": float(mean_log_loss(labels, corrected, labels=range(n_classes))),
        "brier_corrected": brier(labels, corrected),
    }
