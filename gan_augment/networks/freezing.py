"""Layers that keep their weights while the others learn."""

from collections.abc import Iterable

from torch import nn


def freeze(layers: Iterable[nn.Module]) -> None:
    """Turn the weights of layers into buffers: saved with their network, but nothing that anybody trains.

    Gradients pass through them as before, as a generator and the penalties on a discriminator's input need it. So
    neither an optimiser nor the trainer has to know which layers they are.
    """
    for layer in layers:
        for module in layer.modules():
            for name, weight in list(module.named_parameters(recurse=False)):
                delattr(module, name)
                module.register_buffer(name, weight.detach())
