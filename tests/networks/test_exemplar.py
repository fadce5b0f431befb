"""An exemplar generator must sample about what it encoded of the class asked for, and nowhere else."""

import pytest
import torch

from gan_augment.errors import ConfigError
from gan_augment.networks.build import build_network
from gan_augment.networks.config import MOST_EXEMPLARS, ExemplarConfig
from gan_augment.seeding import torch_rng
from gan_augment.transforms.spec import Span, TensorSpec

SMALL = {"z_dim": 6, "label_dim": 4, "width": 4, "max_width": 8, "encoder_width": 4, "exemplars": 5}


def network(shape=(1, 8, 8), **settings):
    spec = TensorSpec(shape, (Span(0, shape[0], "tanh"),), n_classes=3)
    return build_network("generator", spec, ExemplarConfig(**SMALL | settings))


def latents(net, n):
    return torch.randn(n, net.z_dim, generator=torch_rng(1))


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 64, 72)])
def test_every_grid_is_encoded_and_comes_out_in_its_own_shape(shape):
    net, labels = network(shape), torch.tensor([0, 1, 2, 0])
    mean, log_variance = net.encoder(torch.rand(4, *shape), labels)
    assert mean.shape == log_variance.shape == (4, 6)
    images = net(latents(net, 4), labels)
    assert images.shape == (4, *shape)
    assert images.abs().max() <= 1


def test_without_exemplars_latents_are_the_prior():
    net = network()
    z = latents(net, 3)
    assert torch.equal(net.placed(z, torch.tensor([0, 1, 2])), z[:, :6])


def test_exemplars_are_what_the_encoder_says_of_the_images_of_a_class():
    net, images = network(), torch.rand(5, 1, 8, 8)
    net.keep(1, images)
    mean, log_variance = net.encoder(images, torch.ones(5, dtype=torch.int64))
    assert torch.allclose(net.centres[1] + net.offsets[1], mean, atol=1e-6)
    assert torch.allclose(net.deviations[1], (0.5 * log_variance).exp())
    assert not net.offsets[[0, 2]].any()
    assert net.n_kept.tolist() == [1, 5, 1]
    net.keep(1, images[:2])
    assert net.n_kept[1] == 2
    assert torch.allclose(net.centres[1] + net.offsets[1, :2], mean[:2], atol=1e-6)
    assert not net.offsets[1, 2:].any()


def encoded(**settings):
    """Return a network that has kept four of five possible exemplars of each class, and these."""
    net, exemplars = network(**settings), torch.randn(3, 4, 6, generator=torch_rng(2))
    net.centres.copy_(exemplars.mean(1))
    net.offsets[:, :4] = exemplars - net.centres[:, None]
    net.n_kept.fill_(4)
    net.deviations.zero_()
    return net, exemplars


@pytest.mark.parametrize(("bandwidth", "stretch"), [(0.0, 1.0), (0.7, 1.2), (2.0, 1.0)])
def test_samples_have_the_mean_and_the_stretched_covariance_of_the_exemplars_of_their_class(bandwidth, stretch):
    net, exemplars = encoded(bandwidth=bandwidth, stretch=stretch)
    for label, own in enumerate(exemplars):
        placed = net.placed(latents(net, 20_000), torch.full((20_000,), label))
        assert torch.allclose(placed.mean(0), own.mean(0), atol=0.04)
        assert torch.allclose(placed.T.cov(), stretch**2 * own.T.cov(correction=0), atol=0.1)


def test_samples_lie_about_an_exemplar_as_far_as_the_bandwidth_says():
    net, exemplars = encoded(bandwidth=0.1, stretch=1.0)
    exemplars, labels, z = exemplars[1], torch.ones(5000, dtype=torch.int64), latents(net, 5000)
    distances = torch.cdist(net.placed(z, labels), exemplars)
    assert torch.bincount(distances.argmin(1), minlength=4).sub(1250).abs().max() < 120  # none more often than another
    spread = exemplars.var(0, correction=0).sum().sqrt()
    assert distances.amin(1).square().mean().sqrt() == pytest.approx(0.1 * float(spread), rel=0.1)
    z[:, : net.latent_dim] = 0.0
    net.bandwidth = net.shrinkage = 1.0
    assert torch.cdist(net.placed(z, labels), exemplars).amin(1).max() < 1e-3


def test_a_single_exemplar_is_sampled_about():
    net = network(exemplars=1)
    net.deviations.zero_()
    net.centres.fill_(3.0)
    assert (net.placed(latents(net, 10), torch.zeros(10, dtype=torch.int64)) == 3.0).all()


def test_many_classes_keep_fewer_exemplars_each():
    assert ExemplarConfig().kept(10) == 256
    assert ExemplarConfig().kept(1000) == MOST_EXEMPLARS // 1000
    assert ExemplarConfig().kept(10 * MOST_EXEMPLARS) == 1


@pytest.mark.parametrize(
    "settings", [{"kind": "resnet"}, {"bandwidth": -0.1}, {"stretch": 0.0}, {"exemplars": 0}, {"encoder_width": 0}]
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError):
        ExemplarConfig(**settings)
