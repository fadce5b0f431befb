"""The number of real samples that a score stands for comes back where it is known."""

from functools import cache

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from gan_augment.errors import ConfigError
from gan_augment.metrics.learning_curve import effective_samples

SIZES = np.array([50, 100, 200, 400])
N_REPLICATES = 20


@cache
def knn_scores(n: int) -> np.ndarray:
    """Return the accuracy of a nearest neighbour that knows `n` digits, in each replicate."""
    data = load_digits()
    scores = []
    for seed in range(N_REPLICATES):
        order = np.random.default_rng(seed).permutation(len(data.target))
        test, pool = order[:600], order[600:]
        train = np.random.default_rng([seed, n]).permutation(pool)[:n]  # a subset of its own at each size
        judge = KNeighborsClassifier(1).fit(data.data[train], data.target[train])
        scores.append(judge.score(data.data[test], data.target[test]))
    return np.array(scores)


def logs(n: float) -> float:
    """Return a score that is linear in log n, as the interpolation is."""
    return 0.1 + 0.1 * float(np.log(n))


def curve(n_replicates: int = 8, noise: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.array([logs(size) for size in SIZES]) + noise * rng.normal(size=(n_replicates, len(SIZES)))


@pytest.mark.parametrize("n", [75, 150, 300])
def test_real_subsets_are_worth_their_own_size(n: int) -> None:
    scores = np.column_stack([knn_scores(int(size)) for size in SIZES])
    found = effective_samples(SIZES, scores, knn_scores(n), seed=0)
    assert found.value == pytest.approx(n, rel=0.2)
    assert found.low < n < found.high
    assert found.relation == "="
    assert found.high / found.low < 2.0


@pytest.mark.parametrize("n", [50, 70, 100, 141.4, 399, 400])
def test_a_curve_that_is_linear_in_log_n_is_read_off_exactly(n: float) -> None:
    found = effective_samples(SIZES, curve(), np.full(8, logs(n)), seed=0)
    assert (found.value, found.low, found.high) == pytest.approx((n, n, n))
    assert found.relation == "="


@pytest.mark.parametrize(("n", "end", "relation"), [(20, 50, "<="), (1000, 400, ">=")])
def test_beyond_the_ends_it_is_said_and_not_extrapolated(n: int, end: int, relation: str) -> None:
    found = effective_samples(SIZES, curve(), np.full(8, logs(n)), seed=0)
    assert (found.value, found.low, found.high, found.relation) == (end, end, end, relation)


def test_an_interval_that_reaches_past_an_end_is_clipped_there() -> None:
    reached = logs(380) + 0.05 * np.random.default_rng(1).normal(size=8)
    found = effective_samples(SIZES, curve(), reached, seed=0)
    assert 50 < found.low < found.value <= found.high == 400


def test_a_dip_of_the_means_is_evened_out() -> None:
    scores = np.tile([0.5, 0.7, 0.6, 0.9], (5, 1))
    found = effective_samples(SIZES, scores, np.full(5, 0.65), seed=0)
    assert found.curve.fitted == pytest.approx((0.5, 0.65, 0.65, 0.9))
    assert found.curve.means == pytest.approx((0.5, 0.7, 0.6, 0.9))
    # All sizes of the level stretch reach it.
    assert (found.value, found.low, found.high) == pytest.approx((np.sqrt(100 * 200), 100, 200))
    assert 200 < effective_samples(SIZES, scores, np.full(5, 0.7), seed=0).value < 400


@pytest.mark.parametrize(
    ("reached", "expected"),
    [(0.8, ("=", np.sqrt(50 * 400), 50, 400)), (0.9, (">=", 400, 400, 400)), (0.7, ("<=", 50, 50, 50))],
)
def test_a_flat_curve_tells_nothing_but_above_or_below(reached: float, expected: tuple[str, float, int, int]) -> None:
    found = effective_samples(SIZES, np.full((4, 4), 0.8), np.full(4, reached), seed=0)
    assert found.relation == expected[0]
    assert (found.value, found.low, found.high) == pytest.approx(expected[1:])


def test_a_replicate_with_a_missing_score_is_left_out_on_both_sides() -> None:
    scores, reached = curve(6, noise=0.01), np.full(6, logs(150))
    whole = effective_samples(SIZES, scores[2:], reached[2:], seed=0)
    scores[0, 1], reached[1] = np.nan, np.nan
    assert effective_samples(SIZES, scores, reached, seed=0) == whole
    assert whole.curve.n_replicates == 4


@pytest.mark.filterwarnings("error")
def test_one_replicate_has_no_interval_and_none_has_no_value() -> None:
    one = effective_samples(SIZES, curve(1), np.array([logs(150)]), seed=0)
    assert one.value == pytest.approx(150)
    assert np.isnan([one.low, one.high, *one.curve.sds]).all()
    none = effective_samples(SIZES, curve(2), np.full(2, np.nan), seed=0)
    assert np.isnan([none.value, none.low, none.high, *none.curve.means, *none.curve.fitted]).all()
    assert none.curve.n_replicates == 0


def test_pairs_stay_together_so_that_what_replicates_share_cancels() -> None:
    shared = 0.2 * np.random.default_rng(0).normal(size=(8, 1))
    found = effective_samples(SIZES, curve() + shared, logs(150) + shared[:, 0], seed=0)
    assert (found.low, found.high) == pytest.approx((150, 150))
    apart = effective_samples(SIZES, curve() + shared, logs(150) + shared[::-1, 0], seed=0)
    assert apart.high / apart.low > 1.5


@pytest.mark.parametrize("n_replicates", [5, 10])
def test_the_interval_covers_the_truth_about_as_often_as_it_says(n_replicates: int) -> None:
    rng, n_trials, covered = np.random.default_rng(0), 60, 0
    for trial in range(n_trials):
        scores = np.array([logs(size) for size in SIZES]) + 0.03 * rng.normal(size=(n_replicates, 4))
        reached = logs(150) + 0.03 * rng.normal(size=n_replicates)
        found = effective_samples(SIZES, scores, reached, seed=trial, level=0.9)
        covered += found.low <= 150 <= found.high
    assert 0.8 < covered / n_trials <= 1.0


def test_the_seed_fixes_the_interval_and_a_higher_level_widens_it() -> None:
    scores, reached = curve(8, noise=0.02), np.full(8, logs(150))
    found, again = (effective_samples(SIZES, scores, reached, seed=3) for _ in range(2))
    assert found == again
    assert effective_samples(SIZES, scores, reached, seed=4) != found
    wider = effective_samples(SIZES, scores, reached, seed=3, level=0.99)
    assert wider.low < found.low < found.value < found.high < wider.high


def test_the_curve_holds_what_a_plot_needs() -> None:
    scores = curve(6, noise=0.01)
    found = effective_samples(SIZES, scores, np.full(6, 0.5), seed=0).curve
    assert found.sizes == tuple(SIZES)
    np.testing.assert_allclose(found.means, scores.mean(axis=0))
    np.testing.assert_allclose(found.sds, scores.std(axis=0, ddof=1))


@pytest.mark.parametrize(
    ("sizes", "scores", "reached", "level", "message"),
    [
        ([50, 50], np.ones((2, 2)), np.ones(2), 0.95, "ascending"),
        ([0, 50], np.ones((2, 2)), np.ones(2), 0.95, "above 0"),
        ([], np.ones((2, 0)), np.ones(2), 0.95, "ascending"),
        ([50, 99], np.ones((2, 3)), np.ones(2), 0.95, "each of 2 sizes"),
        ([50, 99], np.ones((2, 2)), np.ones(3), 0.95, "each of 3 replicates"),
        ([50, 99], np.ones((2, 2)), np.ones(2), 95.0, "between 0 and 1"),
    ],
)
def test_what_is_no_learning_curve_is_refused(
    sizes: list[int], scores: np.ndarray, reached: np.ndarray, level: float, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        effective_samples(np.array(sizes), scores, reached, seed=0, level=level)
