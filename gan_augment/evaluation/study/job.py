"""What the replicates of a study share, and where the generators of their parts come from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gan_augment.data.labelled import LabelledData
from gan_augment.evaluation.prior import Prior
from gan_augment.evaluation.study.bench import Bench
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.generators import GeneratorFn, LazyGenerator
from gan_augment.evaluation.study.source import Source
from gan_augment.seeding import derive_seed

RUNS = "runs"


def any_usage(usage: str) -> bool:
    """Allow every way of adding synthetic samples."""
    return True


@dataclass(frozen=True)
class Job:
    """What is the same for all replicates of a study.

    Parameters
    ----------
    source, bench, config
        What is divided, how it is put to the test, how often.
    generator_fn
        What makes the generator of a part of the data.
    out
        The study's folder; runs of generators go into it.
    auto
        Whether `auto` is among the arms.
    digest, versions
        Of the settings, and the releases, for the rows.
    among_fn
        Which usages `auto` may choose, by name.
    """

    source: Source
    bench: Bench
    config: StudyConfig
    generator_fn: GeneratorFn
    out: Path
    auto: bool
    digest: str = ""
    versions: str = ""
    among_fn: Callable[[str], bool] = any_usage

    @property
    def prior(self) -> Prior:
        """What other tasks say."""
        return Prior.shipped() if self.config.task is None else Prior.shipped().without(self.config.task)

    def generator(self, train: LabelledData, number: int, fold: int | None = None) -> LazyGenerator:
        """Return the generator of a replicate's training part, or of that of one of its inner folds."""
        run = self.out / RUNS / (f"{number:03d}" if fold is None else f"{number:03d}-inner{fold}")
        seed = derive_seed(self.config.replicate_seed(number), "generator", run.name)
        return LazyGenerator(self.generator_fn, train, run, seed)
