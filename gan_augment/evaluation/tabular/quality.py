"""What synthetic rows are like beside real ones: whether they are what they are called, and how much they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight

from gan_augment.data.labels import shortened
from gan_augment.data.table_schema import Column, LabelledTable
from gan_augment.evaluation.layout import without_nan
from gan_augment.evaluation.quiet import one_quiet_thread
from gan_augment.evaluation.study.bench import SampleFn
from gan_augment.evaluation.tabular.features import modelled, one_hot_features, to_features
from gan_augment.evaluation.tabular.material import FitInputs
from gan_augment.evaluation.tabular.models import boosting, fit_model
from gan_augment.evaluation.tabular.resampling import rows_of_classes
from gan_augment.metrics.fidelity import COLLAPSED, confusion, mislabelled, within_class_diversity
from gan_augment.metrics.shortcut import frame_traits, rare_labels, shortcut_risk
from gan_augment.seeding import derive_seed, numpy_rng

MOST_ROWS = 2000  # of a part
N_FOLDS = 3
SURE = 2.0  # standard errors
SMALLEST_LEAF = 5  # of the judge: scikit-learn's 20 would keep it from learning anything on a small test part


@dataclass(frozen=True)
class Opinion:
    """What the judge takes rows for, each a `confusion`; NaN where it could not be trained.

    Parameters
    ----------
    own
        Of the test rows, each asked of a member that was not trained on it.
    made, given
        Of synthetic rows, and of real training rows.
    """

    own: np.ndarray
    made: np.ndarray
    given: np.ndarray


def table_quality(train: LabelledTable, test: LabelledTable, sample_fn: SampleFn, seed: int) -> dict[str, Any]:
    """Return label fidelity and diversity of synthetic rows by class, as plain JSON data.

    Parameters
    ----------
    train
        Real rows that the generator was fitted on: what it could reach at best.
    test
        Real rows that it never saw. At most 2,000 rows of each part are looked at, no class having more than an even
        share.
    sample_fn
        ``(counts by class name, seed) ->`` so many synthetic rows of each class; 2,000 are asked for.
    seed
        Of the draws, the judge and its folds.

    Returns
    -------
    dict
        ``judge_accuracy``, its share of right answers on real test rows; ``synthetic`` and ``training`` rows'
        ``label_fidelity``, the share that the judge gives their own class, and ``diversity``, the total variance of
        standardised numbers and one-hot words within a class over that of the test rows: each as ``mean`` and
        ``per_class``. ``confusion`` of the synthetic rows, and ``warnings``, sentences. What is not known is None.

    Notes
    -----
    The judge is gradient boosting with balanced weights, cross-fitted on the test rows, so that its own accuracy is of
    rows it was not trained on; what it says of other rows is the mean of its three.
    """
    columns, classes = modelled(test.schema.columns), test.classes
    real, given = (_looked_at(part, columns, numpy_rng(seed, "quality")) for part in (test, train))
    batch = sample_fn(dict.fromkeys(classes, MOST_ROWS // len(classes)), seed)
    made = FitInputs(to_features(batch.data, columns), batch.labels)
    with one_quiet_thread():
        opinion = _opinion(real, made, given, columns, len(classes), derive_seed(seed, "judge") % 2**32)
        diversity, possible = _diversities(real, (made, given), columns, len(classes))
    n_made, n_real, n_given = (np.bincount(part.labels, minlength=len(classes)) for part in (made, real, given))
    found = {
        "judge_accuracy": _by_class(opinion.own.diagonal(), classes),
        "confusion": {"classes": list(classes), "rows": opinion.made.round(4).tolist()},
    }
    for name, confused, varied in (("synthetic", opinion.made, diversity), ("training", opinion.given, possible)):
        fidelity = confused.diagonal()
        found[name] = {"label_fidelity": _by_class(fidelity, classes), "diversity": _by_class(varied, classes)}
    warnings = [*_doubts(opinion, n_made, n_real, n_given, classes), *_collapses(diversity, classes)]
    return without_nan(found | {"warnings": warnings})


def _looked_at(table: LabelledTable, columns: Sequence[Column], rng: np.random.Generator) -> FitInputs:
    n_classes = len(table.classes)
    counts = np.minimum(np.bincount(table.labels, minlength=n_classes), MOST_ROWS // n_classes)
    chosen = rows_of_classes(table.labels, counts, rng, replace=False)
    return FitInputs(to_features(table.frame.iloc[chosen], columns), table.labels[chosen])


def _opinion(
    real: FitInputs, made: FitInputs, given: FitInputs, columns: Sequence[Column], n_classes: int, seed: int
) -> Opinion:
    n_folds = min(N_FOLDS, int(np.bincount(real.labels, minlength=n_classes).min()))
    if n_folds < 2:
        return Opinion(*np.full((3, n_classes, n_classes), np.nan))
    of_real, of_made, of_given = (np.zeros((len(part.labels), n_classes)) for part in (real, made, given))
    for fitted, held_out in StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(real.frame, real.labels):
        labels = real.labels[fitted]
        inputs = FitInputs(real.frame.iloc[fitted], labels, compute_sample_weight("balanced", labels))
        member = fit_model(_member, inputs, columns, seed)
        of_real[held_out] = member.predict_proba(real.frame.iloc[held_out])
        of_made += member.predict_proba(made.frame)
        of_given += member.predict_proba(given.frame)
    pairs = ((of_real, real), (of_made, made), (of_given, given))
    return Opinion(*(confusion(probabilities, part.labels) for probabilities, part in pairs))


def _member(columns: Sequence[Column], labels: np.ndarray, seed: int) -> Pipeline:
    model = boosting(columns, labels, seed)
    model[-1].set_params(min_samples_leaf=SMALLEST_LEAF)
    return model


def _diversities(
    real: FitInputs, others: Sequence[FitInputs], columns: Sequence[Column], n_classes: int
) -> list[np.ndarray]:
    features = one_hot_features(columns).set_params(sparse_threshold=0.0).fit(real.frame)
    own = features.transform(real.frame), real.labels
    return [within_class_diversity(*own, features.transform(other.frame), other.labels, n_classes) for other in others]


def _doubts(
    opinion: Opinion, n_made: np.ndarray, n_real: np.ndarray, n_given: np.ndarray, classes: Sequence[str]
) -> list[str]:
    """Return what speaks against the labels, or against the judge."""
    if n_real.min() < 2:
        return [
            f"No judge of synthetic rows, since class {classes[int(n_real.argmin())]!r} has fewer than 2 test rows."
        ]
    found = mislabelled(opinion.made, n_made, (opinion.own.diagonal(), n_real), (opinion.given.diagonal(), n_given))
    said = [
        f"Warning: synthetic rows do not look like the class they were made for: {opinion.made[label, other]:.0%} of "
        f"{classes[label]!r} are taken for {classes[other]!r}."
        for label, other in found.items()
    ]
    unable = [classes[label] for label in _unknown(opinion.own, n_real)]
    if unable:
        said.append(f"The judge cannot tell real rows of {shortened(unable)}: label fidelity says nothing of them.")
    return said


def _unknown(own: np.ndarray, n_real: np.ndarray) -> list[int]:
    """Return the classes whose name the judge gives to their own rows no more often than to others, beyond chance."""
    share = own.diagonal()
    elsewhere = (n_real @ own - n_real * share) / (n_real.sum() - n_real)
    error = np.sqrt(elsewhere * (1 - elsewhere) / n_real)
    return np.flatnonzero(share - elsewhere <= SURE * error).tolist()


def _collapses(diversity: np.ndarray, classes: Sequence[str]) -> list[str]:
    return [
        f"Warning: synthetic rows of a class are too alike: those of {name!r} vary {ratio:.0%} as much as real ones."
        for name, ratio in zip(classes, diversity.tolist(), strict=True)
        if ratio < COLLAPSED
    ]


def _by_class(values: np.ndarray, classes: Sequence[str]) -> dict[str, Any]:
    mean = float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
    return {"mean": mean, "per_class": dict(zip(classes, values.tolist(), strict=True))}


def table_shortcut_risk(train: LabelledTable, sample_fn: SampleFn, seed: int) -> float:
    """Return `shortcut_risk` of the classes that synthetic rows alone would even out; NaN where there are none."""
    counts = train.class_counts()
    rare = rare_labels(np.array(list(counts.values())))
    if not len(rare):
        return float("nan")
    own = train.subset(np.flatnonzero(np.isin(train.labels, rare)))
    batch = sample_fn({train.classes[label]: min(counts[train.classes[label]], MOST_ROWS) for label in rare}, seed)
    columns = modelled(train.schema.columns)
    traits = frame_traits(to_features(own.frame, columns), to_features(batch.data, columns))
    return shortcut_risk(traits[0], own.labels, traits[1], batch.labels, seed)
