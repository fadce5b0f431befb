"""Images as tensors: uint8 at rest, [-1, 1] in the step, padded to a size that networks can double up to."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from gan_augment import config
from gan_augment.data.schema import ImageSchema
from gan_augment.registry import lookup
from gan_augment.transforms.spec import Span, TensorSpec

SMALLEST_GRID = 4
FLIP_AXES = {"horizontal": 3, "vertical": 2}


def n_doublings(height: int, width: int) -> int:
    """Return how often padding lets a grid be halved at least: as often as the shorter side stays at 4 or more.

    This fixes how far images are padded, not how deep networks are: those halve the padded grid as often as it
    goes (``networks.config.halvings``), which is once more where padding reaches a power of two (15 to 16, 31 to 32).
    Padding for that depth instead would cost other sides more: 60x72 would become 64x80 and not 64x72.
    """
    doublings = 0
    while min(height, width) >> (doublings + 1) >= SMALLEST_GRID:
        doublings += 1
    return doublings


class ImageCodec:
    """uint8 images of one size to float tensors and back.

    Parameters
    ----------
    schema
        Size, channels and classes of the images.
    flips
        Mirrorings that labels survive (``horizontal``, ``vertical``): real images are mirrored at random in `to_model`.

    Notes
    -----
    Each side is padded (by repeating its edge) to a multiple of ``2 ** n_doublings`` and cropped back in
    `decode`; 8, 28 and 32 pixels need no padding at all.
    """

    kind = "image"
    block = 64

    def __init__(self, schema: ImageSchema, flips: Sequence[str] = ()) -> None:
        self.schema = schema
        self.flips = tuple(flips)
        for name in self.flips:
            lookup(FLIP_AXES, name, "flip")
        unit = 2 ** n_doublings(schema.height, schema.width)
        self._pad_y, self._pad_x = -schema.height % unit, -schema.width % unit
        shape = (schema.channels, schema.height + self._pad_y, schema.width + self._pad_x)
        self.spec = TensorSpec(shape, (Span(0, schema.channels, "tanh"),), len(schema.classes))

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "ImageCodec":
        """Rebuild the codec that `state` described."""
        return cls(config.from_dict(ImageSchema, state["schema"]), state["flips"])

    def state(self) -> dict[str, Any]:
        """Return what `from_state` needs, as plain JSON data."""
        return {"kind": self.kind, "schema": config.to_dict(self.schema), "flips": list(self.flips)}

    def encode(self, raw: np.ndarray) -> torch.Tensor:
        """Return (n, height, width, channels) uint8 images as (n, channels, height, width) uint8, unpadded."""
        return torch.from_numpy(np.ascontiguousarray(raw)).permute(0, 3, 1, 2)

    def to_model(self, encoded: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        """Return float32 images in [-1, 1], padded, a random half of them mirrored along each allowed axis."""
        images = encoded.to(torch.float32).div_(127.5).sub_(1.0)
        for name in self.flips:
            chosen = torch.rand(len(images), 1, 1, 1, generator=rng) < 0.5
            images = torch.where(chosen.to(images.device), images.flip(FLIP_AXES[name]), images)
        if self._pad_y or self._pad_x:
            images = functional.pad(images, self._margins(), mode="replicate")
        return images

    def decode(self, samples: torch.Tensor, labels: torch.Tensor, rng: torch.Generator) -> np.ndarray:
        """Return (n, height, width, channels) uint8 images from network output in [-1, 1]; nothing is drawn."""
        left, _, top, _ = self._margins()
        images = samples[..., top : top + self.schema.height, left : left + self.schema.width]
        levels = images.float().add(1.0).mul(127.5).round().clamp(0, 255)
        return levels.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()

    def join(self, chunks: Sequence[np.ndarray]) -> np.ndarray:
        """Return several arrays of images as one."""
        return np.concatenate(chunks)

    def _margins(self) -> tuple[int, int, int, int]:
        left, top = self._pad_x // 2, self._pad_y // 2
        return left, self._pad_x - left, top, self._pad_y - top


def mirrorings(images: np.ndarray, flips: Iterable[str]) -> list[np.ndarray]:
    """Return images (n, height, width, channels) as they are, then mirrored in each of the ways of `flips`."""
    axes = [FLIP_AXES[name] - 1 for name in flips]  # here channels come last
    return [images, *(np.ascontiguousarray(np.flip(images, axis)) for axis in axes)]
