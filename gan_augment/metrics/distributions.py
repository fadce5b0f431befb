"""How far two sets of samples are apart as distributions: pure functions of features; labels play no part.

Every figure moves with the number of samples, so it means something only beside one of real against real samples at
the same number: `frechet_with_floor` brings it along, for the others call them with two halves of the real ones.
How well a classifier tells two sets apart is `gan_augment.metrics.shortcut.shortcut_risk` with all labels 0.
"""

from dataclasses import dataclass

import numpy as np

from gan_augment.distances import CHUNK_CELLS
from gan_augment.errors import ConfigError, DataError
from gan_augment.metrics.fidelity import K_NEAREST, ball_counts
from gan_augment.seeding import numpy_rng

LARGEST_SUBSET, POOLED = 1000, 10  # subsets are drawn from a pool of 10 times their size, where pairs are compared once

Moments = tuple[np.ndarray, np.ndarray]  # the mean, and a matrix R for which R'R is the covariance


@dataclass(frozen=True)
class KernelDistance:
    """A kernel distance over subsets of the samples.

    Parameters
    ----------
    mean
        Mean over the subsets; unbiased, so about 0 and often below it where the distributions are the same.
    sd
        Standard deviation over the subsets. With half of the samples in each, it is about the standard error of `mean`
        (the delete-half jackknife; too large where the distributions are the same), with fewer it is larger than that.
        NaN with a single subset or where every subset is all of both sets.
    n_subsets, subset_size
        How many subsets, and samples a side in each.
    """

    mean: float
    sd: float
    n_subsets: int
    subset_size: int


@dataclass(frozen=True)
class FrechetDistance:
    """A Fréchet distance beside that of real samples to real ones, both between sets of `n` samples.

    Parameters
    ----------
    value
        Mean distance of `n` real samples to `n` fake ones.
    floor
        Mean distance of the same `n` real samples to `n` other real ones.
    floor_sd
        Standard deviation of the latter over the splits.
    n
        Samples in each set.
    """

    value: float
    floor: float
    floor_sd: float
    n: int


