"""A class-conditional variational autoencoder of images as one phase; it samples about what it has encoded."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from gan_augment.losses.elbo import calibrated_nll, latent_divergence
from gan_augment.networks.build import build_network
from gan_augment.networks.config import NetworkConfig
from gan_augment.networks.exemplar import ExemplarGenerator
from gan_augment.training.method import Batch, Context, DrawFn, Method, OptimizerConfig, Phase
from gan_augment.training.variational import VariationalConfig, drawn_latents, weighed
from gan_augment.transforms.spec import TensorSpec


def exemplar_loss(
    batches: dict[str, Batch], ctx: Context, config: VariationalConfig
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the negative bound of a batch per value of an image: what images cost given latents, and latents."""
    batch, generator = batches["train"], ctx.modules["generator"]
    assert isinstance(generator, ExemplarGenerator)
    with ctx.autocast():
        mean, log_variance, latents = drawn_latents(generator.encoder, batch, ctx)
        made = generator.decoder(latents, batch.labels).float()
    n_values = batch.samples[0].numel()
    reconstruction = calibrated_nll(batch.samples, made) / n_values
    divergence = latent_divergence(mean, log_variance).mean() / n_values
    return weighed(reconstruction, divergence, config)


def build_exemplar_vae(
    spec: TensorSpec,
    network: NetworkConfig,
    config: VariationalConfig,
    optimizer: OptimizerConfig,
    seed: int,
    device: torch.device,
) -> Method:
    """Return the method of a variational autoencoder of images for `spec`."""
    generator = build_network("generator", spec, network, seed).to(device)
    assert isinstance(generator, ExemplarGenerator)
    return Method(
        modules={"generator": generator},
        phases=(Phase("elbo", ("generator",), lambda batches, ctx: exemplar_loss(batches, ctx, config), optimizer),),
        artifacts=("generator",),
        sample_fn=lambda nets, z, labels: nets["generator"](z, labels),
        z_dim=generator.z_dim,
        settle_fn=keep_exemplars,
    )


def keep_exemplars(modules: Mapping[str, nn.Module], draw_fn: DrawFn, rng: torch.Generator) -> None:
    """Let a generator encode what it samples about."""
    generator = modules["generator"]
    assert isinstance(generator, ExemplarGenerator)
    for label in range(len(generator.centres)):
        generator.keep(label, draw_fn(label, generator.most_kept, rng).samples)
