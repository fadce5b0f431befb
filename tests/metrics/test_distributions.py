"""Distances between distributions are what their formulas say, at the floor for real samples and far above for bad."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.linalg import sqrtm

from gan_augment.errors import ConfigError, DataError
from gan_augment.metrics import distributions
from gan_augment.metrics.distributions import (
    density_coverage,
    frechet_distance,
    frechet_with_floor,
    kernel_distance,
    precision_recall,
    squared_mmd,
)
from gan_augment.metrics.fidelity import coverage, density


def normal(seed: int, n: int = 200, d: int = 8, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)) + shift


def with_moments(mean: np.ndarray, root: np.ndarray, n: int = 50) -> np.ndarray:
    """Return samples whose mean is `mean` and whose covariance is ``root' root``, exactly."""
    noise = normal(0, n, len(root))
    white, _ = np.linalg.qr(noise - noise.mean(axis=0))
    return white * np.sqrt(n - 1) @ root + mean


def modes(seed: int, kept: int = 4, n: int = 300) -> np.ndarray:
    """Return samples around the first `kept` of four centres."""
    rng = np.random.default_rng(seed)
    centres = 3.0 * np.eye(8)[:4]
    return centres[rng.integers(kept, size=n)] + rng.normal(size=(n, 8))


def naive_mmd(real: np.ndarray, fake: np.ndarray) -> float:
    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / len(x) + 1) ** 3)

    def within(part: np.ndarray) -> float:
        return float(np.mean([kernel(x, y) for i, x in enumerate(part) for j, y in enumerate(part) if i != j]))

    return within(real) + within(fake) - 2 * float(np.mean([kernel(x, y) for x in real for y in fake]))


def test_frechet_distance_is_the_closed_form_of_the_moments() -> None:
    rng = np.random.default_rng(1)
    mean, other_mean, root, other_root = *rng.normal(size=(2, 4)), *rng.normal(size=(2, 4, 4))
    first, second = root.T @ root, other_root.T @ other_root
    gap = mean - other_mean
    expected = gap @ gap + np.trace(first + second - 2 * sqrtm(first @ second).real)
    found = frechet_distance(with_moments(mean, root), with_moments(other_mean, other_root, 70))
    assert found == pytest.approx(expected, rel=1e-9)


def test_covariances_of_less_than_full_rank_lose_no_digits() -> None:
    spread, other_spread = np.diag([1.0, 2.0, 0.0, 0.0]), np.diag([3.0, 0.0, 5.0, 0.0])
    pair = [with_moments(np.zeros(4), root) for root in (spread, other_spread)]
    assert frechet_distance(*pair) == pytest.approx((1 - 3) ** 2 + 2**2 + 5**2, rel=1e-12)
    few = normal(0, 20, 100)
    assert frechet_distance(few, few) == pytest.approx(0.0, abs=1e-10)
    assert frechet_distance(few, few + 1.0) == pytest.approx(100.0, rel=1e-12)


def test_a_large_offset_costs_no_digits_in_float32() -> None:
    near = normal(0).astype(np.float32)
    far = near + np.float32(4096)
    assert frechet_distance(far, far[::-1]) == pytest.approx(0.0, abs=1e-9)


def test_frechet_distance_of_few_real_samples_is_mostly_bias() -> None:
    assert 18 < frechet_distance(normal(0, 100, 64), normal(1, 100, 64)) < 26


@pytest.mark.parametrize("d", [1, 5])
def test_squared_mmd_is_the_sum_over_all_pairs_but_those_of_a_sample_with_itself(d: int) -> None:
    real, fake = normal(0, 12, d), normal(1, 9, d, 0.5)
    assert squared_mmd(real, fake) == pytest.approx(naive_mmd(real, fake), rel=1e-12)
    whole = kernel_distance(real[:9], fake, subset_size=9, n_subsets=3, seed=0)
    assert whole.mean == pytest.approx(naive_mmd(real[:9], fake), rel=1e-12)
    assert np.isnan(whole.sd)


def test_each_subset_is_compared_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributions, "CHUNK_CELLS", 50)
    (real, in_real), (fake, in_fake) = (
        distributions._subsets(normal(seed, 30), 7, 5, np.random.default_rng(seed)) for seed in (0, 1)
    )
    expected = [naive_mmd(real[own == 1], fake[other == 1]) for own, other in zip(in_real, in_fake, strict=True)]
    np.testing.assert_allclose(distributions._squared_mmds(real, in_real, fake, in_fake), expected, rtol=1e-9)


def test_subsets_differ_and_hold_no_sample_twice() -> None:
    pool, members = distributions._subsets(normal(0, 500), 20, 6, np.random.default_rng(0))
    assert len(pool) == 200
    np.testing.assert_array_equal(members.sum(axis=1), 20)
    assert set(np.unique(members)) == {0.0, 1.0}
    assert len(np.unique(members, axis=0)) == 6


def test_the_spread_of_a_kernel_distance_is_its_standard_error_also_of_few_samples() -> None:
    found = [kernel_distance(normal(2 * s, 60), normal(2 * s + 1, 60, shift=0.5), seed=s) for s in range(40)]
    assert found[0].subset_size == 30
    spread = np.std([each.mean for each in found], ddof=1)
    assert np.mean([each.sd for each in found]) == pytest.approx(spread, rel=0.35)


