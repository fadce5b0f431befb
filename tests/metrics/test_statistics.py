"""Scores and intervals agree with the textbook's."""

import numpy as np
import pytest
from scipy import stats

from gan_augment.errors import ConfigError
from gan_augment.metrics.statistics import (
    accuracy,
    bca_interval,
    corrected_difference,
    holm,
    macro_f1,
    paired_difference,
    per_class_accuracy,
)

BASELINE = [0.90, 0.91, 0.92, 0.90, 0.93]
TREATMENT = [0.93, 0.92, 0.95, 0.93, 0.94]


def test_the_interval_is_that_of_the_paired_t_test() -> None:
    found = paired_difference(TREATMENT, BASELINE, confidence=0.9)
    expected = stats.ttest_rel(TREATMENT, BASELINE).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.mean == pytest.approx(0.022)
    assert found.n_pairs == 5


def test_the_verdict_follows_the_interval_and_not_the_mean() -> None:
    assert paired_difference(TREATMENT, BASELINE).verdict == "helps"
    assert paired_difference(BASELINE, TREATMENT).verdict == "hurts"
    assert paired_difference([0.99, 0.80, 0.99], [0.9, 0.9, 0.9]).verdict == "no evidence"


def test_only_an_interval_inside_the_margin_on_both_sides_is_equivalent() -> None:
    near = [0.901, 0.909, 0.921, 0.899, 0.930]
    assert paired_difference(near, BASELINE).verdict == "equivalent"
    assert paired_difference(near, BASELINE, margin=0.0001).verdict == "no evidence"
    above = [score + 0.003 + by for score, by in zip(BASELINE, (0.005, -0.005, 0.002, -0.002, 0), strict=True)]
    for found in (paired_difference(above, BASELINE), paired_difference(BASELINE, above)):
        assert -0.008 < found.low < 0 < found.high < 0.008  # one end is within the margin
        assert found.verdict == "no evidence"
    # A difference that is sure and small is still one.
    assert paired_difference([score + 0.001 for score in BASELINE], BASELINE).verdict == "helps"


def test_no_difference_at_all_is_equivalent_even_without_a_margin() -> None:
    same = paired_difference(BASELINE, BASELINE, margin=0.0)
    assert (same.low, same.high, same.p_value) == (0.0, 0.0, 1.0)
    assert same.verdict == "equivalent"


def test_rounding_is_no_difference() -> None:
    found = paired_difference([0.1 + 0.2, 0.7 + 0.1, 0.3 - 0.1], [0.3, 0.8, 0.2])
    assert (found.mean, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert found.verdict == "equivalent"


@pytest.mark.filterwarnings("error")
def test_the_same_gain_in_every_pair_has_an_interval_of_no_width() -> None:
    found = paired_difference([0.8, 0.9, 0.3], [0.7, 0.8, 0.2])
    assert (found.low, found.high, found.p_value) == (0.1, 0.1, 0.0)
    assert found.verdict == "helps"


def test_the_p_value_is_that_of_the_paired_t_test() -> None:
    expected = stats.ttest_rel(TREATMENT, BASELINE).pvalue
    assert paired_difference(TREATMENT, BASELINE).p_value == pytest.approx(expected)
    assert paired_difference(BASELINE, TREATMENT).p_value == pytest.approx(expected)


def test_the_corrected_interval_is_that_of_nadeau_and_bengio() -> None:
    # By hand: differences 3, 1, 3, 3, 1 hundredths, mean 2.2, variance 1.2; 1/5 + 1/3 of it is 0.64, its root 0.8.
    found = corrected_difference(TREATMENT, BASELINE, test_over_train=1 / 3)
    assert found.mean == pytest.approx(0.022)
    assert (found.low, found.high) == pytest.approx((0.022 - 2.776445 * 0.008, 0.022 + 2.776445 * 0.008), abs=1e-7)
    assert found.p_value == pytest.approx(2 * stats.t.sf(2.2 / 0.8, 4))
    assert found.verdict == "no evidence"
    assert paired_difference(TREATMENT, BASELINE).verdict == "helps"


def test_a_correction_for_no_overlap_is_refused() -> None:
    for ratio in (0.0, -1.0, float("nan")):
        with pytest.raises(ConfigError, match="above 0"):
            corrected_difference(TREATMENT, BASELINE, ratio)


def test_the_bootstrap_interval_is_that_of_the_library_and_of_its_seed() -> None:
    scores, zeros = np.random.default_rng(0).exponential(size=10).round(6), [0.0] * 10
    expected = stats.bootstrap((scores,), np.mean, method="BCa", random_state=np.random.default_rng(3))
    found = bca_interval(scores.tolist(), zeros, np.random.default_rng(3))
    assert found == pytest.approx(tuple(expected.confidence_interval), abs=1e-9)
    narrower = bca_interval(scores.tolist(), zeros, np.random.default_rng(3), confidence=0.5)
    assert found[0] < narrower[0] < narrower[1] < found[1]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("treatment", [[0.9], [0.9, 0.8], [0.9, 0.8, float("nan")]])
def test_data_without_a_spread_have_no_bootstrap_interval_and_no_warning(treatment: list[float]) -> None:
    found = bca_interval(treatment, [0.8, 0.7, 0.6][: len(treatment)], np.random.default_rng(0))
    assert np.isnan(found).all()


def test_the_correction_for_many_tests_is_that_of_holm() -> None:
    # By hand: 0.01 * 3, then 0.02 * 2 = 0.04, then 0.03 * 1, which may not be below the one before.
    assert holm([0.02, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.filterwarnings("error")
def test_a_p_value_that_is_not_known_does_not_count_as_a_test() -> None:
    given = np.array([float("nan"), 0.02, 0.01])
    assert holm(given)[1:] == pytest.approx([0.02, 0.02])
    assert np.isnan(holm(given)[0])
    assert given[1:].tolist() == [0.02, 0.01]
    assert np.isnan(holm([float("nan")])).all()


def test_a_single_pair_is_no_evidence() -> None:
    single = paired_difference([0.9], [0.1])
    assert np.isnan([single.low, single.high, single.p_value]).all()
    assert single.verdict == "no evidence"


def test_scores_that_do_not_pair_are_refused() -> None:
    for pair in (([1.0], [1.0, 2.0]), ([], [])):
        with pytest.raises(ConfigError):
            paired_difference(*pair)
        with pytest.raises(ConfigError):
            bca_interval(*pair, np.random.default_rng(0))
    with pytest.raises(ConfigError, match="between 0 and 1"):
        bca_interval(TREATMENT, BASELINE, np.random.default_rng(0), confidence=95)


@pytest.mark.filterwarnings("error")
def test_a_class_that_is_never_predicted_counts_in_macro_f1() -> None:
    labels, predictions = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    assert accuracy(labels, predictions) == 0.75
    assert macro_f1(labels, predictions, 2) == pytest.approx((0.8 + 2 / 3) / 2)
    assert macro_f1(labels, predictions, 3) == pytest.approx((0.8 + 2 / 3) / 3)
    np.testing.assert_array_equal(per_class_accuracy(labels, predictions, 3), [1.0, 0.5, np.nan])
