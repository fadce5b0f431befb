"""Whether a generator copies its training data: pure functions of features and labels.

No absolute distance tells a copy; held-out real samples say how near samples come that copy nothing. A copy is much
nearer to its original than training samples around are to one another, in dense and in sparse places alike: a sample's
score is the distance to its nearest training sample over that to the second nearest, taken for memorised below 1/3 by
Yoon et al. (2023). For fresh samples it falls below r with probability r^D, where D is the intrinsic dimension (Facco
et al. 2017); the cut is lowered from 1/3 to where that is 0.2 % for the D of the held-out samples, and further until at
most 0.2 % of them are flagged. A cut up to 1/3 also stands where the share of held-out samples below it is at most a
twentieth of that of synthetic ones, so that one flag in twenty is wrong (Benjamini and Hochberg 1995; Bates et al.
2023); synthetic ones that are repeated count once there, since a generator that collapsed onto a point chose it once.

Samples that coincide with a training sample are judged apart, in the same two ways, by how far the second nearest one
is: real samples coincide naturally where they are dense, as rows of few columns are. Where held-out samples coincide
about as often, none is flagged; see `identical` and `z`. Fewer than 500 held-out samples do not show what happens once
in 500, and no finding is no proof: what is shifted or mirrored lies far away in most features.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import rankdata

from gan_augment.distances import closest
from gan_augment.errors import DataError

MOST_RATIO = 1 / 3  # Yoon et al. 2023
CHANCE = 0.002  # of a fresh sample to be flagged, were distances around it as the theory has them
MOST_FALSE = 0.05
IDENTICAL = 1e-4  # of the typical distance: a network's features of one image differ by rounding between batches
FEWEST = 10  # samples on a side: with fewer, a rank sum is not normal
NAMES = ("training", "held-out", "synthetic")
QUANTILES, ROUNDING = (0.5, 0.05), 1e-9
LISTED = 100


@dataclass(frozen=True)
class Copy:
    """A synthetic sample that is taken for a copy.

    Parameters
    ----------
    fake, original
        Its index among the synthetic samples, and that of the training sample next to it.
    distance
        Euclidean, between the two.
    same_label
        Whether it was made for the class of its original.
    """

    fake: int
    original: int
    distance: float
    same_label: bool


@dataclass(frozen=True)
class Memorisation:
    """How near synthetic samples lie to training samples, beside held-out real samples; see `memorisation`.

    Parameters
    ----------
    median_ratio, low_ratio
        Median and 5th percentile of the distances of synthetic samples to their nearest training sample, over those of
        held-out ones, weighted to the same shares of classes. About 1 where nothing is copied, near 0 where half, or a
        twentieth, of the samples are copies. NaN where the held-out one is 0.
    identical, identical_held_out
        Shares of synthetic and of held-out samples that coincide with a training sample.
    copies
        Synthetic samples flagged as near-duplicates, closest first.
    copied, copied_held_out
        Shares of synthetic and of held-out samples that are flagged.
    copied_per_class
        Share of the synthetic samples made for each class, (n_classes,); NaN for a class without any.
    z_per_class
        `copying_z` within each class, (n_classes,); NaN with fewer than 10 samples on a side.
    z
        Their mean, weighted by held-out samples. A mean of z-scores varies less than one of them does.
    authentic, authentic_held_out
        Shares of synthetic and of held-out samples that are farther from their nearest training sample than that is
        from its own nearest other one: AuthPct of Alaa et al. (2022). Reported, not to be trusted: fresh real samples,
        which copy nothing, have a third of few features and four fifths of many. Compare it to theirs at most.
    """

    median_ratio: float
    low_ratio: float
    identical: float
    identical_held_out: float
    copies: tuple[Copy, ...]
    copied: float
    copied_held_out: float
    copied_per_class: tuple[float, ...]
    z_per_class: tuple[float, ...]
    z: float
    authentic: float
    authentic_held_out: float

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data, with `n_copies` and of the copies the closest 100."""
        listed = replace(self, copies=self.copies[:LISTED])
        return {**asdict(listed), "n_copies": len(self.copies)}


