"""Keeps the averaged weights that scored best and ends a run that gets no better; knows not what the score is."""

from collections.abc import Mapping

import torch
from torch import Tensor

from gan_augment.training.callbacks import Callback
from gan_augment.training.trainer import Trainer


class BestAverage(Callback):
    """Remembers the averaged weights at the lowest ``score`` among the metrics; a `Part`, so a resume keeps them.

    Parameters
    ----------
    patience
        Sets ``trainer.stopped`` after so many scores in a row that were no better; 0 never does. A run that goes on
        with another budget waits anew.
    """

    def __init__(self, patience: int = 0) -> None:
        self.patience = patience
        self.score = torch.tensor(torch.inf, dtype=torch.float64)
        self._weights: dict[str, Tensor] = {}
        self._waited, self._scored_at, self._budget, self._best_at = 0, -1, 0.0, -1

    def on_start(self, trainer: Trainer) -> None:  # noqa: D102
        budget = float(trainer.clock.budget.steps or trainer.clock.budget.seconds or 0.0)
        if budget != self._budget:
            self._waited, self._budget = 0, budget
        self._judge(trainer)

    def on_rollback(self, trainer: Trainer, message: str) -> None:  # noqa: D102
        self._judge(trainer)

    def on_report(self, trainer: Trainer, metrics: dict[str, float]) -> None:  # noqa: D102
        if "score" not in metrics or trainer.step <= self._scored_at:  # a finished run that is resumed is scored again
            return
        self._scored_at = trainer.step
        if metrics["score"] < self.score:
            self.score = torch.tensor(metrics["score"], dtype=torch.float64)
            self._weights = {key: value.detach().clone() for key, value in trainer.average.state_dict().items()}
            self._waited, self._best_at = 0, trainer.step
        elif trainer.clock.budget.steps or not trainer.interrupted:  # a look at the clock that Ctrl-C asked for
            self._waited += 1
        self._judge(trainer)

    on_log = on_report

    def _judge(self, trainer: Trainer) -> None:
        trainer.stopped = trainer.progress < 1.0 and 0 < self.patience <= self._waited

    def weights(self, trainer: Trainer) -> dict[str, Tensor]:
        """Return the weights to publish: the best ones, or those of now where nothing was scored."""
        return self._weights or trainer.average.state_dict()

    def step(self, trainer: Trainer) -> int:
        """Return the step at which the trainer had these weights."""
        return self._best_at if self._best_at >= 0 else trainer.step

    def state_dict(self) -> dict[str, Tensor]:
        """Return the best score, its weights, and what it waits by."""
        numbers = [self._waited, self._scored_at, self._budget, self._best_at]
        waiting = torch.tensor(numbers, dtype=torch.float64)
        weights = {f"weights/{key}": value for key, value in self._weights.items()}
        return {"score": self.score, "waiting": waiting, **weights}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state_dict` gave; nothing was scored in runs from before there were scores."""
        if "score" not in state:
            return
        self.score = state["score"].clone()
        if "waiting" in state:
            self._waited, self._scored_at = (int(number) for number in state["waiting"][:2])
            self._budget = float(state["waiting"][2])
            self._best_at = int(state["waiting"][3]) if len(state["waiting"]) > 3 else -1  # of older runs
        prefix = "weights/"
        self._weights = {key[len(prefix) :]: v.clone() for key, v in state.items() if key.startswith(prefix)}
