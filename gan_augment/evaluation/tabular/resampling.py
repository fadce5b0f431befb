"""Real rows repeated, jittered or interpolated, by class: what users do without a generator."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC, RandomOverSampler

from gan_augment.data.table_schema import Column
from gan_augment.evaluation.tabular.features import number_names, word_names

JITTER = 0.1  # of a column's standard deviation within the class
NEIGHBOURS = 5


def copies_to_balance(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the indices of rows to repeat so that every class is as large as the largest, int64 (n_added,)."""
    indices = np.arange(len(labels))[:, None]
    resampled, _ = RandomOverSampler(random_state=_seed(rng)).fit_resample(indices, labels)
    return resampled[len(labels) :, 0]


def rows_of_classes(
    labels: np.ndarray, counts: np.ndarray, rng: np.random.Generator, replace: bool = True
) -> np.ndarray:
    """Return the indices of so many rows of each class, grouped by class, int64 (n,)."""
    members = (np.flatnonzero(labels == label) for label in range(len(counts)))
    return np.concatenate([rng.choice(own, count, replace) for own, count in zip(members, counts, strict=True)])


def jittered(
    frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, columns: Sequence[Column]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return copies that balance the classes, with Gaussian noise on their numbers, and their labels.

    The noise has 0.1 standard deviations of the column within the class; values are rounded and clipped as the
    column is. Missing values stay missing.
    """
    chosen = copies_to_balance(labels, rng)
    added, names = frame.iloc[chosen].reset_index(drop=True), number_names(columns)
    spread = frame[names].groupby(labels).std(ddof=0).fillna(0.0).loc[labels[chosen]].to_numpy()
    added[names] += JITTER * spread * rng.standard_normal(spread.shape)
    return _as_seen(added, frame, columns), labels[chosen]


def between_neighbours(
    frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, columns: Sequence[Column]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows that SMOTE makes to balance the classes, and their labels.

    SMOTENC of mixed columns, SMOTEN of words alone (Chawla et al. 2002). Neighbours are looked for among standardised
    numbers, with missing values replaced by the median or the most frequent word; the smallest class sets how many
    there can be, at most 5. It needs 2 rows of every class.
    """
    numbers, words = number_names(columns), word_names(columns)
    filled = _filled(frame, numbers, words)
    centre, scale = filled[numbers].mean(), filled[numbers].std(ddof=0).replace(0.0, 1.0)
    filled[numbers] = (filled[numbers] - centre) / scale
    n_neighbors = min(NEIGHBOURS, int(np.bincount(labels).min()) - 1)
    sampler = _sampler(numbers, words, k_neighbors=n_neighbors, random_state=_seed(rng))
    rows, row_labels = sampler.fit_resample(filled, labels)
    added = rows.iloc[len(labels) :].reset_index(drop=True)
    added[numbers] = added[numbers] * scale + centre
    return _as_seen(added, frame, columns), row_labels[len(labels) :]


def between_pairs(
    frame: pd.DataFrame, labels: np.ndarray, counts: np.ndarray, rng: np.random.Generator, columns: Sequence[Column]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return so many rows of each class, each somewhere between any two of it, and their labels, grouped by class.

    Numbers are interpolated, rounded and clipped as the column is. Words, and numbers that one of the two lacks, are
    taken from one of the two: the nearer one, the more often. A class of a single row gives copies of it.
    """
    first = rows_of_classes(labels, counts, rng)
    second = _partners(labels, first, rng)
    share = rng.random((len(first), 1))  # of the way from the first row to the second
    rows, others = (frame.iloc[chosen].reset_index(drop=True) for chosen in (first, second))
    numbers = number_names(columns)
    between = rows[numbers] + share * (others[numbers] - rows[numbers])
    rows = rows.where(rng.random(rows.shape) >= share, others)
    rows[numbers] = between.fillna(rows[numbers])
    return _as_seen(rows, frame, columns), labels[first]


def _partners(labels: np.ndarray, first: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return for each row another one of its class; the row itself where there is no other."""
    order, sizes = np.argsort(labels, kind="stable"), np.bincount(labels)
    starts, places = np.cumsum(sizes) - sizes, np.argsort(order)  # of each class, of each row in `order`
    own = labels[first]
    steps = rng.integers(1, np.maximum(sizes[own], 2))
    return order[starts[own] + (places[first] - starts[own] + steps) % sizes[own]]


def _sampler(numbers: list[str], words: list[str], k_neighbors: int, random_state: int) -> SMOTE | SMOTENC | SMOTEN:
    if not words:
        return SMOTE(k_neighbors=k_neighbors, random_state=random_state)
    if not numbers:
        return SMOTEN(k_neighbors=k_neighbors, random_state=random_state)
    return SMOTENC(words, k_neighbors=k_neighbors, random_state=random_state)


def _filled(frame: pd.DataFrame, numbers: list[str], words: list[str]) -> pd.DataFrame:
    medians = frame[numbers].median().fillna(0.0)
    modes = {name: next(iter(frame[name].mode()), "") for name in words}
    return frame.fillna({**medians, **modes})


def _as_seen(rows: pd.DataFrame, real: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """Round and clip the numbers of `rows` as those of the real rows are."""
    numbers = number_names(columns)
    for column in (column for column in columns if column.name in numbers):
        decimals = 0 if column.integer else column.decimals
        values = rows[column.name] if decimals is None else rows[column.name].round(decimals)
        rows[column.name] = values.clip(real[column.name].min(), real[column.name].max())
    return rows


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**32))
