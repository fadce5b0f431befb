"""How a label enters a network: conditional batch norm, modulation, and the projection head."""

import torch
from torch import Tensor, nn


class ConditionalNorm(nn.Module):
    """Scales and shifts feature maps by a function of a condition vector, with or without batch norm first.

    Conditional batch norm as in Dumoulin et al. (2017) and de Vries et al. (2017); without the norm it
    is plain feature-wise modulation (Perez et al. 2018).
    """

    def __init__(self, channels: int, condition_dim: int, norm: str) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False) if norm == "batch" else nn.Identity()
        self.affine = nn.Linear(condition_dim, 2 * channels)
        nn.init.normal_(self.affine.weight, std=0.02 if norm == "batch" else condition_dim**-0.5 / 2)
        nn.init.zeros_(self.affine.bias)

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        """Return maps of the shape of `features` (n, c, h, w) for `condition` (n, condition_dim)."""
        scale, shift = self.affine(condition)[:, :, None, None].chunk(2, dim=1)
        return torch.addcmul(shift, self.norm(features), 1 + scale)


class ProjectionHead(nn.Module):
    """An unconditional logit plus the projection of the features on the label's embedding.

    Miyato & Koyama (2018), "cGANs with Projection Discriminator". The last layers carry no bias.
    """

    def __init__(self, features: int, n_classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, 1, bias=False)
        self.embedding = nn.Embedding(n_classes, features)
        nn.init.normal_(self.embedding.weight, std=features**-0.5)

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return logits (n,) for features (n, d) and integer labels (n,)."""
        return self.linear(features).squeeze(1) + (self.embedding(labels) * features).sum(1)
