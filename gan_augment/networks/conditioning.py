"""How a label enters a network: its embedding, conditional batch norm, modulation, and the projection head."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class LabelEmbedding(nn.Embedding):
    """An embedding of labels of which a share in [0, 1] is told: 0 says nothing, 1 all.

    The share is no weight and is not saved: what is published tells labels in full.
    """

    share: Tensor

    def __init__(self, n_classes: int, dim: int) -> None:
        super().__init__(n_classes, dim)
        self.register_buffer("share", torch.ones(()), persistent=False)

    def forward(self, labels: Tensor) -> Tensor:
        """Return (n, dim) for integer labels (n,)."""
        return super().forward(labels) * self.share


def tell_labels(network: nn.Module, share: float) -> None:
    """Set the share of their labels that the embeddings of a network tell."""
    for module in network.modules():
        if isinstance(module, LabelEmbedding):
            module.share.fill_(share)


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

    def modulation(self, label_embeddings: Tensor) -> Tensor:
        """Return what labels (k, label_dim) add to scales and shifts, (k, 2, channels); they end the condition."""
        weight = self.affine.weight[:, -label_embeddings.shape[1] :]
        return functional.linear(label_embeddings, weight).unflatten(1, (2, -1))


class ProjectionHead(nn.Module):
    """An unconditional logit plus the projection of the features on the label's embedding.

    Miyato & Koyama (2018), "cGANs with Projection Discriminator". The last layers carry no bias.
    """

    def __init__(self, features: int, n_classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, 1, bias=False)
        self.embedding = LabelEmbedding(n_classes, features)
        nn.init.normal_(self.embedding.weight, std=features**-0.5)

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return logits (n,) for features (n, d) and integer labels (n,)."""
        return self.linear(features).squeeze(1) + (self.embedding(labels) * features).sum(1)
