"""Estimates the statistics of batch norm anew, from passes that the caller runs; knows nothing of data."""

from collections.abc import Callable, Iterable

import torch
from torch import nn


@torch.no_grad()
def reestimate_batch_statistics(network: nn.Module, forward_passes: Iterable[Callable[[], object]]) -> None:
    """Replace the running mean and variance of every batch norm by their plain average over some passes.

    For averaged weights, which never saw a batch, and for networks that trained on other data than they are meant for.
    A network without batch norm is left alone, without running a pass.
    """
    norms = [m for m in network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a cumulative average
        norm.train()
    for run in forward_passes:
        run()
    for norm, momentum in zip(norms, kept, strict=True):
        norm.momentum = momentum
        norm.eval()
