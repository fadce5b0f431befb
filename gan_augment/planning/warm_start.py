"""A fit that begins with the weights of another run: what is read of it, what must be alike, what is said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import Tensor, nn

from gan_augment import config
from gan_augment.data.labelled import LabelledData, Schema
from gan_augment.data.schema import ImageSchema
from gan_augment.errors import CheckpointError, ConfigError
from gan_augment.files import CONFIG_FILE, as_path
from gan_augment.generation.generator import CURATION_FILE, GENERATOR_FILE, TrainedGenerator
from gan_augment.networks.build import NETWORKS
from gan_augment.networks.config import NetworkConfig
from gan_augment.networks.transfer import transfer
from gan_augment.recipes import GanRecipe, Recipe, changed
from gan_augment.training.checkpoint import read_part
from gan_augment.transforms.codec import Codec

TRAINING_FILE = "training.safetensors"
FROZEN_BELOW, FROZEN = 500, 0.5  # images, and the share of layers


@dataclass(frozen=True)
class Beginning:
    """Where the weights of a run began; saved in its ``config.json``.

    Parameters
    ----------
    run
        Path of the other run.
    generator
        SHA-256 of its generator file.
    recipe
        Name of the recipe of both.
    n_samples, n_classes
        What it was fitted on.
    n_known
        How many classes of this run it knows by name.
    told
        Whether it said what it was fitted on.
    """

    run: str
    generator: str
    recipe: str
    n_samples: int
    n_classes: int
    n_known: int
    told: bool = True

    def describe(self, kind: str) -> str:
        """Return this in a line; `kind` is ``image`` or ``table``."""
        fitted = f"fitted on {self.n_samples:,} {_SAMPLES[kind]} of {self.n_classes} classes"
        known = f"{self.n_known} class{'' if self.n_known == 1 else 'es'} by name"
        return f"with {self.run} ({self.recipe}, {fitted}; {known})"


@dataclass(frozen=True)
class Donor:
    """A fitted run whose weights another fit begins with.

    Parameters
    ----------
    run
        Its folder.
    generator
        What it makes.
    network
        Settings of its networks.
    weights
        The state of each of its networks by name; averaged where there is an average.
    """

    run: Path
    generator: TrainedGenerator
    network: NetworkConfig
    weights: Mapping[str, Mapping[str, Tensor]]

    @classmethod
    def read(cls, run: str | Path) -> "Donor":
        """Read a run; `CheckpointError` where it is missing or damaged."""
        run = as_path(run).absolute()
        generator = TrainedGenerator.load(run, "cpu")
        averaged, header = read_part(run / GENERATOR_FILE, "generator")
        states = _by_module(averaged, ".")
        if (run / TRAINING_FILE).exists():
            live, _ = read_part(run / TRAINING_FILE, "training")
            named = {key.removeprefix("modules/"): value for key, value in live.items() if key.startswith("modules/")}
            states = _by_module(named, "/") | states
        return cls(run, generator, config.from_dict(NetworkConfig, header["network"]), states)

    @classmethod
    def again(cls, beginning: Beginning) -> "Donor":
        """Read the run with which another began; `CheckpointError` where it is no longer the same."""
        donor = cls.read(beginning.run)
        if donor.generator.digest != beginning.generator:
            raise CheckpointError(f"{beginning.run} is not what this run began with any more: fit anew.")
        return donor

    def beginning(self, classes: Sequence[str]) -> Beginning:
        """Return what a run with these classes keeps of where it began."""
        counts = self.generator.class_counts
        n_known = sum(name in counts for name in classes)
        size = (sum(counts.values()), len(counts), n_known)
        return Beginning(str(self.run), self.generator.digest, self.generator.recipe, *size, told=self.tells)

    def recipe_name(self, asked: str, schema: Schema) -> str:
        """Return the recipe to fit with; `ConfigError` where another one, or another kind of data, is asked for."""
        own, kind = self.generator.recipe, self.generator.schema.kind
        if schema.kind != kind:
            raise ConfigError(
                f"--init-from {self.run} was fitted on {_KINDS[kind]}, and this data is not: leave it out."
            )
        if asked not in ("auto", own):
            raise ConfigError(f"--init-from {self.run} is a run of the recipe {own}, not {asked}: leave --recipe out.")
        return own

    def settled(self, recipe: Recipe, overrides: Mapping[str, str], data: LabelledData) -> Recipe:
        """Return a recipe with the run's networks and with what is asked besides.

        The discriminator's early layers stay frozen where images are few and it was trained before (FreezeD, Mo et al.
        2020).

        Raises
        ------
        ConfigError
            If other networks are asked for, or frozen layers of a discriminator that is not there.
        """
        recipe = replace(recipe, network=self.network)
        if isinstance(recipe, GanRecipe) and self._freezes(data):
            recipe = replace(recipe, game=replace(recipe.game, frozen=FROZEN))
        settled = changed(recipe, overrides)
        if settled.network != self.network:
            said = ", ".join(f"{key}={text}" for key, text in overrides.items() if key.startswith("network."))
            raise ConfigError(f"--init-from {self.run} has other networks than {said} asks for: leave one of both out.")
        if isinstance(settled, GanRecipe) and settled.game.frozen and "discriminator" not in self.weights:
            raise ConfigError(
                f"game.frozen keeps what {self.run / TRAINING_FILE} has learned, which is missing: leave it out."
            )
        return settled

    def require_alike(self, codec: Codec) -> None:
        """Raise `ConfigError` where samples of another shape than the run's are to be made."""
        own, other = self.generator.schema, codec.schema
        if isinstance(own, ImageSchema) and isinstance(other, ImageSchema):
            if (own.height, own.width, own.channels) != (other.height, other.width, other.channels):
                options = f"--image-size {own.height}x{own.width} --channels {own.channels}"
                made = f"{own.describe()}, not {other.describe()}"
                raise ConfigError(f"--init-from {self.run} makes {made}: give {options}, or leave it out.")
        elif (self.generator.codec.spec.shape, self.generator.codec.spec.spans) != (codec.spec.shape, codec.spec.spans):
            raise ConfigError(
                f"--init-from {self.run} was fitted on a table whose columns have other kinds, gaps or numbers of "
                "categories: leave it out."
            )

    def give(self, modules: Mapping[str, nn.Module], classes: Sequence[str]) -> None:
        """Give networks, by name, the run's weights; what it lacks stays as it is.

        Raises
        ------
        CheckpointError
            If the weights do not fit.
        """
        for name in modules.keys() & self.weights.keys():
            try:
                transfer(modules[name], self.weights[name], classes, self.generator.classes)
            except (LookupError, RuntimeError) as error:
                message = f"{self.run} holds a {name} of another kind than its settings say: begin with another run."
                raise CheckpointError(message) from error

    def notes(self, recipe: Recipe) -> tuple[str, ...]:
        """Return what the user should know, a sentence each."""
        notes = []
        lacking = sorted(NETWORKS[self.network.kind].keys() - self.weights.keys())
        if lacking:
            notes.append(f"{self.run / TRAINING_FILE} is missing: the {lacking[0]} starts anew.")
        if not self.tells:
            notes.append(
                f"{self.run / CURATION_FILE} is missing: no test set can be checked for samples learned there."
            )
        if isinstance(recipe, GanRecipe) and recipe.game.frozen:
            notes.append(
                "The discriminator's layers next to the image keep their weights, since images are few; "
                "--set game.frozen=0 lets them learn."
            )
        return tuple(notes)

    def fingerprints(self) -> np.ndarray:
        """Return the hashes of the samples the run was fitted on, uint8 (n, 16); none where it no longer says."""
        known = (self.run / CURATION_FILE).exists()
        return self.generator.fingerprints() if known else np.empty((0, 16), np.uint8)

    @property
    def tells(self) -> bool:
        """Whether the run still says what it was fitted on, and so did the one that it began with."""
        file = self.run / CONFIG_FILE
        begun = json.loads(file.read_text(encoding="utf-8")).get("begun") if file.exists() else None
        return (self.run / CURATION_FILE).exists() and (begun is None or begun.get("told", True))

    def _freezes(self, data: LabelledData) -> bool:
        return data.schema.kind == "image" and len(data) < FROZEN_BELOW and "discriminator" in self.weights


_KINDS, _SAMPLES = {"image": "images", "table": "a table"}, {"image": "images", "table": "rows"}


def _by_module(tensors: Mapping[str, Tensor], separator: str) -> dict[str, dict[str, Tensor]]:
    states: dict[str, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        module, _, name = key.partition(separator)
        states.setdefault(module, {})[name] = value
    return states
