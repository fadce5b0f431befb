"""Studies without an effect seldom get a verdict, and their intervals cover as often as they say."""

import pytest

from benchmarks.calibration import WORLDS, calibrate

N_STUDIES = 400  # the standard error of a share of 5 % is 1.1 points


@pytest.mark.parametrize("name", ["normal", "skewed", "heavy tails", "overlapping splits, corrected"])
def test_studies_without_an_effect_seldom_get_a_verdict(name: str) -> None:
    found = calibrate(WORLDS[name], N_STUDIES, seed=1, n_resamples=499)
    assert found.verdicts.total() == N_STUDIES
    assert 0.01 < found.false_verdicts < 0.09
    assert 0.91 < found.t_covers < 0.99
    assert found.t_covers == pytest.approx(1 - found.false_verdicts, abs=0.005)


def test_the_bootstrap_covers_less_than_the_t_interval() -> None:
    found = calibrate(WORLDS["normal"], N_STUDIES, seed=1, n_resamples=499)
    assert 0.84 < found.bca_covers < found.t_covers


def test_splits_of_one_set_taken_for_independent_get_false_verdicts() -> None:
    found = calibrate(WORLDS["overlapping splits, taken for independent"], N_STUDIES, seed=1, n_resamples=499)
    assert found.false_verdicts > 0.2
