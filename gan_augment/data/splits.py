"""Splits labels into two parts, class by class; knows nothing about images."""

import numpy as np

from gan_augment.errors import ConfigError, DataError


def stratified_split(labels: np.ndarray, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Split items so that each class is divided alike.

    Parameters
    ----------
    labels
        Integer labels of shape (n,).
    share
        Share of each class, between 0 and 1, that goes into the second part; at least one item goes to each side.
    rng
        Draws which items go where.

    Returns
    -------
    tuple of ndarray
        Indices of the first and of the second part, int64, each in ascending order.

    Raises
    ------
    ConfigError
        If `share` is not between 0 and 1.
    DataError
        If a class has a single item.
    """
    if not 0 < share < 1:
        raise ConfigError(f"The share to split off must lie between 0 and 1, got {share:g}.")
    second = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) < 2:
            raise DataError(f"Class {int(label)} has one item: at least 2 are needed to split it.")
        n_second = min(max(round(share * len(members)), 1), len(members) - 1)
        second[rng.permutation(members)[:n_second]] = True
    return np.flatnonzero(~second), np.flatnonzero(second)