def memorisation(
    train: np.ndarray,
    held_out: np.ndarray,
    fake: np.ndarray,
    *,
    train_labels: np.ndarray,
    held_out_labels: np.ndarray,
    fake_labels: np.ndarray,
    n_classes: int,
) -> Memorisation:
    """Return whether, and which, synthetic samples copy training samples, by the rule above.

    Parameters
    ----------
    train, held_out, fake
        Features of the samples that the generator learned from, of real ones that neither it nor the choice of its best
        state ever saw, and of synthetic ones: (n, d), (h, d) and (m, d), finite and made in the same way.
    train_labels, held_out_labels, fake_labels
        Integer labels, (n,), (h,) and (m,). Neighbours are sought among all classes: what is copied under another
        label is copied too.
    n_classes
        Number of classes.

    Raises
    ------
    DataError
        If there are fewer than two training samples or none on another side, numbers of features or of labels do
        not fit, or a feature is not finite.
    """
    _check((train, held_out, fake), (train_labels, held_out_labels, fake_labels))
    (real_index, real_near), (fake_index, fake_near) = (closest(train, part, 2) for part in (held_out, fake))
    same = IDENTICAL * float(np.median(real_near[:, 0]))
    found = np.column_stack([fake_index[:, 0], fake_near])
    is_new = np.isin(np.arange(len(fake)), np.unique(found, axis=0, return_index=True)[1])
    flagged_real, flagged = _flags((_scores(real_near, same), _scores(fake_near, same)), is_new)
    classes = range(n_classes)
    cells = [(real_near[held_out_labels == label, 0], fake_near[fake_labels == label, 0]) for label in classes]
    z_per_class, z = _z_scores(cells)
    beside, original = real_index[:, 0], fake_index[:, 0]
    around = _nearest_other(train, np.concatenate([beside, original]))
    return Memorisation(
        *_quantile_ratios(cells),
        identical=float((fake_near[:, 0] <= same).mean()),
        identical_held_out=float((real_near[:, 0] <= same).mean()),
        copies=_copies(flagged, original, fake_near[:, 0], fake_labels == train_labels[original]),
        copied=float(flagged.mean()),
        copied_held_out=float(flagged_real.mean()),
        copied_per_class=_shares(flagged, fake_labels, n_classes),
        z_per_class=z_per_class,
        z=z,
        authentic=float((fake_near[:, 0] > around[original]).mean()),
        authentic_held_out=float((real_near[:, 0] > around[beside]).mean()),
    )


def copying_z(held_out: np.ndarray, fake: np.ndarray) -> float:
    """Return Z_U of Meehan, Chaudhuri and Dasgupta (2020): whether synthetic samples are nearer to training ones.

    Parameters
    ----------
    held_out, fake
        Distances of held-out real and of synthetic samples to their nearest training sample, (h,) and (m,).

    Returns
    -------
    float
        The Mann-Whitney U statistic as a z-score, corrected for ties: about standard normal for fresh real samples,
        far below 0 where synthetic ones are nearer than held-out ones, far above 0 where they are farther, as samples
        of a poor generator are. 0 where all distances are the same; NaN without distances on a side.
    """
    n, m = len(held_out), len(fake)
    if not n or not m:
        return float("nan")
    both = np.concatenate([fake, held_out])
    farther = rankdata(both)[:m].sum() - m * (m + 1) / 2.0
    ties = np.unique(both, return_counts=True)[1].astype(np.float64)
    variance = n * m / 12.0 * (n + m + 1 - (ties**3 - ties).sum() / ((n + m) * (n + m - 1)))
    return float((farther - n * m / 2.0) / np.sqrt(variance)) if len(ties) > 1 else 0.0


def _check(features: tuple[np.ndarray, ...], labels: tuple[np.ndarray, ...]) -> None:
    for name, part, given, fewest in zip(NAMES, features, labels, (2, 1, 1), strict=True):
        if len(part) < fewest or len(part) != len(given):
            raise DataError(f"Give {fewest} or more {name} samples and a label each, not {len(part)} and {len(given)}.")
        if part.ndim != 2 or part.shape[1:] != features[0].shape[1:]:
            raise DataError(f"Give all samples as rows of the same features, not {name} ones of shape {part.shape}.")
        if not np.isfinite(part).all():
            raise DataError(f"Features of {name} samples are not finite: fill or drop them first.")


