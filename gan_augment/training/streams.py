"""Draws batches from encoded data: which class first, then a row of it; knows nothing of what a row is."""

from collections.abc import Callable

import torch
from torch import Tensor

from gan_augment.training.method import Batch


class ClassStream:
    """Batches whose class is drawn with p proportional to n^exponent, then a row uniformly within the class.

    Parameters
    ----------
    encoded
        Samples at rest, (n, ...), on any device; memory-mapped data stays on the CPU.
    labels
        Integer labels (n,), on the CPU.
    to_model
        The codec's `to_model`: (encoded batch, rng) to float tensor.
    batch_size
        Rows a batch.
    exponent
        1 draws as often as classes occur, 0 all classes equally often.
    device
        Where batches are wanted.
    """

    def __init__(
        self,
        encoded: Tensor,
        labels: Tensor,
        to_model: Callable[[Tensor, torch.Generator], Tensor],
        batch_size: int,
        exponent: float,
        device: torch.device,
    ) -> None:
        self.encoded, self.labels, self.to_model = encoded, labels, to_model
        self.batch_size, self.device = batch_size, device
        counts = torch.bincount(labels)
        self._rows = torch.argsort(labels, stable=True)
        self._starts = torch.cumsum(counts, 0) - counts
        self._counts, self._sizes = counts, counts.tolist()
        self.class_weights = torch.where(counts > 0, counts.double() ** exponent, 0.0)

    def draw(self, rng: torch.Generator, labels: Tensor | None = None) -> Batch:
        """Return the next batch, of these `labels` (batch_size,) if any; the random numbers come from `rng` alone."""
        drawn = labels if labels is not None else self._draw_labels(rng)
        places = torch.rand(self.batch_size, generator=rng, dtype=torch.float64) * self._counts[drawn]
        rows = self._rows[self._starts[drawn] + places.long()]
        return self._gather(rows, drawn, rng)

    def _draw_labels(self, rng: torch.Generator) -> Tensor:
        return torch.multinomial(self.class_weights, self.batch_size, replacement=True, generator=rng)

    def draw_class(self, label: int, n: int, rng: torch.Generator) -> Batch:
        """Return `n` rows of a class, or all there are, in random order."""
        order = torch.randperm(self._sizes[label], generator=rng)[:n]
        return self._gather(self._rows[self._starts[label] + order], torch.full((len(order),), label), rng)

    def _gather(self, rows: Tensor, labels: Tensor, rng: torch.Generator) -> Batch:
        encoded = self.encoded[rows.to(self.encoded.device)].to(self.device, non_blocking=True)
        return Batch(self.to_model(encoded, rng), labels.to(self.device, non_blocking=True))
