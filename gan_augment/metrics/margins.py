"""Accuracy read from margins: how sure a classifier is of the right class says more, on few samples, than hits do."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit

LEAST = 1e-6  # of probabilities: an estimator may be certain, and wrong
HOTTEST = 20.0


def fitted_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the temperature T at which probabilities, as p^(1/T) made to sum to 1, fit the labels best.

    It has the least log loss (Guo et al. 2017). Above 1 where a classifier is too sure of itself, below 1 where it is
    not sure enough, as it is after mixup.

    Parameters
    ----------
    labels
        int64 (n,).
    probabilities
        (n, n_classes), rows that sum to 1.
    """
    logits = np.log(np.maximum(probabilities, LEAST))

    def loss(log_temperature: float) -> float:
        cooled = logits / np.exp(log_temperature)
        own = cooled[np.arange(len(labels)), labels]
        return float((np.logaddexp.reduce(cooled, axis=1) - own).mean())

    span = float(np.log(HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=(-span, span), method="bounded").x))


def margin_accuracy(
    labels: np.ndarray, probabilities: np.ndarray, temperature: float, *, balanced: bool = False
) -> float:
    """Return the mean of ``p / (p + q)``, p being the probability of the true class and q that of its strongest rival.

    Over 0.5 on a hit and under 0.5 on a miss; the lower the temperature, the nearer to accuracy, which counts 1 and 0.
    It lies below accuracy, and is no accuracy: where a calibrated classifier of two classes is always sure to degree a,
    it is ``a**2 + (1 - a)**2``. What it is for is to tell which of two classifiers is the better one.

    Parameters
    ----------
    labels, probabilities
        As of `fitted_temperature`.
    temperature
        At which probabilities are read.
    balanced
        Whether every class counts alike, as in balanced accuracy; every one is among the labels then.
    """
    logits = np.log(np.maximum(probabilities, LEAST))
    rows = np.arange(len(labels))
    own = logits[rows, labels].copy()
    logits[rows, labels] = -np.inf
    sure = expit((own - logits.max(axis=1)) / temperature)
    if not balanced:
        return float(sure.mean())
    n_classes = probabilities.shape[1]
    of_class = np.bincount(labels, weights=sure, minlength=n_classes) / np.bincount(labels, minlength=n_classes)
    return float(of_class.mean())
