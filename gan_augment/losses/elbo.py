"""The terms of a variational autoencoder's bound, as pure functions of tensors."""

import math

from torch import Tensor


def gaussian_nll(values: Tensor, means: Tensor, log_sigma: Tensor) -> Tensor:
    """Return the negative log-density of `values` under normals, elementwise, in the shape of `values`."""
    return 0.5 * ((values - means) * (-log_sigma).exp()).square() + log_sigma + 0.5 * math.log(2 * math.pi)


def latent_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the divergence of each latent's normal from the standard one, (n,) for (n, d) (Kingma & Welling 2014)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
