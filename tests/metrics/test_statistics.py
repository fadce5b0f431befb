"""Scores and intervals agree with the textbook's."""

import numpy as np
import pytest
from scipy import stats

from gan_augment.errors import ConfigError
from gan_augment.metrics.statistics import accuracy, macro_f1, paired_difference, per_class_accuracy

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
    assert paired_difference(BASELINE, BASELINE).verdict == "no evidence"


def test_a_single_pair_is_no_evidence() -> None:
    single = paired_difference([0.9], [0.1])
    assert np.isnan(single.low)
    assert single.verdict == "no evidence"


def test_scores_that_do_not_pair_are_refused() -> None:
    for pair in (([1.0], [1.0, 2.0]), ([], [])):
        with pytest.raises(ConfigError):
            paired_difference(*pair)


@pytest.mark.filterwarnings("error")
def test_a_class_that_is_never_predicted_counts_in_macro_f1() -> None:
    labels, predictions = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    assert accuracy(labels, predictions) == 0.75
    assert macro_f1(labels, predictions, 2) == pytest.approx((0.8 + 2 / 3) / 2)
    assert macro_f1(labels, predictions, 3) == pytest.approx((0.8 + 2 / 3) / 3)
    np.testing.assert_array_equal(per_class_accuracy(labels, predictions, 3), [1.0, 0.5, np.nan])
