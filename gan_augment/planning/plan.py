"""What a fit is going to do, settled before it starts: data, sizes, recipe, device, budget; trains nothing."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gan_augment import config
from gan_augment.data.labelled import LabelledData
from gan_augment.data.schema import LabelledImages
from gan_augment.data.splits import stratified_split
from gan_augment.data.table_description import describe_columns
from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import CheckpointError, ConfigError
from gan_augment.files import CONFIG_FILE
from gan_augment.networks.build import n_parameters
from gan_augment.planning.batches import stream_of, with_kept_back
from gan_augment.planning.few import few_notes
from gan_augment.planning.holdout import divide, holdout_notes, spare, spared_notes
from gan_augment.planning.request import FitConfig, FitRequest
from gan_augment.planning.warm_start import TRAINING_FILE, Donor
from gan_augment.precision import limited_threads, plain_torch, resolve_device, resolve_precision
from gan_augment.recipes import RECIPES, GanRecipe
from gan_augment.registry import lookup
from gan_augment.seeding import numpy_rng, torch_rng
from gan_augment.training.method import Method
from gan_augment.training.schedules import BudgetConfig, Clock
from gan_augment.training.streams import ClassStream
from gan_augment.training.trainer import Trainer
from gan_augment.transforms.build import fit_codec
from gan_augment.transforms.codec import Codec
from gan_augment.units import format_duration

TRIAL_STEPS = 4
MOST_COLUMNS_SHOWN = 40
MOST_HELD_OUT, HELD_OUT_SHARE, FEWEST_HELD_OUT = 2000, 0.1, 10


@dataclass(frozen=True)
class Plan:
    """A settled fit: its configuration and the data in memory.

    Parameters
    ----------
    config
        What will be saved beside the run.
    data
        The training data.
    held_out
        How many samples of each class are kept back for later; empty where none are.
    resumed
        Whether the configuration comes from a run on disk.
    donor
        The run whose weights this one begins with; None where it begins at random, or goes on.
    """

    config: FitConfig
    data: LabelledData
    held_out: Mapping[str, int] = field(default_factory=dict)
    resumed: bool = False
    donor: Donor | None = None

    @cached_property
    def parts(self) -> tuple[LabelledData, LabelledData]:
        """What the generator is fitted on, and what its checkpoints are scored on.

        Some rows of a table are kept back for that. Where a class has too few to spare, both are all of the data. So
        they are with images, which are scored on what they are fitted on; but where augmentation adapts, the second is
        what it adapts by: images that are kept back.
        """
        counts = np.array(list(self.data.class_counts().values()))
        share = min(HELD_OUT_SHARE, MOST_HELD_OUT / len(self.data))
        if isinstance(self.data, LabelledImages) and self._adapts:
            return spare(self.data, share, numpy_rng(self.config.seed, "held out"))
        if isinstance(self.data, LabelledImages) or counts.min() * share < FEWEST_HELD_OUT:
            return self.data, self.data
        first, second = stratified_split(self.data.labels, share, numpy_rng(self.config.seed, "held out"))
        return self.data.subset(first), self.data.subset(second)

    @cached_property
    def codec(self) -> Codec:
        """The codec of the data."""
        return fit_codec(self.data, self.config.flips, numpy_rng(self.config.seed, "codec"))

    @cached_property
    def stream(self) -> ClassStream:
        """The stream of training batches; it keeps no state."""
        return stream_of(self.parts[0], self.codec, self.config.recipe.train, torch.device(self.config.device))

    @cached_property
    def streams(self) -> dict[str, ClassStream]:
        """All streams that the phases of the recipe draw from, by name."""
        if not self._adapts:
            return {"train": self.stream}
        settings, device = self.config.recipe.train, torch.device(self.config.device)
        return with_kept_back(self.stream, stream_of(self.parts[1], self.codec, settings, device))

    @property
    def _adapts(self) -> bool:
        recipe = self.config.recipe
        return isinstance(recipe, GanRecipe) and recipe.diffaug.target > 0

    @plain_torch()
    def build(self) -> Method:
        """Return networks as they begin, with their phases."""
        method = self.config.recipe.build(self.codec.spec, self.config.seed, torch.device(self.config.device))
        if self.donor is not None:
            self.donor.give(method.modules, self.data.classes)
        return method

    def fingerprints(self) -> np.ndarray:
        """Return the hashes of all samples that the generator learns from, uint8 (n, 16): a donor's are among them."""
        own = self.data.fingerprints()
        if self.donor is None:
            return own
        learned = np.unique(self.donor.fingerprints(), axis=0)
        known = {row.tobytes() for row in own}
        return np.concatenate([own, *(row[None] for row in learned if row.tobytes() not in known)])

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, a sentence each."""
        begun = () if self.donor is None else self.donor.notes(self.config.recipe)
        spared = spared_notes(*map(len, self.parts)) if self._adapts else ()
        return (*self.data.notes, *holdout_notes(self.data, self.held_out), *spared, *begun, *few_notes(self.data))

    @property
    def seconds_per_step(self) -> float:
        """Seconds of one training step here, as a mean over all that steps do in turn."""
        return self._trial[1]

    @cached_property
    def _trial(self) -> tuple[dict[str, int], float]:
        """Weights by network and seconds a step, of throw-away networks; the first step warms up."""
        method = self.build()
        settings, recipe = self.config, self.config.recipe
        rare = [phase for phase in method.phases if phase.every > 1]  # each falls on the first step, so not on the next
        n_steps = min([TRIAL_STEPS, *(phase.every - 1 for phase in rare)])
        clock = Clock(BudgetConfig(steps=1 + n_steps))
        rng, device = torch_rng(settings.seed, "estimate"), torch.device(settings.device)
        trainer = Trainer(method, self.streams, recipe.train, recipe.ema, clock, device, settings.precision, rng)
        with limited_threads(settings.threads):
            trainer.one_step()
            seconds = sum(_seconds(trainer.one_step) for _ in range(n_steps)) / n_steps
            seconds += sum(_seconds(partial(trainer.update, phase)) * phase.repeats / phase.every for phase in rare)
        return {name: n_parameters(module) for name, module in method.modules.items()}, seconds

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain JSON data."""
        return config.to_dict(self.config) | {
            "class_counts": self.data.class_counts(),
            "held_out": dict(self.held_out),
            "notes": list(self.notes),
            "seconds_per_step": self.seconds_per_step,
        }

    def text(self) -> str:
        """Return the plan as a few lines for a person."""
        settings, recipe = self.config, self.config.recipe
        counts = self.data.class_counts()
        shown = ", ".join(f"{name} {count}" for name, count in list(counts.items())[:12])
        more = f", and {len(counts) - 12} more classes" if len(counts) > 12 else ""
        sizes = ", ".join(f"{name} {size:,}" for name, size in self._trial[0].items())
        machine = f"{settings.device}, {settings.precision.name}, {_count(settings.threads, 'thread')}"
        n_held_out = sum(self.held_out.values())
        kept_back = f"; {n_held_out:,} more are kept back for gan-augment evaluate" if n_held_out else ""
        lines = [
            f"Data       {len(self.data):,} {settings.schema.describe()} in {len(counts)} classes{kept_back}",
            f"Classes    {shown}{more}",
            *(f"Column     {name}: {kind}, {held}" for name, kind, held in self._columns()),
            *(f"Note       {note}" for note in self.notes),
            f"Recipe     {recipe.name}: {recipe.summary} ({recipe.source})",
            *([f"Begins     {settings.begun.describe(settings.schema.kind)}"] if settings.begun else []),
            f"Weights    {sizes}",
            f"Machine    {machine}, seed {settings.seed}",
            f"Budget     {self._budget_text()}",
        ]
        return "\n".join(lines)

    def _columns(self) -> list[tuple[str, str, str]]:
        return describe_columns(self.data)[:MOST_COLUMNS_SHOWN] if isinstance(self.data, LabelledTable) else []

    def _budget_text(self) -> str:
        budget, batch = self.config.budget, self.config.recipe.train.batch_size
        speed = f"{batch / self.seconds_per_step:,.0f} samples/s"
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
    if request.recipe != "auto":
        lookup(RECIPES, request.recipe, "recipe")  # a wrong name is said before the data is read
    donor = None if request.init_from is None else Donor.read(request.init_from)
    data, held_out = divide(request.data.load(progress=progress), request.holdout, request.seed)
    settings = FitConfig(
        recipe=request.settled_recipe(data, donor),
        budget=request.budget(data),
        schema=data.schema,
        flips=tuple(request.flips),
        data_digest=data.digest(),
        seed=request.seed,
        device=str(device),
        precision=resolve_precision(_precision(request, data), device),
        threads=_threads(data, device),
        holdout=request.holdout,
        begun=None if donor is None else donor.beginning(data.classes),
    )
    settled = Plan(settings, data, _held_counts(held_out), donor=donor)
    if donor is not None:
        donor.require_alike(settled.codec)
    return settled


