"""The bound of images: nothing to weigh by hand, and exemplars that follow the averaged weights."""

import math

import pytest
import torch

from gan_augment.losses.elbo import LEAST_ERROR, calibrated_nll
from gan_augment.networks.config import ExemplarConfig
from gan_augment.precision import Precision
from gan_augment.seeding import torch_rng
from gan_augment.training.exemplars import build_exemplar_vae, exemplar_loss
from gan_augment.training.method import Batch, Context, OptimizerConfig
from gan_augment.training.streams import ClassStream
from gan_augment.training.variational import VariationalConfig
from gan_augment.transforms.spec import Span, TensorSpec

CPU = torch.device("cpu")
SPEC = TensorSpec((1, 8, 8), (Span(0, 1, "tanh"),), 2)
NETWORK = ExemplarConfig(z_dim=3, label_dim=2, width=4, max_width=4, encoder_width=4, exemplars=7)


def method_of():
    return build_exemplar_vae(SPEC, NETWORK, VariationalConfig(1.0), OptimizerConfig(), 0, CPU)


def test_the_calibrated_density_is_that_of_the_spread_that_suits_best():
    values, means = torch.randn(6, 4, 5, generator=torch_rng(0)), torch.zeros(6, 4, 5)

    def nll(sigma):
        return (0.5 * (values / sigma).square() + math.log(sigma)).flatten(1).sum(1).mean().item()

    best = min(nll(sigma) for sigma in torch.linspace(0.5, 2.0, 3001).tolist())
    assert calibrated_nll(values, means).item() + 0.5 * 20 == pytest.approx(best, abs=1e-4)


def test_a_perfect_reconstruction_costs_what_an_error_below_a_grey_level_does():
    values = torch.rand(2, 3)
    assert calibrated_nll(values, values).item() == pytest.approx(1.5 * math.log(LEAST_ERROR))


def test_the_loss_falls_as_the_autoencoder_learns():
    method, rng = method_of(), torch_rng(1)
    ctx = Context(method.modules, rng, CPU, Precision().autocast(CPU))
    batch = Batch(torch.rand(16, 1, 8, 8, generator=rng), torch.arange(16) % 2)
    optimizer = torch.optim.Adam(method.modules["generator"].parameters(), 3e-3)
    losses = []
    for _ in range(60):
        loss, metrics = exemplar_loss({"train": batch}, ctx, VariationalConfig(1.0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.3
    parts = metrics["reconstruction_loss"] + metrics["divergence"]
    assert parts.item() == pytest.approx(metrics["elbo_loss"].item())


def test_settling_encodes_every_image_of_each_class():
    method, images = method_of(), torch.rand(5, 1, 8, 8, generator=torch_rng(2))
    labels = torch.tensor([0, 1, 0, 1, 1])
    stream = ClassStream(images, labels, lambda encoded, rng: encoded, 4, 1.0, CPU)
    method.settle_fn(method.modules, stream.draw_class, torch_rng(3))
    generator = method.modules["generator"]
    for label in (0, 1):
        expected = generator.encoder(images[labels == label], labels[labels == label])[0]
        n = int(generator.n_kept[label])
        assert n == len(expected)
        kept = generator.centres[label] + generator.offsets[label, :n]
        found = [int((mean - expected).norm(dim=1).argmin()) for mean in kept]
        assert sorted(found) == list(range(n))
        assert torch.allclose(expected[found], kept, atol=1e-5)


def test_of_more_images_than_there_is_room_for_some_are_encoded():
    method, images = method_of(), torch.rand(20, 1, 8, 8, generator=torch_rng(2))
    stream = ClassStream(images, torch.arange(20) % 2, lambda encoded, rng: encoded, 4, 1.0, CPU)
    method.settle_fn(method.modules, stream.draw_class, torch_rng(3))
    assert method.modules["generator"].n_kept.tolist() == [7, 7]
