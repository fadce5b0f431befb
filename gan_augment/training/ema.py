"""A moving average of weights whose memory grows with the samples seen."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gan_augment.errors import ConfigError


@dataclass(frozen=True)
class EmaConfig:
    """Half-life of the average: a share of the samples seen, and at most a share of the whole budget.

    The second acts where it is set below the first; as they are by default, it never does.
    """

    seen_share: float = 0.05
    budget_share: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.seen_share <= 1 or not 0 <= self.budget_share <= 1:
            raise ConfigError("ema.seen_share and ema.budget_share must lie between 0 and 1.")


class WeightAverage:
    """Averaged copies of some modules; a `Part`."""

    def __init__(self, modules: Mapping[str, nn.Module], config: EmaConfig) -> None:
        self.config = config
        self.modules = {name: copy.deepcopy(module).eval().requires_grad_(False) for name, module in modules.items()}

    @torch.no_grad()
    def update(self, live: Mapping[str, nn.Module], n_new: int, n_seen: int, progress: float) -> None:
        """Move the averages towards the live weights after `n_new` of `n_seen` samples."""
        budget = n_seen / max(progress, 1e-9)
        half_life = max(min(self.config.seen_share * n_seen, self.config.budget_share * budget), 1e-9)
        weight = 1 - 0.5 ** (n_new / half_life)
        for name, average in self.modules.items():
            pairs = list(zip(average.parameters(), live[name].parameters(), strict=True))
            torch._foreach_lerp_([a for a, _ in pairs], [b.detach() for _, b in pairs], weight)
            for mine, theirs in zip(average.buffers(), live[name].buffers(), strict=True):
                mine.copy_(theirs)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the averaged weights, keyed ``module.weight``."""
        return {f"{name}.{key}": value for name, m in self.modules.items() for key, value in m.state_dict().items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state_dict` gave."""
        for name, module in self.modules.items():
            prefix = f"{name}."
            module.load_state_dict({k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)})
