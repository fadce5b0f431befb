"""Data in, run folder out: the one place that wires data, codec, recipe and trainer together."""

import sys
import time as clock_time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from gan_augment import config
from gan_augment.errors import CheckpointError, ConfigError, OutputError
from gan_augment.files import output_errors, read_jsonl
from gan_augment.generation.generator import CURATION_FILE, GENERATOR_FILE, TrainedGenerator, read_part
from gan_augment.generation.preview import Preview, settle_batch_statistics
from gan_augment.losses.adversarial import LOSSES
from gan_augment.metrics.fidelity import COLLAPSED
from gan_augment.planning import CONFIG_FILE, FitRequest, Plan, make_plan
from gan_augment.seeding import torch_rng
from gan_augment.training import checkpoint
from gan_augment.training.callbacks import (
    Alarm,
    Callback,
    Checkpoints,
    MetricsLog,
    ProgressBar,
    Report,
    TensorBoard,
)
from gan_augment.training.schedules import Clock
from gan_augment.training.trainer import Trainer

METRICS_FILE, SUMMARY_FILE, TRAINING_FILE = "metrics.jsonl", "summary.json", "training.safetensors"
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
        Go on with the run in `out` (or start it), with the settings saved there; a new budget may be given.
    tensorboard, progress
        Write TensorBoard logs into the run (needs the extra of that name); show plan and progress on stderr.

    Raises
    ------
    GanAugmentError
        If data, settings or output cannot be used, before anything is written where it can be told.
    KeyboardInterrupt
        After Ctrl-C, once everything is written; `resume` goes on from there.
    """
    started = clock_time.monotonic()
    out = Path(out)
    request = FitRequest(
        data, recipe, steps, time, image_size, channels, aspect, tuple(flips), device, precision, seed, overrides or {}
    )
    _require_place(out, resume)
    settled = make_plan(request, out if resume else None, progress)
    if resume and not settled.resumed:
        print(f"Note: there is no run in {out} yet: this starts one.", file=sys.stderr)
    if progress:
        print(settled.text(), file=sys.stderr)
    preview = Preview(settled.codec, settled.data, out / "samples", settled.config.seed)
    trainer = _trainer(settled, out, started, [Report(preview), *_watchers(preview, out, tensorboard, progress)])
    _prepare(out, settled)
    _train(trainer, settled.config.threads)
    for warning in _write_summary(settled, trainer, preview.diversity, out):
        print(f"Warning: {warning}", file=sys.stderr)
    if trainer.interrupted:
        rest = "the budget was spent" if trainer.progress >= 1.0 else "go on with --resume"
        raise KeyboardInterrupt(f"stopped at step {trainer.step}; {rest}")
    return TrainedGenerator.load(out, settled.config.device)


def plan(data: Any, out: str | Path | None = None, *, resume: bool = False, **settings: Any) -> Plan:
    """Return what `fit` would do with the same arguments, without training or writing anything."""
    for name in ("tensorboard", "progress"):
        settings.pop(name, None)
    settings["flips"] = tuple(settings.get("flips", ()))
    return make_plan(FitRequest(data, **settings), Path(out) if resume and out else None, progress=False)


def _require_place(out: Path, resume: bool) -> None:
    with output_errors(out):
        if out.exists() and not out.is_dir():
            raise OutputError(f"{out} is a file: choose another folder with --out.")
        full = out.is_dir() and any(out.iterdir())
    if full and not resume:
        raise OutputError(f"{out} is not empty: choose another --out, or go on with the run in it with --resume.")
    if full and not (out / CONFIG_FILE).exists():
        raise CheckpointError(f"{out} holds files but no run to resume ({CONFIG_FILE} is missing): choose another one.")
    if (out / GENERATOR_FILE).exists() and not (out / TRAINING_FILE).exists():
        raise CheckpointError(f"{out} cannot go on ({TRAINING_FILE} is missing): copy it back, or fit anew elsewhere.")


def _prepare(out: Path, settled: Plan) -> None:
    with output_errors(out):
        (out / "samples").mkdir(parents=True, exist_ok=True)
    checkpoint.write_json(out / CONFIG_FILE, config.to_dict(settled.config))
    fingerprints = {"fingerprints": torch.from_numpy(settled.data.fingerprints().copy())}
    checkpoint.write_checkpoint(out / CURATION_FILE, fingerprints, {"kind": "curation"})


def _watchers(preview: Preview, out: Path, tensorboard: bool, progress: bool) -> list[Callback]:
    watchers: list[Callback] = [MetricsLog(out / METRICS_FILE)]
    watchers += [TensorBoard(out / "tensorboard")] if tensorboard else []
    return watchers + ([ProgressBar(), Alarm(lambda: _collapse(preview.diversity))] if progress else [])


def _trainer(settled: Plan, out: Path, started: float, watchers: Sequence[Callback]) -> Trainer:
    settings = settled.config
    method, stream = settled.build()
    trainer = Trainer(
        method,
        {"train": stream},
        settings.recipe.train,
        settings.recipe.ema,
        Clock(settings.budget, started=started),
        torch.device(settings.device),
        settings.precision,
        torch_rng(settings.seed, "training"),
        [*watchers, Checkpoints(lambda trainer: _save(settled, trainer, out))],
    )
    if settled.resumed and (out / TRAINING_FILE).exists():
        _restore(trainer, out / TRAINING_FILE)
    if not trainer.step and trainer.progress >= 1.0:
        spent = trainer.clock.seconds()
        raise ConfigError(f"All of the time was spent on reading the data ({spent:.1f} s): give more.")
    return trainer


def _restore(trainer: Trainer, file: Path) -> None:
    tensors, header = read_part(file, "training")
    try:
        trainer.load_state(tensors, header["numbers"])
        trainer.clock.seconds_before = header["numbers"]["seconds"]
    except (LookupError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{file} does not fit the settings beside it: copy the right one or fit anew.") from error


def _train(trainer: Trainer, threads: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        trainer.run()
    finally:
        torch.set_num_threads(before)


def _save(settled: Plan, trainer: Trainer, out: Path) -> None:
    tensors, numbers = trainer.state()
    checkpoint.write_checkpoint(out / TRAINING_FILE, tensors, {"kind": "training", "numbers": numbers})
    settle_batch_statistics(trainer, settled.config.seed)
    header = {
        "kind": "generator",
        "recipe": settled.config.recipe.name,
        "network": config.to_dict(settled.config.recipe.network),
        "codec": settled.codec.state(),
        "class_counts": list(settled.data.class_counts().values()),
        "step": trainer.step,
    }
    checkpoint.write_checkpoint(out / GENERATOR_FILE, trainer.average.state_dict(), header)


def _write_summary(settled: Plan, trainer: Trainer, diversity: Mapping[str, float | None], out: Path) -> list[str]:
    rows = list(read_jsonl(out / METRICS_FILE))
    last: Mapping[str, Any] = next((row for row in reversed(rows) if not row.get("report")), {})
    warnings = _warnings(diversity, rows, settled.config.recipe.game.loss)
    summary = {
        "finished": trainer.progress >= 1.0,
        "steps": trainer.step,
        "images_seen": trainer.images_seen,
        "seconds": round(trainer.clock.seconds(), 1),
        "rollbacks": trainer.n_rollbacks,
        "metrics": {name: value for name, value in last.items() if name not in ("step", "images")},
        "diversity": diversity,
        "warnings": warnings,
    }
    checkpoint.write_json(out / SUMMARY_FILE, summary)
    return warnings


def _warnings(diversity: Mapping[str, float | None], rows: Sequence[Mapping[str, Any]], loss: str) -> list[str]:
    warnings = [_collapse(diversity), _blindness(rows, LOSSES[loss].chance)]
    return [warning for warning in warnings if warning]


def _collapse(diversity: Mapping[str, float | None]) -> str | None:
    collapsed = {name: value for name, value in diversity.items() if value is not None and value < COLLAPSED}
    if not collapsed:
        return None
    shown = ", ".join(f"{name} ({value:.2f})" for name, value in list(collapsed.items())[:8])
    return (
        f"Collapsed classes: {shown} vary less than {COLLAPSED:g} of what real images do. Train longer, or see "
        "samples/ and try another recipe; such samples add little to a classifier."
    )


def _blindness(rows: Sequence[Mapping[str, Any]], chance: float) -> str | None:
    losses = [row["d_loss"] for row in rows if row.get("d_loss") is not None]
    losses = losses[-(-len(losses) // 10) :]  # every discriminator starts at chance
    blind = sum(abs(value - chance) < AT_CHANCE for value in losses)
    if not blind or blind * 10 < len(losses):
        return None
    return (
        f"For {blind / len(losses):.0%} of the run the discriminator could not tell real from fake (its loss was "
        "at chance) and taught the generator little: raise discriminator.lr.start or game.d_steps with --set."
    )


__all__ = ["Plan", "fit", "plan"]
