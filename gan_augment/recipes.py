"""The named methods, one readable row each: network, game, penalty, optimisers, and the paper they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from gan_augment.config import FIXED, override, settings
from gan_augment.data.labelled import Schema
from gan_augment.data.schema import ImageSchema
from gan_augment.errors import ConfigError
from gan_augment.networks.config import EXEMPLAR, ConvConfig, ExemplarConfig, MlpConfig, NetworkConfig
from gan_augment.training.adversarial import build_gan
from gan_augment.training.diffaug import DiffAugConfig
from gan_augment.training.ema import EmaConfig
from gan_augment.training.exemplars import build_exemplar_vae
from gan_augment.training.game import AdversarialConfig
from gan_augment.training.method import Method, OptimizerConfig
from gan_augment.training.schedules import Schedule
from gan_augment.training.train_config import TrainConfig
from gan_augment.training.variational import VariationalConfig, build_vae
from gan_augment.transforms.spec import TensorSpec


@dataclass(frozen=True)
class GanRecipe:
    """One way to train a class-conditional GAN.

    Parameters
    ----------
    name, summary, source
        What it is called, one line about it, and the paper it follows.
    kind
        The data it is for: ``image`` or ``table``.
    network, game, diffaug, ema, train
        Settings of the parts; each field of theirs can be set as ``part.field=value``.
    generator, discriminator
        Optimiser settings of the two sides.
    """

    name: str = field(metadata=FIXED)
    summary: str = field(metadata=FIXED)
    source: str = field(metadata=FIXED)
    kind: str = field(default="image", metadata=FIXED)
    network: NetworkConfig = field(default_factory=ConvConfig)
    game: AdversarialConfig = field(default_factory=AdversarialConfig)
    generator: OptimizerConfig = field(default_factory=OptimizerConfig)
    discriminator: OptimizerConfig = field(default_factory=OptimizerConfig)
    diffaug: DiffAugConfig = field(default_factory=DiffAugConfig)
    ema: EmaConfig = field(default_factory=EmaConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    def __post_init__(self) -> None:
        network = self.network
        if network.kind == "autoencoder":
            raise ConfigError("network.kind=autoencoder has no discriminator: that is for the recipe tvae.")
        if self.game.condition and network.kind != "packed":
            raise ConfigError("game.condition needs network.kind=packed: no other discriminator is shown categories.")
        if not isinstance(network, MlpConfig):
            self._refuse_for_images()
            return
        if self.game.of_images:
            raise ConfigError(f"game.{self.game.of_images[0]} is for networks of images: leave it at 0 for rows.")
        if self.game.frozen:
            raise ConfigError("game.frozen keeps layers next to an image: leave it at 0 for rows.")
        if self.diffaug.operations:
            raise ConfigError("diffaug.policy changes images: leave it empty for rows.")
        if self.train.batch_size % network.pack:
            raise ConfigError(f"train.batch_size must be a multiple of network.pack, which is {network.pack}.")

    def _refuse_for_images(self) -> None:
        network, game, diffaug = self.network, self.game, self.diffaug
        if game.consistency and not (diffaug.operations and diffaug.probability):
            raise ConfigError(
                "game.consistency compares images with augmented ones: set diffaug.policy and probability."
            )
        if game.group_spectral and network.kind != "resnet":
            raise ConfigError("game.group_spectral needs network.kind=resnet: no other generator modulates by class.")
        if game.joint and isinstance(network, ConvConfig) and (network.minibatch_std or network.kind == "dcgan"):
            mixer = "network.minibatch_std" if network.minibatch_std else "The batch norm of network.kind=dcgan"
            raise ConfigError(f"{mixer} would mix the real and fake images of one pass: set game.joint=false with it.")

    def build(self, spec: TensorSpec, seed: int, device: torch.device) -> Method:
        """Return the networks and phases of this recipe for `spec`."""
        optimizers = (self.generator, self.discriminator)
        return build_gan(spec, self.network, self.game, self.diffaug, optimizers, seed, device)


@dataclass(frozen=True)
class VaeRecipe:
    """One way to train a class-conditional variational autoencoder; parameters as in `GanRecipe`."""

    name: str = field(metadata=FIXED)
    summary: str = field(metadata=FIXED)
    source: str = field(metadata=FIXED)
    kind: str = field(default="table", metadata=FIXED)
    network: NetworkConfig = field(default_factory=lambda: MlpConfig("autoencoder"))
    elbo: VariationalConfig = field(default_factory=VariationalConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    ema: EmaConfig = field(default_factory=EmaConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    def __post_init__(self) -> None:
        kind = EXEMPLAR if self.kind == "image" else "autoencoder"
        if self.network.kind != kind:
            raise ConfigError(f"network.kind must be {kind}: no other networks of {self.kind}s have an encoder.")

    def build(self, spec: TensorSpec, seed: int, device: torch.device) -> Method:
        """Return the networks and the phase of this recipe for `spec`."""
        build_fn = build_exemplar_vae if self.kind == "image" else build_vae
        return build_fn(spec, self.network, self.elbo, self.optimizer, seed, device)


Recipe = GanRecipe | VaeRecipe
NO_DIFFAUG = DiffAugConfig(policy="", probability=0.0)  # its operations are those of images


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        GanRecipe(
            "dcgan",
            "transposed convolutions, batch norm, binary cross-entropy",
            "Radford et al. 2015",
            network=ConvConfig("dcgan", z_dim=100),
            game=AdversarialConfig("nonsaturating"),
            generator=OptimizerConfig(Schedule(2e-4, 2e-4), beta1=0.5, beta2=Schedule(0.999, 0.999)),
            discriminator=OptimizerConfig(Schedule(2e-4, 2e-4), beta1=0.5, beta2=Schedule(0.999, 0.999)),
        ),
        GanRecipe(
            "hinge",
            "residual networks, conditional batch norm, spectral norm, projection, hinge loss, LeCam",
            "Miyato & Koyama 2018; Tseng et al. 2021",
            network=ConvConfig("resnet", norm="batch", spectral=True),
            game=AdversarialConfig("hinge", lecam=0.01),
            generator=OptimizerConfig(Schedule(8e-4, 1e-4), beta2=Schedule(0.9, 0.99)),
            discriminator=OptimizerConfig(Schedule(1.6e-3, 2e-4), beta2=Schedule(0.9, 0.99)),
        ),
        GanRecipe(
            "r3",
            "residual networks without normalisation, relativistic pairing within a class, R1 and R2, mode seeking",
            "Huang et al. 2024; Mao et al. 2019",
            network=ConvConfig("resnet", norm="none"),
            game=AdversarialConfig(
                "relativistic", gamma=Schedule(1.5, 0.3), penalty_every=16, joint=True, mode_seeking=0.01
            ),
            generator=OptimizerConfig(Schedule(8e-4, 1e-4)),
            discriminator=OptimizerConfig(Schedule(1.6e-3, 2e-4)),
        ),
        VaeRecipe(
            "vae",
            "residual encoder and decoder, calibrated spread, samples about encoded images as others of a class lie",
            "Kingma & Welling 2014; Silverman & Young 1987; Norouzi et al. 2020; Rybkin et al. 2021",
            kind="image",
            network=ExemplarConfig(),
            elbo=VariationalConfig(reconstruction=1.0),
            optimizer=OptimizerConfig(Schedule(8e-4, 1e-4), beta1=0.9, beta2=Schedule(0.99, 0.99)),
        ),
        GanRecipe(
            "tabular",
            "soft categories, projection on the label, binary cross-entropy, R1 and R2",
            "Goodfellow et al. 2014; Mescheder et al. 2018; Jang et al. 2017",
            kind="table",
            network=MlpConfig(z_dim=64),
            game=AdversarialConfig("nonsaturating", gamma=Schedule(1.0, 0.5), joint=True),
            generator=OptimizerConfig(Schedule(2e-3, 1e-4), beta2=Schedule(0.99, 0.99)),
            discriminator=OptimizerConfig(Schedule(2e-3, 1e-4), beta2=Schedule(0.99, 0.99)),
            diffaug=NO_DIFFAUG,
            train=TrainConfig(batch_size=256),
        ),
        GanRecipe(
            "ctgan",
            "condition vector with the label always in it, packing, Wasserstein loss with gradient penalty",
            "Xu et al. 2019; Gulrajani et al. 2017",
            kind="table",
            network=MlpConfig("packed", hidden=256, norm="batch", pack=10),
            game=AdversarialConfig("wasserstein", gradient_penalty=10.0, condition=1.0),
            generator=OptimizerConfig(Schedule(2e-4, 2e-4), beta1=0.5, beta2=Schedule(0.9, 0.9)),
            discriminator=OptimizerConfig(Schedule(2e-4, 2e-4), beta1=0.5, beta2=Schedule(0.9, 0.9)),
            diffaug=NO_DIFFAUG,
            train=TrainConfig(batch_size=500),
        ),
        VaeRecipe(
            "tvae",
            "conditional variational autoencoder with a spread for each value",
            "Kingma & Welling 2014; Xu et al. 2019",
            optimizer=OptimizerConfig(Schedule(1e-3, 1e-4), beta1=0.9, beta2=Schedule(0.999, 0.999)),
            train=TrainConfig(batch_size=256),
        ),
    )
}
DEFAULT_RECIPES = {"image": "r3", "table": "tabular"}
GREY_RECIPE = "vae"


def default_recipe(schema: Schema) -> str:
    """Return the recipe that ``auto`` means.

    Images in grey are drawn or written more often than photographed: there the autoencoder leads by far, and where
    texture matters it is too smooth (``benchmarks/levers.py``).
    """
    grey = isinstance(schema, ImageSchema) and schema.channels == 1
    return GREY_RECIPE if grey else DEFAULT_RECIPES[schema.kind]


def changed(recipe: Recipe, assignments: Mapping[str, Any]) -> Recipe:
    """Return a recipe with settings changed by their dotted names.

    Raises
    ------
    ConfigError
        As `config.override`; for a setting that other recipes for such data have, with their names.
    """
    for key in assignments:
        others = [other.name for other in RECIPES.values() if other.kind == recipe.kind and key in settings(other)]
        if others and recipe.name not in others:
            raise ConfigError(f"{key!r} is a setting of {', '.join(others)}, not of {recipe.name}: add --recipe NAME.")
    return override(recipe, assignments)
