"""What a fit is asked to do, and everything it was settled to; knows neither networks at work nor training."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral
from pathlib import Path
from typing import Any

from gan_augment import config
from gan_augment.data.labelled import LabelledData, Schema
from gan_augment.data.open import DataRequest
from gan_augment.data.schema import ImageSchema
from gan_augment.errors import ConfigError
from gan_augment.files import as_path
from gan_augment.planning.few import rare_classes
from gan_augment.planning.warm_start import Beginning, Donor
from gan_augment.precision import Precision
from gan_augment.recipes import RECIPES, GanRecipe, Recipe, changed, default_recipe
from gan_augment.registry import lookup
from gan_augment.training.schedules import BudgetConfig, Schedule
from gan_augment.units import parse_duration

IMAGE_SECONDS = 600.0
RARE_NOISE = Schedule(0.3, 0.1)
FEWEST_STEPS, MOST_STEPS, STEPS_A_ROOT = 600, 4000, 20


@dataclass(frozen=True)
class FitRequest:
    """What the user asked for, as `fit` takes it.

    Parameters
    ----------
    data
        What to fit; see `DataRequest`.
    recipe
        A key of `RECIPES`, or ``auto``.
    steps, time
        The budget: a number of steps, or a duration (``"10m"``, or seconds). When neither is given: ten minutes for
        images; for n rows of a table 20 times the root of n steps, 600 at least and 4,000 at most.
    flips
        Mirrorings that the labels of images survive: ``horizontal``, ``vertical``.
    device, precision
        ``auto`` or a name; resolved once and saved.
    seed
        Fixes every random choice.
    overrides
        Recipe settings by dotted name, such as ``{"train.batch_size": "32"}``.
    holdout
        Share of each class that the fit never sees, 0 for none: `evaluate` tests on it.
    init_from
        A run folder whose weights the fit begins with: of the same recipe and networks, of samples of the same shape.
        Classes go by their names. None begins at random.

    Raises
    ------
    ConfigError
        If `holdout` is not a share, or `seed` not a whole number.
    """

    data: DataRequest
    recipe: str = "auto"
    steps: int | None = None
    time: str | float | None = None
    flips: Sequence[str] = ()
    device: str = "auto"
    precision: str = "auto"
    seed: int = 0
    overrides: Mapping[str, str] = field(default_factory=dict)
    holdout: float = 0.0
    init_from: str | Path | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "flips", (self.flips,) if isinstance(self.flips, str) else tuple(self.flips))
        if not isinstance(self.seed, Integral):
            raise ConfigError(f"A seed is a whole number, not {self.seed!r}.")
        if not 0.0 <= self.holdout < 1.0:
            raise ConfigError(f"--holdout is a share of the data, 0 or more and under 1, not {self.holdout:g}.")

    def budget(self, data: LabelledData) -> BudgetConfig:
        """Return the budget asked for, or one that suits the data when nothing was said."""
        if self.steps is not None or self.time is not None:
            return BudgetConfig(self.steps, None if self.time is None else parse_duration(self.time))
        if isinstance(data.schema, ImageSchema):
            return BudgetConfig(seconds=IMAGE_SECONDS)
        return BudgetConfig(min(max(round(STEPS_A_ROOT * len(data) ** 0.5), FEWEST_STEPS), MOST_STEPS))

    def settled_recipe(self, data: LabelledData, donor: Donor | None = None) -> Recipe:
        """Return the recipe with its overrides; one for another kind of data is a `ConfigError`.

        A GAN of rows gets noise in front of its discriminator where a class has fewer than 20 of them. `donor` is the
        run that `init_from` names.
        """
        schema = data.schema
        name = self.recipe if donor is None else donor.recipe_name(self.recipe, schema)
        recipe = lookup(RECIPES, default_recipe(schema) if name == "auto" else name, "recipe")
        if recipe.kind != schema.kind:
            fitting = ", ".join(name for name, other in RECIPES.items() if other.kind == schema.kind)
            raise ConfigError(f"The recipe {recipe.name!r} is for {recipe.kind}s: choose one of {fitting}.")
        if self.flips and schema.kind != "image":
            raise ConfigError("--flips is a setting of images, which this data is not.")
        if rare_classes(data) and isinstance(recipe, GanRecipe):
            recipe = replace(recipe, game=replace(recipe.game, instance_noise=RARE_NOISE))
        if donor is not None:
            return donor.settled(recipe, self.overrides, data)
        recipe = changed(recipe, self.overrides)
        if isinstance(recipe, GanRecipe) and recipe.game.frozen:
            raise ConfigError("game.frozen keeps what another run has learned: name it with --init-from.")
        return recipe


@dataclass(frozen=True)
class FitConfig:
    """Everything a run was fitted with, nothing left to ``auto``; saved as ``config.json``.

    The digest is that of the data without what `holdout` kept back; `begun` is None where weights began at random.
    """

    recipe: Recipe
    budget: BudgetConfig
    schema: Schema
    flips: tuple[str, ...]
    data_digest: str
    seed: int
    device: str
    precision: Precision
    threads: int
    holdout: float = 0.0
    begun: Beginning | None = None

    def overrides(self) -> dict[str, str]:
        """Return what the recipe was changed in, by dotted name, as `FitRequest` takes it."""
        kept, ordinary = map(config.settings, (self.recipe, lookup(RECIPES, self.recipe.name, "recipe")))
        changed = {name: value for name, value in kept.items() if value != ordinary.get(name)}
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in changed.items()}

    def resumed(self, request: FitRequest, data: LabelledData) -> "FitConfig":
        """Return this with the budget that a resume asks for, if any."""
        if request.steps is None and request.time is None:
            return self
        return replace(self, budget=request.budget(data))

    def refuse_changes(self, request: FitRequest) -> None:
        """Raise a `ConfigError` where a resume asks for another setting than the one kept."""
        pairs: dict[str, tuple[Any, Any, Any]] = {
            "--recipe": (request.recipe, "auto", self.recipe.name),
            "--seed": (request.seed, 0, self.seed),
            "--flips": (request.flips, (), self.flips),
            "--device": (request.device, "auto", self.device),
            "--precision": (request.precision, "auto", self.precision.name),
            "--holdout": (request.holdout, 0.0, self.holdout),
            "--init-from": (_absolute(request.init_from), None, self.begun and self.begun.run),
            **self._data_settings(request.data),
        }
        for option, (asked, unsaid, kept) in pairs.items():
            if asked not in (unsaid, kept):
                raise ConfigError(f"A resumed run keeps its settings: {option} was {kept}, not {asked}; leave it out.")
        if config.override(self.recipe, request.overrides) != self.recipe:
            raise ConfigError("A resumed run keeps its settings: leave --set out.")

    def _data_settings(self, data: DataRequest) -> dict[str, tuple[Any, Any, Any]]:
        schema = self.schema
        if not isinstance(schema, ImageSchema):
            return {}  # the reader of tables compares what is asked with the run's schema
        return {
            "--image-size": (data.image_size, None, (schema.height, schema.width)),
            "--channels": (data.channels, None, schema.channels),
            "--aspect": (data.aspect, "crop", schema.aspect),
        }


def _absolute(path: str | Path | None) -> str | None:
    return None if path is None else str(as_path(path).absolute())
