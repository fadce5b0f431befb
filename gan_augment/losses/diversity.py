"""Terms that keep a generator from making the same for all latents of a class, as pure functions of tensors."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

LEAST_RATIO, LEAST_DISTANCE = 1e-5, 1e-8


def mode_seeking_loss(samples: Tensor, latents: Tensor, labels: Tensor) -> Tensor:
    """Return how little samples of a class differ for how much their latents do: the mean of distance by distance.

    Mao et al. (2019), "Mode Seeking Generative Adversarial Networks for Diverse Image Synthesis", with mean absolute
    distances. Pairs are neighbours of one label within the batch, so that nothing has to be generated twice; 0 where
    no label comes twice.

    Parameters
    ----------
    samples
        What was made, (n, ...).
    latents, labels
        From what it was made, (n, d) and integers (n,).
    """
    order = labels.argsort(stable=True)
    samples, latents, labels = samples.float()[order].flatten(1), latents[order], labels[order]
    apart = (samples[1:] - samples[:-1]).abs().mean(1)
    wanted = (latents[1:] - latents[:-1]).abs().mean(1).clamp_min(LEAST_DISTANCE)
    paired = (labels[1:] == labels[:-1]).to(apart.dtype)
    return (paired / (apart / wanted + LEAST_RATIO)).sum() / paired.sum().clamp_min(1.0)


def group_spectral_loss(modulations: Sequence[Tensor]) -> Tensor:
    """Return the mean over classes of the largest squared singular values of their grouped scales and shifts.

    Group spectral regularisation (Rangwani et al. 2022, "Improving GANs for Long-Tailed Data through Group Spectral
    Regularization"): a rare class collapses where what modulates its features has one direction that outgrows all
    others. A vector is laid out as rows as near to a square as its length allows. All classes weigh the same, where
    the paper gives rare ones more weight.

    Parameters
    ----------
    modulations
        Scales and shifts of each layer by class, (n_classes, 2, channels) each; their values are summed over layers.
    """
    norms = [torch.linalg.matrix_norm(_as_square(values.float()), ord=2) for values in modulations]
    return torch.stack([norm.square().sum(1).mean() for norm in norms]).sum()


def _as_square(vectors: Tensor) -> Tensor:
    """Return vectors (..., c) as matrices (..., r, c / r), r the largest divisor of c up to its root."""
    length = vectors.shape[-1]
    rows = next(size for size in range(math.isqrt(length), 0, -1) if length % size == 0)
    return vectors.unflatten(-1, (rows, length // rows))
