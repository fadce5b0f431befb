import math

import pytest
import torch

from gan_augment.losses.diversity import group_spectral_loss, mode_seeking_loss
from gan_augment.losses.penalties import consistency_penalty


def test_mode_seeking_pushes_two_samples_of_a_label_apart():
    samples = torch.tensor([[0.1], [0.3]], requires_grad=True)
    latents, labels = torch.tensor([[0.0], [2.0]]), torch.tensor([5, 5])
    loss = mode_seeking_loss(samples, latents, labels)
    assert float(loss.detach()) == pytest.approx(1 / (0.2 / 2 + 1e-5))
    loss.backward()
    assert samples.grad[0] > 0 > samples.grad[1]  # a step down the gradient widens the gap


def test_mode_seeking_compares_samples_of_one_label_alone():
    samples, latents = torch.tensor([[0.0], [9.0], [1.0]]), torch.tensor([[0.0], [0.0], [1.0]])
    same = mode_seeking_loss(samples, latents, torch.tensor([1, 0, 1]))
    assert float(same) == pytest.approx(1 / (1 + 1e-5))
    samples.requires_grad_()
    alone = mode_seeking_loss(samples, latents, torch.tensor([0, 1, 2]))
    assert float(alone.detach()) == 0.0
    alone.backward()
    assert samples.grad.tolist() == [[0.0]] * 3


def test_mode_seeking_minds_distance_for_distance():
    samples, labels = torch.tensor([[0.0], [1.0]]), torch.tensor([0, 0])
    near, far = (mode_seeking_loss(samples, torch.tensor([[0.0], [step]]), labels) for step in (0.5, 5.0))
    assert far > near


def test_group_spectral_loss_is_the_largest_singular_value_of_the_square_that_a_vector_makes():
    one_direction = torch.outer(torch.ones(3), torch.ones(4)).flatten()  # all of it in one direction
    spread = torch.eye(3, 4).flatten() * math.sqrt(4)  # the same length, in three
    for vector, expected in ((one_direction, 12.0), (spread, 4.0)):
        assert float(vector.square().sum()) == pytest.approx(12.0)
        assert float(group_spectral_loss([vector.expand(5, 2, 12)])) == pytest.approx(2 * expected, rel=1e-5)


def test_group_spectral_loss_is_a_mean_over_classes_and_a_sum_over_layers():
    layer = torch.stack([torch.zeros(2, 4), torch.eye(2).flatten().expand(2, 4)])
    assert float(group_spectral_loss([layer])) == pytest.approx(1.0)
    assert float(group_spectral_loss([layer, layer])) == pytest.approx(2.0)


def test_consistency_is_the_mean_square_of_what_augmentation_moves():
    assert float(consistency_penalty(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 5.0]))) == pytest.approx(4.5)
