"""What arms, and adding synthetic samples, gained on other tasks: evidence that ships with the package."""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_augment import config
from gan_augment.errors import ConfigError
from gan_augment.registry import lookup

CURATED = ", curated"  # ends the name of a usage whose samples are the best of more candidates
SHIPPED = Path(__file__).with_name("prior.json")
BANDWIDTH = 0.5  # of closeness, in powers of ten of what tasks differ by: twice as many is close, ten times is far
CHANCE = {"image": 0.8, "table": 0.0}  # of a gain's variance: what repeated trainings average out
MOST_SAMPLES = {"image": 300.0, "table": 80.0}  # beyond which studies do not show that gains vary less
NOISE_DF = 4.0  # noise variances of two tasks then differ by a factor of three as a rule, however many tasks are known


@dataclass(frozen=True)
class Circumstances:
    """What the gains on inner folds of a task depend on, whatever is tried.

    Parameters
    ----------
    kind
        ``image`` or ``table``.
    per_class
        Training samples per class; of a table, those of the rarest.
    imbalance
        Training samples of the largest class for one of the smallest.
    n_classes
        Number of classes.
    repeats
        Trainings on each fold, of which the score is the mean.

    Raises
    ------
    ConfigError
        For an unknown kind, or a number out of range.
    """

    kind: str
    per_class: float
    imbalance: float
    n_classes: int
    repeats: int

    def __post_init__(self) -> None:
        lookup(DEFAULTS, self.kind, "kind of data")
        self._require(per_class=1, imbalance=1, n_classes=2, repeats=1)

    def _require(self, **least: float) -> None:
        for name, fewest in least.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not fewest <= value < math.inf:
                raise ConfigError(f"{type(self).__name__} needs {name} of at least {fewest}, not {value!r}.")

    @property
    def noise(self) -> float:
        """What the variance of a gain is in proportion to: one over the samples, the part of chance over trainings.

        The mean over all folds averages over as many validation samples as there are training samples; each class
        counts as much as the rarest.
        """
        chance = CHANCE[self.kind]
        return (1.0 - chance + chance / self.repeats) / min(self.per_class * self.n_classes, MOST_SAMPLES[self.kind])

    def closeness(self, other: "Circumstances") -> float:
        """Return from 1 (the same) to 0 how much a gain there says of one here."""
        apart = math.hypot(math.log10(self.per_class / other.per_class), math.log10(self.imbalance / other.imbalance))
        return math.exp(-0.5 * (apart / BANDWIDTH) ** 2)


@dataclass(frozen=True)
class Evidence(Circumstances):
    """What one way of adding synthetic samples, or one arm without any, gained with one model on one task.

    Parameters
    ----------
    task
        Name of the task.
    model, usage
        Names of the model, and of the way or the arm.
    gain
        Mean gain on inner folds, in units of the chief score (0.01 is a point): of a way over the baseline, of an arm
        over the real samples as they are.
    gain_sd
        Standard deviation between replicates of a replicate's mean over its inner folds.
    n_replicates
        How many there were.
    """

    task: str
    model: str
    usage: str
    gain: float
    gain_sd: float
    n_replicates: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self._require(gain=-1, gain_sd=0, n_replicates=2)


@dataclass(frozen=True)
class Belief:
    """What to expect of a gain before looking at the data, in units of the chief score.

    Parameters
    ----------
    mean, sd
        Of the true gain.
    noise_sd, noise_df
        Standard deviation of the mean gain over inner folds around the true one, and how many degrees of freedom that
        is worth.
    """

    mean: float
    sd: float
    noise_sd: float
    noise_df: float = NOISE_DF


# Without evidence the mean is 0: plain augmentation with a GAN is worth 0 to 3 points over well-tuned classical
# augmentation in the literature, sometimes less than nothing, and what fails is published less often.
DEFAULTS = {"image": Belief(0.0, 0.01, 0.011), "table": Belief(0.0, 0.02, 0.021)}
# Where noise is what the default says: as in studies of digits, and of tables, trained once.
DEFAULT_NOISE_AT = {"image": Circumstances("image", 20, 1.0, 10, 1), "table": Circumstances("table", 40, 1.0, 2, 1)}


