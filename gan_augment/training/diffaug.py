"""Differentiable augmentation of real and fake images in front of the discriminator (Zhao et al. 2020)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_augment.errors import ConfigError
from gan_augment.registry import lookup


@dataclass(frozen=True)
class DiffAugConfig:
    """What the discriminator sees changed, and how often.

    Parameters
    ----------
    policy
        Comma-separated operations out of ``colour``, ``translation``, ``cutout``; empty for none.
    probability
        Probability of each operation on each image once ramped up.
    ramp
        Share of the budget over which the probability grows from 0; 0 starts at full strength.
    """

    policy: str = "colour,translation,cutout"
    probability: float = 0.5
    ramp: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1 or not 0 <= self.ramp <= 1:
            raise ConfigError("diffaug.probability and diffaug.ramp must lie between 0 and 1.")
        for name in self.operations:
            lookup(OPERATIONS, name, "augmentation")

    @property
    def operations(self) -> tuple[str, ...]:
        """The names in `policy`, in order."""
        return tuple(name.strip() for name in self.policy.split(",") if name.strip())

    def probability_at(self, progress: float) -> float:
        """Return the probability where `progress` of the budget is spent."""
        return self.probability * (min(1.0, progress / self.ramp) if self.ramp else 1.0)


def augment(images: Tensor, config: DiffAugConfig, progress: float, rng: torch.Generator) -> Tensor:
    """Return the images (n, c, h, w) with each operation applied to a random part of them; differentiable."""
    probability = config.probability_at(progress)
    if not config.operations or probability == 0:
        return images
    for name in config.operations:
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


OPERATIONS: dict[str, Callable[..., Tensor]] = {"colour": colour, "translation": translation, "cutout": cutout}
