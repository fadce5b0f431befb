"""Rows that copy are named, likeness has its floor and its ceiling, and a page gets columns to draw."""

import json
from typing import Any

import numpy as np
import pytest

from gan_augment.data.table_schema import LabelledTable
from gan_augment.data.tables import load_table
from gan_augment.evaluation.layout import without_nan
from gan_augment.evaluation.tabular.exhibit import table_exhibit
from gan_augment.evaluation.tabular.likeness import likeness
from gan_augment.generation.generator import SampleBatch

from .conftest import RepeatingGenerator, make_table


@pytest.fixture
def parts() -> tuple[LabelledTable, LabelledTable, LabelledTable]:
    """Return rows to train on, held-out ones, and fresh ones, all of one kind."""
    first, second, third = (make_table({"common": 400, "rare": 100}, seed=seed) for seed in (1, 2, 3))
    return first, second, third


def test_rows_of_the_training_table_are_copies_and_fresh_rows_are_not(
    parts: tuple[LabelledTable, LabelledTable, LabelledTable],
) -> None:
    train, held_out, fresh = parts
    copied = likeness(train, held_out, RepeatingGenerator(train).sample, 0)
    honest = likeness(train, held_out, RepeatingGenerator(fresh).sample, 0)
    assert copied["memorisation"]["copied"] > 0.95
    assert honest["memorisation"]["copied"] < 0.01
    assert copied["memorisation"]["z"] < -5 < honest["memorisation"]["z"]


def test_fresh_rows_are_as_alike_as_real_ones_and_shuffled_columns_are_not() -> None:
    table = load_table("breast_cancer")
    train, held_out, fresh = (table.subset(np.arange(start, len(table), 3)) for start in range(3))

    def shuffled(counts: Any, seed: int) -> SampleBatch:
        batch, rng = RepeatingGenerator(fresh).sample(counts, seed), np.random.default_rng(seed)
        frame = batch.data.apply(lambda column: rng.permutation(column.to_numpy()))
        return SampleBatch(frame, batch.labels, batch.classes)

    real, apart = (likeness(train, held_out, fn, 0) for fn in (RepeatingGenerator(fresh).sample, shuffled))
    ceiling, floor = (real["similarity"][name] for name in ("ceiling_pairs", "floor_pairs"))
    assert real["similarity"]["pairs"] == pytest.approx(ceiling, abs=0.02)
    assert apart["similarity"]["pairs"] == pytest.approx(floor, abs=0.03)
    assert floor < ceiling - 0.05
    assert apart["two_sample_auc"] > 0.9
    assert real["two_sample_auc"] < apart["two_sample_auc"] - 0.1


def test_figures_are_json_without_nan(train: LabelledTable, held_out: LabelledTable) -> None:
    found = without_nan(likeness(train, held_out, RepeatingGenerator(train).sample, 0))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found) == {"similarity", "two_sample_auc", "memorisation"}


def test_an_exhibit_has_every_column_and_the_nearest_rows(train: LabelledTable) -> None:
    files = table_exhibit(train, RepeatingGenerator(train).sample, 0)
    about = json.loads(files["exhibit.json"])
    modelled = {"amount", "age", "town", "rank", "member", "since"}
    assert {column["name"] for column in about["histograms"]["columns"]} == modelled
    assert set(about["association"]["columns"]) == modelled
    assert np.array(about["association"]["real"], dtype=float).shape == (6, 6)
    pairs = about["neighbours"]["pairs"]
    assert about["neighbours"]["columns"][-1] == "kind"
    assert all(pair["distance"] == 0 and pair["synthetic"] == pair["real"] for pair in pairs)
