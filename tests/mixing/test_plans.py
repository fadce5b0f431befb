"""A plan must use synthetic samples as it says, stage by stage, with as many real ones in every step."""

import numpy as np
import pytest
import torch

from gan_augment.errors import ConfigError
from gan_augment.evaluation.images.usages import USAGES
from gan_augment.losses.consistency import disagreement
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
        shown = 0
        for stage in plan.stages(100):
            n_synthetic = stage.batch_size(60) - 60
            shown += stage.n_steps * (stage.batch_size(60) + (n_synthetic if stage.consistency else 0))
        assert shown == pytest.approx(6000 * plan.longer)


def test_synthetic_samples_weigh_what_the_plan_says():
    assert [stage.weight for stage in AugmentationPlan(0.5, weight=0.3, last_real=0.5).stages(4)] == [0.3, 1.0]
    assert AugmentationPlan(pretrain=1.0).stages(4) == (Stage(4, 1.0), Stage(4, 0.0))


def test_the_loss_of_a_step_weighs_synthetic_samples():
    samples, labels, is_synthetic = torch.eye(4), torch.tensor([0, 1, 2, 3]), torch.tensor([False, False, True, True])
    losses = torch.nn.functional.cross_entropy(2.0 * samples, (labels + 1) % 4, reduction="none")
    losses[:2] = torch.nn.functional.cross_entropy(2.0 * samples[:2], labels[:2], reduction="none")
    wrong = torch.where(is_synthetic, (labels + 1) % 4, labels)
    found = Stage(1, 0.5, weight=0.5).loss(torch.nn.Identity(), samples, wrong, is_synthetic, lambda x: 2.0 * x)
    torch.testing.assert_close(found, (losses[:2].sum() + 0.5 * losses[2:].sum()) / 3.0)


def test_consistency_asks_for_two_views_of_synthetic_samples_and_not_for_their_labels():
    samples, is_synthetic = torch.randn(6, 4), torch.tensor([False, True, False, True, True, False])
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    views, seen = [], []

    def augment(part):
        views.append(part + len(views))
        return views[-1]

    def net(part):
        seen.append(part)
        return 3.0 * part

    (stage,) = AugmentationPlan(1 / 3, consistency=0.5).stages(1)
    found = stage.loss(net, samples, labels, is_synthetic, augment)
    assert len(seen) == 1  # of batch norm, one pass
    real, first, second = (3.0 * view for view in views)
    assert [len(real), len(first), len(second)] == [3, 3, 3]
    expected = torch.nn.functional.cross_entropy(real, labels[~is_synthetic]) + 0.5 * disagreement(first, second)
    torch.testing.assert_close(found, expected)
    changed = torch.where(is_synthetic, (labels + 1) % 4, labels)
    views.clear()
    torch.testing.assert_close(stage.loss(net, samples, changed, is_synthetic, augment), found)


@pytest.mark.parametrize("is_synthetic", [[True] * 4, [False] * 4])
def test_a_batch_may_hold_one_kind_alone(is_synthetic):
    samples, labels = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])

    def doubled(part):
        assert len(part)  # no network nor augmentation is asked for nothing
        return 2.0 * part

    stage = Stage(1, 0.5, consistency=1.0)
    found = stage.loss(torch.nn.Identity(), samples, labels, torch.tensor(is_synthetic), doubled)
    expected = 0.0 if is_synthetic[0] else float(torch.nn.functional.cross_entropy(2.0 * samples, labels))
    assert float(found) == pytest.approx(expected)


def test_consistency_without_two_views_is_refused():
    stage = Stage(1, 0.5, consistency=1.0)
    with pytest.raises(ConfigError, match="augment_fn"):
        stage.loss(torch.nn.Identity(), torch.randn(4, 3), torch.arange(4) % 3, torch.arange(4) > 1)


def test_what_auto_chooses_among_are_the_plans_and_balance():
    evening = ["balance", "rare, share 0.25"]
    assert list(USAGES) == [*PLANS, *evening, "share 0.25, curated", "rare, share 0.25, curated"]


def test_no_steps_are_no_training():
    with pytest.raises(ConfigError, match="at least 1 step"):
        AugmentationPlan(pretrain=1.0).stages(0)


@pytest.mark.parametrize(
    "settings",
    [
        {"share": 0.0},
        {"share": 1.0},
        {"weight": 0.0},
        {"last_real": 1.1},
        {"pretrain": -1.0},
        {"consistency": -1.0},
        {"consistency": 1.0, "pretrain": 1.0},
    ],
)
def test_numbers_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError):
        AugmentationPlan(**settings)
