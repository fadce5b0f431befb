"""What a fit is going to do, settled before it starts: data, sizes, recipe, device, budget; trains nothing."""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from gan_augment import config
from gan_augment.data.images import load_images
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import CheckpointError, ConfigError
from gan_augment.networks.build import n_parameters
from gan_augment.recipes import DEFAULT_RECIPE, RECIPES, Recipe
from gan_augment.registry import lookup
from gan_augment.seeding import torch_rng
from gan_augment.training.method import Method
from gan_augment.training.precision import Precision, resolve_device, resolve_precision
from gan_augment.training.schedules import BudgetConfig, Clock
from gan_augment.training.streams import ClassStream
from gan_augment.training.trainer import Trainer
from gan_augment.transforms.image import ImageCodec
from gan_augment.units import format_duration, parse_duration

CONFIG_FILE = "config.json"
DEFAULT_TIME = "10m"
RESIDENT_BYTES = 1 << 30  # training data up to this size is kept on the device
MOST_TRIAL_STEPS = 16


@dataclass(frozen=True)
class FitRequest:
    """What the user asked for, as `fit` takes it.

    Parameters
    ----------
    data
        A path, a built-in name, (X, y) arrays, a map-style dataset or `LabelledImages`; see `load_images`.
    recipe
        A key of `RECIPES`, or ``auto``.
    steps, time
        The budget: a number of steps, or a duration (``"10m"``, or seconds); ten minutes when neither is given.
    image_size, channels, aspect
        How images are brought to one size, (height, width) in pixels; inferred when None.
    flips
        Mirrorings that labels survive: ``horizontal``, ``vertical``.
    device, precision
        ``auto`` or a name; resolved once and saved.
    seed
        Fixes every random choice.
    overrides
        Recipe settings by dotted name, such as ``{"train.batch_size": "32"}``.
    """

    data: Any
    recipe: str = "auto"
    steps: int | None = None
    time: str | float | None = None
    image_size: tuple[int, int] | None = None
    channels: int | None = None
    aspect: str = "crop"
    flips: tuple[str, ...] = ()
    device: str = "auto"
    precision: str = "auto"
    seed: int = 0
    overrides: Mapping[str, str] = field(default_factory=dict)

    def budget(self) -> BudgetConfig:
        """Return the budget asked for, ten minutes when nothing was said."""
        if self.steps is None:
            return BudgetConfig(None, parse_duration(self.time if self.time is not None else DEFAULT_TIME))
        return BudgetConfig(self.steps, None if self.time is None else parse_duration(self.time))

    def load(self, schema: ImageSchema | None, progress: bool) -> LabelledImages:
        """Read the data, to the size and classes of `schema` where a run has fixed them."""
        if schema is None:
            size, channels, aspect, classes = self.image_size, self.channels, self.aspect, None
        else:
            size, channels = (schema.height, schema.width), schema.channels
            aspect, classes = schema.aspect, schema.classes
        return load_images(
            self.data, image_size=size, channels=channels, aspect=aspect, classes=classes, progress=progress
        )


@dataclass(frozen=True)
class FitConfig:
    """Everything a run was fitted with, nothing left to ``auto``; saved as ``config.json``."""

    recipe: Recipe
    budget: BudgetConfig
    schema: ImageSchema
    flips: tuple[str, ...]
    data_digest: str
    seed: int
    device: str
    precision: Precision
    threads: int


