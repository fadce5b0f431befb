"""Gives a network the weights of one that knows other classes: what belongs to a class goes by its name."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from gan_augment.networks.exemplar import ExemplarGenerator


@torch.no_grad()
def transfer(network: nn.Module, weights: Mapping[str, Tensor], classes: Sequence[str], before: Sequence[str]) -> None:
    """Give `network` the weights of one of its kind.

    Parameters
    ----------
    network
        A fresh network.
    weights
        The other network's ``state_dict``, on any device.
    classes, before
        Class names in label order: of `network`, and of the other one.

    Raises
    ------
    KeyError, RuntimeError
        If the weights are those of another kind of network.

    Notes
    -----
    A class that both know keeps what is its own: its embeddings, its exemplars. The embeddings of another one begin at
    the mean of those that were learned, plus the random start of a fresh network, by which new classes differ. Its
    exemplars stay those of a fresh network until some are encoded.
    """
    places = {name: label for label, name in enumerate(before)}
    shared = [(label, places[name]) for label, name in enumerate(classes) if name in places]
    own = network.state_dict()
    by_class: dict[str, Tensor] = {}
    for name in _embeddings(network):
        fresh, learned = own[name], weights[name].to(own[name].device)
        starts = fresh[: len(classes)] + learned[: len(before)].mean(0)
        by_class[name] = _with_rows(torch.cat([starts, learned[len(before) :]]), learned, shared)
    names = _exemplars(network)
    alike = all(own[name].shape[1:] == weights[name].shape[1:] for name in names)  # very many classes keep fewer each
    for name in names:
        learned = weights[name].to(own[name].device)
        by_class[name] = _with_rows(own[name].clone(), learned, shared if alike else [])
    network.load_state_dict({**weights, **by_class})


def _with_rows(values: Tensor, learned: Tensor, shared: Sequence[tuple[int, int]]) -> Tensor:
    for label, before in shared:
        values[label] = learned[before]
    return values


def _embeddings(network: nn.Module) -> list[str]:
    """Return the names of the embeddings: their first rows are those of the classes."""
    return [_key(name, "weight") for name, part in network.named_modules() if isinstance(part, nn.Embedding)]


def _exemplars(network: nn.Module) -> list[str]:
    owners = [name for name, part in network.named_modules() if isinstance(part, ExemplarGenerator)]
    return [_key(name, own) for name in owners for own in ("centres", "offsets", "deviations", "n_kept")]


def _key(module: str, tensor: str) -> str:
    return f"{module}.{tensor}" if module else tensor
