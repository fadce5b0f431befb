"""Runs phases on batches until the budget is spent; cannot tell an image from a row, nor a GAN from a VAE."""

import copy
import signal
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from gan_augment.errors import TrainingError
from gan_augment.precision import Precision
from gan_augment.training.callbacks import Callback
from gan_augment.training.ema import EmaConfig, WeightAverage
from gan_augment.training.method import Batch, Context, Method, Phase
from gan_augment.training.optimizers import match_layout, optimizer_of
from gan_augment.training.schedules import Clock
from gan_augment.training.streams import ClassStream
from gan_augment.training.train_config import TrainConfig

MAX_ROLLBACKS = 3
N_REPORTS = 20
CHECKPOINT_COST = 5  # the next checkpoint comes no sooner than after this many times the duration of one


class Trainer:
    """The loop and all the state it needs to go on after a stop."""

    def __init__(
        self,
        method: Method,
        streams: Mapping[str, ClassStream],
        config: TrainConfig,
        ema: EmaConfig,
        clock: Clock,
        device: torch.device,
        precision: Precision,
        rng: torch.Generator,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.method, self.streams, self.config, self.clock = method, streams, config, clock
        self.callbacks = list(callbacks)
        self.step, self.samples_seen, self.n_rollbacks, self.lr_scale = 0, 0, 0, 1.0
        self.interrupted = self.stopped = False
        if precision.channels_last:
            for module in method.modules.values():
                module.to(memory_format=torch.channels_last)
        self.average = WeightAverage({name: method.modules[name] for name in method.artifacts}, ema)
        self.optimizers = {phase.modules: optimizer_of(phase, method.modules) for phase in method.phases}
        self.context = Context(method.modules, rng, device, precision.autocast(device))
        self._sums: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=device))
        self._n: dict[str, int] = defaultdict(int)
        self._broken = torch.zeros((), dtype=torch.bool, device=device)
        self._mark = (0.0, 0)
        self._last_checkpoint = self._next_report = 0.0
        self._reserve = 0.0

    @property
    def progress(self) -> float:
        """Share of the budget spent, in [0, 1]; some seconds are kept back for the last checkpoint."""
        return self.clock.progress(self.step, self._reserve)

    @property
    def over(self) -> bool:
        """Whether nothing is left to train: the budget is spent, or `BestAverage` has `stopped` the run early."""
        return self.stopped or self.progress >= 1.0

    def run(self) -> None:
        """Train until it is over or somebody interrupts; callbacks write what is to be kept.

        A run that starts takes one step at least, however little time there is.

        Raises
        ------
        TrainingError
            If a loss was not finite more than three times, each time with half the learning rate.
        """
        try:
            self._notify("on_start")
            self._run()
        finally:
            self._notify("on_end")

    def _run(self) -> None:
        self._last_checkpoint = self.clock.seconds()
        self._next_report = (int(self.progress * N_REPORTS) + 1) / N_REPORTS
        self._mark = (self.clock.seconds(), self.samples_seen)
        self._good = self.state()
        with _interrupts(self):
            self._spend_budget()
            while self._is_broken():  # in its very last steps
                self._roll_back()
                self._spend_budget()
            if self._n:  # what came since the last full line of metrics
                self._log()
            self._checkpoint()

    def _spend_budget(self) -> None:
        while (not self.over or not self.step) and not self.interrupted:
            self.one_step()
            if self.step % self.config.log_every == 0:
                self._log()
            if self._due():
                self._checkpoint()

    def one_step(self) -> None:
        """Run every phase that is due once, then move the averaged weights."""
        self.context.progress, self.context.step = self.progress, self.step
        for phase in self.method.phases:
            if self.step % phase.every == 0:
                for _ in range(phase.repeats):
                    self.update(phase)
        self.step += 1
        n_new = self.config.batch_size
        self.samples_seen += n_new
        self.average.update(self.method.modules, n_new, self.samples_seen, max(self.progress, 1e-6))

    def _drawn(self, streams: Sequence[str]) -> dict[str, Batch]:
        """Return a batch of each stream, all of the labels that the first one drew: they are to be compared."""
        first, *others = streams
        batches = {first: self.streams[first].draw(self.context.rng)}
        labels = batches[first].labels.cpu() if others else None
        return batches | {name: self.streams[name].draw(self.context.rng, labels) for name in others}

    def update(self, phase: Phase) -> None:
        """Run a phase once, whether or not it is due."""
        batches = self._drawn(phase.streams)
        optimizer = self.optimizers[phase.modules]
        group = optimizer.param_groups[0]
        group["lr"] = phase.optimizer.lr.at(self.context.progress) * self.lr_scale
        group["betas"] = (phase.optimizer.beta1, phase.optimizer.beta2.at(self.context.progress))
        for name, module in self.method.modules.items():
            module.requires_grad_(name in phase.modules)
        loss, metrics = phase.loss_fn(batches, self.context)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        self._broken |= ~torch.isfinite(loss.detach())
        for name, value in metrics.items():
            self._sums[name] += value.detach()
            self._n[name] += 1

    def _log(self) -> None:
        if bool(self._broken):
            self._roll_back()
            return
        metrics = {name: float(total) / self._n[name] for name, total in self._sums.items()}
        self._sums.clear()
        self._n.clear()
        seconds = self.clock.seconds()
        metrics["samples_per_second"] = (self.samples_seen - self._mark[1]) / max(seconds - self._mark[0], 1e-9)
        metrics["progress"] = self.progress
        self._mark = (seconds, self.samples_seen)
        self._notify("on_log", metrics)

    def _due(self) -> bool:
        since = self.clock.seconds() - self._last_checkpoint
        if self.over or since < CHECKPOINT_COST * self._reserve:
            return False  # the last one follows; and in a short run, looking at samples would outlast training
        return since > self.config.checkpoint_seconds or self.progress >= self._next_report

    def _is_broken(self) -> bool:
        """Whether a loss was not finite since the last check, or the last update left a weight that is not."""
        weights = (weight for module in self.method.modules.values() for weight in module.parameters())
        return bool(self._broken) or not all(bool(weight.isfinite().all()) for weight in weights)

    def _checkpoint(self) -> None:
        if self._is_broken():
            self._roll_back()
            return
        started = self.clock.seconds()
        if self.progress >= self._next_report or self.interrupted or self.over:
            self._next_report = (int(self.progress * N_REPORTS) + 1) / N_REPORTS
            report: dict[str, float] = {}
            for callback in self.callbacks:
                callback.on_report(self, report)
        self._good = self.state()
        self._sums.clear()  # so that the next averages are the same after a resume from here
        self._n.clear()
        self._notify("on_checkpoint")
        self._last_checkpoint = self.clock.seconds()
        self._reserve = max(self._reserve, self._last_checkpoint - started)

    def _roll_back(self) -> None:
        self.n_rollbacks += 1
        if self.n_rollbacks > MAX_ROLLBACKS:
            raise TrainingError(
                f"A loss was not finite {self.n_rollbacks} times, although the learning rate was halved each time: "
                "lower generator.lr.start and discriminator.lr.start with --set, or choose another recipe."
            )
        kept = (self.n_rollbacks, self.lr_scale / 2, self.context.rng.get_state())
        self.load_state(*self._good)
        self.n_rollbacks, self.lr_scale = kept[:2]
        self.context.rng.set_state(kept[2])  # the same draws again would end the same way
        self._sums.clear()
        self._n.clear()
        self._broken.zero_()
        message = f"A loss was not finite: back to step {self.step}, learning rates times {self.lr_scale:g}."
        self._notify("on_rollback", message)

    def _notify(self, event: str, *arguments: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, event)(self, *arguments)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return a copy of everything a resume needs: tensors by name, and plain numbers."""
        tensors = {f"modules/{n}/{k}": v for n, m in self.method.modules.items() for k, v in m.state_dict().items()}
        tensors |= {f"average/{k}": v for k, v in self.average.state_dict().items()}
        tensors |= {f"parts/{n}/{k}": v for n, p in self.method.parts.items() for k, v in p.state_dict().items()}
        for modules, optimizer in self.optimizers.items():
            for index, slots in optimizer.state_dict()["state"].items():
                tensors |= {f"optimizers/{'+'.join(modules)}/{index}/{k}": v for k, v in slots.items()}
        tensors["rng"] = self.context.rng.get_state()
        numbers = {name: getattr(self, name) for name in ("step", "samples_seen", "n_rollbacks", "lr_scale")}
        numbers |= {"seconds": self.clock.seconds(), "reserve": self._reserve}
        return {key: value.detach().clone() for key, value in tensors.items()}, numbers

    def load_state(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        """Take back what `state` gave; the clock is not turned back."""
        for name, module in self.method.modules.items():
            module.load_state_dict(_below(tensors, f"modules/{name}/"))
        self.average.load_state_dict(_below(tensors, "average/"))
        for name, part in self.method.parts.items():
            part.load_state_dict(_below(tensors, f"parts/{name}/"))
        for modules, optimizer in self.optimizers.items():
            slots: dict[int, dict[str, Tensor]] = defaultdict(dict)
            for key, value in _below(tensors, f"optimizers/{'+'.join(modules)}/").items():
                index, slot = key.split("/")
                slots[int(index)][slot] = value
            groups = copy.deepcopy(optimizer.state_dict()["param_groups"])
            optimizer.load_state_dict({"state": dict(slots), "param_groups": groups})
            match_layout(optimizer)
        self.context.rng.set_state(tensors["rng"].cpu())
        for name in ("step", "samples_seen", "n_rollbacks", "lr_scale"):
            setattr(self, name, numbers[name])
        self._reserve = max(self._reserve, numbers["reserve"])


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key[len(prefix) :]: value for key, value in tensors.items() if key.startswith(prefix)}


@contextmanager
def _interrupts(trainer: Trainer) -> Iterator[None]:
    """Let the first Ctrl-C (or SIGTERM) end the run between two steps; a second one acts as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept: dict[int, Any] = {}

    def finish(signum: int, frame: object) -> None:
        trainer.interrupted = True
        signal.signal(signum, kept[signum])

    for signum in (int(signal.SIGINT), int(signal.SIGTERM)):
        kept[signum] = signal.signal(signum, finish)
    try:
        yield
    finally:
        for signum, handler in kept.items():
            signal.signal(signum, handler)