def saved_config(run: Path) -> FitConfig:
    """Return what the run in a folder was fitted with; a damaged, missing or outdated file is a `CheckpointError`."""
    file = run / CONFIG_FILE
    try:
        return config.from_dict(FitConfig, json.loads(file.read_text(encoding="utf-8")))
    except (ConfigError, ValueError, TypeError, OSError) as error:
        raise CheckpointError(f"{file} is damaged or of another version ({error}): copy it or fit anew.") from error


def parts_of_run(run: Path, data: LabelledData) -> tuple[LabelledData, LabelledData | None]:
    """Divide data as the fit of a run divided it.

    Parameters
    ----------
    run
        The run folder.
    data
        All of the data that was given to the fit, read with the run's schema.

    Returns
    -------
    tuple
        What the run was fitted on, and what was kept back: None where nothing was.

    Raises
    ------
    CheckpointError
        If it was fitted on other data.
    """
    saved = saved_config(run)
    fitted, held_out = divide(data, saved.holdout, saved.seed)
    if fitted.digest() != saved.data_digest:
        raise CheckpointError(f"The run in {run} was fitted on other data: give the same again, or fit anew.")
    return fitted, held_out


def _resumed_plan(request: FitRequest, run: Path, progress: bool) -> Plan:
    saved = saved_config(run)
    saved.refuse_changes(request)
    resolve_device(saved.device)
    data, held_out = parts_of_run(run, request.data.load(saved.schema, progress=progress))
    # what was killed before its first checkpoint has nothing but the other run to begin with
    donor = None if saved.begun is None or (run / TRAINING_FILE).exists() else Donor.again(saved.begun)
    return Plan(saved.resumed(request, data), data, _held_counts(held_out), resumed=True, donor=donor)


def _held_counts(held_out: LabelledData | None) -> dict[str, int]:
    return {} if held_out is None else held_out.class_counts()


def _precision(request: FitRequest, data: LabelledData) -> str:
    # half precision pays in convolutions; the small matrices of rows lose more by converting than they gain
    return "float32" if request.precision == "auto" and data.schema.kind == "table" else request.precision


def _threads(data: LabelledData, device: torch.device) -> int:
    # the layers of rows are so small that threads wait for each other longer than they work
    return 1 if data.schema.kind == "table" and device.type == "cpu" else torch.get_num_threads()


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _seconds(run_fn: Callable[[], object]) -> float:
    started = time.perf_counter()
    run_fn()
    return time.perf_counter() - started
