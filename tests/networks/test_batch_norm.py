"""Batch statistics are those of the passes, and a network without any is left alone."""

import pytest
import torch
from torch import nn

from gan_augment.networks.batch_norm import reestimate_batch_statistics
from gan_augment.seeding import torch_rng


def test_batch_statistics_become_those_of_the_passes():
    net = nn.Sequential(nn.BatchNorm1d(2, affine=False))
    data = torch.randn(64, 2, generator=torch_rng(0)) * 3 + 5
    reestimate_batch_statistics(net, [lambda: net(data)] * 3)
    assert not net[0].training
    assert torch.allclose(net[0].running_mean, data.mean(0))
    assert torch.allclose(net[0].running_var, data.var(0))


def test_a_network_without_batch_norm_runs_no_pass():
    reestimate_batch_statistics(nn.Linear(1, 1), [lambda: pytest.fail("ran")])
