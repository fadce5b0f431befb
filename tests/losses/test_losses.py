import math

import pytest
import torch

from gan_augment.losses.adversarial import LOSSES
from gan_augment.losses.penalties import gradient_penalty, lecam_penalty, zero_centred_penalty


@pytest.mark.parametrize("name", LOSSES)
def test_chance_is_the_loss_of_a_discriminator_that_says_the_same_of_everything(name):
    zeros = torch.zeros(5)
    assert float(LOSSES[name].discriminator(zeros, zeros)) == pytest.approx(LOSSES[name].chance)


@pytest.mark.parametrize("name", LOSSES)
def test_real_and_fake_are_not_swapped(name):
    high, low = torch.full((4,), 2.0), torch.full((4,), -2.0)
    loss = LOSSES[name]
    assert loss.discriminator(high, low) < loss.chance < loss.discriminator(low, high)
    assert loss.generator(low, high) < loss.generator(high, low)


def test_relativistic_pairing_compares_pair_by_pair():
    real, fake = torch.tensor([1.0, 5.0]), torch.tensor([1.0, 5.0])
    assert float(LOSSES["relativistic"].discriminator(real, fake)) == pytest.approx(math.log(2))
    swapped = float(LOSSES["relativistic"].discriminator(real, fake.flip(0)))
    assert swapped == pytest.approx((math.log1p(math.exp(4)) + math.log1p(math.exp(-4))) / 2)


def test_penalty_is_the_mean_squared_gradient_norm_not_its_sum_over_the_batch():
    real, fake = torch.randn(2, 6, 1, 2, 2).unbind()
    real, fake = real.requires_grad_(), fake.requires_grad_()
    logits_real, logits_fake = (3 * real).flatten(1).sum(1), (2 * fake).flatten(1).sum(1)
    assert float(zero_centred_penalty(logits_real, real, logits_fake, fake)) == pytest.approx(9 * 4 + 4 * 4)


def test_penalty_can_be_minimised():
    weight = torch.tensor(2.0, requires_grad=True)
    real, fake = torch.randn(3, 2, requires_grad=True), torch.randn(3, 2, requires_grad=True)
    zero_centred_penalty((weight * real).sum(1), real, (weight * fake).sum(1), fake).backward()
    assert float(weight.grad) == pytest.approx(2 * 2 * 2 * 2)


@pytest.mark.parametrize("slope", [0.0, 0.25, 3.0])
def test_gradient_penalty_of_a_linear_critic_is_the_squared_distance_of_its_slope_from_one(slope):
    direction = torch.tensor([0.6, 0.0, 0.8])
    penalty = gradient_penalty(lambda rows: slope * rows @ direction, torch.randn(5, 3))
    assert float(penalty) == pytest.approx((slope - 1) ** 2)


def test_gradient_penalty_takes_the_norm_of_all_rows_that_are_judged_together():
    slopes = torch.tensor([1.0, 2.0])
    rows = torch.randn(6, 4)
    penalty = gradient_penalty(lambda mixed: (mixed.reshape(3, 2, 4).sum(2) * slopes).sum(1), rows, pack=2)
    assert float(penalty) == pytest.approx((math.sqrt(4 * 1 + 4 * 4) - 1) ** 2)


def test_gradient_penalty_teaches_the_critic_and_not_what_it_looks_at():
    slope, rows = torch.tensor(3.0, requires_grad=True), torch.randn(5, 1, requires_grad=True)
    gradient_penalty(lambda mixed: slope * mixed.square().sum(1), rows).backward()
    steepness = 2 * rows.detach().abs()
    assert float(slope.grad) == pytest.approx(float((2 * (3 * steepness - 1) * steepness).mean()), rel=1e-4)
    assert rows.grad is None


def test_lecam_anchors_each_side_to_the_other_sides_average():
    at_rest = lecam_penalty(torch.tensor([-1.0]), torch.tensor([1.0]), torch.tensor(1.0), torch.tensor(-1.0))
    assert float(at_rest) == 0.0
    drifted = lecam_penalty(torch.tensor([2.0]), torch.tensor([-3.0]), torch.tensor(1.0), torch.tensor(-1.0))
    assert float(drifted) == pytest.approx(3.0**2 + 4.0**2)
