"""Classifiers for images of 8 to 128 pixels that train on a CPU core: a small one and a residual one."""

import torch
from torch import nn
from torch.nn import functional

FEWEST_CELLS, MOST_CELLS = 4, 32
NARROWEST, WIDEST = 16, 128
BLOCK_CELLS = 16  # the finest grid that residual blocks work on
WIDTHS, BLOCKS_A_WIDTH = (32, 64, 128), 2

Shape = tuple[int, int, int]  # height, width, channels


class FeatureNet(nn.Module):
    """A classifier that reads its logits from penultimate features."""

    head: nn.Linear

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return the penultimate features, (n, n_features), of float images (n, channels, height, width) in [-1, 1]."""
        raise NotImplementedError

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits, (n, n_classes), of float images (n, channels, height, width) in [-1, 1]."""
        return self.head(self.features(images))


class SmallConvNet(FeatureNet):
    """A convolution a grid, each with batch norm and ReLU, halving down to 4 to 7 cells, where there are two.

    Parameters
    ----------
    n_classes
        Number of logits.
    shape
        Height and width in pixels, 8 or more, and channels of the images. The shorter side decides how often the grid
        is halved; sides of 64 pixels and over enter through a strided first layer.

    Notes
    -----
    Made to measure, not to win: most of the time goes where the grid is finest, so layers are thin there. ReLU comes
    after the halving, where it gives the same on a quarter of the cells.
    """

    def __init__(self, n_classes: int, shape: Shape) -> None:
        super().__init__()
        height, width, channels = shape
        stride = max(1, min(height, width) // MOST_CELLS)
        cells = min(height, width) // stride
        n_maps = NARROWEST
        layers = [_convolution(channels, n_maps, 2 * stride + 1, stride)]
        while cells >= 2 * FEWEST_CELLS:
            cells //= 2
            layers += [
                nn.Sequential(nn.MaxPool2d(2), nn.ReLU(inplace=True)),
                _convolution(n_maps, min(2 * n_maps, WIDEST)),
            ]
            n_maps = min(2 * n_maps, WIDEST)
        layers[-1].append(nn.ReLU(inplace=True))
        self.body = nn.Sequential(*layers, _convolution(n_maps, n_maps).append(nn.ReLU(inplace=True)))
        self.pool = nn.AdaptiveAvgPool2d(2)
        self.hidden = nn.Sequential(nn.Linear(4 * n_maps, WIDEST), nn.BatchNorm1d(WIDEST), nn.ReLU(inplace=True))
        self.head = nn.Linear(WIDEST, n_classes)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return the penultimate features, (n, 128); see `FeatureNet`."""
        return self.hidden(self.pool(self.body(images)).flatten(1))


class WideResNet(FeatureNet):
    """A wide residual network of 16 layers and twice the usual width (Zagoruyko and Komodakis 2016: WRN-16-2).

    Parameters
    ----------
    n_classes
        Number of logits.
    shape
        Height and width in pixels, 8 or more, and channels of the images.

    Notes
    -----
    Unlike the paper's, images enter through a strided layer wherever their shorter side is over 16 pixels (at half
    resolution for 28 and 32), so that it costs several times a `SmallConvNet` and not twenty times.
    """

    def __init__(self, n_classes: int, shape: Shape) -> None:
        super().__init__()
        height, width, channels = shape
        stride = -(-min(height, width) // BLOCK_CELLS)
        n_maps = NARROWEST
        layers: list[nn.Module] = [nn.Conv2d(channels, n_maps, 2 * stride + 1, stride, padding=stride, bias=False)]
        for group, n_out in enumerate(WIDTHS):
            for block in range(BLOCKS_A_WIDTH):
                layers.append(_ResidualBlock(n_maps, n_out, stride=2 if group and not block else 1))
                n_maps = n_out
        self.body = nn.Sequential(*layers, nn.BatchNorm2d(n_maps), nn.ReLU(inplace=True))
        self.head = nn.Linear(n_maps, n_classes)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return the penultimate features, (n, 128); see `FeatureNet`."""
        return self.body(images).mean(dim=(2, 3))


class _ResidualBlock(nn.Module):
    """Norm, ReLU and convolution, twice; the shortcut is a convolution where width or grid change."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.first_norm, self.second_norm = nn.BatchNorm2d(n_in), nn.BatchNorm2d(n_out)
        self.first = nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False)
        self.second = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.shortcut = None if n_in == n_out else nn.Conv2d(n_in, n_out, 1, stride, bias=False)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        entered = functional.relu(self.first_norm(maps))
        kept = maps if self.shortcut is None else self.shortcut(entered)
        return kept + self.second(functional.relu(self.second_norm(self.first(entered))))


def _convolution(n_in: int, n_out: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(n_in, n_out, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(n_out))
