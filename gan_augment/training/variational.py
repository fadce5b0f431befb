"""A class-conditional variational autoencoder of rows as one phase."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gan_augment.errors import ConfigError
from gan_augment.losses.elbo import gaussian_nll, latent_divergence
from gan_augment.networks.build import build_network
from gan_augment.networks.config import NetworkConfig
from gan_augment.networks.mlp import MlpDecoder
from gan_augment.networks.spans import segmented_log_softmax
from gan_augment.training.method import Batch, Context, Method, OptimizerConfig, Phase
from gan_augment.transforms.spec import TensorSpec

LEAST_LOG_SIGMA = -4.6  # a spread of 0.01: below it, a mean alone decides


@dataclass(frozen=True)
class VariationalConfig:
    """The bound.

    Parameters
    ----------
    reconstruction
        Weight of the reconstruction beside the divergence of the latents (2 in TVAE, Xu et al. 2019).
    """

    reconstruction: float = 2.0

    def __post_init__(self) -> None:
        if not self.reconstruction > 0:
            raise ConfigError(f"elbo.reconstruction must be above 0, not {self.reconstruction:g}.")


def elbo_loss(batches: dict[str, Batch], ctx: Context, config: VariationalConfig) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the negative bound of a batch: what it costs to say the rows, and their latents.

    Values cost their density about the decoder's means, with a spread learned for each unit, where they are present;
    categories cost their cross-entropy.
    """
    batch = batches["train"]
    encoder, decoder = ctx.modules["encoder"], ctx.modules["generator"]
    assert isinstance(decoder, MlpDecoder)
    with ctx.autocast():
        mean, log_variance, latents = drawn_latents(encoder, batch, ctx)
        raw = decoder.raw(latents, batch.labels).float()
    activation, log_sigma = decoder.activation, decoder.log_sigma.clamp_min(LEAST_LOG_SIGMA)
    present = activation.is_value.expand_as(raw).index_copy(1, activation.values, batch.samples[:, activation.gates])
    values = (gaussian_nll(batch.samples, raw, log_sigma) * present).sum(1)
    log_probabilities = segmented_log_softmax(raw[:, activation.units], activation.segments, activation.membership)
    categories = -(log_probabilities * batch.samples[:, activation.units]).sum(1)
    reconstruction, divergence = (values + categories).mean(), latent_divergence(mean, log_variance).mean()
    return weighed(reconstruction, divergence, config)


def drawn_latents(encoder: nn.Module, batch: Batch, ctx: Context) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean and log-variance of the latents of a batch and latents drawn with them, (n, z_dim) each."""
    mean, log_variance = (half.float() for half in encoder(batch.samples, batch.labels))
    noise = torch.randn(mean.shape, generator=ctx.rng).to(ctx.device)
    return mean, log_variance, mean + noise * (0.5 * log_variance).exp()


def weighed(reconstruction: Tensor, divergence: Tensor, config: VariationalConfig) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the negative bound of its two terms, with what is logged."""
    loss = config.reconstruction * reconstruction + divergence
    return loss, {"elbo_loss": loss, "reconstruction_loss": reconstruction, "divergence": divergence}


def build_vae(
    spec: TensorSpec,
    network: NetworkConfig,
    config: VariationalConfig,
    optimizer: OptimizerConfig,
    seed: int,
    device: torch.device,
) -> Method:
    """Return the method of a variational autoencoder for `spec`."""
    roles = ("encoder", "generator")
    modules: dict[str, Any] = {role: build_network(role, spec, network, seed).to(device) for role in roles}
    return Method(
        modules=modules,
        phases=(Phase("elbo", roles, lambda batches, ctx: elbo_loss(batches, ctx, config), optimizer),),
        artifacts=("generator",),
        sample_fn=lambda nets, z, labels: nets["generator"](z, labels),
        z_dim=modules["generator"].z_dim,
    )
