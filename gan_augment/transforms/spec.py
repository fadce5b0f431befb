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
        ``tanh`` for pixels; other codecs may add their own.
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
