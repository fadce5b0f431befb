"""Data in, run folder out: the one place that wires data, codec, recipe and trainer together."""

import sys
import time as clock_time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from gan_augment import config
from gan_augment.errors import CheckpointError, OutputError
from gan_augment.generation.generator import CURATION_FILE, GENERATOR_FILE, TrainedGenerator
from gan_augment.generation.preview import Preview, settle_batch_statistics
from gan_augment.losses.adversarial import LOSSES
from gan_augment.planning import CONFIG_FILE, FitRequest, Plan, make_plan
from gan_augment.seeding import torch_rng
from gan_augment.training import checkpoint
from gan_augment.training.callbacks import (
    Callback,
    Checkpoints,
    MetricsLog,
    ProgressBar,
    Report,
    TensorBoard,
    read_jsonl,
)
from gan_augment.training.schedules import Clock
from gan_augment.training.trainer import Trainer

METRICS_FILE, SUMMARY_FILE, TRAINING_FILE = "metrics.jsonl", "summary.json", "training.safetensors"
COLLAPSED = 0.5  # diversity of a class below this share of the real images' is called a collapse
AT_CHANCE = 0.01  # how near its chance level the discriminator's loss must be to count as blind


def fit(
    data: Any,
    out: str | Path,
    *,
    recipe: str = "auto",
    steps: int | None = None,
    time: str | float | None = None,
    image_size: tuple[int, int] | None = None,
    channels: int | None = None,
    aspect: str = "crop",
    flips: Sequence[str] = (),
    device: str = "auto",
    precision: str = "auto",
    seed: int = 0,
    resume: bool = False,
    overrides: Mapping[str, str] | None = None,
    tensorboard: bool = False,
    progress: bool = True,
) -> TrainedGenerator:
    """Train a class-conditional generator on labelled images and write a run folder.

    Parameters
    ----------
    data, recipe, steps, time, image_size, channels, aspect, flips, device, precision, seed, overrides
        What to fit and how; see `FitRequest`.
    out
        The run folder to make; must be new or empty unless `resume`.
    resume
        Go on with the run in `out`, with the settings saved there; a new budget may be given.
    tensorboard
        Write TensorBoard logs into the run (needs the extra of that name).
    progress
        Show the plan and live progress on stderr.

    Raises
    ------
    GanAugmentError
        If data, settings or output cannot be used; nothing finished is lost.
    KeyboardInterrupt
        After Ctrl-C, once everything is written; `resume` goes on from there.
    """
    started = clock_time.monotonic()
    out = Path(out)
    request = FitRequest(
        data, recipe, steps, time, image_size, channels, aspect, tuple(flips), device, precision, seed, overrides or {}
    )
    plan = make_plan(request, out if resume else None, progress)
    if progress:
        print(plan.text(), file=sys.stderr)
    _prepare(out, plan, resume)
    preview = Preview(plan.codec, plan.data, out / "samples", plan.config.seed)
    trainer = _trainer(plan, out, started, [Report(preview), *_watchers(out, tensorboard, progress)])
    threads = torch.get_num_threads()
    torch.set_num_threads(plan.config.threads)
    try:
        trainer.run()
    finally:
        torch.set_num_threads(threads)
    for warning in _write_summary(plan, trainer, preview.diversity, out):
        print(f"Warning: {warning}", file=sys.stderr)
    if trainer.interrupted:
        raise KeyboardInterrupt(f"stopped at step {trainer.step}; go on with --resume")
    return TrainedGenerator.load(out, plan.config.device)


def plan(data: Any, out: str | Path | None = None, *, resume: bool = False, **settings: Any) -> Plan:
    """Return what `fit` would do with the same arguments, without training or writing anything."""
    for name in ("tensorboard", "progress"):
        settings.pop(name, None)
    settings["flips"] = tuple(settings.get("flips", ()))
    return make_plan(FitRequest(data, **settings), Path(out) if resume and out else None, progress=False)


