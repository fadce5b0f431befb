"""The seam between raw data and tensors: everything that differs between kinds of data hides behind a codec."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch

from gan_augment.transforms.spec import TensorSpec


@runtime_checkable
class Codec(Protocol):
    """Turns raw samples into model tensors and back; built from a schema, saved as plain JSON."""

    kind: str
    spec: TensorSpec

    def encode(self, raw: np.ndarray) -> torch.Tensor:
        """Return the samples compactly as they rest in memory (uint8, integer codes or float32)."""
        ...

    def to_model(self, encoded: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        """Return the float tensor a network sees, on the device of `encoded`."""
        ...

    def decode(self, samples: torch.Tensor) -> np.ndarray:
        """Return raw samples from a network's output."""
        ...

    def state(self) -> dict[str, Any]:
        """Return what rebuilds this codec, as plain JSON data."""
        ...
