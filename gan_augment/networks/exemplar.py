"""An autoencoder of images that samples about what it has encoded of a class, so that no training image is missed."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_augment.networks.config import ExemplarConfig, halvings
from gan_augment.networks.resnet import SLOPE, DownBlock, ResnetGenerator, finest, unchanged
from gan_augment.transforms.spec import TensorSpec

HIDDEN = 256


class ResnetEncoder(nn.Module):
    """Images and labels to the mean and log-variance of their latents, without normalisation layers."""

    def __init__(self, spec: TensorSpec, config: ExemplarConfig) -> None:
        super().__init__()
        channels, height, width = spec.shape
        levels = halvings(height, width)
        first = finest(levels)
        kernel = (3, 1, 1) if first == 0 else (4, 2, 1)  # size, stride, padding
        self.from_image = nn.Conv2d(channels, config.encoder_channels(first), *kernel)
        self.blocks = nn.Sequential(
            *(
                DownBlock(config.encoder_channels(level), config.encoder_channels(level + 1), unchanged)
                for level in range(first, levels)
            )
        )
        size = config.encoder_channels(levels) * (height >> levels) * (width >> levels)
        self.embedding = nn.Embedding(spec.n_classes, config.label_dim)
        self.hidden = nn.Linear(size + config.label_dim, HIDDEN)
        self.head = nn.Linear(HIDDEN, 2 * config.z_dim)

    def forward(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance, (n, z_dim) each, for images (n, c, h, w) and integer labels (n,)."""
        maps = functional.leaky_relu(self.blocks(self.from_image(images)), SLOPE)
        hidden = self.hidden(torch.cat([maps.flatten(1), self.embedding(labels)], dim=1))
        mean, log_variance = self.head(functional.leaky_relu(hidden, SLOPE)).chunk(2, dim=1)
        return mean, log_variance


class ExemplarGenerator(nn.Module):
    """Latents and labels to images, each of which lies about an encoded training image as others of its class do.

    Where a normal prior leaves gaps and invents what never was, the encoded training images know which latents mean
    something (Norouzi et al. 2020, "Exemplar VAE"). Away from one of them images vary in the directions in which those
    of its class differ, which is a smoothed bootstrap of the class (Silverman & Young 1987), and a little more widely
    than these (DeVries & Taylor 2017, "Dataset Augmentation in Feature Space").
    """

    centres: Tensor
    offsets: Tensor
    deviations: Tensor
    n_kept: Tensor

    def __init__(self, spec: TensorSpec, config: ExemplarConfig) -> None:
        super().__init__()
        self.encoder, self.decoder = ResnetEncoder(spec, config), ResnetGenerator(spec, config)
        self.bandwidth, self.most_kept = config.bandwidth, config.kept(spec.n_classes)
        self.shrinkage = config.stretch / math.hypot(1.0, config.bandwidth)
        self._parts = config.z_dim, self.most_kept, 1  # of a latent: about an exemplar, about the class, which exemplar
        self.latent_dim, self.z_dim = config.z_dim + self.most_kept, sum(self._parts)
        kept = spec.n_classes, self.most_kept, config.z_dim
        self.register_buffer("centres", torch.zeros(spec.n_classes, config.z_dim))
        self.register_buffer("offsets", torch.zeros(kept))  # of exemplars from the centre of their class
        self.register_buffer("deviations", torch.ones(kept))  # nothing kept yet: the prior
        self.register_buffer("n_kept", torch.ones(spec.n_classes, dtype=torch.int64))

    @torch.no_grad()
    def keep(self, label: int, images: Tensor) -> None:
        """Take up to `most_kept` images (n, c, h, w) as the exemplars of a class."""
        n = len(images)
        mean, log_variance = self.encoder(images, torch.full((n,), label, device=images.device))
        self.centres[label] = mean.mean(dim=0)
        self.offsets[label, :n], self.offsets[label, n:] = mean - self.centres[label], 0.0
        self.deviations[label, :n] = (0.5 * log_variance).exp()
        self.n_kept[label] = n

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Return images (n, c, h, w) in [-1, 1] for latents (n, z_dim) and integer labels (n,)."""
        return self.decoder(self.placed(z, labels), labels)

    def placed(self, z: Tensor, labels: Tensor) -> Tensor:
        """Return where standard normal latents (n, z_dim) lie among the exemplars of their classes, (n, config.z_dim).

        At a stretch of 1 they have the mean and the covariance of the exemplars, whatever the bandwidth, besides what
        the encoder leaves open about each.
        """
        near, wide, chance = z.split(self._parts, dim=1)
        n = self.n_kept[labels, None]
        one = (torch.special.ndtr(chance) * n).long().minimum(n - 1).clamp_min(0)
        # An exemplar, and a random combination of all of them, which varies as they do.
        weights = (self.bandwidth / n.sqrt() * wide).scatter_add(1, one, torch.ones_like(chance))
        away = (weights[:, None] @ self.offsets[labels])[:, 0]
        return self.centres[labels] + self.shrinkage * away + near * self.deviations[labels, one[:, 0]]
