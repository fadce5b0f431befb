"""Rows of studies whose truth is known: scores are given, nothing is trained."""

from collections.abc import Mapping, Sequence

from gan_augment.evaluation.study.bench import ArmInfo
from gan_augment.evaluation.study.rows import BaselineRow, StudyRow
from gan_augment.evaluation.study.verdict import Design, StudyResult, summarise_study
from gan_augment.metrics.scores import LOSSES, SCORES

Scores = Mapping[str, Sequence[float | None]]  # by arm, one a replicate; None where it failed

INFOS = (
    ArmInfo("none", "as they are"),
    ArmInfo("classical", "moved a little"),
    ArmInfo("gan", "with synthetic ones", synthetic=True),
    ArmInfo("oracle", "with more real ones", eligible=False),
    ArmInfo("auto", "by choice"),
)
ARMS = {info.name: info for info in INFOS}
NOISE = (0.0011, -0.0032, 0.0024, -0.0009, 0.0031, -0.0027, 0.0014, -0.0004, 0.0019, -0.0022)


def around(mean: float, spread: float = 1.0, n: int = 10) -> list[float]:
    """Return scores of replicates: a mean with some noise."""
    return [mean + spread * noise for noise in NOISE[:n]]


def row(replicate: int, arm: str, score: float | None, model: str = "cnn", used: bool = False) -> StudyRow:
    """Return a row with one value for every score that should rise, and 1 minus it for every one that should fall."""
    choice = {"arm": "none", "usage": "share 0.25" if used else None} if arm == "auto" else None
    if score is None:
        return StudyRow(replicate, arm, model, failed="ValueError: no luck", choice=choice)
    scores = {name: 1 - score if name in LOSSES else score for name in SCORES}
    return StudyRow(replicate, arm, model, scores, choice=choice)


def rows(by_arm: Scores, model: str = "cnn", used: Sequence[int] = ()) -> list[StudyRow]:
    """Return the rows of arms by replicate; `auto` added synthetic samples in the replicates `used`."""
    return [
        row(replicate, arm, score, model, used=arm == "auto" and replicate in used)
        for arm, scores in by_arm.items()
        for replicate, score in enumerate(scores)
    ]


def chosen(arm: str = "none", model: str = "cnn", replicates: Sequence[int] = range(10)) -> list[BaselineRow]:
    """Return that an arm was the baseline of some replicates."""
    return [BaselineRow(replicate, model, arm) for replicate in replicates]


def study(
    by_arm: Scores,
    confirm: str = "gan",
    used: Sequence[int] = (),
    baseline: str | None = "none",
    overlapping: bool = False,
) -> StudyResult:
    """Return the findings on one model."""
    design = Design(10, n_train=200, n_test=100, overlapping=overlapping)
    bases = [] if baseline is None else chosen(baseline)
    return summarise_study(rows(by_arm, used=used), bases, ARMS, ["cnn"], "accuracy", confirm, design)
