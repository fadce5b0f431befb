"""The checks that imbalanced-learn and scikit-learn have for every sampler; only their own skips are let through."""

from collections import Counter
from functools import partial
from unittest import SkipTest

import pytest
from imblearn.utils import estimator_checks as of_samplers
from sklearn.utils import estimator_checks as of_estimators

from gan_augment.mixing.resampler import GanOverSampler

FEWEST_PASSED = 59
BESIDES = (of_samplers.check_param_validation, of_samplers.check_dataframe_column_names_consistency)


def outcome(check, sampler) -> str:
    """Return ``passed``, ``skipped``, or what went wrong."""
    try:
        check(sampler)
    except SkipTest:
        return "skipped"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "passed"


@pytest.mark.filterwarnings("ignore")
def test_no_check_of_either_library_fails():
    sampler = GanOverSampler(steps=20, random_state=0)
    checks = [
        *of_samplers.estimator_checks_generator(sampler),
        *of_estimators.estimator_checks_generator(sampler),
        *((sampler, partial(check, "GanOverSampler")) for check in BESIDES),
    ]
    outcomes = {f"{check.func.__module__}.{check}": outcome(check, one) for one, check in checks}
    assert {name: said for name, said in outcomes.items() if said not in ("passed", "skipped")} == {}
    assert Counter(outcomes.values())["passed"] >= FEWEST_PASSED
