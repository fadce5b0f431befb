"""The seam between raw data and tensors: everything that differs between kinds of data hides behind a codec."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import torch

from gan_augment.data.labelled import Schema
from gan_augment.transforms.spec import TensorSpec


@runtime_checkable
class Codec(Protocol):
    """Turns raw samples into model tensors and back; saved as plain JSON.

    `block` is how many samples of a class a generator always makes at once: what comes out then does not depend on how
    many are asked for.
    """

    kind: str
    block: int
    spec: TensorSpec

    @property
    def schema(self) -> Schema:
        """The schema of the raw samples."""
        ...

    def encode(self, raw: Any) -> torch.Tensor:
        """Return the samples compactly as they rest in memory (uint8, integer codes or float32)."""
        ...

    def to_model(self, encoded: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        """Return the float tensor a network sees, on the device of `encoded`."""
        ...

    def decode(self, samples: torch.Tensor, labels: torch.Tensor, rng: torch.Generator) -> Any:
        """Return raw samples from a network's output (n, ...) and their labels (n,).

        What a tensor cannot say (which of the rare categories, a fresh identifier) is drawn from `rng`.
        """
        ...

    def join(self, chunks: Sequence[Any]) -> Any:
        """Return several chunks of raw samples as one."""
        ...

    def state(self) -> dict[str, Any]:
        """Return what rebuilds this codec, as plain JSON data."""
        ...
