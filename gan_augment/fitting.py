"""Data in, run folder out: the one place that wires data, codec, recipe and trainer together."""

import hashlib
import sys
import time as clock_time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from gan_augment import config
from gan_augment.data.open import DataRequest
from gan_augment.data.schema import LabelledImages
from gan_augment.errors import CheckpointError, ConfigError, DataError
from gan_augment.files import CONFIG_FILE, METRICS_FILE, SUMMARY_FILE, alone_in, as_path, output_errors, read_jsonl
from gan_augment.generation.curation_fit import add_curation, fit_curation
from gan_augment.generation.generator import CURATION_FILE, GENERATOR_FILE, TrainedGenerator
from gan_augment.generation.looking import preview_of, scoring_of
from gan_augment.generation.preview import Diversity, ImagePreview, settle_average
from gan_augment.losses.adversarial import LOSSES
from gan_augment.planning.place import require_place
from gan_augment.planning.plan import Plan, make_plan
from gan_augment.planning.request import FitRequest
from gan_augment.planning.warm_start import TRAINING_FILE
from gan_augment.precision import limited_threads, plain_torch
from gan_augment.recipes import GanRecipe, Recipe
from gan_augment.seeding import torch_rng
from gan_augment.training import checkpoint
from gan_augment.training.alarms import blindness_warning, collapse_warning, untold_warning
from gan_augment.training.best import BestAverage
from gan_augment.training.callbacks import Alarm, Callback, Checkpoints, MetricsLog, ProgressBar, TensorBoard
from gan_augment.training.schedules import Clock
from gan_augment.training.trainer import Trainer


def fit(
    data: Any,
    out: str | Path | None = None,
    *,
    target: str | None = None,
    recipe: str = "auto",
    steps: int | None = None,
    time: str | float | None = None,
    image_size: tuple[int, int] | None = None,
    channels: int | None = None,
    aspect: str = "crop",
    flips: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    encoding: str = "utf-8",
    device: str = "auto",
    precision: str = "auto",
    seed: int = 0,
    holdout: float = 0.0,
    init_from: str | Path | None = None,
    resume: bool = False,
    overrides: Mapping[str, str] | None = None,
    tensorboard: bool = False,
    curate: bool = True,
    progress: bool = True,
) -> TrainedGenerator:
    """Train a class-conditional generator on labelled images or a table, and write a run folder.

    Parameters
    ----------
    data, target, image_size, channels, aspect, columns, encoding
        What to fit; see `DataRequest`.
    recipe, steps, time, flips, device, precision, seed, holdout, init_from, overrides
        How to fit; see `FitRequest`.
    out
        The run folder to make; must be new or empty unless `resume`. None keeps the generator in memory alone.
    resume
        Go on with the run in `out` (or start it), with the settings saved there; a new budget may be given.
    tensorboard, progress
        Write TensorBoard logs into the run (needs the extra of that name); show plan and progress on stderr.
    curate
        Train a teacher on images afterwards, in time of its own, by which `generate` can curate: see `fit_curation`.

    Raises
    ------
    GanAugmentError
        If data, settings or output cannot be used, before anything is written where it can be told.
    KeyboardInterrupt
        After Ctrl-C, once everything is written; `resume` goes on from there.
    """
    sources = DataRequest(data, image_size, channels, aspect, target, columns or {}, encoding)
    how = (recipe, steps, time, flips, device, precision, seed, overrides or {}, holdout, init_from)
    with plain_torch(), alone_in(place := None if out is None else as_path(out)):
        run = _begun(FitRequest(sources, *how), place, resume, tensorboard, progress)
        run.train()
        if curate:
            run.curate(progress)
        for found in run.summarise():
            _warn(found, progress)
    run.require_uninterrupted()
    return run.generator()


@plain_torch()
def plan(data: Any, out: str | Path | None = None, *, resume: bool = False, **settings: Any) -> Plan:
    """Return what `fit` would do with the same arguments, without training or writing anything."""
    for name in ("tensorboard", "curate", "progress"):
        settings.pop(name, None)
    settings |= {name: settings.get(name) or {} for name in ("columns", "overrides")}
    of_data = {name: settings.pop(name) for name in DataRequest.__dataclass_fields__ if name in settings}
    request = FitRequest(DataRequest(data, **of_data), **settings)
    return make_plan(request, as_path(out) if resume and out else None, progress=False)


