"""DCGAN's generator and discriminator (Radford et al. 2015), told the label by embedding and projection."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from gan_augment.networks.conditioning import LabelEmbedding, ProjectionHead
from gan_augment.networks.config import ConvConfig, halvings
from gan_augment.transforms.spec import TensorSpec


class DcganGenerator(nn.Module):
    """Transposed convolutions with batch norm and ReLU; the label's embedding is appended to the latent."""

    def __init__(self, spec: TensorSpec, config: ConvConfig) -> None:
        super().__init__()
        channels, height, width = spec.shape
        levels = halvings(height, width)
        self.z_dim = self.latent_dim = config.z_dim
        self.embedding = LabelEmbedding(spec.n_classes, config.label_dim)
        grid, first = (height >> levels, width >> levels), config.channels(levels)
        layers: list[nn.Module] = [
            nn.ConvTranspose2d(config.z_dim + config.label_dim, first, grid, bias=False),
            nn.BatchNorm2d(first),
            nn.ReLU(),
        ]
        for level in reversed(range(1, levels)):
            fan_in, fan_out = config.channels(level + 1), config.channels(level)
            layers += [nn.ConvTranspose2d(fan_in, fan_out, 4, 2, 1, bias=False), nn.BatchNorm2d(fan_out), nn.ReLU()]
        layers += [nn.ConvTranspose2d(config.channels(1), channels, 4, 2, 1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(initialise)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Return images (n, c, h, w) in [-1, 1] for latents (n, z_dim) and integer labels (n,)."""
        condition = torch.cat([z, self.embedding(labels)], dim=1)
        return self.layers(condition[:, :, None, None])


class DcganDiscriminator(nn.Module):
    """Strided convolutions with batch norm (none on the first) and leaky ReLU, then a projection head."""

    def __init__(self, spec: TensorSpec, config: ConvConfig) -> None:
        super().__init__()
        channels, height, width = spec.shape
        levels = halvings(height, width)
        layers: list[nn.Module] = [nn.Conv2d(channels, config.channels(1), 4, 2, 1), nn.LeakyReLU(0.2)]
        for level in range(1, levels):
            fan_in, fan_out = config.channels(level), config.channels(level + 1)
            layers += [nn.Conv2d(fan_in, fan_out, 4, 2, 1, bias=False), nn.BatchNorm2d(fan_out), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Flatten())
        size = config.channels(levels) * (height >> levels) * (width >> levels)
        self.features = nn.Sequential(nn.Linear(size, config.max_width), nn.LeakyReLU(0.2))
        self.head = ProjectionHead(config.max_width, spec.n_classes)
        self.apply(initialise)

    def stages(self) -> list[nn.Module]:
        """Return the layers that halve the grid, from the image on, each with its norm."""
        starts = [place for place, layer in enumerate(self.layers) if isinstance(layer, nn.Conv2d)]
        return [self.layers[start:stop] for start, stop in pairwise([*starts, len(self.layers)])]

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return logits (n,) for images (n, c, h, w) and integer labels (n,)."""
        return self.head(self.features(self.layers(images)), labels)


def initialise(module: nn.Module) -> None:
    """Draw weights from N(0, 0.02) and batch-norm scales from N(1, 0.02), as the paper does."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, std=0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, mean=1.0, std=0.02)
