"""The terms of a variational autoencoder's bound, as pure functions of tensors."""

import math

from torch import Tensor

LEAST_ERROR = 1e-4  # mean square; below it, images differ by less than a grey level


def gaussian_nll(values: Tensor, means: Tensor, log_sigma: Tensor) -> Tensor:
    """Return the negative log-density of `values` under normals, elementwise, in the shape of `values`."""
    return 0.5 * ((values - means) * (-log_sigma).exp()).square() + log_sigma + 0.5 * math.log(2 * math.pi)


def latent_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the divergence of each latent's normal from the standard one, (n,) for (n, d) (Kingma & Welling 2014)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)


def calibrated_nll(values: Tensor, means: Tensor) -> Tensor:
    """Return the mean negative log-density, a scalar, of samples (n, ...) under normals of the spread that suits best.

    Up to a constant; the spread is the same for all values and known in closed form (Rybkin et al. 2021, "Simple and
    Effective VAE Training with Calibrated Decoders"), so that nothing has to weigh it against the divergence.
    """
    error = (values - means).square().mean()
    return 0.5 * values[0].numel() * error.clamp_min(LEAST_ERROR).log()
