"""The lines of a study's files: models on the test part and on inner folds, baselines, looks at synthetic samples."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gan_augment.errors import GanAugmentError

AUTO = "auto"
FAILED = "failed"  # among the figures of a look at synthetic samples: it is tried again


def reason(error: Exception) -> str:
    """Return what a row says of an exception: a line, with its type where it is none that a user can mend."""
    line = (str(error).splitlines() or [""])[0]
    return line if isinstance(error, GanAugmentError) else f"{type(error).__name__}: {line}"


@dataclass(frozen=True)
class StudyRow:
    """How one model did on the test part of a replicate; a line of ``results.jsonl``.

    Parameters
    ----------
    replicate
        From 0; rows of one replicate share split, generator and initial weights.
    arm, model
        Their names.
    scores
        By the names of `SCORES`, means over trainings; empty where it failed.
    per_class
        Accuracy within each class, in label order.
    n_samples
        Real and synthetic samples it was trained on.
    seed
        Of everything in the replicate.
    seconds
        Processor time that a training and its test took.
    failed
        Why there are no scores.
    choice
        What `auto` decided: see `Choice`.
    config, versions
        Digest of the study's settings, and the releases that computed the row.
    repeats
        Trainings, each by a seed of its own: see `Bench.repeats`.
    """

    replicate: int
    arm: str
    model: str
    scores: Mapping[str, float] = field(default_factory=dict)
    per_class: tuple[float, ...] = ()
    n_samples: int = 0
    seed: int = 0
    seconds: float = 0.0
    failed: str | None = None
    choice: Mapping[str, Any] | None = None
    config: str = ""
    versions: str = ""
    repeats: int = 1

    @property
    def key(self) -> tuple[int, str, str]:
        """Replicate, arm and model."""
        return self.replicate, self.arm, self.model


@dataclass(frozen=True)
class InnerRow:
    """How one model did on the validation part of an inner fold; a line of ``inner.jsonl``.

    Parameters
    ----------
    replicate, fold, arm, model
        Numbers from 0, and names.
    usage
        The way in which synthetic samples were added to the arm's own; None for the arm as it is.
    score
        What choices rest on, in units of the chief score: it, or what margins say of it; None where the model failed.
    n_folds
        How many folds a division has; `fold` goes on through all divisions.
    temperature
        At which margins were read, see `finely_scored`; None where the score is the chief one.
    repeat
        Number from 0 of the training, each with a seed of its own: see `Bench.repeats`.
    failed
        Why there is no score; None where there is one.
    """

    replicate: int
    fold: int
    arm: str
    model: str
    usage: str | None
    score: float | None
    n_folds: int
    temperature: float | None = None
    repeat: int = 0
    failed: str | None = None

    @property
    def key(self) -> tuple[int, int, str, str, str | None, int]:
        """Replicate, fold, arm, model, usage and repeat."""
        return self.replicate, self.fold, self.arm, self.model, self.usage, self.repeat


@dataclass(frozen=True)
class BaselineRow:
    """Which arm without synthetic samples inner folds chose for a model; a line of ``baselines.jsonl``."""

    replicate: int
    model: str
    arm: str

    @property
    def key(self) -> tuple[int, str]:
        """Replicate and model."""
        return self.replicate, self.model


@dataclass(frozen=True)
class CurveRow:
    """How a model did that was trained on a share of the real samples, as they are; a line of ``curve.jsonl``.

    `n_samples` says how many they were; `score` is the study's chief score, None where the model failed.
    """

    replicate: int
    model: str
    share: float
    n_samples: int
    score: float | None

    @property
    def key(self) -> tuple[int, str, str, float]:
        """Replicate, model and share, told from the keys of other rows."""
        return self.replicate, "curve", self.model, self.share


@dataclass(frozen=True)
class QualityRow:
    """What the synthetic samples of a replicate are like; a line of ``quality.jsonl``."""

    replicate: int
    figures: Mapping[str, Any]

    @property
    def key(self) -> int:
        """Replicate."""
        return self.replicate


def gains_of_ways(
    rows: Iterable[InnerRow], bases: Mapping[tuple[int, str], str]
) -> dict[tuple[str, str, int, int], list[float]]:
    """Return what ways of adding gained over the baseline, by model, usage, replicate and fold: one a repeat.

    Parameters
    ----------
    rows
        Of the inner folds; those of the first division count, where every way is tried. What failed, or was added to
        another arm than the baseline, does not.
    bases
        The baseline by replicate and model, which are the keys of `BaselineRow`.
    """
    known = {row.key: row for row in rows if row.score is not None and row.fold < row.n_folds}
    gains: dict[tuple[str, str, int, int], list[float]] = {}
    for row in known.values():
        plain = known.get((row.replicate, row.fold, row.arm, row.model, None, row.repeat))
        if row.usage is None or plain is None or row.arm != bases.get((row.replicate, row.model)):
            continue
        assert row.score is not None
        assert plain.score is not None
        gains.setdefault((row.model, row.usage, row.replicate, row.fold), []).append(row.score - plain.score)
    return gains
