"""An autoencoder of images that samples about what it has encoded of a class, so that no training image is missed."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_augment.networks.config import ExemplarConfig, halvings
from gan_augment.networks.resnet import SLOPE, DownBlock, ResnetGenerator, finest, unchanged
from gan_augment.transforms.spec import TensorSpec

N_CHANCES = 3  # normal numbers that choose an exemplar, another one, and a place on the line through both
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
    """Latents and labels to images, each on the line through two encoded training images of a class, near neither.

    Where a normal prior leaves gaps and invents what never was, the encoded training images know which latents mean
    something (Norouzi et al. 2020, "Exemplar VAE"). Beyond them along lines within a class lies more variety than
    between them (DeVries & Taylor 2017, "Dataset Augmentation in Feature Space").
    """

    means: Tensor
    deviations: Tensor
    n_kept: Tensor

    def __init__(self, spec: TensorSpec, config: ExemplarConfig) -> None:
        super().__init__()
        self.encoder, self.decoder = ResnetEncoder(spec, config), ResnetGenerator(spec, config)
        self.latent_dim, self.reach, self.margin = config.z_dim, config.reach, config.margin
        self.z_dim = config.z_dim + N_CHANCES
        kept = (spec.n_classes, config.kept(spec.n_classes), config.z_dim)
        self.register_buffer("means", torch.zeros(kept))
        self.register_buffer("deviations", torch.ones(kept))  # nothing kept yet: the prior
        self.register_buffer("n_kept", torch.ones(spec.n_classes, dtype=torch.int64))

    @property
    def most_kept(self) -> int:
        """How many exemplars of a class there is room for."""
        return self.means.shape[1]

    @torch.no_grad()
    def keep(self, label: int, images: Tensor) -> None:
        """Take up to `most_kept` images (n, c, h, w) as the exemplars of a class."""
        n = len(images)
        mean, log_variance = self.encoder(images, torch.full((n,), label, device=images.device))
        self.means[label, :n], self.deviations[label, :n] = mean, (0.5 * log_variance).exp()
        self.n_kept[label] = n

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Return images (n, c, h, w) in [-1, 1] for latents (n, z_dim) and integer labels (n,)."""
        return self.decoder(self.placed(z, labels), labels)

    def placed(self, z: Tensor, labels: Tensor) -> Tensor:
        """Return where standard normal latents (n, z_dim) lie among the exemplars of their classes, (n, latent_dim)."""
        noise, chances = z.split([self.latent_dim, N_CHANCES], dim=1)
        uniform = torch.special.ndtr(chances)
        n = self.n_kept[labels]
        one = _index(uniform[:, 0], n)
        other = (one + 1 + _index(uniform[:, 1], n - 1)) % n  # never the same one, if there is a choice
        side = 2 * uniform[:, 2:] - 1  # half of them beyond an exemplar, half between two
        beyond = -self.margin + (self.reach - self.margin) * side
        along = torch.where(side < 0, beyond, self.margin + (1 - 2 * self.margin) * side)
        mean = self.means[labels, one]
        return mean + along * (self.means[labels, other] - mean) + noise * self.deviations[labels, one]


def _index(uniform: Tensor, n: Tensor) -> Tensor:
    """Return whole numbers from 0 to ``n - 1`` for uniform ones (k,) in (0, 1) and n (k,); 0 where that is none."""
    return (uniform * n).long().minimum(n - 1).clamp_min(0)