def _prepare(out: Path, plan: Plan, resume: bool) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file: choose another folder with --out.")
    if out.is_dir() and any(out.iterdir()) and not resume:
        raise OutputError(f"{out} is not empty: choose another --out, or go on with the run in it with --resume.")
    if out.is_dir() and any(out.iterdir()) and not (out / CONFIG_FILE).exists():
        raise CheckpointError(f"{out} holds files but no run to resume ({CONFIG_FILE} is missing): choose another one.")
    try:
        (out / "samples").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot write to {out}: {error.strerror or error}. Choose another --out.") from error
    checkpoint.write_json(out / CONFIG_FILE, config.to_dict(plan.config))
    fingerprints = {"fingerprints": torch.from_numpy(plan.data.fingerprints().copy())}
    checkpoint.write_checkpoint(out / CURATION_FILE, fingerprints, {"kind": "curation"})


def _watchers(out: Path, tensorboard: bool, progress: bool) -> list[Callback]:
    watchers: list[Callback] = [MetricsLog(out / METRICS_FILE)]
    watchers += [TensorBoard(out / "tensorboard")] if tensorboard else []
    return watchers + ([ProgressBar()] if progress else [])


def _trainer(plan: Plan, out: Path, started: float, watchers: Sequence[Callback]) -> Trainer:
    settings = plan.config
    method, stream = plan.build()
    trainer = Trainer(
        method,
        {"train": stream},
        settings.recipe.train,
        settings.recipe.ema,
        Clock(settings.budget, started=started),
        torch.device(settings.device),
        settings.precision,
        torch_rng(settings.seed, "training"),
        [*watchers, Checkpoints(lambda trainer: _save(plan, trainer, out))],
    )
    if plan.resumed and (out / TRAINING_FILE).exists():
        tensors, header = checkpoint.read_checkpoint(out / TRAINING_FILE)
        trainer.load_state(tensors, header["numbers"])
        trainer.clock.seconds_before = header["numbers"]["seconds"]
    return trainer


def _save(plan: Plan, trainer: Trainer, out: Path) -> None:
    tensors, numbers = trainer.state()
    checkpoint.write_checkpoint(out / TRAINING_FILE, tensors, {"kind": "training", "numbers": numbers})
    settle_batch_statistics(trainer, plan.config.seed)
    header = {
        "kind": "generator",
        "recipe": plan.config.recipe.name,
        "network": config.to_dict(plan.config.recipe.network),
        "codec": plan.codec.state(),
        "class_counts": list(plan.data.class_counts().values()),
        "step": trainer.step,
    }
    checkpoint.write_checkpoint(out / GENERATOR_FILE, trainer.average.state_dict(), header)


def _write_summary(plan: Plan, trainer: Trainer, diversity: Mapping[str, float | None], out: Path) -> list[str]:
    warnings = _collapse_warnings(diversity, read_jsonl(out / METRICS_FILE), plan.config.recipe.game.loss)
    summary = {
        "finished": not trainer.interrupted,
        "steps": trainer.step,
        "images_seen": trainer.images_seen,
        "seconds": round(trainer.clock.seconds(), 1),
        "rollbacks": trainer.n_rollbacks,
        "metrics": trainer.last_metrics,
        "diversity": diversity,
        "warnings": warnings,
    }
    checkpoint.write_json(out / SUMMARY_FILE, summary)
    return warnings


def _collapse_warnings(
    diversity: Mapping[str, float | None], rows: Sequence[Mapping[str, Any]], loss: str
) -> list[str]:
    warnings = []
    collapsed = {name: value for name, value in diversity.items() if value is not None and value < COLLAPSED}
    if collapsed:
        shown = ", ".join(f"{name} ({value:.2f})" for name, value in list(collapsed.items())[:8])
        warnings.append(
            f"Collapsed classes: {shown} vary less than {COLLAPSED:g} of what real images do. Train longer, or see "
            "samples/ and try another recipe; such samples add little to a classifier."
        )
    losses = [row["d_loss"] for row in rows if "d_loss" in row]
    blind = sum(abs(value - LOSSES[loss].chance) < AT_CHANCE for value in losses)
    if losses and blind >= max(1, len(losses) // 10):
        warnings.append(
            f"For {blind / len(losses):.0%} of the run the discriminator could not tell real from fake (its loss was "
            "at chance) and taught the generator little: raise discriminator.lr.start or game.d_steps with --set."
        )
    return warnings


__all__ = ["Plan", "fit", "plan"]
