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
        Stops the trainer after so many scores in a row that were no better; 0 never does.
    """

    def __init__(self, patience: int = 0) -> None:
        self.patience = patience
        self.score = torch.tensor(torch.inf, dtype=torch.float64)
        self._waited = 0
        self._weights: dict[str, Tensor] = {}

    def on_start(self, trainer: Trainer) -> None:  # noqa: D102
        self._judge(trainer)

    def on_rollback(self, trainer: Trainer, message: str) -> None:  # noqa: D102
        self._judge(trainer)

    def on_report(self, trainer: Trainer, metrics: dict[str, float]) -> None:  # noqa: D102
        if "score" not in metrics or trainer.stopped:
            return
        if metrics["score"] < self.score:
            self.score = torch.tensor(metrics["score"], dtype=torch.float64)
            self._weights = {key: value.detach().clone() for key, value in trainer.average.state_dict().items()}
            self._waited = 0
        else:
            self._waited += 1
        self._judge(trainer)

    on_log = on_report

    def _judge(self, trainer: Trainer) -> None:
        trainer.stopped = 0 < self.patience <= self._waited

    def weights(self, trainer: Trainer) -> dict[str, Tensor]:
        """Return the weights to publish: the best ones, or those of now where nothing was scored."""
        return self._weights or trainer.average.state_dict()

    def state_dict(self) -> dict[str, Tensor]:
        """Return the best score, its weights, and how many scores came since."""
        weights = {f"weights/{key}": value for key, value in self._weights.items()}
        return {"score": self.score, "waited": torch.tensor(self._waited), **weights}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state_dict` gave; nothing was scored in runs from before there were scores."""
        if "score" not in state:
            return
        self.score = state["score"].clone()
        self._waited = int(state.get("waited", 0))
        prefix = "weights/"
        self._weights = {key[len(prefix) :]: v.clone() for key, v in state.items() if key.startswith(prefix)}
