"""The named methods, one readable row each: network, game, penalty, optimisers, and the paper they come from."""

from dataclasses import dataclass, field

import torch

from gan_augment.config import FIXED
from gan_augment.networks.config import NetworkConfig
from gan_augment.training.adversarial import AdversarialConfig, build_gan
from gan_augment.training.diffaug import DiffAugConfig
from gan_augment.training.ema import EmaConfig
from gan_augment.training.method import Method, OptimizerConfig
from gan_augment.training.schedules import Schedule
from gan_augment.training.trainer import TrainConfig
from gan_augment.transforms.spec import TensorSpec


@dataclass(frozen=True)
class Recipe:
    """One way to train a class-conditional generator.

    Parameters
    ----------
    name, summary, source
        What it is called, one line about it, and the paper it follows.
    network, game, diffaug, ema, train
        Settings of the parts; each field of theirs can be set as ``part.field=value``.
    generator, discriminator
        Optimiser settings of the two sides.
    """

    name: str = field(metadata=FIXED)
    summary: str = field(metadata=FIXED)
    source: str = field(metadata=FIXED)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    game: AdversarialConfig = field(default_factory=AdversarialConfig)
    generator: OptimizerConfig = field(default_factory=OptimizerConfig)
    discriminator: OptimizerConfig = field(default_factory=OptimizerConfig)
    diffaug: DiffAugConfig = field(default_factory=DiffAugConfig)
    ema: EmaConfig = field(default_factory=EmaConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    def build(self, spec: TensorSpec, seed: int, device: torch.device) -> Method:
        """Return the networks and phases of this recipe for `spec`."""
        optimizers = (self.generator, self.discriminator)
        return build_gan(spec, self.network, self.game, self.diffaug, optimizers, seed, device)


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "dcgan",
            "transposed convolutions, batch norm, binary cross-entropy",
            "Radford et al. 2015",
            network=NetworkConfig("dcgan", z_dim=100),
            game=AdversarialConfig("nonsaturating"),
            generator=OptimizerConfig(Schedule(2e-4, 2e-4), beta1=0.5, beta2=Schedule(0.999, 0.999)),
            discriminator=OptimizerConfig(Schedule(2e-4, 2e-4), beta1=0.5, beta2=Schedule(0.999, 0.999)),
        ),
        Recipe(
            "hinge",
            "residual networks, conditional batch norm, spectral norm, projection, hinge loss, LeCam",
            "Miyato & Koyama 2018; Tseng et al. 2021",
            network=NetworkConfig("resnet", norm="batch", spectral=True),
            game=AdversarialConfig("hinge", lecam=0.01),
            generator=OptimizerConfig(Schedule(4e-4, 1e-4), beta2=Schedule(0.9, 0.99)),
            discriminator=OptimizerConfig(Schedule(8e-4, 2e-4), beta2=Schedule(0.9, 0.99)),
        ),
        Recipe(
            "r3",
            "residual networks without normalisation, relativistic pairing within a class, R1 and R2",
            "Huang et al. 2024",
            network=NetworkConfig("resnet", norm="none"),
            game=AdversarialConfig("relativistic", gamma=Schedule(1.5, 0.3), penalty_every=4),
            generator=OptimizerConfig(Schedule(8e-4, 1e-4)),
            discriminator=OptimizerConfig(Schedule(1.6e-3, 2e-4)),
        ),
    )
}
DEFAULT_RECIPE = "r3"
