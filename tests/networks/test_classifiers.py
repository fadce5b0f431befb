"""The measuring classifier takes every size the toolkit takes."""

import pytest
import torch

from gan_augment.networks.classifiers import SmallConvNet


@pytest.mark.parametrize("size", [(8, 8), (9, 31), (28, 28), (32, 32), (8, 128), (63, 64), (128, 128)])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size_from_8_to_128_gives_logits_and_features(size: tuple[int, int], channels: int) -> None:
    net = SmallConvNet(channels, n_classes=5, size=size)
    images = torch.zeros(2, channels, *size)
    assert net(images).shape == (2, 5)
    assert net.features(images).shape == (2, 128)


def test_logits_are_read_from_the_features() -> None:
    net = SmallConvNet(1, 3, (8, 8)).eval()
    images = torch.rand(4, 1, 8, 8)
    torch.testing.assert_close(net(images), net.head(net.features(images)))


def test_large_images_do_not_grow_the_network() -> None:
    n_32, n_128 = (
        sum(weights.numel() for weights in SmallConvNet(3, 10, (size, size)).parameters()) for size in (32, 128)
    )
    assert n_128 < 1.1 * n_32
