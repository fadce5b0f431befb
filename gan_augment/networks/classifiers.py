"""A small convolutional classifier for images of 8 to 128 pixels; trains in seconds on a CPU core."""

import torch
from torch import nn

FEWEST_CELLS, MOST_CELLS = 4, 32
NARROWEST, WIDEST = 16, 128


class SmallConvNet(nn.Module):
    """A convolution a grid, each with batch norm and ReLU, halving down to 4 to 7 cells, where there are two.

    Parameters
    ----------
    channels
        Channels of the images.
    n_classes
        Number of logits.
    size
        Height and width in pixels, 8 or more; the shorter side decides how often the grid is halved.
        Sides of 64 pixels and over enter through a strided first layer.

    Notes
    -----
    Made to measure, not to win: most of the time goes where the grid is finest, so layers are thin there.
    """

    def __init__(self, channels: int, n_classes: int, size: tuple[int, int]) -> None:
        super().__init__()
        stride = max(1, min(size) // MOST_CELLS)
        cells = min(size) // stride
        width = NARROWEST
        layers = [_convolution(channels, width, 2 * stride + 1, stride)]
        while cells >= 2 * FEWEST_CELLS:
            cells //= 2
            layers += [nn.MaxPool2d(2), _convolution(width, min(2 * width, WIDEST))]
            width = min(2 * width, WIDEST)
        self.body = nn.Sequential(*layers, _convolution(width, width))
        self.pool = nn.AdaptiveAvgPool2d(2)
        self.hidden = nn.Sequential(nn.Linear(4 * width, WIDEST), nn.BatchNorm1d(WIDEST), nn.ReLU(inplace=True))
        self.head = nn.Linear(WIDEST, n_classes)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return the penultimate features, (n, 128), of float images (n, channels, height, width) in [-1, 1]."""
        return self.hidden(self.pool(self.body(images)).flatten(1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits, (n, n_classes), of float images (n, channels, height, width) in [-1, 1]."""
        return self.head(self.features(images))


def _convolution(n_in: int, n_out: int, kernel: int = 3, stride: int = 1) -> nn.Module:
    convolution = nn.Conv2d(n_in, n_out, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(n_out), nn.ReLU(inplace=True))
