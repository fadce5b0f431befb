"""The arms of an evaluation of tables as rows of data: what a model is trained on, and what it is compared with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.utils.class_weight import compute_sample_weight

from gan_augment.evaluation.draws import at_shares
from gan_augment.evaluation.selection import pick_arms
from gan_augment.evaluation.study.bench import ArmInfo
from gan_augment.evaluation.tabular.material import ArmMaterial, FitInputs
from gan_augment.evaluation.tabular.resampling import (
    between_neighbours,
    between_pairs,
    copies_to_balance,
    jittered,
    rows_of_classes,
)
from gan_augment.metrics.scores import OF_CUTOFFS

InputsFn = Callable[[pd.DataFrame, np.ndarray, np.random.Generator, ArmMaterial], FitInputs]
CountsFn = Callable[[np.ndarray, int], np.ndarray]
ObstacleFn = Callable[[ArmMaterial], str | None]


def _no_obstacle(material: ArmMaterial) -> None:
    return None


@dataclass(frozen=True)
class TableArm:
    """One way of training a model; a caller may make more of them.

    Parameters
    ----------
    name
        As it is asked for and printed.
    description
        What the model is trained on.
    inputs_fn
        ``(features, labels, rng, material) -> FitInputs``, from the real training rows; what comes on top of them is
        `joined` to them, so that networks know it.
    counts_fn
        How many synthetic rows of each class it needs: ``(class_counts, n_prior) -> (n_classes,)``; None for an arm
        without synthetic rows.
    baselines
        Names of the arms it is compared with: what a user would do otherwise.
    obstacle_fn
        ``material ->`` why the arm cannot be had on these rows, or None where it can.
    weighted
        Whether its rows have weights: models that take none are left out.
    eligible
        Whether a user could do it without a generator; of no effect for arms with synthetic rows.
    moves_cutoff
        Whether it differs from the real rows as they are in the cut-off between the classes alone: where a score is of
        probabilities, it is no choice of its own.
    """

    name: str
    description: str
    inputs_fn: InputsFn
    counts_fn: CountsFn | None = None
    baselines: tuple[str, ...] = ("none",)
    obstacle_fn: ObstacleFn = _no_obstacle
    weighted: bool = False
    eligible: bool = True
    moves_cutoff: bool = False

    @property
    def synthetic(self) -> bool:
        """Whether it trains on synthetic rows."""
        return self.counts_fn is not None

    def info(self, chief: str) -> ArmInfo:
        """Return what a study needs to know of it, where the score `chief` decides."""
        distinct = chief in OF_CUTOFFS or not self.moves_cutoff
        return ArmInfo(self.name, self.description, self.synthetic, self.eligible and distinct and not self.synthetic)


def to_balance(class_counts: np.ndarray, n_prior: int) -> np.ndarray:
    """Return how many rows lift every class to the largest."""
    return class_counts.max() - class_counts


def as_many(class_counts: np.ndarray, n_prior: int) -> np.ndarray:
    """Return as many rows of each class as the training part has."""
    return class_counts


def _balanced(material: ArmMaterial) -> str | None:
    counts = material.class_counts
    return "the classes are of one size already" if counts.min() == counts.max() else None


def _no_threshold(material: ArmMaterial) -> str | None:
    if len(material.class_counts) != 2:
        return "only two classes have one cut-off between them"
    return _single(material)


def _no_neighbours(material: ArmMaterial) -> str | None:
    return _balanced(material) or _single(material)


def _single(material: ArmMaterial) -> str | None:
    return "a class has a single row" if material.class_counts.min() < 2 else None


def _no_spare(material: ArmMaterial) -> str | None:
    return None if _spare_counts(material).any() else "there are no real rows left over"


def _spare_counts(material: ArmMaterial) -> np.ndarray:
    wanted = at_shares(material.class_counts, material.n_prior)
    return np.minimum(wanted, np.bincount(material.spare_labels, minlength=len(wanted)))


def _none(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    return FitInputs(frame, labels)


def _weights(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    return FitInputs(frame, labels, sample_weight=compute_sample_weight("balanced", labels))


def _threshold(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    return FitInputs(frame, labels, tune_threshold=True)


def _oversample(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    chosen = copies_to_balance(labels, rng)
    return FitInputs(frame, labels).joined(frame.iloc[chosen], labels[chosen])


def _bootstrap(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    chosen = rows_of_classes(labels, at_shares(material.class_counts, material.n_prior), rng)
    return FitInputs(frame, labels).joined(frame.iloc[chosen], labels[chosen])


def _interpolate(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    counts = at_shares(material.class_counts, material.n_prior)
    return FitInputs(frame, labels).joined(*between_pairs(frame, labels, counts, rng, material.columns))


def _smote(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    return FitInputs(frame, labels).joined(*between_neighbours(frame, labels, rng, material.columns))


def _jitter(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    return FitInputs(frame, labels).joined(*jittered(frame, labels, rng, material.columns))


def _oracle(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    chosen = rows_of_classes(material.spare_labels, _spare_counts(material), rng, replace=False)
    return FitInputs(frame, labels).joined(material.spare_frame.iloc[chosen], material.spare_labels[chosen])


def _with_synthetic(
    frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial
) -> FitInputs:
    return FitInputs(frame, labels).joined(material.frame, material.labels)


def _synthetic_alone(
    frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial
) -> FitInputs:
    return FitInputs(material.frame, material.labels)


ARMS: dict[str, TableArm] = {
    arm.name: arm
    for arm in (
        TableArm("none", "the real rows as they are", _none, baselines=()),
        TableArm("weights", "the real rows, weighted so that all classes weigh the same", _weights, weighted=True),
        TableArm(
            "threshold",
            "the real rows; the cut-off tuned inside for balanced accuracy",
            _threshold,
            obstacle_fn=_no_threshold,
            moves_cutoff=True,
        ),
        TableArm(
            "oversample", "copies of real rows, every class as large as the largest", _oversample, obstacle_fn=_balanced
        ),
        TableArm("bootstrap", "copies of real rows at the true class shares, as many as `gan-prior` adds", _bootstrap),
        TableArm(
            "interpolate",
            "rows between any two of a class at the true class shares, as many as `gan-prior`",
            _interpolate,
        ),
        TableArm(
            "smote", "rows between neighbours, every class as large as the largest", _smote, obstacle_fn=_no_neighbours
        ),
        TableArm(
            "jitter",
            "copies with noise on their numbers, every class as large as the largest",
            _jitter,
            obstacle_fn=_balanced,
        ),
        TableArm(
            "gan",
            "synthetic rows, every class as large as the largest",
            _with_synthetic,
            to_balance,
            ("none", "oversample"),
            _balanced,
        ),
        TableArm(
            "gan-prior", "synthetic rows at the true class shares", _with_synthetic, at_shares, ("none", "bootstrap")
        ),
        TableArm(
            "gan-only", "synthetic rows alone, as many of each class as there are real ones", _synthetic_alone, as_many
        ),
        TableArm(
            "oracle",
            "more real rows, as many as `gan-prior` adds if so many are left over",
            _oracle,
            obstacle_fn=_no_spare,
            eligible=False,
        ),
    )
}
RUN_ARMS = tuple(name for name in ARMS if name != "oracle")  # beside a fitted run, no rows are left over


def resolve_arms(arms: Sequence[str | TableArm]) -> tuple[TableArm, ...]:
    """Return arms out of `ARMS` and the caller's own; see `pick_arms`."""
    return pick_arms(arms, ARMS)
