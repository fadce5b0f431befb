"""Optimisers as phases ask for them, and their moments as kernels want them."""

from collections.abc import Mapping

import torch
from torch import nn

from gan_augment.training.method import Phase


def match_layout(optimizer: torch.optim.Optimizer) -> None:
    """Lay loaded moments out as their weights are: the fused kernel walks both in memory order."""
    for weight, slots in optimizer.state.items():
        for name, value in slots.items():
            like = weight if value.shape == weight.shape else value
            slots[name] = torch.empty_like(like, dtype=value.dtype).copy_(value)


def optimizer_of(phase: Phase, modules: Mapping[str, nn.Module]) -> torch.optim.Optimizer:
    """Return the optimiser of the modules that a phase updates."""
    parameters = [weight for name in phase.modules for weight in modules[name].parameters()]
    config = phase.optimizer
    return torch.optim.Adam(parameters, lr=config.lr.start, betas=(config.beta1, config.beta2.start), fused=True)
