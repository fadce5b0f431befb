"""How many real samples synthetic ones alone are worth: reads them off the learning curves of a study's rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any

import numpy as np

from gan_augment.evaluation.choose import PLAIN
from gan_augment.evaluation.study.curve import ONLY
from gan_augment.evaluation.study.rows import CurveRow, StudyRow
from gan_augment.metrics.learning_curve import EffectiveSamples, effective_samples

ORACLE = "oracle"
FEWEST_POINTS = 2


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
        ends = "" if np.isnan(found.low) else f" [{found.low:,.0f}, {found.high:,.0f}]"
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
        Models trained on all of them (`none`), on more (`oracle`), and on synthetic samples alone (`gan-only`).
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
            for arm in (PLAIN, ORACLE, ONLY)
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
    for place, arm in ((1.0, PLAIN), (2.0, ORACLE)):
        points[place] = {number: (row.n_samples, row.scores[chief]) for number, row in by_arm[arm].items()}
    numbers = sorted(by_arm[ONLY].keys() & by_arm[PLAIN].keys() & {row.replicate for row in curve})
    sizes, scores = list[float](), list[list[float]]()
    for _, own in sorted(points.items()):
        if numbers and own.keys() >= set(numbers):
            size = mean(own[number][0] for number in numbers)
            if size > max(sizes, default=0.0):  # more real samples may be none
                sizes.append(size)
                scores.append([own[number][1] for number in numbers])
    if len(sizes) < FEWEST_POINTS:
        return None
    reached = np.array([by_arm[ONLY][number].scores[chief] for number in numbers])
    effective = effective_samples(np.array(sizes), np.array(scores).T, reached, seed=0)
    return Worth(model, float(reached.mean()), mean(by_arm[PLAIN][number].n_samples for number in numbers), effective)
