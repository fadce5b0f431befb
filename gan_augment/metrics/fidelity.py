"""How real synthetic samples are and how much they differ: pure functions of features, probabilities and labels.

Every figure comes per class; a class with too few samples to tell gives NaN. Label fidelity alone is not a
verdict (one perfect picture repeated scores 1.0): show it beside diversity and coverage. None of them says what a
classifier learns from synthetic samples alone; its accuracy within each class on real ones, the classification
accuracy score of Ravuri and Vinyals (2019), takes training, and so comes from an arm of an evaluation.
"""

from collections.abc import Callable

import numpy as np

from gan_augment.distances import iter_squared_distances, nearest_radii

K_NEAREST = 5
COLLAPSED = 0.5  # a class whose diversity is below this share of the real images' has collapsed
N_ERRORS, FAR = 3.0, 0.1  # a label fidelity so far below that of real samples is no chance, and matters


def within_class_diversity(
    real: np.ndarray, real_labels: np.ndarray, fake: np.ndarray, fake_labels: np.ndarray, n_classes: int
) -> np.ndarray:
    """Return the feature variance of fake over real samples of each class.

    Parameters
    ----------
    real, fake
        Features, (n, d) and (m, d).
    real_labels, fake_labels
        Integer labels, (n,) and (m,).
    n_classes
        Number of classes.

    Returns
    -------
    ndarray
        (n_classes,): trace of the fake covariance over trace of the real one; about 1 when samples differ as
        much as real ones, near 0 when a class has collapsed. NaN with fewer than two samples on either side or
        real samples that are all the same.
    """
    return _per_class(_variance_ratio, real, real_labels, fake, fake_labels, n_classes)


def density(
    real: np.ndarray, real_labels: np.ndarray, fake: np.ndarray, fake_labels: np.ndarray, n_classes: int
) -> np.ndarray:
    """Return per class how densely real neighbourhoods hold the fake samples (Naeem et al. 2020, k = 5).

    Parameters and NaN as in `coverage`. About 1 for a perfect generator; can exceed 1 where fake samples crowd
    the middle of the real ones.
    """
    return _per_class(_density, real, real_labels, fake, fake_labels, n_classes)


def coverage(
    real: np.ndarray, real_labels: np.ndarray, fake: np.ndarray, fake_labels: np.ndarray, n_classes: int
) -> np.ndarray:
    """Return per class the share of real samples with a fake one within their 5-neighbour ball (Naeem et al. 2020).

    Parameters
    ----------
    real, fake
        Features, (n, d) and (m, d).
    real_labels, fake_labels
        Integer labels, (n,) and (m,).
    n_classes
        Number of classes.

    Returns
    -------
    ndarray
        (n_classes,) in [0, 1]; about 0.97 when fake and real come from one distribution. NaN where a class has
        fewer than 6 samples on either side.

    Notes
    -----
    Coverage grows with the number of fake samples, so as many of them as there are real ones are used (the
    first of each class, and of the real ones likewise where those are more).
    """
    return _per_class(_coverage, real, real_labels, fake, fake_labels, n_classes)


def ball_counts(real: np.ndarray, fake: np.ndarray, k: int = K_NEAREST) -> tuple[np.ndarray, np.ndarray]:
    """Return how many fake samples lie in each real one's ball, and in how many real ones' balls each fake one lies.

    Parameters
    ----------
    real, fake
        Features, (n, d) and (m, d); the first of either, as many as the smaller set has, are compared.
    k
        A ball reaches to the k-th nearest other real sample, its edge included.

    Returns
    -------
    tuple of ndarray
        Two of shape (min(n, m),); empty where that is no more than k, too few to tell.
    """
    n = min(len(real), len(fake))
    if n <= k:
        return np.empty(0), np.empty(0)
    real, fake = real[:n].astype(np.float64), fake[:n].astype(np.float64)
    squared_radii = nearest_radii(real, k) ** 2
    by_ball, by_sample = np.empty(n), np.zeros(n)
    for rows, squared in iter_squared_distances(real, fake):
        inside = squared <= squared_radii[rows, None]
        by_ball[rows] = inside.sum(axis=1)
        by_sample += inside.sum(axis=0)
    return by_ball, by_sample


def confusion(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return what a judge takes samples for: rows are the labels they were made for, columns the judge's.

    Parameters
    ----------
    probabilities
        A judge's class probabilities (or logits), (n, n_classes).
    labels
        Integer labels, (n,).

    Returns
    -------
    ndarray
        (n_classes, n_classes), shares of each row; NaN in the row of a class without samples.
    """
    n_classes = probabilities.shape[1]
    cells = np.bincount(labels * n_classes + probabilities.argmax(axis=1), minlength=n_classes**2)
    counts = cells.reshape(n_classes, n_classes)
    with np.errstate(invalid="ignore"):
        return counts / counts.sum(axis=1, keepdims=True)


def label_fidelity(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return per class the share of samples a judge gives their own label; parameters as of `confusion`."""
    return confusion(probabilities, labels).diagonal()


def mislabelled(confused: np.ndarray, n_made: np.ndarray, *real: tuple[np.ndarray, np.ndarray]) -> dict[int, int]:
    """Return the labels that samples do not bear out, each with the label that a judge gives most of the others.

    Parameters
    ----------
    confused
        `confusion` of the samples, (n_classes, n_classes).
    n_made
        Samples made for each class, (n_classes,).
    *real
        Of sets of real samples: the share of each class that the judge knows, and how many it was asked about,
        (n_classes,). The judge's own accuracy is one; the samples that a generator learned from may be harder.

    Returns
    -------
    dict
        Classes whose label fidelity lies more than 3 binomial standard errors of the difference, and more than 0.1,
        below every share of `real`. Errors are taken as if one more sample had been right and one more wrong: a judge
        that knows all of 5 samples may still err.
    """
    fidelity, far = confused.diagonal(), np.ones(len(confused), dtype=bool)
    for share, n in real:
        error = np.sqrt(_variance(fidelity, n_made) + _variance(share, n))
        far &= share - fidelity > np.maximum(N_ERRORS * error, FAR)
    elsewhere = np.where(np.eye(len(confused), dtype=bool), -1.0, confused)
    return {int(label): int(elsewhere[label].argmax()) for label in np.flatnonzero(far)}


def _variance(share: np.ndarray, n: np.ndarray) -> np.ndarray:
    shrunk = (share * n + 1.0) / (n + 2.0)
    return shrunk * (1.0 - shrunk) / n


def _per_class(
    figure: Callable[[np.ndarray, np.ndarray], float],
    real: np.ndarray,
    real_labels: np.ndarray,
    fake: np.ndarray,
    fake_labels: np.ndarray,
    n_classes: int,
) -> np.ndarray:
    pairs = ((real[real_labels == label], fake[fake_labels == label]) for label in range(n_classes))
    return np.array([figure(real_part, fake_part) for real_part, fake_part in pairs])


def _variance_ratio(real: np.ndarray, fake: np.ndarray) -> float:
    if min(len(real), len(fake)) < 2:
        return np.nan
    total = real.var(axis=0, ddof=1, dtype=np.float64).sum()
    return float(fake.var(axis=0, ddof=1, dtype=np.float64).sum() / total) if total > 0 else np.nan


def _density(real: np.ndarray, fake: np.ndarray) -> float:
    inside, _ = ball_counts(real, fake)
    return float(inside.sum() / (K_NEAREST * len(inside))) if len(inside) else np.nan


def _coverage(real: np.ndarray, fake: np.ndarray) -> float:
    inside, _ = ball_counts(real, fake)
    return float((inside > 0).mean()) if len(inside) else np.nan
