"""Classical augmentation of image batches: small affine moves, each sample its own; knows nothing about labels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from gan_augment.errors import ConfigError
from gan_augment.registry import lookup
from gan_augment.transforms.image import FLIP_AXES

N_DRAWS = 7


@dataclass(frozen=True)
class ClassicalConfig:
    """How far an image may be moved; every amount is drawn uniformly and per sample.

    Parameters
    ----------
    rotation
        Largest turn either way, in degrees.
    shift
        Largest move along each axis, as a share of that side (so 8 and 128 pixels move alike).
    scale
        Largest enlargement; 0.1 draws a factor between 1/1.1 and 1.1.
    shear
        Largest slant either way, in degrees.

    Raises
    ------
    ConfigError
        If an amount is negative, a shift is 1 or more, or an angle is outside what an affine move can be.
    """

    rotation: float = 12.0
    shift: float = 0.08
    scale: float = 0.12
    shear: float = 8.0

    def __post_init__(self) -> None:
        limits = {"rotation": 180.0, "shift": 1.0, "scale": 1.0, "shear": 60.0}
        for name, limit in limits.items():
            value = getattr(self, name)
            if not 0.0 <= value <= limit:
                raise ConfigError(f"Classical augmentation: {name} must lie between 0 and {limit:g}, not {value}.")


def augment(
    images: torch.Tensor, rng: torch.Generator, config: ClassicalConfig | None = None, flips: Sequence[str] = ()
) -> torch.Tensor:
    """Return the images, each turned, moved, scaled and slanted a little; the border is repeated outwards.

    Parameters
    ----------
    images
        (n, channels, height, width), uint8 or floating, on any device.
    rng
        A CPU generator: the same draws on every device.
    config
        How far images may be moved; the defaults if None.
    flips
        Which mirror images keep their label, out of ``horizontal`` and ``vertical``; each is then tossed for.

    Returns
    -------
    torch.Tensor
        Same shape, dtype and device as `images`; uint8 is rounded.

    Raises
    ------
    ConfigError
        For an unknown flip.
    """
    for flip in flips:
        lookup(FLIP_AXES, flip, "flip")
    matrices = _affine_matrices(len(images), images.shape[-2:], rng, config or ClassicalConfig(), flips)
    source = images if images.is_floating_point() else images.float()
    grid = functional.affine_grid(matrices.to(source.device, source.dtype), list(images.shape), align_corners=False)
    moved = functional.grid_sample(source, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return moved if images.is_floating_point() else moved.round_().clamp_(0, 255).to(images.dtype)


def _affine_matrices(
    n: int, size: Sequence[int], rng: torch.Generator, config: ClassicalConfig, flips: Sequence[str]
) -> torch.Tensor:
    # The number of draws never depends on the settings, so that two settings see the same random stream.
    draws = torch.rand(n, N_DRAWS, generator=rng).mul_(2.0).sub_(1.0)
    angle, slant = (draws[:, i] * math.radians(limit) for i, limit in enumerate((config.rotation, config.shear)))
    zoom = torch.exp(-draws[:, 2] * math.log1p(config.scale))
    flip_x, flip_y = (_signs(draws[:, 3 + i], name in flips) for i, name in enumerate(FLIP_AXES))
    cos, sin, tan = zoom * torch.cos(angle), zoom * torch.sin(angle), torch.tan(slant)
    # Angles hold in pixels; the grid's axes both run from -1 to 1, so mixed terms are scaled by the aspect ratio.
    aspect = size[0] / size[1]
    first = torch.stack([flip_x * cos, flip_y * (cos * tan - sin) * aspect, 2.0 * config.shift * draws[:, 5]], dim=1)
    second = torch.stack([flip_x * sin / aspect, flip_y * (sin * tan + cos), 2.0 * config.shift * draws[:, 6]], dim=1)
    return torch.stack([first, second], dim=1)


def _signs(draws: torch.Tensor, allowed: bool) -> torch.Tensor:
    return torch.where(draws < 0, -1.0, 1.0) if allowed else torch.ones_like(draws)
