"""When a generator is scored while it trains: some twenty times, for a tenth of the time at most."""

import math
import time

from gan_augment.training.callbacks import Callback
from gan_augment.training.trainer import Trainer

MOST_TIME = 0.1  # share of a fit that may go into looking
MOST_LOOKS = 20


class ScoredLooks(Callback):
    """Adds what `look` says to the metrics, a ``score`` among it: lower is better; see `BestAverage`.

    Looking takes about a tenth of a fit's time at most. With a budget of steps, the steps at which it happens follow
    from that budget and from `cost` alone, never from a clock: so a seed decides which weights score best.
    """

    def __init__(self) -> None:
        self._spent = self._longest = 0.0
        self._looked_at = -1

    @property
    def cost(self) -> float:
        """What a look costs, in steps of training."""
        raise NotImplementedError

    def look(self, trainer: Trainer) -> dict[str, float]:
        """Return the score of the averaged generator as it is, and what else there is to say of it."""
        raise NotImplementedError

    def on_log(self, trainer: Trainer, metrics: dict[str, float]) -> None:  # noqa: D102
        steps = trainer.clock.budget.steps
        if steps and not trainer.over and trainer.step % self._steps_between(steps, trainer) == 0:
            metrics.update(self._timed(trainer))

    def on_report(self, trainer: Trainer, metrics: dict[str, float]) -> None:  # noqa: D102
        affordable = self._spent + self._longest <= MOST_TIME * trainer.clock.seconds()
        wanted = trainer.over or (not trainer.clock.budget.steps and affordable)
        if wanted and trainer.step > self._looked_at:  # where a run stops early, that look is its last
            metrics.update(self._timed(trainer))

    def _timed(self, trainer: Trainer) -> dict[str, float]:
        started, self._looked_at = time.perf_counter(), trainer.step
        found = self.look(trainer)
        seconds = time.perf_counter() - started
        self._spent, self._longest = self._spent + seconds, max(self._longest, seconds)
        return found

    def _steps_between(self, steps: int, trainer: Trainer) -> int:
        """Return how many steps lie between two looks, a multiple of those between two lines of metrics."""
        unit = trainer.config.log_every
        return unit * math.ceil(max(steps / MOST_LOOKS, self.cost / MOST_TIME) / unit)
