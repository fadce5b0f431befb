"""What an evaluation found: scores per arm, paired differences, quality; as data, as a table and in sentences."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_augment.evaluation.images.arms import Arm
from gan_augment.evaluation.images.quality import Quality
from gan_augment.evaluation.layout import without_nan
from gan_augment.evaluation.rows import Row
from gan_augment.metrics.fidelity import COLLAPSED
from gan_augment.metrics.statistics import PairedDifference, paired_difference


@dataclass(frozen=True)
class ArmResult:
    """The rows of one arm, in the order of their seeds, and its paired differences to its baseline.

    `accuracy_difference` and `macro_f1_difference` are None where the arm has no baseline among those evaluated.
    """

    arm: Arm
    rows: tuple[Row, ...]
    accuracy_difference: PairedDifference | None
    macro_f1_difference: PairedDifference | None

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
    n_train: int
    n_test: int
    n_synthetic: int
    settings: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def warnings(self) -> list[str]:
        """Return what speaks against the synthetic images, a sentence each."""
        collapsed = [self.classes[label] for label in self.quality.synthetic.collapsed()]
        if not collapsed:
            return []
        names = ", ".join(collapsed[:10]) + (f" and {len(collapsed) - 10} more" if len(collapsed) > 10 else "")
        return [f"Warning: synthetic images of a class are too alike (diversity under {COLLAPSED:g} of real): {names}."]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON data; a figure that is not known is None."""
        counts = {"train": self.n_train, "test": self.n_test, "synthetic": self.n_synthetic}
        arms = {result.arm.name: self._arm_dict(result) for result in self.arms}
        quality = self.quality.to_dict(self.classes)
        notes = [*self.warnings(), *self.notes]
        return without_nan(
            {"images": counts, "arms": arms, "quality": quality, "notes": notes, "settings": self.settings}
        )

    def _arm_dict(self, result: ArmResult) -> dict[str, Any]:
        differences = {"accuracy": result.accuracy_difference, "macro_f1": result.macro_f1_difference}
        return {
            "accuracy": float(result.accuracies.mean()),
            "accuracy_sd": result.spread,
            "macro_f1": result.macro_f1,
            "per_class": dict(zip(self.classes, result.per_class.tolist(), strict=True)),
            "n_seeds": len(result.rows),
            "baseline": result.arm.baseline,
            "difference": {
                name: asdict(difference) | {"verdict": difference.verdict}
                for name, difference in differences.items()
                if difference
            },
        }


def summarise_arms(arms: Sequence[Arm], rows: Mapping[Hashable, Row], n_seeds: int) -> tuple[ArmResult, ...]:
    """Return the result of each arm from the rows of its first `n_seeds` seeds, paired by seed with its baseline."""
    by_arm = {arm.name: tuple(rows[arm.name, seed] for seed in range(n_seeds)) for arm in arms}

    def difference(arm: Arm, score: str) -> PairedDifference | None:
        if arm.baseline not in by_arm:
            return None
        treatment, baseline = ([getattr(row, score) for row in by_arm[name]] for name in (arm.name, arm.baseline))
        return paired_difference(treatment, baseline)

    return tuple(
        ArmResult(arm, by_arm[arm.name], difference(arm, "accuracy"), difference(arm, "macro_f1")) for arm in arms
    )
