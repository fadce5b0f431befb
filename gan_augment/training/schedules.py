"""Values that move with the share of the budget spent, and the budget itself: steps or seconds."""

import math
import time
from dataclasses import dataclass, field
from numbers import Integral

from gan_augment.errors import ConfigError


@dataclass(frozen=True)
class Schedule:
    """A value that goes from `start` to `end` along a half cosine, then stays (as in Huang et al. 2024)."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not (0 <= self.start < math.inf and 0 <= self.end < math.inf):
            raise ConfigError("What moves from start to end must stay a finite number, 0 or more.")

    def at(self, progress: float) -> float:
        """Return the value where `progress` in [0, 1] of the budget is spent."""
        weight = 0.5 * (1 + math.cos(math.pi * min(max(progress, 0.0), 1.0)))
        return self.end + (self.start - self.end) * weight


@dataclass(frozen=True)
class BudgetConfig:
    """How long to train: a number of steps, or seconds on the clock; exactly one of the two."""

    steps: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.seconds is None):
            raise ConfigError("Give either a number of steps or a time to train, not both and not neither.")
        if self.steps is not None and (isinstance(self.steps, bool) or not isinstance(self.steps, Integral)):
            raise ConfigError(f"The number of training steps must be a whole number, not {self.steps!r}.")
        if (self.steps or self.seconds or 0) <= 0:
            raise ConfigError("The training budget must be positive.")


@dataclass
class Clock:
    """Measures progress through a budget; seconds spent before a resume count too."""

    budget: BudgetConfig
    seconds_before: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Return the seconds spent training, over all sittings."""
        return self.seconds_before + time.monotonic() - self.started

    def progress(self, step: int, reserve: float = 0.0) -> float:
        """Return the share of the budget spent after `step` steps, 1.0 when only `reserve` seconds are left of it."""
        if self.budget.steps:
            return min(1.0, step / self.budget.steps)
        return min(1.0, self.seconds() / max((self.budget.seconds or 0.0) - reserve, 1e-9))