def kernel_distance(
    real: np.ndarray, fake: np.ndarray, *, subset_size: int | None = None, n_subsets: int = 100, seed: int
) -> KernelDistance:
    """Return the kernel distance (KID, Binkowski et al. 2018): `squared_mmd` over subsets of the samples.

    Parameters
    ----------
    real, fake
        Features, (n, d) and (m, d).
    subset_size
        Samples a side in each subset, drawn without replacement. None takes half of the smaller set, 1,000 at most:
        subsets of all samples would be the same each time, and their spread would say nothing.
    n_subsets
        How many subsets. Of more than 10 times `subset_size` samples that many are drawn first.
    seed
        Fixes the subsets.

    Returns
    -------
    KernelDistance
        NaN where a set has fewer than `subset_size` samples (without it, fewer than 4).

    Raises
    ------
    ConfigError
        If `subset_size` is below 2 or `n_subsets` below 1.
    DataError
        If the features do not match or are not finite.
    """
    smaller = _smaller(real, fake)
    size = min(LARGEST_SUBSET, smaller // 2) if subset_size is None else subset_size
    if n_subsets < 1 or (subset_size is not None and subset_size < 2):
        raise ConfigError("A kernel distance needs at least 1 subset, and at least 2 samples in each.")
    if size < 2 or size > smaller:
        return KernelDistance(np.nan, np.nan, n_subsets, size)
    rng = numpy_rng(seed, "kernel distance")
    found = _squared_mmds(*_subsets(real, size, n_subsets, rng), *_subsets(fake, size, n_subsets, rng))
    varies = n_subsets > 1 and size < max(len(real), len(fake))
    return KernelDistance(float(found.mean()), float(found.std(ddof=1)) if varies else np.nan, n_subsets, size)


def squared_mmd(real: np.ndarray, fake: np.ndarray) -> float:
    """Return the unbiased squared maximum mean discrepancy of all samples, kernel ``(x'y / d + 1)^3``.

    Equation 3 of Gretton et al. 2012 with the kernel of Binkowski et al. 2018.

    Parameters
    ----------
    real, fake
        Features, (n, d) and (m, d).

    Returns
    -------
    float
        About 0, above or below, where the distributions are the same; NaN with fewer than 2 samples on a side.

    Raises
    ------
    DataError
        If the features do not match or are not finite.
    """
    if _smaller(real, fake) < 2:
        return np.nan
    return float(_squared_mmds(real, np.ones((1, len(real))), fake, np.ones((1, len(fake))))[0])


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Return the squared Fréchet distance of normal distributions with the samples' moments (Heusel et al. 2017).

    Parameters
    ----------
    real, fake
        Features, (n, d) and (m, d); covariances may be singular, as with fewer samples than features.

    Returns
    -------
    float
        ``|mean - mean'|^2 + tr(C + C' - 2 (C C')^(1/2))``; NaN with fewer than 2 samples on a side. Far above 0 for few
        samples of one distribution (some 22 for 100 a side of 64 independent features): see `frechet_with_floor`.

    Raises
    ------
    DataError
        If the features do not match or are not finite.
    """
    if _smaller(real, fake) < 2:
        return np.nan
    return _frechet(_moments(real), _moments(fake))


def frechet_with_floor(real: np.ndarray, fake: np.ndarray, seed: int, n_splits: int = 10) -> FrechetDistance:
    """Return `frechet_distance` beside what it would be for perfect samples, all at one number of samples.

    The distance is mostly bias where samples are few, so it is compared at an equal number n: half of the real samples,
    or all fake ones where those are fewer. Each split draws n real samples, n other real ones, and n fake ones. The
    first are compared with the second, which gives `floor`, and with the third, which gives `value`.

    Parameters
    ----------
    real, fake
        Features, (n_real, d) and (n_fake, d).
    seed
        Fixes the splits.
    n_splits
        Number of splits, at least 2.

    Returns
    -------
    FrechetDistance
        ``value - floor`` is what the fake samples lack, beyond some 3 `floor_sd` of it no chance (splits share their
        samples). NaN where n is below 2.

    Raises
    ------
    ConfigError
        If `n_splits` is below 2.
    DataError
        If the features do not match or are not finite.
    """
    n = min(_smaller(real, fake), len(real) // 2)
    if n_splits < 2:
        raise ConfigError(f"A floor with its spread needs at least 2 splits, not {n_splits}.")
    if n < 2:
        return FrechetDistance(np.nan, np.nan, np.nan, n)
    rng, found = numpy_rng(seed, "frechet"), []
    for _ in range(n_splits):
        order = rng.permutation(len(real))
        drawn = (real[order[:n]], real[order[n : 2 * n]], fake[rng.permutation(len(fake))[:n]])
        own, other, made = (_moments(part) for part in drawn)
        found.append((_frechet(own, made), _frechet(own, other)))
    values, floors = np.array(found).T
    return FrechetDistance(float(values.mean()), float(floors.mean()), float(floors.std(ddof=1)), n)


def precision_recall(real: np.ndarray, fake: np.ndarray, k: int = K_NEAREST) -> tuple[float, float]:
    """Return improved precision and recall (Kynkäänniemi et al. 2019).

    Parameters
    ----------
    real, fake
        Features, (n, d) and (m, d). Recall grows with the number of fake samples and precision with that of real ones:
        the first of either are used, as many as the smaller set has.
    k
        A ball around a sample reaches to the k-th nearest other one of its own set. The paper has 3, at 50,000 samples.

    Returns
    -------
    tuple of float
        Share of fake samples in a ball around a real one, and share of real samples in a ball around a fake one; NaN
        with k samples or fewer on a side. One odd real sample with a large ball may raise precision a lot:
        `density_coverage` minds it less.

    Raises
    ------
    ConfigError
        If `k` is below 1.
    DataError
        If the features do not match or are not finite.
    """
    if _smaller(real, fake) <= k:
        return np.nan, np.nan
    (_, around_fake), (_, around_real) = ball_counts(real, fake, k), ball_counts(fake, real, k)
    return float((around_fake > 0).mean()), float((around_real > 0).mean())


def density_coverage(real: np.ndarray, fake: np.ndarray, k: int = K_NEAREST) -> tuple[float, float]:
    """Return density and coverage (Naeem et al. 2020) of whole sets; `fidelity` has them by class.

    Parameters, equal numbers, NaN and errors as of `precision_recall`. Both are about 1 for perfect samples.
    """
    if _smaller(real, fake) <= k:
        return np.nan, np.nan
    by_ball, _ = ball_counts(real, fake, k)
    return float(by_ball.mean() / k), float((by_ball > 0).mean())


def _smaller(real: np.ndarray, fake: np.ndarray) -> int:
    """Return the number of samples in the smaller set, where features are fit to be compared."""
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1]:
        raise DataError(f"Give features of one width, (n, d) and (m, d), not {real.shape} and {fake.shape}.")
    if not (np.isfinite(real).all() and np.isfinite(fake).all()):
        raise DataError("Features hold NaN or infinity: leave out the samples that do.")
    return min(len(real), len(fake))


def _subsets(features: np.ndarray, size: int, n_subsets: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return the features that subsets are drawn from, and 1 where a sample is in a subset, (n_subsets, n)."""
    pool = features[rng.permutation(len(features))[: POOLED * size]]
    members = np.zeros((n_subsets, len(pool)))
    for row in members:
        row[rng.choice(len(pool), size, replace=False)] = 1.0
    return [pool, members]


def _squared_mmds(real: np.ndarray, in_real: np.ndarray, fake: np.ndarray, in_fake: np.ndarray) -> np.ndarray:
    """Return the squared MMD of each subset, (n_subsets,)."""
    n, m = in_real[0].sum(), in_fake[0].sum()
    within_real = _kernel_sums(real, in_real, real, in_real) - in_real @ _own_kernel(real)
    within_fake = _kernel_sums(fake, in_fake, fake, in_fake) - in_fake @ _own_kernel(fake)
    across = _kernel_sums(real, in_real, fake, in_fake)
    return within_real / (n * (n - 1)) + within_fake / (m * (m - 1)) - 2.0 * across / (n * m)


def _kernel_sums(points: np.ndarray, in_points: np.ndarray, others: np.ndarray, in_others: np.ndarray) -> np.ndarray:
    """Return for each subset the kernel's sum over all pairs, a chunk of pairs at a time."""
    step, others = max(1, CHUNK_CELLS // len(others)), others.astype(np.float64)
    sums = np.zeros(len(in_points))
    for start in range(0, len(points), step):
        rows = slice(start, start + step)
        products = points[rows].astype(np.float64) @ others.T / points.shape[1] + 1.0
        sums += (in_points[:, rows] @ products**3 * in_others).sum(axis=1)
    return sums


def _own_kernel(points: np.ndarray) -> np.ndarray:
    norms = np.einsum("ij,ij->i", points, points, dtype=np.float64)
    return (norms / points.shape[1] + 1.0) ** 3


def _moments(features: np.ndarray) -> Moments:
    mean = features.mean(axis=0, dtype=np.float64)
    return mean, np.asarray(np.linalg.qr((features - mean) / np.sqrt(len(features) - 1), mode="r"))


def _frechet(first: Moments, second: Moments) -> float:
    (mean, root), (other_mean, other_root) = first, second
    gap = mean - other_mean
    # tr (C C')^(1/2) is the nuclear norm of R R'^T, where C = R^T R. An eigenvalue of C C' that is rounding and not 0
    # would enter by its square root; a singular value that is rounding stays as small as it is.
    shared = np.linalg.norm(root @ other_root.T, "nuc")
    return float(gap @ gap + np.sum(root**2) + np.sum(other_root**2) - 2.0 * shared)
