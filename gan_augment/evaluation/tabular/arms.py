"""The arms of an evaluation of tables as rows of data: what a model is trained on, and what it is compared with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.utils.class_weight import compute_sample_weight

from gan_augment.data.table_schema import Column
from gan_augment.errors import ConfigError
from gan_augment.evaluation.tabular.resampling import copies_to_balance, interpolated, jittered
from gan_augment.mixing.counts import share_counts
from gan_augment.registry import lookup


@dataclass(frozen=True)
class FitInputs:
    """What a model is fitted on.

    Parameters
    ----------
    frame
        Features in the form of `to_features`.
    labels
        int64 (n,).
    sample_weight
        Weight of each row, (n,), or None.
    tune_threshold
        Whether the cut-off between two classes is tuned inside, by cross-validation on these rows.
    """

    frame: pd.DataFrame
    labels: np.ndarray
    sample_weight: np.ndarray | None = None
    tune_threshold: bool = False

    def shares(self, n_classes: int) -> np.ndarray:
        """Return the share of the weight that each class has, (n_classes,)."""
        weight = np.bincount(self.labels, self.sample_weight, n_classes)
        return weight / weight.sum()


@dataclass(frozen=True)
class ArmMaterial:
    """What an arm may draw on besides the real training rows.

    Parameters
    ----------
    columns
        Of the features.
    class_counts
        Real training rows of each class, (n_classes,).
    n_prior
        How many rows `bootstrap` and `gan-prior` add.
    frame, labels
        The synthetic rows that the arm asked for, grouped by class; no rows for an arm that asked for none.
    """

    columns: tuple[Column, ...]
    class_counts: np.ndarray
    n_prior: int
    frame: pd.DataFrame
    labels: np.ndarray


InputsFn = Callable[[pd.DataFrame, np.ndarray, np.random.Generator, ArmMaterial], FitInputs]
CountsFn = Callable[[np.ndarray, int], np.ndarray]
ObstacleFn = Callable[[np.ndarray], str | None]


def _no_obstacle(class_counts: np.ndarray) -> None:
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
        ``(features, labels, rng, material) -> FitInputs``, from the real training rows.
    counts_fn
        How many synthetic rows of each class it needs: ``(class_counts, n_prior) -> (n_classes,)``; None for an arm
        without synthetic rows.
    baselines
        Names of the arms it is compared with: what a user would do otherwise.
    obstacle_fn
        ``class_counts ->`` why the arm cannot be had with so many rows of each class, or None where it can.
    weighted
        Whether its rows have weights: models that take none are left out.
    """

    name: str
    description: str
    inputs_fn: InputsFn
    counts_fn: CountsFn | None = None
    baselines: tuple[str, ...] = ("none",)
    obstacle_fn: ObstacleFn = _no_obstacle
    weighted: bool = False

    @property
    def synthetic(self) -> bool:
        """Whether it trains on synthetic rows."""
        return self.counts_fn is not None


def to_balance(class_counts: np.ndarray, n_prior: int) -> np.ndarray:
    """Return how many rows lift every class to the largest."""
    return class_counts.max() - class_counts


def at_shares(class_counts: np.ndarray, n_prior: int) -> np.ndarray:
    """Return `n_prior` rows divided by the classes' own shares."""
    shares = share_counts(n_prior, {str(label): count for label, count in enumerate(class_counts.tolist())})
    return np.array([shares.get(str(label), 0) for label in range(len(class_counts))])


def as_many(class_counts: np.ndarray, n_prior: int) -> np.ndarray:
    """Return as many rows of each class as the training part has."""
    return class_counts


def _balanced(class_counts: np.ndarray) -> str | None:
    return "the classes are of one size already" if class_counts.min() == class_counts.max() else None


def _no_threshold(class_counts: np.ndarray) -> str | None:
    if len(class_counts) != 2:
        return "only two classes have one cut-off between them"
    return "a class has a single row" if class_counts.min() < 2 else None


def _no_neighbours(class_counts: np.ndarray) -> str | None:
    return _balanced(class_counts) or ("a class has a single row" if class_counts.min() < 2 else None)


def _none(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    return FitInputs(frame, labels)


def _weights(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    return FitInputs(frame, labels, sample_weight=compute_sample_weight("balanced", labels))


def _threshold(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    return FitInputs(frame, labels, tune_threshold=True)


def _oversample(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    chosen = copies_to_balance(labels, rng)
    return _joined(frame, labels, frame.iloc[chosen], labels[chosen])


def _bootstrap(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    counts = at_shares(material.class_counts, material.n_prior)
    members = (np.flatnonzero(labels == label) for label in range(len(counts)))
    chosen = np.concatenate([rng.choice(own, count) for own, count in zip(members, counts, strict=True)])
    return _joined(frame, labels, frame.iloc[chosen], labels[chosen])


def _smote(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    return _joined(frame, labels, *interpolated(frame, labels, rng, material.columns))


def _jitter(frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial) -> FitInputs:
    return _joined(frame, labels, *jittered(frame, labels, rng, material.columns))


def _with_synthetic(
    frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial
) -> FitInputs:
    return _joined(frame, labels, material.frame, material.labels)


def _synthetic_alone(
    frame: pd.DataFrame, labels: np.ndarray, rng: np.random.Generator, material: ArmMaterial
) -> FitInputs:
    return FitInputs(material.frame, material.labels)


def _joined(frame: pd.DataFrame, labels: np.ndarray, added: pd.DataFrame, added_labels: np.ndarray) -> FitInputs:
    return FitInputs(pd.concat([frame, added], ignore_index=True), np.concatenate([labels, added_labels]))


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
        ),
        TableArm(
            "oversample", "copies of real rows, every class as large as the largest", _oversample, obstacle_fn=_balanced
        ),
        TableArm("bootstrap", "copies of real rows at the true class shares, as many as `gan-prior` adds", _bootstrap),
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
    )
}


def resolve_arms(arms: Sequence[str | TableArm]) -> tuple[TableArm, ...]:
    """Return arms by name in the order of `ARMS`, then the caller's own.

    Raises
    ------
    ConfigError
        For an unknown name (the nearest is offered), a name that two arms have, or none at all.
    """
    named = {lookup(ARMS, arm, "arm").name for arm in arms if isinstance(arm, str)}
    own = [arm for arm in arms if isinstance(arm, TableArm)]
    chosen = [arm for name, arm in ARMS.items() if name in named] + own
    if not chosen:
        raise ConfigError(f"Name at least one arm to evaluate out of: {', '.join(ARMS)}.")
    names = [arm.name for arm in chosen]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ConfigError(f"Two arms have the name {twice[0]!r}: give one of them another.")
    return tuple(chosen)