def _begun(request: FitRequest, place: Path | None, resume: bool, tensorboard: bool, progress: bool) -> "_Run":
    """Return a run that is ready to train; what cannot be is refused before anything is written."""
    started = clock_time.monotonic()
    require_place(place, resume, tensorboard)
    settled = make_plan(request, place if resume else None, progress)
    if resume and not settled.resumed:
        print(f"Note: there is no run in {place} yet: this starts one.", file=sys.stderr)
    if progress:
        print(settled.text(), file=sys.stderr)
    run = _Run(settled, place, started)
    run.watch(tensorboard, progress)
    run.prepare()
    return run


def _warn(found: str, progress: bool) -> None:
    if progress:
        print(f"Warning: {found}", file=sys.stderr)
    else:  # called by other code, which may filter it
        warnings.warn(found, stacklevel=3)


class _Run:
    """One training run: in a folder, or in memory where `out` is None."""

    def __init__(self, settled: Plan, out: Path | None, started: float) -> None:
        self.settled, self.out, self.lacks_teacher = settled, out, False
        settings, method = settled.config, settled.build()
        self.best, self.seconds_of_curation = BestAverage(settings.recipe.train.patience), 0.0
        self.preview = preview_of(settled.codec, settled.parts, out, settings.seed)
        looking: list[Callback] = [self.preview]
        if settings.recipe.train.keep == "best":
            method.parts["best"] = self.best
            looking += [*scoring_of(settled.codec, settled.parts, settings.seed), self.best]
        self.trainer = Trainer(
            method,
            settled.streams,
            settings.recipe.train,
            settings.recipe.ema,
            Clock(settings.budget, started=started),
            torch.device(settings.device),
            settings.precision,
            torch_rng(settings.seed, "training"),
            looking,
        )
        if out is not None and settled.resumed and (out / TRAINING_FILE).exists():
            self._restore(out / TRAINING_FILE)
        if not self.trainer.step and self.trainer.progress >= 1.0:
            spent = self.trainer.clock.seconds()
            raise ConfigError(f"All of the time was spent on reading the data ({spent:.1f} s): give more.")

    def watch(self, tensorboard: bool, progress: bool) -> None:
        """Add what writes to the folder and to the screen."""
        watchers: list[Callback] = []
        if self.out is not None:
            watchers.append(MetricsLog(self.out / METRICS_FILE))
            watchers += [TensorBoard(self.out / "tensorboard")] if tensorboard else []
        if progress:
            watchers += [ProgressBar(), Alarm(lambda: collapse_warning(self.preview.diversity))]
        if self.out is not None:
            watchers.append(Checkpoints(lambda trainer: self.save()))
        self.trainer.callbacks += watchers

    def prepare(self) -> None:
        """Make the folder and write what is known before training."""
        if self.out is None:
            return
        with output_errors(self.out):
            folder = self.out / "samples" if isinstance(self.preview, ImagePreview) else self.out
            folder.mkdir(parents=True, exist_ok=True)
        checkpoint.write_json(self.out / CONFIG_FILE, config.to_dict(self.settled.config))
        self._keep_fingerprints(self.out / CURATION_FILE)
        if self.settled.donor is not None:  # from here on the run goes on without it
            self.save()

    def _keep_fingerprints(self, file: Path) -> None:
        """Write what the generator learns from; a run that goes on has done so, and may have a teacher beside them."""
        if self.settled.resumed and file.exists():
            return
        if self.settled.config.begun and self.settled.donor is None:  # what it began with may be gone
            raise CheckpointError(f"{file} is missing, which says what this run began with: copy it back.")
        fingerprints = {"fingerprints": torch.from_numpy(self.settled.fingerprints().copy())}
        checkpoint.write_checkpoint(file, fingerprints, {"kind": "curation"})

    def train(self) -> None:
        """Train with the number of threads that the run was planned with."""
        with limited_threads(self.settled.config.threads):
            self.trainer.run()

    def curate(self, progress: bool) -> None:
        """Write what good images are told by, once the run is over; Ctrl-C leaves it out."""
        data, seed = self.settled.parts[0], self.settled.config.seed
        if self.out is None or not isinstance(data, LabelledImages):
            return
        self.lacks_teacher = True
        if self.trainer.interrupted:
            return
        if progress:
            print("Curation   training a teacher on the real images", file=sys.stderr)
        started, discriminator = clock_time.monotonic(), self.trainer.method.modules.get("discriminator")
        try:
            add_curation(self.out, fit_curation(data, self.generator(), discriminator, seed=seed))
            self.lacks_teacher = False
        except DataError as error:
            _warn(str(error), progress)
        except KeyboardInterrupt:
            self.trainer.interrupted = True
        self.seconds_of_curation = clock_time.monotonic() - started

    def require_uninterrupted(self) -> None:
        """Raise the `KeyboardInterrupt` that training put off, with a word on how to go on."""
        if self.trainer.interrupted:
            rest = "go on with --resume" if self.out else "nothing was kept"
            if self.trainer.over:
                rest = "training was over" + f", but no teacher for curation: {rest}" * self.lacks_teacher
            raise KeyboardInterrupt(f"stopped at step {self.trainer.step}; {rest}")

    def save(self) -> None:
        """Write the state to go on from, and the generator as it is."""
        assert self.out is not None
        tensors, numbers = self.trainer.state()
        checkpoint.write_checkpoint(self.out / TRAINING_FILE, tensors, {"kind": "training", "numbers": numbers})
        checkpoint.write_checkpoint(self.out / GENERATOR_FILE, *self._artifact())

    def generator(self) -> TrainedGenerator:
        """Return the generator of the finished run."""
        if self.out is not None:
            return TrainedGenerator.load(self.out, self.settled.config.device)
        tensors, header = self._artifact()
        digest = hashlib.sha256(checkpoint.to_bytes(tensors, header)).hexdigest()
        return TrainedGenerator(tensors, header, digest, self.trainer.context.device)

    def summarise(self) -> list[str]:
        """Write the summary and return what speaks against the run."""
        if self.settled.config.recipe.train.keep == "best":  # it may be older than what was looked at last
            self.trainer.average.load_state_dict(self.best.weights(self.trainer))
            self.preview.look(self.trainer)
        rows = [] if self.out is None else list(read_jsonl(self.out / METRICS_FILE))
        found = _warnings(self.preview.diversity, rows, self.settled.config.recipe, self.trainer.progress)
        if self.out is not None:
            checkpoint.write_json(self.out / SUMMARY_FILE, self._summary(rows) | {"warnings": found})
        return found

    def _summary(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        trainer = self.trainer
        last: Mapping[str, Any] = next((row for row in reversed(rows) if not row.get("report")), {})
        return {
            "finished": trainer.over,
            "stopped_early": trainer.stopped,
            "steps": trainer.step,
            "samples_seen": trainer.samples_seen,
            "seconds": round(trainer.clock.seconds() - self.seconds_of_curation, 1),
            "seconds_of_curation": round(self.seconds_of_curation, 1),
            "rollbacks": trainer.n_rollbacks,
            "metrics": {name: value for name, value in last.items() if name not in ("step", "samples")},
            "diversity": self.preview.diversity,
        }

    def _artifact(self) -> tuple[Mapping[str, torch.Tensor], dict[str, Any]]:
        settled, trainer = self.settled, self.trainer
        settle_average(trainer, settled.config.seed)
        header = {
            "kind": "generator",
            "recipe": settled.config.recipe.name,
            "network": config.to_dict(settled.config.recipe.network),
            "codec": settled.codec.state(),
            "class_counts": list(settled.data.class_counts().values()),
            "step": self.best.step(trainer),
        }
        return self.best.weights(trainer), header

    def _restore(self, file: Path) -> None:
        tensors, header = checkpoint.read_part(file, "training")
        try:
            self.trainer.load_state(tensors, header["numbers"])
            self.trainer.clock.seconds_before = header["numbers"]["seconds"]
        except (LookupError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{file} does not fit the settings beside it: copy the right or fit anew.") from error


def _warnings(diversity: Diversity, rows: Sequence[Mapping[str, Any]], recipe: Recipe, progress: float) -> list[str]:
    found = [collapse_warning(diversity)]
    if isinstance(recipe, GanRecipe):
        found += [blindness_warning(rows, LOSSES[recipe.game.loss].chance)]
        found += [untold_warning(recipe.game.transition, progress)]
    return [warning for warning in found if warning]


__all__ = ["TRAINING_FILE", "Plan", "fit", "plan"]
