"""Splits labels into parts: class by class, by groups, by time, into folds; knows nothing about images.

Where `classes` (class names in label order) is given, a class without samples is an error too, and errors name classes
by it; else by their labels.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gan_augment.data.group_parts import Groups
from gan_augment.data.split_checks import check_share, named_codes, require_given, require_two
from gan_augment.errors import ConfigError, DataError

Split = tuple[np.ndarray, np.ndarray]


def stratified_split(
    labels: np.ndarray, share: float, rng: np.random.Generator, classes: Sequence[str] | None = None
) -> Split:
    """Split samples so that each class is divided alike.

    Parameters
    ----------
    labels
        Integer labels of shape (n,).
    share
        Share of each class, between 0 and 1, that goes into the second part; at least one sample goes to each side.
    rng
        Draws which samples go where.
    classes
        Class names in label order.

    Returns
    -------
    tuple of ndarray
        Indices of the first and of the second part, int64, each in ascending order.

    Raises
    ------
    ConfigError
        If `share` is not between 0 and 1.
    DataError
        If a class has fewer than two samples.
    """
    check_share(share)
    codes, names = named_codes(labels, classes)
    require_two(np.bincount(codes, minlength=len(names)), names, "sample")
    second = np.zeros(len(labels), dtype=bool)
    for code in range(len(names)):
        members = np.flatnonzero(codes == code)
        n_second = min(max(round(share * len(members)), 1), len(members) - 1)
        second[rng.permutation(members)[:n_second]] = True
    return _divided(second)


def grouped_split(
    labels: np.ndarray,
    groups: np.ndarray,
    share: float,
    rng: np.random.Generator,
    classes: Sequence[str] | None = None,
) -> Split:
    """Split samples so that no group lies in both parts and every class does.

    All else is as in `stratified_split`; shares come as near as whole groups allow.

    Parameters
    ----------
    groups
        (n,): samples of one value stay together.

    Raises
    ------
    DataError
        If a sample has no group, a class lies in a single one, or no division has every class on both sides.
    """
    check_share(share)
    codes, names = named_codes(labels, classes)
    held = Groups.of(codes, groups, names)
    parts = held.divided((1.0 - share, share), rng)
    if parts is None:
        raise DataError(held.indivisible)
    return _divided(parts == 1)


def time_split(labels: np.ndarray, times: np.ndarray, share: float, classes: Sequence[str] | None = None) -> Split:
    """Split samples so that the latest are the second part; equal times stay together.

    All else is as in `stratified_split`; the second part comes as near to `share` of all samples as equal times allow.

    Parameters
    ----------
    times
        (n,): numbers, datetimes, or text that sorts by time.

    Raises
    ------
    DataError
        If a sample has no time, all have the same one, or a class is missing from a part.
    """
    check_share(share)
    require_given(times, "time")
    codes, names = named_codes(labels, classes)
    moments, numbers, sizes = np.unique(times, return_inverse=True, return_counts=True)
    if len(moments) < 2:
        raise DataError(f"All {len(labels)} samples have the same time: split them by class instead.")
    n_later = len(labels) - np.cumsum(sizes)[:-1]  # after each moment but the last
    cut = int(np.abs(n_later - share * len(labels)).argmin())
    second = numbers > cut
    for code, name in enumerate(names):
        n_all, n_second = int((codes == code).sum()), int((codes[second] == code).sum())
        if n_second in (0, n_all):
            when = f"{'up to' if n_second else 'after'} {moments[cut]}"
            raise DataError(
                f"Class {name} has none of its {n_all} samples {when}, where time divides the parts: choose another "
                "share, or leave the class out."
            )
    return _divided(second)


def twin_groups(fingerprints: np.ndarray) -> np.ndarray:
    """Return a group for each sample, int64 (n,): exact copies share one, so that they never straddle a split.

    Parameters
    ----------
    fingerprints
        A hash of each sample, uint8 (n, width).
    """
    whole = np.ascontiguousarray(fingerprints).view(np.dtype((np.void, fingerprints.shape[1])))
    return np.unique(whole.ravel(), return_inverse=True)[1].astype(np.int64)


def joined_groups(together: Sequence[np.ndarray]) -> np.ndarray:
    """Return groups that keep whole what any of several groupings, (n,) each, keeps whole, int64 (n,)."""
    numbers = [np.unique(groups, return_inverse=True)[1] for groups in together]
    n_samples, sizes = len(numbers[0]), [number.max() + 1 for number in numbers]
    # Samples and groups are the nodes of a graph, and every sample is tied to its groups.
    ends = np.concatenate([number + n_samples + sum(sizes[:i]) for i, number in enumerate(numbers)])
    starts = np.tile(np.arange(n_samples), len(numbers))
    n_nodes = n_samples + sum(sizes)
    graph = coo_array((np.ones(len(ends), dtype=bool), (starts, ends)), shape=(n_nodes, n_nodes))
    return connected_components(graph, directed=False)[1][:n_samples].astype(np.int64)


def without_groups_of(others: np.ndarray, rows: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """Return `rows` without those of a group that `others` have too; both index `groups`, (n,), which may be None."""
    return rows if groups is None else rows[~np.isin(groups[rows], groups[others])]


def inner_folds(
    labels: np.ndarray,
    n_folds: int,
    rng: np.random.Generator,
    groups: np.ndarray | None = None,
    classes: Sequence[str] | None = None,
) -> list[Split]:
    """Return (training, validation) indices of each fold; every sample is validated once, every class in every fold.

    Parameters
    ----------
    labels, rng, classes
        As for `stratified_split`.
    n_folds
        Folds to make; fewer where the rarest class has fewer samples (or groups).
    groups
        (n,): samples of one value are in one fold; None where none must.

    Raises
    ------
    ConfigError
        If `n_folds` is below 2.
    DataError
        If a class has fewer than two samples, or for groups that cannot be divided: see `grouped_split`.
    """
    if n_folds < 2:
        raise ConfigError(f"Cross-validation needs at least 2 folds, not {n_folds}.")
    codes, names = named_codes(labels, classes)
    fold = _folds(codes, names, n_folds, rng) if groups is None else _group_folds(codes, groups, names, n_folds, rng)
    return [_divided(fold == number) for number in range(fold.max() + 1)]


def forward_folds(
    labels: np.ndarray, times: np.ndarray, n_folds: int, classes: Sequence[str] | None = None
) -> list[Split]:
    """Return (training, validation) indices of each fold, every one validated on what comes after what it trains on.

    The samples are cut into ``n_folds + 1`` stretches of time, of one size as far as equal times, which stay together,
    allow; fold *k* trains on the first *k* and is validated on the next.

    Parameters
    ----------
    labels, times, classes
        As for `time_split`.
    n_folds
        Folds to make; fewer where a class would be missing from a stretch.

    Raises
    ------
    ConfigError
        If `n_folds` is below 2.
    DataError
        If a sample has no time, or a class is missing from a stretch even with two folds.
    """
    if n_folds < 2:
        raise ConfigError(f"Cross-validation needs at least 2 folds, not {n_folds}.")
    require_given(times, "time")
    codes, names = named_codes(labels, classes)
    numbers, sizes = np.unique(times, return_inverse=True, return_counts=True)[1:]
    middles = (np.cumsum(sizes) - sizes / 2) / len(labels)
    for n_stretches in range(n_folds + 1, 2, -1):
        stretch = (middles * n_stretches).astype(np.int64)[numbers]
        held = np.zeros((n_stretches, len(names)), dtype=bool)
        held[stretch, codes] = True
        if held.all():
            return [(np.flatnonzero(stretch < last), np.flatnonzero(stretch == last)) for last in range(1, n_stretches)]
    lacking = names[int(held.all(axis=0).argmin())]
    raise DataError(
        f"Class {lacking} is missing from one of 3 stretches of time, the fewest in which folds run forward: add "
        "samples of other times, or leave the class out."
    )


def _folds(codes: np.ndarray, names: Sequence[str], n_folds: int, rng: np.random.Generator) -> np.ndarray:
    fewest = require_two(np.bincount(codes, minlength=len(names)), names, "sample")
    # Classes are dealt out one after the other, so that no fold has two samples more than another.
    order = np.concatenate([rng.permutation(np.flatnonzero(codes == code)) for code in range(len(names))])
    fold = np.empty(len(codes), dtype=np.int64)
    fold[order] = np.arange(len(codes)) % min(n_folds, fewest)
    return fold


def _group_folds(
    codes: np.ndarray, groups: np.ndarray, names: Sequence[str], n_folds: int, rng: np.random.Generator
) -> np.ndarray:
    held = Groups.of(codes, groups, names)
    for n_parts in range(min(n_folds, int(held.n_holding.min())), 1, -1):
        fold = held.divided([1.0 / n_parts] * n_parts, rng)
        if fold is not None:
            return fold
    raise DataError(held.indivisible)


def _divided(second: np.ndarray) -> Split:
    return np.flatnonzero(~second), np.flatnonzero(second)