@dataclass(frozen=True)
class Plan:
    """A settled fit: its configuration and the data in memory.

    Parameters
    ----------
    config
        What will be saved beside the run.
    data
        The training images.
    resumed
        Whether the configuration comes from a run on disk.
    """

    config: FitConfig
    data: LabelledImages
    resumed: bool = False

    @cached_property
    def codec(self) -> ImageCodec:
        """The codec of the data."""
        return ImageCodec(self.config.schema, self.config.flips)

    @cached_property
    def stream(self) -> ClassStream:
        """The stream of training batches; it keeps no state."""
        device, settings = torch.device(self.config.device), self.config.recipe.train
        encoded = self.codec.encode(self.data.images)
        if encoded.nbytes <= RESIDENT_BYTES:
            encoded = encoded.to(device)
        labels = torch.from_numpy(self.data.labels)
        return ClassStream(encoded, labels, self.codec.to_model, settings.batch_size, settings.class_exponent, device)

    def build(self) -> tuple[Method, ClassStream]:
        """Return fresh networks with their phases, and the stream."""
        device = torch.device(self.config.device)
        return self.config.recipe.build(self.codec.spec, self.config.seed, device), self.stream

    @property
    def seconds_per_step(self) -> float:
        """Seconds of one training step here, as a mean over all that steps do in turn."""
        return self._trial[1]

    @cached_property
    def _trial(self) -> tuple[dict[str, int], float]:
        """Weights by network and seconds a step, of throw-away networks; the first step warms up."""
        method, stream = self.build()
        settings, recipe = self.config, self.config.recipe
        n_steps = min(math.lcm(*(phase.every for phase in method.phases)), MOST_TRIAL_STEPS)
        clock = Clock(BudgetConfig(steps=1 + n_steps))
        rng, device = torch_rng(settings.seed, "estimate"), torch.device(settings.device)
        trainer = Trainer(method, {"train": stream}, recipe.train, recipe.ema, clock, device, settings.precision, rng)
        trainer.one_step()
        started = time.perf_counter()
        for _ in range(n_steps):
            trainer.one_step()
        seconds = (time.perf_counter() - started) / n_steps
        return {name: n_parameters(module) for name, module in method.modules.items()}, seconds

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain JSON data."""
        return config.to_dict(self.config) | {
            "class_counts": self.data.class_counts(),
            "notes": list(self.data.notes),
            "seconds_per_step": self.seconds_per_step,
        }

    def text(self) -> str:
        """Return the plan as a few lines for a person."""
        settings, recipe, schema = self.config, self.config.recipe, self.config.schema
        counts = self.data.class_counts()
        shown = ", ".join(f"{name} {count}" for name, count in list(counts.items())[:12])
        more = f", and {len(counts) - 12} more classes" if len(counts) > 12 else ""
        sizes = ", ".join(f"{name} {size:,}" for name, size in self._trial[0].items())
        kind = "grey" if schema.channels == 1 else "RGB"
        machine = f"{settings.device}, {settings.precision.name}, {settings.threads} threads"
        lines = [
            f"Data       {len(self.data):,} {kind} images of {schema.height}x{schema.width} in {len(counts)} classes",
            f"Classes    {shown}{more}",
            *(f"Note       {note}" for note in self.data.notes),
            f"Recipe     {recipe.name}: {recipe.summary} ({recipe.source})",
            f"Weights    {sizes}",
            f"Machine    {machine}, seed {settings.seed}",
            f"Budget     {self._budget_text()}",
        ]
        return "\n".join(lines)

    def _budget_text(self) -> str:
        budget, batch = self.config.budget, self.config.recipe.train.batch_size
        speed = f"{batch / self.seconds_per_step:,.0f} images/s"
        if budget.steps:
            duration = format_duration(budget.steps * self.seconds_per_step)
            return f"{budget.steps:,} steps of {batch}, about {duration} at {speed}"
        seconds = budget.seconds or 0.0
        return f"{format_duration(seconds)}, about {seconds / self.seconds_per_step:,.0f} steps of {batch} at {speed}"


def make_plan(request: FitRequest, run: Path | None, progress: bool) -> Plan:
    """Settle a fit; `run` is the folder to resume, if any.

    Raises
    ------
    GanAugmentError
        If data or settings cannot be used, or a resumed run was fitted on other data or with other settings.
    """
    if run is not None and (run / CONFIG_FILE).exists():
        return _resumed_plan(request, run, progress)
    device = resolve_device(request.device)
    name = DEFAULT_RECIPE if request.recipe == "auto" else request.recipe
    recipe = config.override(lookup(RECIPES, name, "recipe"), request.overrides)
    budget = request.budget()
    data = request.load(None, progress)
    settings = FitConfig(
        recipe=recipe,
        budget=budget,
        schema=data.schema,
        flips=request.flips,
        data_digest=data.digest(),
        seed=request.seed,
        device=str(device),
        precision=resolve_precision(request.precision, device),
        threads=torch.get_num_threads(),
    )
    return Plan(settings, data)


def _resumed_plan(request: FitRequest, run: Path, progress: bool) -> Plan:
    file = run / CONFIG_FILE
    try:
        saved = config.from_dict(FitConfig, json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError, OSError) as error:
        raise CheckpointError(f"{file} is damaged ({error}): copy it again or fit anew.") from error
    _refuse_changes(request, saved)
    if request.steps is not None or request.time is not None:
        saved = replace(saved, budget=request.budget())
    resolve_device(saved.device)
    data = request.load(saved.schema, progress)
    if data.digest() != saved.data_digest:
        raise CheckpointError(f"The run in {run} was fitted on other data: resume it with the same, or fit anew.")
    return Plan(saved, data, resumed=True)


def _refuse_changes(request: FitRequest, saved: FitConfig) -> None:
    size = (saved.schema.height, saved.schema.width)
    pairs = {
        "--recipe": (request.recipe, "auto", saved.recipe.name),
        "--seed": (request.seed, 0, saved.seed),
        "--image-size": (request.image_size, None, size),
        "--channels": (request.channels, None, saved.schema.channels),
        "--aspect": (request.aspect, "crop", saved.schema.aspect),
        "--flips": (request.flips, (), saved.flips),
        "--device": (request.device, "auto", saved.device),
        "--precision": (request.precision, "auto", saved.precision.name),
    }
    for option, (asked, unsaid, kept) in pairs.items():
        if asked not in (unsaid, kept):
            raise ConfigError(f"A resumed run keeps its settings: {option} was {kept}, not {asked}; leave it out.")
    if config.override(saved.recipe, request.overrides) != saved.recipe:
        raise ConfigError("A resumed run keeps its settings: leave --set out.")