def test_real_samples_stand_at_the_floor_and_bad_ones_far_above() -> None:
    real = modes(0, n=600)
    good = frechet_with_floor(real, modes(1), seed=0)
    assert good.n == 300
    assert abs(good.value - good.floor) < 4 * good.floor_sd
    kernel_good = kernel_distance(real, modes(1), seed=0)
    assert abs(kernel_good.mean) < 3 * kernel_good.sd
    for bad in (modes(1) + 0.5, modes(1, kept=3)):
        found = frechet_with_floor(real, bad, seed=0)
        assert found.value - found.floor > 10 * found.floor_sd
        kernel_bad = kernel_distance(real, bad, seed=0)
        assert kernel_bad.mean > 3 * kernel_bad.sd


def test_many_fake_samples_gain_nothing_over_few() -> None:
    real = normal(0, 200, 32)
    few, many = (frechet_with_floor(real, normal(1, n, 32), seed=0) for n in (100, 3000))
    assert few.n == many.n == 100
    assert many.value == pytest.approx(few.value, rel=0.1)
    scarce = frechet_with_floor(real, normal(1, 40, 32), seed=0)
    assert scarce.n == 40
    assert abs(scarce.value - scarce.floor) < 4 * scarce.floor_sd


def test_the_floor_is_of_disjoint_halves() -> None:
    twins = normal(0, 2, 3)
    found = frechet_with_floor(np.repeat(twins, [1, 3], axis=0), twins, seed=0)
    assert found.floor > 0.1
    assert frechet_with_floor(normal(0, 40, 2), normal(0, 40, 2), seed=0).floor > 0


def test_precision_falls_for_odd_samples_and_recall_for_missing_ones() -> None:
    real = modes(0)
    np.testing.assert_allclose(precision_recall(real, modes(1)), 0.95, atol=0.06)
    narrow_precision, narrow_recall = precision_recall(real, np.zeros_like(real) + 0.01 * normal(1, 300))
    assert narrow_recall < 0.1
    wide_precision, wide_recall = precision_recall(real, 3.0 * modes(1))
    assert wide_precision < 0.3 < 0.9 < wide_recall
    assert narrow_precision > 0.9
    assert precision_recall(real, modes(1) + 100.0) == (0.0, 0.0)


def test_precision_and_recall_change_places_with_the_sets() -> None:
    real, fake = modes(0), modes(1, kept=2)
    assert precision_recall(real, fake, k=3) == precision_recall(fake, real, k=3)[::-1]


def test_density_and_coverage_of_whole_sets_are_those_of_one_class() -> None:
    real, fake = modes(0), modes(1, kept=2)
    labels = np.zeros(300, np.int64)
    expected = [figure(real, labels, fake, labels, 1)[0] for figure in (density, coverage)]
    np.testing.assert_allclose(density_coverage(real, fake), expected, rtol=1e-12)
    assert density_coverage(real, fake, k=20)[1] > expected[1]


def test_the_order_of_samples_changes_nothing() -> None:
    real, fake = modes(0), modes(1, kept=3)
    for figure in (frechet_distance, squared_mmd, precision_recall, density_coverage):
        np.testing.assert_allclose(figure(real[::-1], fake[np.argsort(fake[:, 0])]), figure(real, fake), rtol=1e-9)


def test_a_seed_fixes_what_is_drawn() -> None:
    real, fake = modes(0), modes(1)
    for figure in (kernel_distance, frechet_with_floor):
        first, again, other = (figure(real, fake, seed=seed) for seed in (0, 0, 1))
        assert first == again
        assert first != other


@pytest.mark.filterwarnings("error")
def test_too_few_samples_give_nan_instead_of_an_error_or_a_figure() -> None:
    some = normal(0, 30)
    for few in (some[:0], some[:1]):
        for pair in ((some, few), (few, some)):
            assert np.isnan([frechet_distance(*pair), squared_mmd(*pair)]).all()
            floor = frechet_with_floor(*pair, seed=0)
            assert np.isnan([floor.value, floor.floor, floor.floor_sd]).all()
            assert np.isnan([*precision_recall(*pair), *density_coverage(*pair)]).all()
            assert np.isnan(kernel_distance(*pair, seed=0).mean)
    assert np.isnan(kernel_distance(some, some[:3], seed=0).mean)
    assert np.isnan(kernel_distance(some, some[:9], subset_size=10, seed=0).mean)
    assert np.isnan(precision_recall(some, some[:5])).all()
    assert not np.isnan(precision_recall(some, some[:6])).any()


@pytest.mark.parametrize("figure", [frechet_distance, squared_mmd, precision_recall, density_coverage])
def test_features_that_cannot_be_compared_are_refused(figure: Callable[[np.ndarray, np.ndarray], object]) -> None:
    with pytest.raises(DataError, match="one width"):
        figure(normal(0, d=3), normal(1, d=4))
    with pytest.raises(DataError, match="NaN or infinity"):
        figure(normal(0), np.full((10, 8), np.nan))


def test_settings_out_of_range_are_refused() -> None:
    pair = normal(0), normal(1)
    for setting in ({"subset_size": 1}, {"n_subsets": 0}):
        with pytest.raises(ConfigError, match="at least 1 subset"):
            kernel_distance(*pair, **setting, seed=0)
    with pytest.raises(ConfigError, match="at least 2 splits"):
        frechet_with_floor(*pair, seed=0, n_splits=1)
    with pytest.raises(ConfigError, match="lower k"):
        precision_recall(*pair, k=0)
