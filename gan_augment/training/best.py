"""Keeps the averaged weights that scored best; knows nothing of what the score is."""

from collections.abc import Mapping

import torch
from torch import Tensor

from gan_augment.training.callbacks import Callback
from gan_augment.training.trainer import Trainer


class BestAverage(Callback):
    """Remembers the averaged weights at the lowest ``score`` among the metrics; a `Part`, so a resume keeps them."""

    def __init__(self) -> None:
        self.score = torch.tensor(torch.inf, dtype=torch.float64)
        self._weights: dict[str, Tensor] = {}

    def on_report(self, trainer: Trainer, metrics: dict[str, float]) -> None:  # noqa: D102
        if metrics.get("score", torch.inf) < self.score:
            self.score = torch.tensor(metrics["score"], dtype=torch.float64)
            self._weights = {key: value.detach().clone() for key, value in trainer.average.state_dict().items()}

    on_log = on_report

    def weights(self, trainer: Trainer) -> dict[str, Tensor]:
        """Return the weights to publish: the best ones, or those of now where nothing was scored."""
        return self._weights or trainer.average.state_dict()

    def state_dict(self) -> dict[str, Tensor]:
        """Return the best score and its weights."""
        return {"score": self.score} | {f"weights/{key}": value for key, value in self._weights.items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state_dict` gave; nothing was scored in runs from before there were scores."""
        if "score" not in state:
            return
        self.score = state["score"].clone()
        weights = {key.removeprefix("weights/"): value for key, value in state.items() if key != "score"}
        self._weights = {key: value.clone() for key, value in weights.items()}
