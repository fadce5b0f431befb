"""Fully connected networks for rows; they see spans of units, never a column."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_augment.networks.conditioning import ProjectionHead
from gan_augment.networks.config import MlpConfig
from gan_augment.networks.spans import SpanActivation
from gan_augment.transforms.spec import TensorSpec


class GivenEmbedding(nn.Module):
    """A vector for what a row is to be: its label, and with it, where a method says so, one of its categories."""

    def __init__(self, n_classes: int, n_units: int, dim: int) -> None:
        super().__init__()
        self.table = nn.Embedding(n_classes + n_units, dim)

    def forward(self, given: Tensor) -> Tensor:
        """Return (n, dim) for integer labels (n,), or for floats (n, n_classes + n_units) that mark what is given."""
        return given @ self.table.weight if given.is_floating_point() else self.table(given)


class DenseTrunk(nn.Module):
    """Hidden layers that each see the input and all layers before them."""

    def __init__(self, n_inputs: int, config: MlpConfig) -> None:
        super().__init__()
        widths = [n_inputs + level * config.hidden for level in range(config.depth)]
        norm = nn.BatchNorm1d if config.norm == "batch" else nn.Identity
        self.layers = nn.ModuleList(nn.Linear(width, config.hidden) for width in widths)
        self.norms = nn.ModuleList(norm(config.hidden) for _ in widths)
        self.n_outputs = n_inputs + config.depth * config.hidden

    def forward(self, features: Tensor) -> Tensor:
        """Return features (n, n_outputs) for (n, n_inputs)."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            features = torch.cat([features, functional.leaky_relu(norm(layer(features)), 0.2)], dim=1)
        return features


class MlpGenerator(nn.Module):
    """Latents and labels to rows; a part of each latent draws the categories, so that a row is a function of it."""

    def __init__(self, spec: TensorSpec, config: MlpConfig) -> None:
        super().__init__()
        self.latent_dim = config.z_dim
        self.activation = SpanActivation(spec, config.tau)
        self.z_dim = config.z_dim + self.activation.n_units
        self.embedding = GivenEmbedding(spec.n_classes, self.activation.n_units, config.label_dim)
        self.trunk = DenseTrunk(config.z_dim + config.label_dim, config)
        self.head = nn.Linear(self.trunk.n_outputs, spec.shape[0])

    def forward(self, z: Tensor, given: Tensor) -> Tensor:
        """Return rows (n, width) for latents (n, z_dim) and integer labels (n,), or more that is given."""
        latents, noise = z.split([self.latent_dim, self.z_dim - self.latent_dim], dim=1)
        return self.activation(self.raw(latents, given), noise)

    def raw(self, latents: Tensor, given: Tensor) -> Tensor:
        """Return values and logits (n, width), before anything is drawn."""
        return self.head(self.trunk(torch.cat([latents, self.embedding(given)], dim=1)))


class MlpDecoder(MlpGenerator):
    """A generator whose values are means with a spread of their own, as a variational autoencoder wants them."""

    def __init__(self, spec: TensorSpec, config: MlpConfig) -> None:
        super().__init__(spec, config)
        self.log_sigma = nn.Parameter(torch.zeros(spec.shape[0]))
        self.z_dim += spec.shape[0]

    def forward(self, z: Tensor, given: Tensor) -> Tensor:
        """Return rows (n, width): values drawn about their means, categories drawn by their probabilities."""
        sizes = [self.latent_dim, self.activation.n_units, len(self.log_sigma)]
        latents, noise, spread = z.split(sizes, dim=1)
        raw = self.raw(latents, given)
        return self.activation(raw + spread * self.log_sigma.exp() * self.activation.is_value, noise)


class MlpEncoder(nn.Module):
    """Rows and labels to the mean and log-variance of their latents."""

    def __init__(self, spec: TensorSpec, config: MlpConfig) -> None:
        super().__init__()
        self.embedding = GivenEmbedding(spec.n_classes, 0, config.label_dim)
        self.trunk = DenseTrunk(spec.shape[0] + config.label_dim, config)
        self.head = nn.Linear(self.trunk.n_outputs, 2 * config.z_dim)

    def forward(self, rows: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance, (n, z_dim) each, for rows (n, width) and integer labels (n,)."""
        mean, log_variance = self.head(self.trunk(torch.cat([rows, self.embedding(labels)], dim=1))).chunk(2, dim=1)
        return mean, log_variance


class MlpDiscriminator(nn.Module):
    """Rows to logits, each row by itself, with a projection head."""

    def __init__(self, spec: TensorSpec, config: MlpConfig) -> None:
        super().__init__()
        self.layers = hidden_layers(spec.shape[0], config)
        self.head = ProjectionHead(config.hidden, spec.n_classes)

    def forward(self, rows: Tensor, labels: Tensor) -> Tensor:
        """Return logits (n,) for rows (n, width) and integer labels (n,)."""
        return self.head(self.layers(rows), labels)


class PackedDiscriminator(nn.Module):
    """Several rows, with what is given of them, to one logit (PacGAN, Lin et al. 2018)."""

    def __init__(self, spec: TensorSpec, config: MlpConfig) -> None:
        super().__init__()
        n_units = SpanActivation(spec, config.tau).n_units
        self.pack = config.pack
        self.embedding = GivenEmbedding(spec.n_classes, n_units, config.label_dim)
        self.layers = hidden_layers(config.pack * (spec.shape[0] + config.label_dim), config)
        self.head = nn.Linear(config.hidden, 1)

    def forward(self, rows: Tensor, given: Tensor) -> Tensor:
        """Return logits (n / pack,) for rows (n, width) and what is given of each; n is a multiple of `pack`."""
        seen = torch.cat([rows, self.embedding(given)], dim=1)
        return self.head(self.layers(seen.reshape(len(rows) // self.pack, -1))).squeeze(1)


def hidden_layers(n_inputs: int, config: MlpConfig) -> nn.Sequential:
    """Return plain hidden layers."""
    layers: list[nn.Module] = []
    for level in range(config.depth):
        layers += [nn.Linear(config.hidden if level else n_inputs, config.hidden), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers)
