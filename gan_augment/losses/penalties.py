"""Penalties that keep a discriminator smooth or calm, as pure functions of tensors."""

import torch
from torch import Tensor
from torch.nn import functional


def zero_centred_penalty(logits: Tensor, inputs: Tensor) -> Tensor:
    """Return the mean squared norm of the gradient of `logits` (n,) with respect to `inputs` (n, ...).

    R1 on real inputs, R2 on fake ones (Mescheder et al. 2018). `inputs` must require gradients.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    return gradient.float().square().flatten(1).sum(1).mean()


def lecam_penalty(logits_real: Tensor, logits_fake: Tensor, anchor_real: Tensor, anchor_fake: Tensor) -> Tensor:
    """Return LeCam regularisation: logits are held near the moving average of the *other* side.

    Tseng et al. (2021), "Regularizing Generative Adversarial Networks under Limited Data".
    """
    drift_real = functional.relu(logits_real - anchor_fake).square().mean()
    drift_fake = functional.relu(anchor_real - logits_fake).square().mean()
    return drift_real + drift_fake
