"""What a study is asked to do: how often, on how little data, with which generator and how long."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from typing import Any

from gan_augment.config import to_dict
from gan_augment.data.scarcity import Scarcity
from gan_augment.errors import ConfigError
from gan_augment.evaluation.study.rows import AUTO
from gan_augment.planning.request import FitConfig
from gan_augment.seeding import derive_seed


def repeat_seed(seed: int, repeat: int) -> int:
    """Return the seed of a repeated training; the first one, 0, has that of the replicate itself."""
    return derive_seed(seed, "repeat", repeat) if repeat else seed


@dataclass(frozen=True)
class GeneratorConfig:
    """How the generator of every replicate is fitted; the parameters are those of `fit`.

    What `init_from` was fitted on must not hold any sample of the study.
    """

    recipe: str = "auto"
    steps: int | None = None
    time: float | None = None
    flips: tuple[str, ...] = ()
    device: str = "auto"
    precision: str = "auto"
    overrides: Mapping[str, str] = field(default_factory=dict)
    init_from: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "flips", (self.flips,) if isinstance(self.flips, str) else tuple(self.flips))
        object.__setattr__(self, "init_from", None if self.init_from is None else str(self.init_from))

    @classmethod
    def of_run(cls, fitted: FitConfig) -> "GeneratorConfig":
        """Return what fits generators as a run was fitted; `ConfigError` where what it began with is gone."""
        budget, begun = fitted.budget, fitted.begun
        if begun is not None and not Path(begun.run).is_dir():
            raise ConfigError(f"{begun.run}, which the run began with, is gone: bring it back to fit others like it.")
        return cls(
            recipe=fitted.recipe.name,
            steps=budget.steps,
            time=budget.seconds,
            flips=fitted.flips,
            overrides=fitted.overrides(),
            init_from=None if begun is None else begun.run,
        )


@dataclass(frozen=True)
class StudyConfig:
    """How a study is run.

    Parameters
    ----------
    replicates
        How often everything is split, fitted and trained anew. Fewer than 8 give numbers, but no verdict.
    seed
        Fixes every split and all that follows from it.
    test_share
        Share of each class that is tested on; without effect where the test samples are given.
    scarcity
        How the training part is made smaller or lopsided.
    inner_folds
        Folds of the training part on which the baseline, and what `auto` does, are chosen.
    inner_divisions
        How often at most it is divided into them for what `auto` does. Each division fits generators of its own; after
        the first, only ways of adding that look promising are tried. Without effect where times or groups divide.
    confirm
        The arm that the verdict is about: ``auto``, or another.
    generator
        How generators are fitted.
    task
        Name of a task whose evidence `auto` must not use: see `Prior.without`.
    jobs
        Processes, a replicate each and one thread each.
    time
        Seconds after which nothing new is begun; what is finished is kept.

    Raises
    ------
    ConfigError
        For a number out of range.
    """

    replicates: int = 10
    seed: int = 0
    test_share: float = 0.25
    scarcity: Scarcity = field(default_factory=Scarcity)
    inner_folds: int = 3
    inner_divisions: int = 1
    confirm: str = AUTO
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    task: str | None = None
    jobs: int = 1
    time: float | None = None

    def __post_init__(self) -> None:
        for name, fewest in (("replicates", 1), ("jobs", 1), ("inner_folds", 2), ("inner_divisions", 1)):
            value = getattr(self, name)
            if value < fewest:
                raise ConfigError(f"A study needs {name.replace('_', ' ')} of at least {fewest}, not {value}.")
        if not 0.0 < self.test_share < 1.0:
            raise ConfigError(f"The share of test samples must lie between 0 and 1, not {self.test_share:g}.")
        if self.time is not None and not (isinstance(self.time, Real) and self.time > 0):
            raise ConfigError(f"The time of a study is a number of seconds above 0, not {self.time!r}.")

    def replicate_seed(self, number: int) -> int:
        """Return the seed of everything in a replicate."""
        return derive_seed(self.seed, "replicate", number)

    def settings(self) -> dict[str, Any]:
        """Return what a row depends on: not how many there are, on how many divisions, nor who computes them."""
        kept = to_dict(self)
        for name in ("replicates", "inner_divisions", "confirm", "jobs", "time"):
            del kept[name]
        for name in ("device", "precision"):
            del kept["generator"][name]  # a study may go on with another machine
        if self.generator.init_from is None:  # studies from before there was a choice go on
            del kept["generator"]["init_from"]
        return kept
