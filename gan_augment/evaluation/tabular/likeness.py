"""How alike synthetic and real rows are, and whether they copy training rows, as plain data."""

from typing import Any

import numpy as np
import pandas as pd

from gan_augment.data.table_schema import LabelledTable
from gan_augment.evaluation.copying import copying_warnings
from gan_augment.evaluation.layout import without_nan
from gan_augment.evaluation.study.bench import SampleFn
from gan_augment.evaluation.tabular.features import modelled, standardised, to_features
from gan_augment.evaluation.tabular.quality import table_quality
from gan_augment.metrics.memorisation import memorisation
from gan_augment.metrics.shortcut import frame_traits, shortcut_risk
from gan_augment.metrics.tabular import table_similarity
from gan_augment.mixing.counts import share_counts
from gan_augment.seeding import numpy_rng

MOST = 5000  # rows of a side


def likeness(train: LabelledTable, test: LabelledTable, sample_fn: SampleFn, seed: int) -> dict[str, Any]:
    """Return how synthetic rows compare with real ones, at the classes' shares of the training rows.

    Parameters
    ----------
    train, test
        Real rows that the generator was fitted on, and that it never saw.
    sample_fn
        ``(counts by class name, seed) ->`` so many synthetic rows of each class; at most 5,000 are asked for.
    seed
        Fixes what is drawn.

    Returns
    -------
    dict
        ``similarity``: see `TableSimilarity`, of the training rows. ``two_sample_auc``: that of a classifier that tells
        synthetic from training rows of the same classes, 0.5 being chance. ``memorisation``: see there, by standardised
        numbers and one-hot words.
    """
    counts = share_counts(min(len(train), MOST), train.class_counts())
    batch = sample_fn(counts, seed)
    columns = modelled(train.schema.columns)
    traits = frame_traits(to_features(train.frame, columns), to_features(batch.data, columns))
    return {
        "similarity": table_similarity(train.frame, batch.data, columns, seed).to_dict(),
        "two_sample_auc": shortcut_risk(traits[0], train.labels, traits[1], batch.labels, seed),
        "memorisation": _memorisation(train, test, batch.data, batch.labels, seed),
    }


def look(train: LabelledTable, test: LabelledTable, sample_fn: SampleFn, seed: int) -> dict[str, Any]:
    """Return `table_quality` and `likeness` with all that speaks against the rows; parameters as of either."""
    found = table_quality(train, test, sample_fn, seed) | without_nan(likeness(train, test, sample_fn, seed))
    return found | {"warnings": [*found["warnings"], *copying_warnings(found["memorisation"])]}


def _memorisation(
    train: LabelledTable, test: LabelledTable, frame: pd.DataFrame, labels: np.ndarray, seed: int
) -> dict[str, Any]:
    held_out = test.subset(np.sort(numpy_rng(seed, "likeness").permutation(len(test))[:MOST]))
    found = memorisation(
        *standardised(train, held_out.frame, frame),
        train_labels=train.labels,
        held_out_labels=held_out.labels,
        fake_labels=labels,
        n_classes=len(train.classes),
    )
    return found.to_dict() | {"n_train": len(train), "n_held_out": len(held_out), "n_synthetic": len(labels)}
