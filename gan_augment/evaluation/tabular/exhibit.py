"""Rows for a page: values of each column, how columns go together, and synthetic rows beside the nearest real ones."""

import json
from typing import Any

import numpy as np
import pandas as pd

from gan_augment.data.table_schema import LabelledTable
from gan_augment.evaluation.exhibit import EXHIBIT_FILE, suspects
from gan_augment.evaluation.layout import without_nan
from gan_augment.evaluation.study.bench import SampleFn
from gan_augment.evaluation.tabular.features import modelled, standardised
from gan_augment.metrics.association import association, paired_columns
from gan_augment.metrics.histograms import histograms
from gan_augment.mixing.counts import share_counts

MOST_ROWS, N_NEIGHBOURS, MOST_SHOWN = 5000, 6, 12
DECIMALS = 3


def table_exhibit(train: LabelledTable, sample_fn: SampleFn, seed: int) -> dict[str, bytes]:
    """Return what a page shows of synthetic rows, at the class shares of the training rows.

    Returns
    -------
    dict
        ``exhibit.json``: ``histograms`` (see there), ``association`` of the columns in ``real`` and ``synthetic`` rows,
        and ``neighbours``: the synthetic rows that look most like copies, with their originals: see `suspects`.
    """
    columns = modelled(train.schema.columns)
    batch = sample_fn(share_counts(min(len(train), MOST_ROWS), train.class_counts()), seed)
    paired = paired_columns(columns)
    drawn = histograms(train.frame, batch.data, columns, train.labels, batch.labels, train.classes)
    maps = {name: association(frame, paired).round(DECIMALS).tolist()
            for name, frame in (("real", train.frame), ("synthetic", batch.data))}  # fmt: skip
    about = {
        "kind": "table",
        "n_real": len(train),
        "n_synthetic": len(batch.labels),
        "histograms": drawn,
        "association": {"columns": [column.name for column in paired], **maps},
        "neighbours": _neighbours(train, batch.data, batch.labels),
    }
    return {EXHIBIT_FILE: json.dumps(without_nan(about)).encode()}


def _neighbours(train: LabelledTable, frame: pd.DataFrame, labels: np.ndarray) -> dict[str, Any]:
    columns, (real, fake) = modelled(train.schema.columns), standardised(train, frame)
    shown = [column.name for column in columns[:MOST_SHOWN]]
    pairs = [
        {
            "distance": round(distance, DECIMALS),
            "ratio": round(ratio, DECIMALS),
            "synthetic": [*map(_said, frame[shown].iloc[row]), train.classes[labels[row]]],
            "real": [*map(_said, train.frame[shown].iloc[other]), train.classes[train.labels[other]]],
        }
        for row, other, distance, ratio in suspects(real, fake, labels, N_NEIGHBOURS)
    ]
    return {"columns": [*shown, train.schema.target.name], "n_columns": len(columns), "pairs": pairs}


def _said(value: Any) -> str:
    if pd.isna(value):
        return "missing"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
