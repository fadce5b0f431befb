"""Residual generator and discriminator for images of any grid that can be halved; knows specs, not datasets."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from gan_augment.errors import ConfigError
from gan_augment.networks.conditioning import ConditionalNorm, LabelEmbedding, ProjectionHead
from gan_augment.networks.config import ConvConfig, halvings
from gan_augment.networks.spread import class_spread
from gan_augment.transforms.spec import TensorSpec

SLOPE = 0.2
Wrap = Callable[[nn.Module], nn.Module]


def finest(levels: int) -> int:
    """Return the level at which the blocks work next to the image, given the number of halvings.

    Full resolution costs as much as any coarser level and adds little: with more than one halving, images are
    read and written as patches of 2x2 pixels instead.
    """
    return 1 if levels > 1 else 0


class UpBlock(nn.Module):
    """Doubles the grid: two 3x3 convolutions beside a 1x1 shortcut, each behind a conditional norm."""

    def __init__(self, fan_in: int, fan_out: int, condition_dim: int, norm: str) -> None:
        super().__init__()
        self.norm1 = ConditionalNorm(fan_in, condition_dim, norm)
        self.conv1 = nn.Conv2d(fan_in, fan_out, 3, padding=1)
        self.norm2 = ConditionalNorm(fan_out, condition_dim, norm)
        self.conv2 = nn.Conv2d(fan_out, fan_out, 3, padding=1)
        self.shortcut = nn.Conv2d(fan_in, fan_out, 1)

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        """Return (n, fan_out, 2h, 2w) from (n, fan_in, h, w)."""
        # All but the last convolution run on the small grid: half the work of doubling first, and no worse.
        residual = self.conv1(functional.leaky_relu(self.norm1(features, condition), SLOPE))
        residual = functional.leaky_relu(self.norm2(residual, condition), SLOPE)
        return self.conv2(_double(residual)) + _double(self.shortcut(features))


class ResnetGenerator(nn.Module):
    """Latents and labels to images; latent and label embedding modulate every block (skip-z, Brock et al. 2019)."""

    def __init__(self, spec: TensorSpec, config: ConvConfig) -> None:
        super().__init__()
        channels, height, width = spec.shape
        levels = halvings(height, width)
        condition_dim = config.z_dim + config.label_dim
        self.z_dim = self.latent_dim = config.z_dim
        self.grid = (config.channels(levels), height >> levels, width >> levels)
        self.embedding = LabelEmbedding(spec.n_classes, config.label_dim)
        self.base = nn.Linear(condition_dim, self.grid[0] * self.grid[1] * self.grid[2])
        self.blocks = nn.ModuleList(
            UpBlock(config.channels(level + 1), config.channels(level), condition_dim, config.norm)
            for level in reversed(range(finest(levels), levels))
        )
        last = config.channels(finest(levels))
        self.norm = ConditionalNorm(last, condition_dim, config.norm)
        self.patch = 2 ** finest(levels)
        self.unconditional_levels = _checked(config.unconditional_levels, 1 + len(self.blocks))
        self.to_image = nn.Conv2d(last, channels * self.patch**2, 3, padding=1)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Return images (n, c, h, w) in [-1, 1] for latents (n, z_dim) and integer labels (n,)."""
        embedded = self.embedding(labels)
        condition = torch.cat([z, embedded], dim=1)
        early = torch.cat([z, torch.zeros_like(embedded)], dim=1) if self.unconditional_levels else condition
        features = self.base(early).unflatten(1, self.grid)
        for level, block in enumerate(self.blocks, start=1):
            features = block(features, early if level < self.unconditional_levels else condition)
        features = functional.leaky_relu(self.norm(features, condition), SLOPE)
        return torch.tanh(functional.pixel_shuffle(self.to_image(features), self.patch))

    def modulations(self) -> list[Tensor]:
        """Return what each class adds to the scales and shifts of each norm that sees labels, (n_classes, 2, c) each.

        All of the embedding is taken, whatever share of it is told.
        """
        told = self.blocks[max(self.unconditional_levels - 1, 0) :]
        norms = [layer for layer in (*told.modules(), self.norm) if isinstance(layer, ConditionalNorm)]
        return [norm.modulation(self.embedding.weight) for norm in norms]


