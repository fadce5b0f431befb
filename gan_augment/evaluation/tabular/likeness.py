"""How alike synthetic and real rows are, and whether they copy training rows, as plain data."""

from typing import Any

import numpy as np

from gan_augment.data.table_schema import LabelledTable
from gan_augment.evaluation.study.bench import SampleFn
from gan_augment.evaluation.tabular.features import modelled, one_hot_features, to_features
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


def _memorisation(
    train: LabelledTable, test: LabelledTable, frame: Any, labels: np.ndarray, seed: int
) -> dict[str, Any]:
    columns, classes = modelled(train.schema.columns), train.classes
    held_out = test.subset(np.sort(numpy_rng(seed, "likeness").permutation(len(test))[:MOST]))
    features = one_hot_features(columns).set_params(sparse_threshold=0.0).fit(to_features(train.frame, columns))
    parts = (features.transform(to_features(part, columns)) for part in (train.frame, held_out.frame, frame))
    return memorisation(
        *parts,
        train_labels=train.labels,
        held_out_labels=held_out.labels,
        fake_labels=labels,
        n_classes=len(classes),
    ).to_dict()
