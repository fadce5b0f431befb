"""Penalties that keep a discriminator smooth, calm or consistent, as pure functions of tensors."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional


def zero_centred_penalty(logits_real: Tensor, real: Tensor, logits_fake: Tensor, fake: Tensor) -> Tensor:
    """Return R1 + R2: the mean squared norms of the logits' gradients at real and at fake inputs.

    Mescheder et al. (2018). Logits are (n,), inputs (n, ...) and must require gradients; one pass back serves both.
    """
    gradients = torch.autograd.grad(logits_real.sum() + logits_fake.sum(), (real, fake), create_graph=True)
    norms = [gradient.float().square().flatten(1).sum(1).mean() for gradient in gradients]
    return norms[0] + norms[1]


def gradient_penalty(critic_fn: Callable[[Tensor], Tensor], mixed: Tensor, pack: int = 1) -> Tensor:
    """Return the mean squared distance from 1 of the norms of the critic's gradients at `mixed` (n, ...).

    Gulrajani et al. (2017), "Improved Training of Wasserstein GANs". `mixed` lies between real and fake inputs; where
    the critic judges `pack` inputs together, the norm is that of all of them.
    """
    mixed = mixed.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic_fn(mixed).sum(), mixed, create_graph=True)
    norms = gradient.float().reshape(len(mixed) // pack, -1).norm(dim=1)
    return (norms - 1).square().mean()


def lecam_penalty(logits_real: Tensor, logits_fake: Tensor, anchor_real: Tensor, anchor_fake: Tensor) -> Tensor:
    """Return LeCam regularisation: logits are held near the moving average of the *other* side.

    Tseng et al. (2021), "Regularizing Generative Adversarial Networks under Limited Data".
    """
    drift_real = functional.relu(logits_real - anchor_fake).square().mean()
    drift_fake = functional.relu(anchor_real - logits_fake).square().mean()
    return drift_real + drift_fake


def consistency_penalty(logits: Tensor, logits_changed: Tensor) -> Tensor:
    """Return how far the logits (n,) of images move when the images are changed in what does not matter.

    The mean square (Zhao et al. 2020, "Improved Consistency Regularization for GANs").
    """
    return (logits - logits_changed).square().mean()