class HalvingConv(nn.Conv2d):
    """A 3x3 convolution and the mean of each 2x2 cells after it, as one 4x4 convolution of stride 2.

    Its kernel is the mean of four shifts of the other's: the same maps up to rounding, by 4 of 9 multiplications and
    without the maps at full size. The weights stay 3x3: neither their start nor spectral normalisation changes.
    """

    shifts: Tensor

    def __init__(self, fan_in: int, fan_out: int) -> None:
        super().__init__(fan_in, fan_out, 3, padding=1)
        shifts = torch.zeros(4, 4, 3, 3)
        for row in range(3):
            for column in range(3):
                shifts[row : row + 2, column : column + 2, row, column] = 1 / 4
        self.register_buffer("shifts", shifts.reshape(16, 9), persistent=False)

    def extra_repr(self) -> str:
        """Return its widths: what else a convolution prints would mislead."""
        return f"{self.in_channels}, {self.out_channels}"

    def forward(self, features: Tensor) -> Tensor:
        """Return (n, fan_out, h/2, w/2) from (n, fan_in, h, w), both even."""
        weight = self.weight  # once: spectral normalisation takes a step each time
        fan_out, fan_in = weight.shape[:2]
        kernel = self.shifts @ weight.permute(0, 2, 3, 1).reshape(fan_out, 9, fan_in)
        kernel = kernel.unflatten(1, (4, 4)).permute(0, 3, 1, 2)
        return functional.conv2d(features, kernel, self.bias, stride=2, padding=1)


class DownBlock(nn.Module):
    """Halves the grid: two 3x3 convolutions beside a 1x1 shortcut, average pooling, no normalisation."""

    def __init__(self, fan_in: int, fan_out: int, wrap: Wrap) -> None:
        super().__init__()
        self.conv1 = wrap(HalvingConv(fan_in, fan_in))
        self.conv2 = wrap(nn.Conv2d(fan_in, fan_out, 3, padding=1))
        self.shortcut = wrap(nn.Conv2d(fan_in, fan_out, 1, bias=False))

    def forward(self, features: Tensor) -> Tensor:
        """Return (n, fan_out, h/2, w/2) from (n, fan_in, h, w)."""
        residual = self.conv1(functional.leaky_relu(features, SLOPE))
        residual = self.conv2(functional.leaky_relu(residual, SLOPE))
        return residual + self.shortcut(functional.avg_pool2d(features, 2))


class ResnetDiscriminator(nn.Module):
    """Images and labels to one logit each, without normalisation layers."""

    def __init__(self, spec: TensorSpec, config: ConvConfig) -> None:
        super().__init__()
        channels, height, width = spec.shape
        levels = halvings(height, width)
        wrap: Wrap = spectral_norm if config.spectral else unchanged
        first = finest(levels)
        kernel = (3, 1, 1) if first == 0 else (4, 2, 1)  # size, stride, padding
        self.from_image = wrap(nn.Conv2d(channels, config.channels(first), *kernel))
        self.blocks = nn.ModuleList(
            DownBlock(config.channels(level), config.channels(level + 1), wrap) for level in range(first, levels)
        )
        last = config.channels(levels)
        grid = (height >> levels, width >> levels)
        self.n_classes = spec.n_classes
        self.spread = wrap(nn.Linear(1, last)) if config.minibatch_std else None
        self.mix = wrap(nn.Conv2d(last, last, 3, padding=1))
        self.pool: Any = wrap(nn.Conv2d(last, last, grid, groups=last))
        self.head = ProjectionHead(last, spec.n_classes)

    def stages(self) -> list[nn.Module]:
        """Return the layers that halve the grid, from the image on."""
        return [self.from_image, *self.blocks]

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return logits (n,) for images (n, c, h, w) and integer labels (n,)."""
        features = self.from_image(images)
        for block in self.blocks:
            features = block(features)
        if self.spread is not None:  # by itself what a map of it would add, without an odd number of channels
            features = features + self.spread(class_spread(features, labels, self.n_classes))[:, :, None, None]
        features = functional.leaky_relu(self.mix(functional.leaky_relu(features, SLOPE)), SLOPE)
        # What the depthwise convolution `pool` would give, whose kernel covers the grid: in a fifth of its time.
        pooled = (features * self.pool.weight.squeeze(1)).sum((2, 3)) + self.pool.bias
        return self.head(functional.leaky_relu(pooled, SLOPE), labels)


def _checked(unconditional_levels: int, n_levels: int) -> int:
    """Return a number of levels without the label; more than there are would leave it but the last norm."""
    if unconditional_levels > n_levels:
        raise ConfigError(
            f"network.unconditional_levels={unconditional_levels} is more than the generator of such images has: "
            f"{n_levels} at most."
        )
    return unconditional_levels


def _double(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2, mode="nearest")


def unchanged(layer: nn.Module) -> nn.Module:
    """Return the layer."""
    return layer
