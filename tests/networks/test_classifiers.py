"""The measuring classifiers take every size the toolkit takes, and stay within their cost."""

import pytest
import torch

from gan_augment.networks.classifiers import FeatureNet, SmallConvNet, WideResNet

NETWORKS = (SmallConvNet, WideResNet)


@pytest.mark.parametrize("size", [(8, 8), (9, 31), (28, 28), (32, 32), (8, 128), (63, 64), (128, 128)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("network", NETWORKS)
def test_any_size_from_8_to_128_gives_logits_and_features(
    network: type[FeatureNet], size: tuple[int, int], channels: int
) -> None:
    net = network(5, (*size, channels))
    images = torch.zeros(2, channels, *size)
    assert net(images).shape == (2, 5)
    assert net.features(images).shape == (2, 128)


@pytest.mark.parametrize("network", NETWORKS)
def test_logits_are_read_from_the_features(network: type[FeatureNet]) -> None:
    net = network(3, (8, 8, 1)).eval()
    images = torch.rand(4, 1, 8, 8)
    torch.testing.assert_close(net(images), net.head(net.features(images)))


@pytest.mark.parametrize("network", NETWORKS)
def test_large_images_do_not_grow_the_network(network: type[FeatureNet]) -> None:
    n_32, n_128 = (sum(weights.numel() for weights in network(10, (side, side, 3)).parameters()) for side in (32, 128))
    assert n_128 < 1.1 * n_32


def test_the_residual_network_has_sixteen_layers_of_twice_the_usual_width() -> None:
    convolutions = [m for m in WideResNet(10, (32, 32, 3)).modules() if isinstance(m, torch.nn.Conv2d)]
    assert len([m for m in convolutions if m.kernel_size != (1, 1)]) == 13  # with the shortcuts' 3 and the head: 16 + 1
    assert {m.out_channels for m in convolutions} == {16, 32, 64, 128}


@pytest.mark.parametrize(("side", "cells"), [(8, 8), (16, 16), (28, 14), (32, 16), (64, 16), (128, 16)])
def test_residual_blocks_start_on_a_grid_of_16_cells_at_most(side: int, cells: int) -> None:
    net = WideResNet(10, (side, side, 1))
    assert net.body[0](torch.zeros(1, 1, side, side)).shape[2:] == (cells, cells)


def test_shortcuts_carry_what_came_in_past_the_convolutions() -> None:
    block = WideResNet(2, (8, 8, 1)).body[2].eval()
    torch.nn.init.zeros_(block.second.weight)
    maps = torch.rand(2, 32, 8, 8)
    torch.testing.assert_close(block(maps), maps)


def test_relu_comes_once_after_every_convolution_and_after_a_halving_gives_what_it_gives_before():
    body = SmallConvNet(3, (32, 32, 1)).body
    images = torch.randn(2, 1, 32, 32)
    maps = body[0](images)
    assert torch.equal(body[1](maps), torch.nn.functional.max_pool2d(maps.relu(), 2))
    flat = [type(layer).__name__ for layer in body.modules() if not isinstance(layer, torch.nn.Sequential)]
    layer, halved = ["Conv2d", "BatchNorm2d"], ["MaxPool2d", "ReLU"]
    assert flat == 3 * [*layer, *halved] + 2 * [*layer, "ReLU"]
