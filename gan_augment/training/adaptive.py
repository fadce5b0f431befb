"""Augmentation that grows where a discriminator knows its training images by heart, and shrinks where it does not."""

from collections.abc import Mapping

import torch
from torch import Tensor

from gan_augment.training.diffaug import DiffAugConfig

EVERY = 4  # steps between two measurements, as in the paper
MEMORY = 0.9  # share of the mean logits that outlasts a measurement: a batch of some classes is a noisy one


class AdaptiveAugmentation:
    """The operations of a `DiffAugConfig` with a probability that follows the discriminator; a `Part`.

    Karras et al. (2020), "Training Generative Adversarial Networks with Limited Data", with their measure that needs
    images kept back: how far these fall below the training images, as a share of how far the fakes do. It is 0 where
    the discriminator cannot tell training images from others, and 1 where others are fakes to it. Their measure without
    images kept back, the sign of the logits of training images, also rises where the generator is merely weak, as it
    is within a short budget, and a paired loss has no sign to look at.
    """

    def __init__(self, config: DiffAugConfig) -> None:
        self.config = config
        self.probability = self.progress = 0.0
        self.means = torch.zeros(3, dtype=torch.float64)  # all started at 0, which cancels in a share

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of the operations, in order."""
        return self.config.operations

    @property
    def overfitting(self) -> float:
        """The share of the gap between training images and fakes that lies above the images kept back, in [0, 1]."""
        training, held_out, fake = self.means.tolist()
        return min(max((training - held_out) / (training - fake), 0.0), 1.0) if training > fake else 0.0

    def probability_at(self, progress: float) -> float:
        """Return the probability of now, whatever share of the budget is spent."""
        return self.probability

    def update(self, training: Tensor, held_out: Tensor, fake: Tensor, progress: float) -> None:
        """Move the probability by what the logits (n,) of training images, images kept back and fakes say."""
        means = torch.stack([logits.mean() for logits in (training, held_out, fake)])
        self.means.lerp_(means.double().cpu(), 1 - MEMORY)
        reach = max(progress - self.progress, 0.0) / self.config.ramp
        moved = self.probability + (reach if self.overfitting > self.config.target else -reach)
        self.probability, self.progress = min(max(moved, 0.0), self.config.probability), progress

    def state_dict(self) -> dict[str, Tensor]:
        """Return probability, progress and the mean logits."""
        now = torch.tensor([self.probability, self.progress], dtype=torch.float64)
        return {"now": now, "means": self.means}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state_dict` gave."""
        self.probability, self.progress = state["now"].tolist()
        self.means.copy_(state["means"])
