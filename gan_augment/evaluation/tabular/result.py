"""What an evaluation of tables found: scores per model and arm, paired differences; as data and in sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_augment.evaluation.layout import without_nan
from gan_augment.evaluation.tabular.arms import TableArm
from gan_augment.evaluation.tabular.rows import TableRow
from gan_augment.metrics.scores import LOSSES, SCORES, rarer_class
from gan_augment.metrics.statistics import MARGIN, PairedDifference, paired_difference

CHIEF = "average_precision"
SAME, ROUNDING = "same in every seed", 1e-12
_OPPOSITE = {"helps": "hurts", "hurts": "helps"}


@dataclass(frozen=True)
class ModelResult:
    """The rows of one model on one arm, in the order of their seeds.

    `differences` holds the paired differences of every score, by the name of the arm it is compared with.
    """

    arm: TableArm
    model: str
    rows: tuple[TableRow, ...]
    differences: Mapping[str, Mapping[str, PairedDifference]]

    def values(self, score: str) -> np.ndarray:
        """Return one of `SCORES` by seed."""
        return np.array([getattr(row, score) for row in self.rows])

    def mean(self, score: str) -> float:
        """Return one of `SCORES`, averaged over seeds."""
        return float(self.values(score).mean())

    def to_dict(self) -> dict[str, Any]:
        """Return means, spreads and differences as plain data."""
        return {
            "description": self.arm.description,
            "n_rows": self.rows[0].n_rows,
            "n_seeds": len(self.rows),
            "mean": {score: self.mean(score) for score in SCORES},
            "sd": {score: self._spread(score) for score in SCORES},
            "difference": {
                baseline: {score: difference_dict(score, found) for score, found in by_score.items()}
                for baseline, by_score in self.differences.items()
            },
        }

    def _spread(self, score: str) -> float:
        return float(self.values(score).std(ddof=1)) if len(self.rows) > 1 else float("nan")


@dataclass(frozen=True)
class TableEvaluation:
    """Everything an evaluation of a table found.

    Parameters
    ----------
    out
        Folder with ``results.jsonl``, ``summary.json`` and ``settings.json``.
    class_counts
        Real training rows of each class, in label order.
    results
        One a model and arm.
    quality
        What synthetic rows are like: see `table_quality` and `likeness`.
    n_test, n_prior
        Numbers of test rows, and of the rows that `gan-prior` and `bootstrap` add.
    settings
        What the figures depend on.
    notes
        What the user should know, a sentence each.
    """

    out: Path
    class_counts: Mapping[str, int]
    results: tuple[ModelResult, ...]
    quality: Mapping[str, Any]
    n_test: int
    n_prior: int
    settings: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        return tuple(self.class_counts)

    @property
    def n_train(self) -> int:
        """Number of real training rows."""
        return sum(self.class_counts.values())

    @property
    def rarer_class(self) -> str | None:
        """The class that ROC-AUC and average precision are of; None where they are averaged over several."""
        counts = np.array(list(self.class_counts.values()))
        return self.classes[rarer_class(counts)] if len(counts) == 2 else None

    def best(self, synthetic: bool) -> ModelResult | None:
        """Return the model and arm of the highest average precision among those with, or without, synthetic rows."""
        chosen = (result for result in self.results if result.arm.synthetic == synthetic)
        return max(chosen, key=lambda result: result.mean(CHIEF), default=None)

    def best_difference(self) -> PairedDifference | None:
        """Return the best average precision with synthetic rows less the best without; None where one is missing."""
        fake, real = self.best(synthetic=True), self.best(synthetic=False)
        return paired_difference(fake.values(CHIEF).tolist(), real.values(CHIEF).tolist()) if fake and real else None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON data; a figure that is not known is None."""
        models: dict[str, dict[str, Any]] = {}
        for result in self.results:
            models.setdefault(result.model, {})[result.arm.name] = result.to_dict()
        return without_nan(
            {
                "rows": {"train": self.n_train, "test": self.n_test, "prior": self.n_prior},
                "class_counts": dict(self.class_counts),
                "rarer_class": self.rarer_class,
                "models": models,
                "quality": self.quality,
                "best": self._best_dict(),
                "notes": [*self.quality.get("warnings", ()), *self.notes],
                "settings": self.settings,
            }
        )

    def _best_dict(self) -> dict[str, Any]:
        found = {"without_synthetic": self.best(synthetic=False), "with_synthetic": self.best(synthetic=True)}
        named = {
            key: {"model": result.model, "arm": result.arm.name, CHIEF: result.mean(CHIEF)}
            for key, result in found.items()
            if result
        }
        difference = self.best_difference()
        return named | ({"difference": difference_dict(CHIEF, difference)} if difference else {})


def summarise(arms: Iterable[TableArm], rows: Sequence[TableRow]) -> tuple[ModelResult, ...]:
    """Return the result of each model and arm, paired by seed with the arms it is compared with.

    Parameters
    ----------
    arms
        In the order of the results.
    rows
        Of any number of seeds; models come in the order of their first row.
    """
    by_name = {arm.name: arm for arm in arms}
    found: dict[tuple[str, str], dict[int, TableRow]] = {
        (model, name): {} for model in dict.fromkeys(row.model for row in rows) for name in by_name
    }
    for row in rows:
        found[row.model, row.arm][row.seed] = row
    return tuple(
        ModelResult(
            by_name[name],
            model,
            tuple(own[seed] for seed in sorted(own)),
            {
                baseline: _differences(own, found[model, baseline])
                for baseline in by_name[name].baselines
                if own.keys() & found.get((model, baseline), {}).keys()
            },
        )
        for (model, name), own in found.items()
        if own
    )


def _differences(own: Mapping[int, TableRow], other: Mapping[int, TableRow]) -> dict[str, PairedDifference]:
    seeds = sorted(own.keys() & other.keys())
    pairs = [(own[seed], other[seed]) for seed in seeds]
    return {
        score: paired_difference(
            [getattr(a, score) for a, _ in pairs],
            [getattr(b, score) for _, b in pairs],
            margin=0.0 if score in LOSSES else MARGIN,  # a loss has no points
        )
        for score in SCORES
    }


def verdict(score: str, difference: PairedDifference) -> str:
    """Return the verdict on a difference, knowing that losses should fall.

    Where nothing was left to chance, every seed gives the same difference, and an interval over seeds says nothing.
    """
    if difference.high - difference.low < ROUNDING:
        return SAME
    return _OPPOSITE.get(difference.verdict, difference.verdict) if score in LOSSES else difference.verdict


def difference_dict(score: str, difference: PairedDifference) -> dict[str, Any]:
    """Return a paired difference with its verdict as plain data."""
    return asdict(difference) | {"verdict": verdict(score, difference)}
