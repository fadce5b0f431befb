"""Euclidean distances between sets of vectors, a chunk at a time so that memory stays flat."""

from collections.abc import Iterator

import numpy as np

from gan_augment.errors import ConfigError

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
