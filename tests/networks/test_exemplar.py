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
    assert net.n_kept.tolist() == [1, 5, 1]
    net.keep(1, images[:2])
    assert net.n_kept[1] == 2
    first_two = net.placed(latents(net, 200), torch.ones(200, dtype=torch.int64))
    net.means[1, 2:] = 99.0
    assert torch.equal(net.placed(latents(net, 200), torch.ones(200, dtype=torch.int64)), first_two)


@pytest.mark.parametrize(("reach", "margin"), [(1.0, 0.3), (0.5, 0.0), (2.0, 0.4)])
def test_samples_lie_on_lines_through_two_exemplars_of_their_class_and_near_neither(reach, margin):
    net = network(reach=reach, margin=margin)
    net.means.copy_(torch.randn(net.means.shape, generator=torch_rng(2)))
    net.n_kept.fill_(5)
    net.deviations.zero_()
    for label in range(3):
        means, shares = net.means[label], []
        for point in net.placed(latents(net, 400), torch.full((400,), label)):
            fits = [_along(point, means[a], means[b]) for a in range(5) for b in range(5) if a != b]
            error, share = min(fits, key=lambda fit: (round(fit[0], 4), fit[1]))
            assert error < 1e-4
            shares.append(share)
        beyond, between = [share for share in shares if share < 0], [share for share in shares if share >= 0]
        assert len(beyond) == pytest.approx(200, abs=50)
        assert -reach - 1e-3 <= min(beyond) < -0.9 * reach
        assert max(beyond) <= -margin + 1e-3
        assert min(between) >= margin - 1e-3
        assert max(between) <= 1 - margin + 1e-3


def _along(point, start, end):
    """Return the distance of a point from a line, and where on it the nearest point lies: 0 the start, 1 the end."""
    direction = end - start
    length = direction.square().sum().clamp_min(1e-12)
    share = float((point - start) @ direction / length)
    return float((point - start - share * direction).norm()), share


def test_all_exemplars_are_sampled_about_equally_often():
    net = network(reach=0.0, margin=0.0)
    net.means[1] = torch.arange(5.0)[:, None].expand(5, 6)
    net.n_kept.fill_(5)
    net.deviations.zero_()
    z = latents(net, 5000)
    z[:, -1] = -1.0  # beyond one exemplar, by nothing
    placed = net.placed(z, torch.ones(5000, dtype=torch.int64))
    assert torch.bincount(placed[:, 0].round().long(), minlength=5).sub(1000).abs().max() < 120


def test_the_second_exemplar_is_never_the_first():
    net = network(margin=0.5)
    net.means[0] = torch.eye(5, 6)
    net.n_kept.fill_(5)
    net.deviations.zero_()
    z = latents(net, 2000)
    z[:, -1] = 1.0  # half-way between the two
    placed = net.placed(z, torch.zeros(2000, dtype=torch.int64))
    assert torch.allclose(placed.sort(dim=1).values[:, -2:], torch.tensor(0.5))


def test_a_single_exemplar_is_sampled_about():
    net = network(exemplars=1)
    net.deviations.zero_()
    net.means.fill_(3.0)
    assert (net.placed(latents(net, 10), torch.zeros(10, dtype=torch.int64)) == 3.0).all()


def test_many_classes_keep_fewer_exemplars_each():
    assert ExemplarConfig().kept(10) == 256
    assert ExemplarConfig().kept(1000) == MOST_EXEMPLARS // 1000
    assert ExemplarConfig().kept(10 * MOST_EXEMPLARS) == 1


@pytest.mark.parametrize(
    "settings", [{"kind": "resnet"}, {"reach": 0.2}, {"margin": 0.6}, {"exemplars": 0}, {"encoder_width": 0}]
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError):
        ExemplarConfig(**settings)
