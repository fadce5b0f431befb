"""Settings of the training loop."""

import math
from dataclasses import dataclass

from gan_augment.errors import ConfigError
from gan_augment.registry import lookup

KEEP = ("best", "last")


@dataclass(frozen=True)
class TrainConfig:
    """Settings of the loop.

    Parameters
    ----------
    batch_size
        Real samples a batch.
    class_exponent
        Classes are drawn with p proportional to n to this power: 1 as they occur, 0 all equally often.
    keep
        Which averaged weights are published: the ``best`` ones by their scores, or the ``last`` ones.
    patience
        Stop once so many scores in a row were no better than the best one; 0 spends the whole budget. A run has twenty
        scores, a short one fewer: a score costs as much as a hundred steps and more.
    log_every
        Steps between two lines of metrics.
    checkpoint_seconds
        Time between two checkpoints, besides the twenty a run that come with a report. Where writing one is slow,
        both wait until five times its own duration is over; the last one never waits.
    """

    batch_size: int = 32
    class_exponent: float = 0.5
    keep: str = "best"
    patience: int = 0
    log_every: int = 20
    checkpoint_seconds: float = 120.0

    def __post_init__(self) -> None:
        if self.batch_size < 2 or self.log_every < 1:
            raise ConfigError("train.batch_size must be at least 2 and train.log_every at least 1.")
        lookup(dict.fromkeys(KEEP), self.keep, "choice of weights")
        if self.patience < 0 or (self.patience and self.keep != "best"):
            raise ConfigError("train.patience must be 0 or more, and goes with train.keep=best alone.")
        if not 0 <= self.class_exponent <= 2:
            raise ConfigError(f"train.class_exponent must lie between 0 and 2, not {self.class_exponent:g}.")
        if not 0 < self.checkpoint_seconds < math.inf:
            raise ConfigError(f"train.checkpoint_seconds must be above 0, not {self.checkpoint_seconds:g}.")
