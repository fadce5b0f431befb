"""Builds a named pair of networks from a spec and a config, with weights fixed by a seed."""

import torch
from torch import nn

from gan_augment.networks.config import NetworkConfig
from gan_augment.networks.dcgan import DcganDiscriminator, DcganGenerator
from gan_augment.networks.exemplar import ExemplarGenerator
from gan_augment.networks.mlp import MlpDecoder, MlpDiscriminator, MlpEncoder, MlpGenerator, PackedDiscriminator
from gan_augment.networks.resnet import ResnetDiscriminator, ResnetGenerator
from gan_augment.registry import lookup
from gan_augment.seeding import derive_seed
from gan_augment.transforms.spec import TensorSpec

NETWORKS: dict[str, dict[str, type[nn.Module]]] = {
    "dcgan": {"generator": DcganGenerator, "discriminator": DcganDiscriminator},
    "resnet": {"generator": ResnetGenerator, "discriminator": ResnetDiscriminator},
    "exemplar": {"generator": ExemplarGenerator},
    "mlp": {"generator": MlpGenerator, "discriminator": MlpDiscriminator},
    "packed": {"generator": MlpGenerator, "discriminator": PackedDiscriminator},
    "autoencoder": {"generator": MlpDecoder, "encoder": MlpEncoder},
}


def build_network(role: str, spec: TensorSpec, config: NetworkConfig, seed: int = 0) -> nn.Module:
    """Return a fresh network of `config.kind` in a role (``generator``, ``discriminator``, ``encoder``), on the CPU.

    Torch initialises layers from its global generator; it is forked here, so that nothing outside notices.
    """
    kind = lookup(lookup(NETWORKS, config.kind, "network"), role, f"role of the {config.kind} networks")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights", role))
        return kind(spec, config)


def n_parameters(network: nn.Module) -> int:
    """Return the number of weights."""
    return sum(weight.numel() for weight in network.parameters())
