"""What a batch of rows is conditioned on besides its labels: one category of each row, as a condition vector."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_augment.networks.spans import SpanActivation
from gan_augment.training.method import Batch
from gan_augment.transforms.spec import TensorSpec

LOWEST = 1e-4  # a probability below this costs no more: its gradient would drown the others
KEPT = 0.5  # the share of rows that a category is given of; the others know their label alone, as in sampling


class CategoryCondition(nn.Module):
    """Marks one category of each real row, which the generator is to make and the discriminator is shown.

    The condition vector of CTGAN (Xu et al. 2019), the label always part of it. Each softmax is drawn with equal
    probability and its category is that of the real row, so conditions occur as they do in the data.
    """

    def __init__(self, spec: TensorSpec) -> None:
        super().__init__()
        self.n_classes = spec.n_classes
        self.activation = SpanActivation(spec, tau=1.0)

    def draw(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Return what is given of each row of a batch, (n, n_classes + n_units) of zeros and ones."""
        labels = functional.one_hot(batch.labels, self.n_classes).to(batch.samples.dtype)
        n_segments = self.activation.membership.shape[1]
        drawn = torch.randint(max(n_segments, 1), (len(labels), 1), generator=rng)
        kept = torch.rand(len(labels), 1, generator=rng) < KEPT
        chosen = torch.where(kept, drawn, -1).to(labels.device) == self.activation.segments
        return torch.cat([labels, batch.samples[:, self.activation.units] * chosen], dim=1)

    def loss(self, fake: Tensor, given: Tensor) -> Tensor:
        """Return the cross-entropy of the given categories in the rows made for them."""
        wanted = given[:, self.n_classes :]
        probabilities = (fake[:, self.activation.units] * wanted).sum(1)
        asked = wanted.sum(1)
        return -(probabilities.clamp_min(LOWEST).log() * asked).sum() / asked.sum().clamp_min(1.0)
