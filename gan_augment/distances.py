"""Euclidean distances between sets of vectors, a chunk at a time so that memory stays flat."""

from collections.abc import Iterator

import numpy as np

from gan_augment.errors import ConfigError, DataError

CHUNK_CELLS = 4_000_000


def iter_squared_distances(points: np.ndarray, others: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield (rows, squared distances of ``points[rows]`` to all of `others`), some four million cells at a time.

    Parameters
    ----------
    points, others
        Arrays of shape (n, d) and (m, d).

    Yields
    ------
    tuple of slice and ndarray
        float64, (rows in the chunk, m), never below zero.
    """
    # Differences are taken from a common centre: |a|^2 - 2ab + |b|^2 loses digits far from the origin.
    centre = others.mean(axis=0, dtype=np.float64) if len(others) else 0.0
    points, others = points - centre, others - centre
    norms = np.einsum("ij,ij->i", others, others)
    step = max(1, CHUNK_CELLS // max(1, len(others)))
    for start in range(0, len(points), step):
        rows = slice(start, min(start + step, len(points)))
        part = points[rows]
        squared = np.einsum("ij,ij->i", part, part)[:, None] - 2.0 * part @ others.T + norms
        yield rows, np.maximum(squared, 0.0)


def nearest_radii(points: np.ndarray, k: int) -> np.ndarray:
    """Return each point's distance to its `k`-th nearest other point, shape (n,).

    Raises
    ------
    ConfigError
        If there are no `k` other points.
    """
    if not 1 <= k < len(points):
        raise ConfigError(f"Cannot find the {k} nearest neighbours among {len(points)} points: lower k.")
    radii = np.empty(len(points))
    for rows, squared in iter_squared_distances(points, points):
        squared[np.arange(len(squared)), np.arange(rows.start, rows.stop)] = 0.0
        # Position 0 of the sorted row is the point itself.
        radii[rows] = np.sqrt(np.partition(squared, k, axis=1)[:, k])
    return radii


def closest(train: np.ndarray, fake: np.ndarray, k: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the `k` training samples next to each synthetic sample, nearest first, to show them side by side.

    Parameters
    ----------
    train, fake
        Features, (n, d) and (m, d).
    k
        How many.

    Returns
    -------
    tuple of ndarray
        Indices into `train`, int64, and Euclidean distances, float64, both (m, k); 0 for the same features.

    Raises
    ------
    DataError
        If there are no `k` training samples.
    """
    if not 1 <= k <= len(train):
        raise DataError(f"Cannot find the {k} nearest of {len(train)} training samples: lower k or give more of them.")
    found = np.empty((len(fake), k), dtype=np.int64)
    for rows, squared in iter_squared_distances(fake, train):
        found[rows] = np.argpartition(squared, k - 1, axis=1)[:, :k]
    # Once more by differences: the expanded square leaves rounding where a copy has a distance of 0.
    distances = np.column_stack([_between(fake, train, found[:, place]) for place in range(k)])
    order = np.argsort(distances, axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1), np.take_along_axis(distances, order, axis=1)


def copy_ratios(train: np.ndarray, fake: np.ndarray) -> np.ndarray:
    """Return how far each sample's nearest training sample is, over how far the second nearest is, (m,).

    Parameters
    ----------
    train, fake
        Features, (n, d) with at least two rows, and (m, d).
    """
    near = closest(train, fake, 2)[1]
    return near[:, 0] / np.where(near[:, 1] > 0, near[:, 1], 1.0)


def _between(fake: np.ndarray, train: np.ndarray, index: np.ndarray) -> np.ndarray:
    distances = np.empty(len(fake))
    step = max(1, CHUNK_CELLS // max(1, fake.shape[1]))
    for start in range(0, len(fake), step):
        rows = slice(start, start + step)
        distances[rows] = np.linalg.norm(fake[rows].astype(np.float64) - train[index[rows]], axis=1)
    return distances
