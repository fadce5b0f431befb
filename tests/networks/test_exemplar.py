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
    assert torch.allclose(net.means[1], mean)
    assert torch.allclose(net.deviations[1], (0.5 * log_variance).exp())
    assert not net.means[[0, 2]].any()


@pytest.mark.parametrize("reach", [0.0, 0.5, 2.0])
def test_samples_lie_on_lines_through_two_exemplars_of_their_class(reach):
    net = network(reach=reach)
    net.means.copy_(torch.randn(net.means.shape, generator=torch_rng(2)))
    net.deviations.zero_()
    for label in range(3):
        placed = net.placed(latents(net, 400), torch.full((400,), label))
        means, shares = net.means[label], []
        for point in placed:
            lines = [(a, b) for a in range(5) for b in range(5) if a != b or reach == 0]
            fits = [_along(point, means[a], means[b]) for a, b in lines]
            error, share = min(fits, key=lambda fit: (round(fit[0], 4), abs(fit[1])))
            assert error < 1e-4
            shares.append(share)
        assert max(map(abs, shares)) <= reach + 1e-4
        if reach:
            assert min(shares) < -0.4 * min(reach, 1.0)
            assert max(shares) > 0.4 * min(reach, 0.5)


def _along(point, start, end):
    """Return the distance of a point from a line, and where on it the nearest point lies: 0 the start, 1 the end."""
    direction = end - start
    length = direction.square().sum().clamp_min(1e-12)
    share = float((point - start) @ direction / length)
    return float((point - start - share * direction).norm()), share


def test_all_exemplars_are_sampled_about_equally_often():
    net = network(reach=0.0)
    net.means[1] = torch.arange(5.0)[:, None].expand(5, 6)
    net.deviations.zero_()
    placed = net.placed(latents(net, 5000), torch.ones(5000, dtype=torch.int64))
    assert torch.bincount(placed[:, 0].round().long(), minlength=5).sub(1000).abs().max() < 120


def test_the_second_exemplar_is_never_the_first():
    net = network(reach=1.0)
    net.means[0] = torch.eye(5, 6)
    net.deviations.zero_()
    z = latents(net, 2000)
    z[:, -1] = 9.0  # as far as the reach goes: at the second exemplar
    ends = net.placed(z, torch.zeros(2000, dtype=torch.int64)).argmax(1)
    z[:, -1] = 0.0  # half-way between nothing and the reach: at the first
    starts = net.placed(z, torch.zeros(2000, dtype=torch.int64)).argmax(1)
    pairs = torch.bincount(5 * starts + ends, minlength=25).view(5, 5)
    assert not pairs.diagonal().any()
    assert pairs[~torch.eye(5, dtype=torch.bool)].min() > 60


def test_a_single_exemplar_is_sampled_about():
    net = network(exemplars=1)
    net.deviations.zero_()
    net.means.fill_(3.0)
    assert (net.placed(latents(net, 10), torch.zeros(10, dtype=torch.int64)) == 3.0).all()


def test_many_classes_keep_fewer_exemplars_each():
    assert ExemplarConfig().kept(10) == 256
    assert ExemplarConfig().kept(1000) == MOST_EXEMPLARS // 1000
    assert ExemplarConfig().kept(10 * MOST_EXEMPLARS) == 1


@pytest.mark.parametrize("settings", [{"kind": "resnet"}, {"reach": -0.1}, {"exemplars": 0}, {"encoder_width": 0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError):
        ExemplarConfig(**settings)
