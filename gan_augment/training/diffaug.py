"""Differentiable augmentation of real and fake images in front of the discriminator (Zhao et al. 2020)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from gan_augment.errors import ConfigError
from gan_augment.registry import lookup

MOST_TURN, MOST_SCALE, MOST_SHEAR = math.radians(12), 1.2, 0.15


@dataclass(frozen=True)
class DiffAugConfig:
    """What the discriminator sees changed, and how often.

    Parameters
    ----------
    policy
        Comma-separated operations out of ``colour``, ``translation``, ``cutout``, ``geometry``; empty for none.
    probability
        Probability of each operation on each image once ramped up; with a `target`, the most that it may become.
    ramp
        Share of the budget over which the probability grows from 0; 0 starts at full strength. With a `target`, the
        share that it takes from 0 to 1 or back.
    target
        How much of the gap between training images and fakes the discriminator may owe to knowing its training images
        by heart, in (0, 1): the probability grows while it is more and shrinks while it is less; see
        `training.adaptive`. Needs images that are kept back from training. 0 for none: nothing adapts.
    """

    policy: str = "colour,translation,cutout"
    probability: float = 0.5
    ramp: float = 0.2
    target: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1 or not 0 <= self.ramp <= 1:
            raise ConfigError("diffaug.probability and diffaug.ramp must lie between 0 and 1.")
        for name in self.operations:
            lookup(OPERATIONS, name, "augmentation")
        if not 0 <= self.target < 1:
            raise ConfigError(f"diffaug.target must be at least 0 and below 1, not {self.target:g}.")
        if self.target and not (self.operations and self.probability and self.ramp):
            raise ConfigError(
                "diffaug.target drives the probability of diffaug.policy: give diffaug.policy, "
                "diffaug.probability as the most, and diffaug.ramp as the share of the budget from 0 to 1."
            )

    @property
    def operations(self) -> tuple[str, ...]:
        """The names in `policy`, in order."""
        return tuple(name.strip() for name in self.policy.split(",") if name.strip())

    def probability_at(self, progress: float) -> float:
        """Return the probability where `progress` of the budget is spent."""
        return self.probability * (min(1.0, progress / self.ramp) if self.ramp else 1.0)


def augment(images: Tensor, operations: Sequence[str], probability: float, rng: torch.Generator) -> Tensor:
    """Return the images (n, c, h, w) with each operation applied to a random part of them; differentiable."""
    if not operations or probability == 0:
        return images
    for name in operations:
        chosen = torch.rand(len(images), 1, 1, 1, generator=rng) < probability
        images = OPERATIONS[name](images, chosen.to(images.device), rng)
    return images


def colour(images: Tensor, chosen: Tensor, rng: torch.Generator) -> Tensor:
    """Shift brightness by up to 0.5, scale saturation by 0..2 and contrast by 0.5..1.5."""
    brightness, saturation, contrast = (draw.to(images) for draw in torch.rand(3, len(images), 1, 1, 1, generator=rng))
    brightness = torch.where(chosen, brightness - 0.5, 0.0)
    saturation = torch.where(chosen, 2 * saturation, 1.0)
    contrast = torch.where(chosen, contrast + 0.5, 1.0)
    images = images + brightness
    if images.shape[1] > 1:
        grey = images.mean(1, keepdim=True)
        images = grey + (images - grey) * saturation
    mean = images.mean((1, 2, 3), keepdim=True)
    return mean + (images - mean) * contrast


def translation(images: Tensor, chosen: Tensor, rng: torch.Generator, ratio: float = 0.125) -> Tensor:
    """Move by up to an eighth of each side; what comes in from outside repeats the edge."""
    n, _, height, width = images.shape
    moves = []
    for size in (height, width):
        reach = max(1, int(size * ratio + 0.5))
        move = torch.randint(-reach, reach + 1, (n, 1, 1, 1), generator=rng).to(images.device)
        moves.append(torch.where(chosen, move, 0).view(n, 1))
    rows = (torch.arange(height, device=images.device) + moves[0]).clamp(0, height - 1)
    columns = (torch.arange(width, device=images.device) + moves[1]).clamp(0, width - 1)
    index = torch.arange(n, device=images.device)[:, None, None]
    moved = images.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)


def cutout(images: Tensor, chosen: Tensor, rng: torch.Generator, ratio: float = 0.5) -> Tensor:
    """Replace a square of half the side by mid grey."""
    n, _, height, width = images.shape
    inside = chosen
    for axis, size in ((2, height), (3, width)):
        centre = torch.randint(0, size, (n, 1, 1, 1), generator=rng).to(images.device)
        shape = [1, 1, 1, 1]
        shape[axis] = size
        places = torch.arange(size, device=images.device).view(shape)
        inside = inside & ((places - centre).abs() * 2 < size * ratio)
    return images.masked_fill(inside, 0.0)


def geometry(images: Tensor, chosen: Tensor, rng: torch.Generator) -> Tensor:
    """Turn by up to 12 degrees, scale by 0.83..1.2 and shear by up to 0.15 about the centre, the edge repeated.

    So little that no digit, letter or garment turns into another one: what it changes keeps its label.
    """
    n, _, height, width = images.shape
    angle, size, shear = (2 * torch.rand(3, n, generator=rng) - 1).to(images.device)
    angle, size, shear = MOST_TURN * angle, MOST_SCALE**size, MOST_SHEAR * shear
    cos, sin = angle.cos() * size, angle.sin() * size
    aspect = height / width  # places run from -1 to 1 on both axes, whatever the sides
    rows = (cos, (shear * cos - sin) * aspect, sin / aspect, shear * sin + cos)
    inverse = torch.stack([rows[0], rows[1], torch.zeros_like(cos), rows[2], rows[3], torch.zeros_like(cos)], dim=1)
    places = functional.affine_grid(inverse.view(n, 2, 3), [n, 1, height, width], align_corners=False)
    moved = functional.grid_sample(images.float(), places, padding_mode="border", align_corners=False)
    return torch.where(chosen, moved.to(images.dtype), images)


OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "colour": colour,
    "translation": translation,
    "cutout": cutout,
    "geometry": geometry,
}
