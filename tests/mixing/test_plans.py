"""A plan must use synthetic samples as it says, stage by stage, with as many real ones in every step."""

import numpy as np
import pytest

from gan_augment.errors import ConfigError
from gan_augment.evaluation.images.usages import USAGES
from gan_augment.mixing.plans import PLANS, AugmentationPlan, Stage


class Mixed:
    """Ten real items, then twenty synthetic ones."""

    n_real = 10

    def __len__(self):
        return 30


def counts(stage, n_real):
    """Return (real, synthetic) items of every step of a stage."""
    order, size = np.array(list(stage.sampler(Mixed(), n_real))), stage.batch_size(n_real)
    assert len(order) == stage.n_steps * size
    return [((step < 10).sum(), (step >= 10).sum()) for step in order.reshape(stage.n_steps, size)]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (AugmentationPlan(0.5), [(4, 4)] * 8),
        (AugmentationPlan(0.2), [(4, 1)] * 8),
        (AugmentationPlan(0.5, last_real=0.25), [(4, 4)] * 6 + [(4, 0)] * 2),
        (AugmentationPlan(0.5, last_real=1.0), [(4, 0)] * 8),
        (AugmentationPlan(pretrain=0.5), [(0, 4)] * 4 + [(4, 0)] * 8),
    ],
)
def test_every_step_sees_what_the_plan_says(plan, expected):
    assert [step for stage in plan.stages(8) for step in counts(stage, 4)] == expected


def test_a_plan_is_as_long_as_what_it_shows():
    for plan in PLANS.values():
        shown = sum(stage.n_steps * stage.batch_size(60) for stage in plan.stages(100))
        assert shown == pytest.approx(6000 * plan.longer)


def test_synthetic_samples_weigh_what_the_plan_says():
    assert [stage.weight for stage in AugmentationPlan(0.5, weight=0.3, last_real=0.5).stages(4)] == [0.3, 1.0]
    assert AugmentationPlan(pretrain=1.0).stages(4) == (Stage(4, 1.0), Stage(4, 0.0))


def test_what_auto_chooses_among_are_the_plans_and_balance():
    assert list(USAGES) == [*PLANS, "balance", "rare, share 0.25"]


def test_no_steps_are_no_training():
    with pytest.raises(ConfigError, match="at least 1 step"):
        AugmentationPlan(pretrain=1.0).stages(0)


@pytest.mark.parametrize(
    "settings", [{"share": 0.0}, {"share": 1.0}, {"weight": 0.0}, {"last_real": 1.1}, {"pretrain": -1.0}]
)
def test_numbers_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError):
        AugmentationPlan(**settings)
