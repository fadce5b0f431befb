"""What a network is told about the tensors it makes and judges; never a dataset, never a file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A run of output units that share an activation.

    Parameters
    ----------
    start, stop
        Half-open range along the first (channel or feature) axis.
    activation
        ``tanh`` for pixels. Of tables: ``linear`` for a number, about standard normal; ``softmax`` for a one-hot, in
        a network's output its probabilities; ``gated`` for a number that is not always there: the first unit is the
        number times the probability that it is present, the others are a softmax over present, each value that many
        rows share, and missing.
    """

    start: int
    stop: int
    activation: str


@dataclass(frozen=True)
class TensorSpec:
    """Shape and meaning of one sample as a tensor.

    Parameters
    ----------
    shape
        Shape of one sample without the batch axis: (channels, height, width) for images.
    spans
        How the first axis divides, each part with its activation.
    n_classes
        Number of classes a label can take.
    """

    shape: tuple[int, ...]
    spans: tuple[Span, ...]
    n_classes: int
