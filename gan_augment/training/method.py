"""What a recipe builds and the trainer runs: named modules, phases, parts. Knows neither images nor rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from gan_augment.errors import ConfigError
from gan_augment.training.schedules import Schedule


@dataclass(frozen=True)
class Batch:
    """Samples as the networks see them, (n, ...) float, with their integer labels (n,)."""

    samples: Tensor
    labels: Tensor


class Part(Protocol):
    """State that a method keeps outside its modules; saved and resumed without the trainer knowing it."""

    def state_dict(self) -> dict[str, Tensor]:
        """Return the state as tensors."""
        ...

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state_dict` gave."""
        ...


@dataclass
class Context:
    """What a loss function may know of the run besides its batches.

    Parameters
    ----------
    modules
        The method's modules by name.
    rng
        The run's random state, on the CPU.
    device
        Where the modules and batches live.
    autocast
        Makes the context manager under which forward passes run.
    progress
        Share of the budget spent, in [0, 1].
    step
        Steps done so far.
    """

    modules: Mapping[str, nn.Module]
    rng: torch.Generator
    device: torch.device
    autocast: Callable[[], Any]
    progress: float = 0.0
    step: int = 0


LossFn = Callable[[dict[str, Batch], Context], tuple[Tensor, dict[str, Tensor]]]
DrawFn = Callable[[int, int, torch.Generator], Batch]


@dataclass(frozen=True)
class OptimizerConfig:
    """Adam with scheduled learning rate and second-moment decay."""

    lr: Schedule = Schedule(2e-4, 5e-5)
    beta1: float = 0.0
    beta2: Schedule = Schedule(0.9, 0.99)

    def __post_init__(self) -> None:
        if self.lr.start == 0:
            raise ConfigError("lr.start must be above 0.")
        if not all(0 <= beta < 1 for beta in (self.beta1, self.beta2.start, self.beta2.end)):
            raise ConfigError("beta1 and beta2 must be at least 0 and below 1.")


@dataclass(frozen=True)
class Phase:
    """One kind of update.

    Parameters
    ----------
    name
        What kind of update it is.
    modules
        The modules it updates; no other module receives gradients.
    loss_fn
        Maps batches by stream name and the context to a scalar loss and metrics to log.
    optimizer
        Settings of its optimiser. Phases with the same modules share one.
    streams
        The streams it draws a batch from, all of the same labels.
    repeats, every
        How often it runs within a step, and every how many steps it runs at all.
    """

    name: str
    modules: tuple[str, ...]
    loss_fn: LossFn
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    streams: tuple[str, ...] = ("train",)
    repeats: int = 1
    every: int = 1


@dataclass(frozen=True)
class Method:
    """Everything a recipe trains.

    Parameters
    ----------
    modules
        Networks by name.
    phases
        Updates in the order they run within a step.
    artifacts
        Names of the modules a trained generator needs; an average of their weights is kept and published.
    sample_fn
        Maps (modules by name, latents (n, z_dim), labels (n,)) to samples.
    z_dim
        Length of a latent vector.
    parts
        Further state by name.
    settle_fn
        Called before the averaged modules are used, with them, ``(label, n, rng) -> Batch``, which draws real samples
        of a class, and random state: fills in what no gradient trains.
    """

    modules: dict[str, nn.Module]
    phases: tuple[Phase, ...]
    artifacts: tuple[str, ...]
    sample_fn: Callable[[Mapping[str, nn.Module], Tensor, Tensor], Tensor]
    z_dim: int
    parts: dict[str, Part] = field(default_factory=dict)
    settle_fn: Callable[[Mapping[str, nn.Module], DrawFn, torch.Generator], None] | None = None
