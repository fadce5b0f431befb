"""What watches a training run: nothing by default. Each callback does one thing and knows the trainer's face only."""

import json
import math
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from gan_augment.errors import GanAugmentError
from gan_augment.files import read_jsonl, write_atomically

if TYPE_CHECKING:
    from gan_augment.training.trainer import Trainer


class Callback:
    """Base of all callbacks; override what is needed."""

    def on_start(self, trainer: "Trainer") -> None:
        """Run once, before the first step and after a resume's state is back."""

    def on_log(self, trainer: "Trainer", metrics: dict[str, float]) -> None:
        """Run every few steps with metrics averaged since the last call; additions are seen by later callbacks."""

    def on_rollback(self, trainer: "Trainer", message: str) -> None:
        """Run after the trainer went back to its last good state."""

    def on_checkpoint(self, trainer: "Trainer") -> None:
        """Run whenever state should be written; also at the end."""

    def on_report(self, trainer: "Trainer", metrics: dict[str, float]) -> None:
        """Run about twenty times a run, before a checkpoint, to look at samples; may add to `metrics`."""

    def on_end(self, trainer: "Trainer") -> None:
        """Run once, when nothing more will come: after the last checkpoint or an error."""


class MetricsLog(Callback):
    """Appends to ``metrics.jsonl``; after a resume or a rollback, cuts it back to the step it goes on from.

    A step is reported once: a finished run that is resumed finds the row of its last step there already.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reported = -1

    def on_start(self, trainer: "Trainer") -> None:  # noqa: D102
        self._cut_back(trainer.step)

    def on_log(self, trainer: "Trainer", metrics: dict[str, float]) -> None:  # noqa: D102
        self._append({"step": trainer.step, "samples": trainer.samples_seen, **metrics})

    def on_report(self, trainer: "Trainer", metrics: dict[str, float]) -> None:  # noqa: D102
        if trainer.step > self._reported:
            self._append({"step": trainer.step, "samples": trainer.samples_seen, "report": True, **metrics})
            self._reported = trainer.step

    def on_rollback(self, trainer: "Trainer", message: str) -> None:  # noqa: D102
        self._cut_back(trainer.step)
        self._append({"step": trainer.step, "rollback": message})

    def _append(self, row: Mapping[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({key: _rounded(value) for key, value in row.items()}) + "\n")

    def _cut_back(self, step: int) -> None:
        if not self.path.exists():
            return
        kept = [row for row in read_jsonl(self.path) if row["step"] <= step]
        self._reported = max((row["step"] for row in kept if row.get("report")), default=-1)
        write_atomically(self.path, "".join(json.dumps(row) + "\n" for row in kept).encode())


class ProgressBar(Callback):
    """Speed, time left, losses and the discriminator's accuracies on stderr."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None

    def on_start(self, trainer: "Trainer") -> None:  # noqa: D102
        form = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"
        before = 100 * trainer.progress  # of a run that goes on: not to be taken for speed
        self._bar = tqdm(total=100, initial=before, file=sys.stderr, bar_format=form, desc="fit", mininterval=0.5)

    def on_log(self, trainer: "Trainer", metrics: dict[str, float]) -> None:  # noqa: D102
        if self._bar is None:
            return
        self._bar.n = 100 * trainer.progress
        names = [name for name in metrics if name.endswith(("loss", "samples_per_second")) or "accuracy" in name]
        self._bar.set_postfix({"step": trainer.step} | {name: f"{metrics[name]:.3g}" for name in names}, refresh=True)

    def on_rollback(self, trainer: "Trainer", message: str) -> None:  # noqa: D102
        tqdm.write(message, file=sys.stderr)

    def on_end(self, trainer: "Trainer") -> None:  # noqa: D102
        if self._bar is not None:
            self._bar.n = round(100 * trainer.progress)
            self._bar.refresh()
            self._bar.close()
        if trainer.stopped:
            tqdm.write(f"Stopped early at step {trainer.step}: scores get no better any more.", file=sys.stderr)


class Alarm(Callback):
    """Says on stderr what a function finds wrong with a report from the middle of the budget on: once, not again."""

    def __init__(self, warn_fn: Callable[[], str | None]) -> None:
        self.warn_fn = warn_fn
        self._said = False

    def on_report(self, trainer: "Trainer", metrics: dict[str, float]) -> None:  # noqa: D102
        at_the_end = trainer.over or trainer.interrupted  # what stands then is said there
        during = trainer.progress >= 0.5 and not at_the_end
        message = self.warn_fn() if during and not self._said else None
        if message:
            tqdm.write(f"Warning: {message}", file=sys.stderr)
            self._said = True


class Checkpoints(Callback):
    """Calls a function that writes the run's state."""

    def __init__(self, save_fn: Callable[["Trainer"], None]) -> None:
        self.save_fn = save_fn

    def on_checkpoint(self, trainer: "Trainer") -> None:  # noqa: D102
        self.save_fn(trainer)


class TensorBoard(Callback):
    """Scalars for TensorBoard; needs the ``tensorboard`` extra."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise GanAugmentError("TensorBoard is not installed: pip install 'gan-augment[tensorboard]'.") from error
        self._open = partial(SummaryWriter, str(folder))  # makes the folder: not before training starts
        self._writer: Any = None

    def on_start(self, trainer: "Trainer") -> None:  # noqa: D102
        self._writer = self._open()

    def on_log(self, trainer: "Trainer", metrics: dict[str, float]) -> None:  # noqa: D102
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, trainer.step)

    on_report = on_log

    def on_end(self, trainer: "Trainer") -> None:  # noqa: D102
        if self._writer is not None:
            self._writer.close()


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if math.isfinite(value) else None  # JSON knows no NaN