@dataclass(frozen=True)
class Prior:
    """Evidence from other tasks.

    Parameters
    ----------
    evidence
        A row a task, model and way of adding synthetic samples.
    arms
        A row a task, model and arm without synthetic samples.
    """

    evidence: tuple[Evidence, ...] = ()
    arms: tuple[Evidence, ...] = ()

    @classmethod
    def shipped(cls) -> "Prior":
        """Return what ships with the package; errors as of `load`."""
        return cls.load(SHIPPED)

    @classmethod
    def load(cls, path: Path) -> "Prior":
        """Read ``{"evidence": [...], "arms": [...]}``, each row an object with the fields of `Evidence`.

        Raises
        ------
        ConfigError
            If the file is missing or holds anything else.
        """
        try:
            return config.from_dict(cls, json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, AttributeError, ConfigError) as error:
            raise ConfigError(f"{path} does not hold evidence ({error}): install gan-augment again.") from error

    @property
    def digest(self) -> str:
        """A hash of the evidence, for results that depend on it."""
        return hashlib.sha256(json.dumps(config.to_dict(self), sort_keys=True).encode()).hexdigest()[:16]

    def without(self, task: str) -> "Prior":
        """Return the evidence of all other tasks: a task must not vouch for itself."""
        others = (tuple(row for row in rows if row.task != task) for rows in (self.evidence, self.arms))
        return Prior(*others)

    def of_arms(self) -> "Prior":
        """Return what is known of arms without synthetic samples, as the evidence to believe in."""
        return Prior(self.arms)

    def belief(self, usage: str, here: Circumstances) -> Belief:
        """Return what to expect of a way of adding synthetic samples on a new task.

        Parameters
        ----------
        usage
            Name of the way; one with curated samples that has no evidence borrows that of the same way with samples as
            they come, any other that has none that of the kind's other ways.
        here
            What the new task is like. Tasks count for more the closer they are in samples per class and in imbalance:
            what helps where classes are uneven says little of even ones.

        Returns
        -------
        Belief
            With no evidence at all the one in `DEFAULTS`, its noise carried over to here.

        Notes
        -----
        A random-effects model: the true gain of task t is drawn from N(mu, tau^2), and y_t is it with an error of
        variance s_t^2. Tasks have weights a_t of at most 1 by closeness; the default stands among them as one more
        task with gain 0, no error and weight 1. tau^2 comes from the generalised method of moments (DerSimonian and
        Kacker 2007; with a_t = 1 / s_t^2 it is DerSimonian and Laird 1986), averaged with the default's, which
        is worth one degree of freedom: a moment estimate from few tasks is 0 too often. mu is the mean with weights
        a_t / (tau^2 + s_t^2), and a new task varies by tau^2 and by how uncertain mu is.

        What a gain varies by is carried from one task to another: see `Circumstances.noise`, and what
        `benchmarks/prior.py` prints.
        """
        default = DEFAULTS[here.kind]
        default_noise = default.noise_sd**2 * here.noise / DEFAULT_NOISE_AT[here.kind].noise
        of_kind = [row for row in self.evidence if row.kind == here.kind]
        names = (usage, usage.removesuffix(CURATED))
        rows = next((own for name in names if (own := [row for row in of_kind if row.usage == name])), of_kind)
        tasks = [(1.0, default.mean, 0.0, default_noise), *_by_task(rows, here)]
        closeness, gain, error, noise = np.array(tasks).T
        total = closeness.sum()
        spread = closeness * (1.0 - closeness / total)
        q = (closeness * (gain - np.average(gain, weights=closeness)) ** 2).sum()
        default_between = default.sd**2 / 2  # the other half is how uncertain mu is when the default stands alone
        between = (max(0.0, q - (spread * error).sum()) + default_between) / (spread.sum() + 1.0)
        weights = closeness / (between + error)
        return Belief(
            mean=float(np.average(gain, weights=weights)),
            sd=float(np.sqrt(between + 1.0 / weights.sum())),
            noise_sd=float(np.sqrt(np.average(noise, weights=closeness))),
            noise_df=default.noise_df,
        )


def _by_task(rows: Iterable[Evidence], here: Circumstances) -> Iterator[tuple[float, ...]]:
    """Yield (closeness, gain, its squared error, variance of a replicate's gain if it were here) of every task.

    Models of one task saw the same samples, so they are averaged, errors too, as if they were one.
    """
    by_task: dict[str, list[Any]] = {}
    for row in rows:
        error, noise = row.gain_sd**2 / row.n_replicates, row.gain_sd**2 * here.noise / row.noise
        by_task.setdefault(row.task, []).append((row.closeness(here), row.gain, error, noise))
    for found in map(np.array, by_task.values()):
        yield found[:, 0].max(), *np.average(found[:, 1:], axis=0, weights=found[:, 0])
