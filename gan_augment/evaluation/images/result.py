"""What an evaluation found: scores per arm, paired differences, quality; as data, as a table and in sentences."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_augment.evaluation.copying import copying_warnings
from gan_augment.evaluation.images.arms import ImageArm
from gan_augment.evaluation.images.quality import Quality
from gan_augment.evaluation.layout import without_nan
from gan_augment.evaluation.rows import Row
from gan_augment.metrics.statistics import PairedDifference, paired_difference

SCORES = ("accuracy", "macro_f1")


@dataclass(frozen=True)
class ArmResult:
    """The rows of one arm, in the order of their seeds.

    `differences` holds the paired differences of accuracy and macro F1, by the name of the arm it is compared with.
    """

    arm: ImageArm
    rows: tuple[Row, ...]
    differences: Mapping[str, Mapping[str, PairedDifference]]

    @property
    def accuracies(self) -> np.ndarray:
        """Accuracy by seed."""
        return np.array([row.accuracy for row in self.rows])

    @property
    def macro_f1(self) -> float:
        """Macro F1, averaged over seeds."""
        return float(np.mean([row.macro_f1 for row in self.rows]))

    @property
    def per_class(self) -> np.ndarray:
        """Accuracy within each class, averaged over seeds."""
        return np.mean([row.per_class for row in self.rows], axis=0)

    @property
    def spread(self) -> float:
        """Standard deviation of the accuracy over seeds; NaN for a single one."""
        return float(self.accuracies.std(ddof=1)) if len(self.rows) > 1 else float("nan")


@dataclass(frozen=True)
class EvaluationResult:
    """Everything an evaluation found.

    Parameters
    ----------
    out
        Folder with ``results.jsonl``, ``summary.json`` and ``settings.json``.
    classes
        Class names in label order.
    arms
        One result an arm.
    quality
        What the synthetic images are like.
    likeness
        How far they are from real ones, and whether they copy: see `likeness`.
    n_train, n_test, n_synthetic
        Numbers of images.
    settings
        What the figures depend on.
    notes
        What the user should know, a sentence each.
    """

    out: Path
    classes: tuple[str, ...]
    arms: tuple[ArmResult, ...]
    quality: Quality
    likeness: Mapping[str, Any]
    n_train: int
    n_test: int
    n_synthetic: int
    settings: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def warnings(self) -> list[str]:
        """Return what speaks against the synthetic images, a sentence each."""
        return [*self.quality.warnings(self.classes), *copying_warnings(self.likeness["memorisation"])]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON data; a figure that is not known is None."""
        counts = {"train": self.n_train, "test": self.n_test, "synthetic": self.n_synthetic}
        arms = {result.arm.name: self._arm_dict(result) for result in self.arms}
        quality = {**self.quality.to_dict(self.classes), **self.likeness}
        notes = [*self.warnings(), *self.notes]
        return without_nan(
            {"images": counts, "arms": arms, "quality": quality, "notes": notes, "settings": self.settings}
        )

    def _arm_dict(self, result: ArmResult) -> dict[str, Any]:
        return {
            "accuracy": float(result.accuracies.mean()),
            "accuracy_sd": result.spread,
            "macro_f1": result.macro_f1,
            "per_class": dict(zip(self.classes, result.per_class.tolist(), strict=True)),
            "n_seeds": len(result.rows),
            "difference": {
                baseline: {score: asdict(found) | {"verdict": found.verdict} for score, found in by_score.items()}
                for baseline, by_score in result.differences.items()
            },
        }


def summarise_arms(arms: Sequence[ImageArm], rows: Mapping[Hashable, Row], n_seeds: int) -> tuple[ArmResult, ...]:
    """Return the result of each arm from the rows of its first `n_seeds` seeds, paired by seed with its baselines."""
    by_arm = {arm.name: tuple(rows[arm.name, seed] for seed in range(n_seeds)) for arm in arms}

    def difference(arm: str, baseline: str, score: str) -> PairedDifference:
        treatment, control = ([getattr(row, score) for row in by_arm[name]] for name in (arm, baseline))
        return paired_difference(treatment, control)

    return tuple(
        ArmResult(
            arm,
            by_arm[arm.name],
            {
                baseline: {score: difference(arm.name, baseline, score) for score in SCORES}
                for baseline in arm.baselines
                if baseline in by_arm
            },
        )
        for arm in arms
    )
