import pytest
import torch
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from gan_augment.errors import ConfigError
from gan_augment.networks.build import NETWORKS, build_network
from gan_augment.networks.config import EXEMPLAR, KINDS, ROW_KINDS, ConvConfig, halvings
from gan_augment.networks.resnet import SLOPE, HalvingConv, UpBlock, unchanged
from gan_augment.transforms.spec import Span, TensorSpec

SHAPES = [(1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 64, 72), (3, 8, 128)]
SMALL = {"z_dim": 6, "label_dim": 4, "width": 4, "max_width": 8}


def spec_of(shape):
    return TensorSpec(shape, (Span(0, shape[0], "tanh"),), n_classes=3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("kind", "norm"), [("dcgan", "batch"), ("resnet", "batch"), ("resnet", "none")])
def test_every_grid_comes_out_in_its_own_shape(kind, shape, norm):
    config = ConvConfig(kind, norm=norm, **SMALL)
    generator = build_network("generator", spec_of(shape), config)
    discriminator = build_network("discriminator", spec_of(shape), config)
    labels = torch.tensor([0, 1, 2, 0])
    images = generator(torch.randn(4, 6), labels)
    assert images.shape == (4, *shape)
    assert images.abs().max() <= 1
    assert discriminator(images, labels).shape == (4,)


@pytest.mark.parametrize("kind", KINDS)
def test_label_reaches_both_networks(kind):
    config = ConvConfig(kind, **SMALL)
    generator = build_network("generator", spec_of((1, 8, 8)), config).eval()
    discriminator = build_network("discriminator", spec_of((1, 8, 8)), config).eval()
    z, images = torch.randn(2, 6), torch.randn(2, 1, 8, 8)
    assert not torch.equal(generator(z, torch.tensor([0, 0])), generator(z, torch.tensor([1, 1])))
    assert not torch.equal(discriminator(images, torch.tensor([0, 0])), discriminator(images, torch.tensor([1, 1])))


def test_weights_come_from_the_seed_and_leave_the_global_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first = build_network("generator", spec_of((1, 8, 8)), ConvConfig(**SMALL), seed=1)
    assert torch.equal(torch.rand(1), expected)
    again = build_network("generator", spec_of((1, 8, 8)), ConvConfig(**SMALL), seed=1)
    other = build_network("generator", spec_of((1, 8, 8)), ConvConfig(**SMALL), seed=2)
    assert torch.equal(first.base.weight, again.base.weight)
    assert not torch.equal(first.base.weight, other.base.weight)


def test_halving_stops_where_a_side_is_odd_or_small():
    assert [halvings(8, 8), halvings(28, 28), halvings(32, 32), halvings(64, 72), halvings(8, 128)] == [1, 2, 3, 3, 1]


def test_kinds_are_known_where_settings_are_read():
    assert {*KINDS, EXEMPLAR, *ROW_KINDS} == set(NETWORKS)
    with pytest.raises(ConfigError, match="Did you mean 'resnet'"):
        ConvConfig("resnt")


@pytest.mark.parametrize("ignored", [{"norm": "none"}, {"spectral": True}])
def test_settings_that_dcgan_would_ignore_are_refused(ignored):
    with pytest.raises(ConfigError, match=r"network\.norm=batch and network\.spectral=false"):
        ConvConfig("dcgan", **ignored)


@pytest.mark.parametrize("norm", ["none", "batch"])
def test_a_block_norms_before_it_doubles_and_gives_what_it_would_after(norm):
    block, maps, condition = UpBlock(6, 4, 5, norm), torch.randn(3, 6, 4, 5), torch.randn(3, 5)
    residual = doubled(block.conv1(functional.leaky_relu(block.norm1(maps, condition), SLOPE)))
    residual = block.conv2(functional.leaky_relu(block.norm2(residual, condition), SLOPE))
    torch.testing.assert_close(block(maps, condition), residual + doubled(block.shortcut(maps)))


def doubled(maps):
    return maps.repeat_interleave(2, 2).repeat_interleave(2, 3)


@pytest.mark.parametrize("wrap", [unchanged, spectral_norm])
def test_a_halving_convolution_gives_the_mean_of_cells_after_it_and_the_same_gradients(wrap):
    layer, maps = wrap(HalvingConv(6, 4)).eval(), torch.randn(3, 6, 8, 10, requires_grad=True)
    steps = functional.avg_pool2d(functional.conv2d(maps, layer.weight, layer.bias, padding=1), 2)
    torch.testing.assert_close(layer(maps), steps)
    learned = [maps, *layer.parameters()]
    expected = torch.autograd.grad(steps.square().sum(), learned)
    for found, other in zip(torch.autograd.grad(layer(maps).square().sum(), learned), expected, strict=True):
        torch.testing.assert_close(found, other, rtol=1e-4, atol=1e-4)


def test_spectral_normalisation_takes_one_step_a_pass_through_a_halving_convolution():
    once, twice = (spectral_norm(HalvingConv(6, 4)) for _ in range(2))
    twice.load_state_dict(once.state_dict())
    once(torch.zeros(1, 6, 4, 4))
    _ = twice.weight
    torch.testing.assert_close(once.state_dict(), twice.state_dict())


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 8, 128)])
def test_the_sum_at_the_end_of_a_discriminator_is_its_convolution_with_the_whole_grid(shape):
    net = build_network("discriminator", spec_of(shape), ConvConfig(spectral=True, **SMALL)).eval()
    labels, maps = torch.tensor([0, 1, 2, 0]), []
    net.mix.register_forward_hook(lambda module, given, made: maps.append(functional.leaky_relu(made, SLOPE)))
    logits = net(torch.randn(4, *shape), labels)
    expected = net.head(functional.leaky_relu(net.pool(maps[0]).flatten(1), SLOPE), labels)
    torch.testing.assert_close(logits, expected)
