"""The bound must cost what rows really hold: a value that is not there costs nothing, a category its cross-entropy."""

import math

import pytest
import torch

from gan_augment.networks.config import MlpConfig
from gan_augment.precision import Precision
from gan_augment.seeding import torch_rng
from gan_augment.training.method import Batch, Context, OptimizerConfig
from gan_augment.training.variational import LEAST_LOG_SIGMA, VariationalConfig, build_vae, elbo_loss
from gan_augment.transforms.spec import Span, TensorSpec

CPU = torch.device("cpu")
SPEC = TensorSpec((7,), (Span(0, 1, "linear"), Span(1, 4, "gated"), Span(4, 7, "softmax")), 2)
LABELS = torch.tensor([0, 1, 1])


@pytest.fixture
def ctx():
    network = MlpConfig("autoencoder", z_dim=3, label_dim=2, hidden=4)
    method = build_vae(SPEC, network, VariationalConfig(), OptimizerConfig(), 0, CPU)
    return Context(method.modules, torch_rng(0), CPU, Precision().autocast(CPU))


@pytest.fixture
def rows():
    rows = torch.zeros(3, 7)
    rows[:, 0] = torch.tensor([0.5, -1.0, 2.0])
    rows[:, 1] = torch.tensor([1.5, 0.0, -0.5])
    rows[[0, 1, 2], [2, 3, 2]] = 1.0  # the second row's value is missing
    rows[[0, 1, 2], [4, 5, 6]] = 1.0
    return rows


def constant(ctx, raw, log_sigma=0.0):
    """Make the decoder say `raw` whatever comes, and the encoder the standard normal."""
    decoder, encoder = ctx.modules["generator"], ctx.modules["encoder"]
    with torch.no_grad():
        for head, bias in ((decoder.head, torch.tensor(raw)), (encoder.head, torch.zeros(6))):
            head.weight.zero_()
            head.bias.copy_(bias)
        decoder.log_sigma.fill_(log_sigma)


def reconstruction(ctx, rows):
    return elbo_loss({"train": Batch(rows, LABELS)}, ctx, VariationalConfig())[1]["reconstruction_loss"].item()


def test_the_reconstruction_is_density_of_values_and_cross_entropy_of_categories(ctx, rows):
    constant(ctx, [0.2, 0.4, 1.0, 0.0, 3.0, 0.0, 0.0])
    normal = 0.5 * math.log(2 * math.pi)
    values = sum(0.5 * (x - 0.2) ** 2 + normal for x in (0.5, -1.0, 2.0))
    values += sum(0.5 * (x - 0.4) ** 2 + normal for x in (1.5, -0.5))
    gate, word = torch.tensor([1.0, 0.0]).log_softmax(0), torch.tensor([3.0, 0.0, 0.0]).log_softmax(0)
    categories = -(2 * gate[0] + gate[1] + word.sum()).item()
    assert reconstruction(ctx, rows) == pytest.approx((values + categories) / 3, rel=1e-5)


def test_a_value_that_is_absent_costs_nothing_whatever_the_decoder_says_of_it(ctx, rows):
    missing = rows[1:2].expand(3, -1)
    constant(ctx, [0.0] * 7)
    before = reconstruction(ctx, missing)
    constant(ctx, [0.0, 100.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert reconstruction(ctx, missing) == pytest.approx(before)
    assert reconstruction(ctx, rows) > before + 100


def test_a_spread_is_not_rewarded_for_shrinking_without_end(ctx, rows):
    costs = []
    for log_sigma in (0.0, LEAST_LOG_SIGMA, LEAST_LOG_SIGMA - 5):
        constant(ctx, [0.5, 0.0, *[0.0] * 5], log_sigma)
        costs.append(reconstruction(ctx, rows[:1].clone().index_fill_(1, torch.tensor([1]), 0.0).expand(3, -1)))
    assert costs[0] > costs[1] == pytest.approx(costs[2])


def test_the_loss_weighs_reconstruction_against_the_divergence(ctx, rows):
    constant(ctx, [0.0] * 7)
    with torch.no_grad():
        ctx.modules["encoder"].head.bias[:3] = 2.0
    loss, metrics = elbo_loss({"train": Batch(rows, LABELS)}, ctx, VariationalConfig(reconstruction=0.5))
    assert metrics["divergence"].item() == pytest.approx(0.5 * 3 * 4)
    assert loss.item() == pytest.approx(0.5 * metrics["reconstruction_loss"].item() + 6.0)


def test_both_networks_learn_from_the_one_loss(ctx, rows):
    loss, _ = elbo_loss({"train": Batch(rows, LABELS)}, ctx, VariationalConfig())
    loss.backward()
    decoder, encoder = ctx.modules["generator"], ctx.modules["encoder"]
    for weight in (
        decoder.head.weight,
        decoder.embedding.table.weight,
        encoder.head.weight,
        encoder.trunk.layers[0].weight,
    ):
        assert weight.grad.abs().sum() > 0
    assert decoder.log_sigma.grad.tolist()[2:] == [0.0] * 5  # units of a softmax have no spread
