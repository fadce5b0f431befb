"""What a row's units mean, as an activation: values, categories, and values that may be absent; all spans at once."""

import torch
from torch import Tensor, nn

from gan_augment.transforms.spec import TensorSpec

MOST_MULTIPLIED = 1000  # units


def segmented_log_softmax(logits: Tensor, segments: Tensor, membership: Tensor) -> Tensor:
    """Return the logarithm of the softmax of `logits` (n, units) within each segment of units, all segments at once.

    Parameters
    ----------
    logits
        Float (n, units).
    segments
        The segment of each unit, int64 (units,), from 0.
    membership
        The same as a float matrix (units, segments) of zeros and ones.

    Notes
    -----
    Sums over segments are products with `membership`, whose order of summation is fixed on every device; it grows with
    the square of the units, so above 1,000 of them they are scattered instead.
    """
    index = segments.expand_as(logits)
    lowest = torch.full((len(logits), membership.shape[1]), -torch.inf, dtype=logits.dtype, device=logits.device)
    highest = lowest.scatter_reduce(1, index, logits.detach(), "amax")
    shifted = logits - highest.gather(1, index)
    if len(segments) <= MOST_MULTIPLIED:
        return shifted - ((shifted.exp() @ membership).log() @ membership.T)
    return shifted - torch.zeros_like(highest).scatter_add(1, index, shifted.exp()).log().gather(1, index)


def gumbel(noise: Tensor) -> Tensor:
    """Return standard Gumbel values as a function of standard normal ones."""
    return -torch.log(-torch.special.log_ndtr(noise))


class SpanActivation(nn.Module):
    """Raw units to rows: categories as one softmax over all their spans, absent values switched off.

    A ``gated`` span holds a value and a softmax whose first unit is the probability that the value is present.
    """

    segments: Tensor
    membership: Tensor
    units: Tensor
    gates: Tensor
    values: Tensor
    is_value: Tensor

    def __init__(self, spec: TensorSpec, tau: float) -> None:
        super().__init__()
        self.tau = tau
        units: list[int] = []
        segments: list[int] = []
        values, gates = [], []
        for number, span in enumerate(span for span in spec.spans if span.activation != "linear"):
            first = span.start + (span.activation == "gated")
            if span.activation == "gated":
                values.append(span.start)
                gates.append(first)
            units += range(first, span.stop)
            segments += [number] * (span.stop - first)
        membership = torch.zeros(len(segments), max(segments, default=-1) + 1)
        membership[torch.arange(len(segments)), torch.tensor(segments, dtype=torch.int64)] = 1.0
        tensors = {"units": units, "segments": segments, "values": values, "gates": gates}
        for name, numbers in tensors.items():
            self.register_buffer(name, torch.tensor(numbers, dtype=torch.int64), persistent=False)
        self.register_buffer("membership", membership, persistent=False)
        is_value = torch.ones(spec.shape[0])
        is_value[units] = 0.0
        self.register_buffer("is_value", is_value, persistent=False)

    @property
    def n_units(self) -> int:
        """How many units belong to a softmax."""
        return len(self.units)

    def forward(self, raw: Tensor, noise: Tensor) -> Tensor:
        """Return rows (n, width) for raw units (n, width) and standard normal noise (n, n_units).

        The noise draws categories with the softmax's probabilities, relaxed to temperature `tau`: the
        Gumbel-softmax of Jang et al. (2017) and Maddison et al. (2017). The largest unit is an exact draw.
        """
        if not self.n_units:
            return raw
        logits = (raw[:, self.units] + gumbel(noise)) / self.tau
        probabilities = segmented_log_softmax(logits, self.segments, self.membership).exp()
        rows = raw.index_copy(1, self.units, probabilities)
        if len(self.values):
            rows = rows.index_copy(1, self.values, rows[:, self.values] * rows[:, self.gates])
        return rows
