"""How many real samples synthetic ones alone are worth: reads them off the learning curves of a study's rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import mean
from typing import Any

import numpy as np

from gan_augment.evaluation.choose import PLAIN
from gan_augment.evaluation.study.curve import ONLY
from gan_augment.evaluation.study.rows import CurveRow, StudyRow
from gan_augment.metrics.learning_curve import EffectiveSamples, effective_samples

FEWEST_POINTS = 2
FEWEST = 5  # replicates for an interval
MOST_MISSING = 0.5  # of the replicates, before a point is left out and not they


@dataclass(frozen=True)
class Worth:
    """What the samples of a generator are worth to one model.

    Parameters
    ----------
    model
        Its name.
    reached
        Mean score of what was trained on synthetic samples alone, over the replicates of the curve.
    n_train
        Real samples of a replicate.
    effective
        Real samples that reach the same score.
    """

    model: str
    reached: float
    n_train: float
    effective: EffectiveSamples

    @property
    def sentence(self) -> str:
        """The finding for somebody who reads nothing else."""
        found = self.effective
        sign = "" if found.relation == "=" else {">=": "at least ", "<=": "at most "}[found.relation]
        ends = " (too few replicates for an interval)"
        if not np.isnan(found.low):
            ends = f" [{found.low:,.0f}, {found.high:,.0f}]"
        return (
            f"{self.model}: synthetic samples alone are worth {sign}{found.value:,.0f}{ends} real ones, of "
            f"{self.n_train:,.0f} that the generator learned from."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self) | {"sentence": self.sentence}


def worth_by_model(
    curve: Iterable[CurveRow], rows: Iterable[StudyRow], models: Sequence[str], chief: str
) -> dict[str, Worth]:
    """Return what synthetic samples alone are worth to each model whose curve has two points or more.

    Parameters
    ----------
    curve
        Models trained on parts of the real samples.
    rows
        Models trained on all of them (`none`) and on synthetic samples alone (`gan-only`). More real ones, as `oracle`
        has them, are no point of the curve: they may be of some classes alone.
    models
        Their names.
    chief
        The score.
    """
    curve, rows = list(curve), list(rows)
    found = {}
    for model in models:
        by_arm = {
            arm: {row.replicate: row for row in rows if (row.arm, row.model) == (arm, model) and chief in row.scores}
            for arm in (PLAIN, ONLY)
        }
        worth = _worth(model, [row for row in curve if row.model == model], by_arm, chief)
        if worth is not None:
            found[model] = worth
    return found


def _worth(
    model: str, curve: Sequence[CurveRow], by_arm: Mapping[str, Mapping[int, StudyRow]], chief: str
) -> Worth | None:
    points: dict[float, dict[int, tuple[float, float]]] = {}  # by share of the samples: size and score by replicate
    for row in curve:
        if row.score is not None:
            points.setdefault(row.share, {})[row.replicate] = row.n_samples, row.score
    points[1.0] = {number: (row.n_samples, row.scores[chief]) for number, row in by_arm[PLAIN].items()}
    numbers = sorted(by_arm[ONLY].keys() & points[1.0].keys() & {row.replicate for row in curve})
    known = [own for _, own in sorted(points.items()) if len(own.keys() & numbers) > MOST_MISSING * len(numbers)]
    numbers = [number for number in numbers if all(number in own for own in known)]
    if len(known) < FEWEST_POINTS or not numbers:
        return None
    sizes = [mean(own[number][0] for number in numbers) for own in known]
    scores = np.array([[own[number][1] for own in known] for number in numbers])
    reached = np.array([by_arm[ONLY][number].scores[chief] for number in numbers])
    effective = effective_samples(np.array(sizes), scores, reached, seed=0)
    if len(numbers) < FEWEST:
        effective = replace(effective, low=float("nan"), high=float("nan"))
    return Worth(model, float(reached.mean()), mean(by_arm[PLAIN][number].n_samples for number in numbers), effective)