def _scores(near: np.ndarray, same: float) -> np.ndarray:
    """Return nearest over second nearest distance; of what coincides with a training sample, minus the second one."""
    coincides = near[:, 0] <= same
    return np.where(coincides, -near[:, 1], near[:, 0] / np.where(coincides, 1.0, near[:, 1]))


def _flags(sides: tuple[np.ndarray, np.ndarray], is_new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return by the scores of held-out and synthetic samples which of either the rule takes for copies."""
    falls = -np.log(sides[0][sides[0] > 0])
    expected = CHANCE ** falls.mean() if len(falls) else MOST_RATIO  # the mean fall is 1/D
    real_flags, flags = (np.zeros(len(scores), dtype=bool) for scores in sides)
    for coincides, sure in ((True, 0.0), (False, expected)):
        held_out, fake = (np.where((scores <= 0) == coincides, scores, np.inf) for scores in sides)
        cut = _cut(held_out, fake, is_new, sure)
        real_flags, flags = real_flags | (held_out <= cut), flags | (fake <= cut)
    return real_flags, flags


def _cut(held_out: np.ndarray, fake: np.ndarray, is_new: np.ndarray, sure: float) -> float:
    n, order = len(held_out), np.argsort(fake)
    scores, share = fake[order], np.cumsum(is_new[order]) / len(fake)
    below = np.searchsorted(np.sort(held_out), scores, side="right")
    is_rare = (scores <= sure) & (below <= CHANCE * n)
    allowed = scores[(scores <= MOST_RATIO) & (is_rare | ((below + 1) / (n + 1) <= MOST_FALSE * share))]
    return float(allowed[-1]) if len(allowed) else -np.inf


def _copies(flagged: np.ndarray, original: np.ndarray, near: np.ndarray, same_label: np.ndarray) -> tuple[Copy, ...]:
    found = np.flatnonzero(flagged)
    found = found[np.argsort(near[found], kind="stable")]
    columns = (found, original[found], near[found], same_label[found])
    return tuple(Copy(*values) for values in zip(*(column.tolist() for column in columns), strict=True))


def _shares(flagged: np.ndarray, labels: np.ndarray, n_classes: int) -> tuple[float, ...]:
    with np.errstate(invalid="ignore"):
        shares = np.bincount(labels[flagged], minlength=n_classes) / np.bincount(labels, minlength=n_classes)
    return tuple(shares.tolist())


def _z_scores(cells: list[tuple[np.ndarray, np.ndarray]]) -> tuple[tuple[float, ...], float]:
    """Return Z_U of each class and their mean by shares of held-out samples: C_T of the paper, section 4."""
    z = np.array([copying_z(*cell) if min(map(len, cell)) >= FEWEST else np.nan for cell in cells])
    known, sizes = ~np.isnan(z), np.array([len(held_out) for held_out, _ in cells])
    return tuple(z.tolist()), float(np.average(z[known], weights=sizes[known])) if known.any() else float("nan")


def _quantile_ratios(cells: list[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    both = [(held_out, fake) for held_out, fake in cells if len(held_out) and len(fake)]
    if not both:
        return float("nan"), float("nan")
    held_out, fake = (np.concatenate(side) for side in zip(*both, strict=True))
    weights = np.concatenate([np.full(len(real), len(made) / len(real)) for real, made in both])
    order = np.argsort(held_out)
    reached = np.cumsum(weights[order]) / weights.sum()
    found = held_out[order][np.searchsorted(reached, np.array(QUANTILES) - ROUNDING)]
    made = np.quantile(fake, QUANTILES, method="inverted_cdf")
    median, low = (made / np.where(found > 0, found, np.nan)).tolist()
    return median, low


def _nearest_other(train: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Return how far the training samples at `index` are from their nearest other one, (n,); NaN for the rest."""
    wanted, distances = np.unique(index), np.full(len(train), np.nan)
    distances[wanted] = closest(train, train[wanted], 2)[1][:, 1]  # the first is the sample itself, or one like it
    return distances
