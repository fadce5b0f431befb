"""Synthetic rows are added as a usage says: so many, of these classes, of this weight, to what an arm trains on."""

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_schema import LabelledTable
from gan_augment.evaluation.tabular.features import modelled, to_features
from gan_augment.evaluation.tabular.material import FitInputs
from gan_augment.evaluation.tabular.usages import USAGES, usages_for

COUNTS = np.array([160, 24])


def rows(*counts: int, weight: np.ndarray | None = None, tune_threshold: bool = False) -> FitInputs:
    """Return so many rows of each class, numbered."""
    labels = np.repeat(np.arange(len(counts)), counts)
    frame = pd.DataFrame({"x": np.arange(float(len(labels)))})
    return FitInputs(frame, labels, None if weight is None else weight[labels], tune_threshold)


def added(name: str, *base: int, weight: np.ndarray | None = None) -> list[int]:
    return USAGES[name].counts_fn(COUNTS, rows(*base, weight=weight)).tolist()


def test_rows_are_added_for_the_real_ones_at_the_true_shares_whatever_the_arm_makes_of_them() -> None:
    for base in ((160, 24), (160, 160), (240, 36)):
        assert added("rows 0.5", *base) == [80, 12]
        assert added("rows 1", *base) == added("rows 1, weight 0.5", *base) == [160, 24]
        assert added("rows 2", *base) == [320, 48]


def test_no_usage_adds_more_rows_than_can_be_paid_for() -> None:
    counts = np.array([60_000, 20_000])
    assert USAGES["rows 2"].counts_fn(counts, rows(6, 2)).tolist() == [15_000, 5_000]


def test_balance_lifts_rare_classes_to_the_weight_of_the_largest_in_the_arm() -> None:
    assert added("balance", 160, 24) == [0, 136]
    assert added("balance", 240, 36) == [0, 204]
    assert added("balance", 160, 160) == [0, 0]
    assert added("balance", 160, 24, weight=1 / COUNTS) == [0, 0]
    assert added("balance", 160, 24, weight=np.array([1.0, 2.0])) == [0, 56]


@pytest.mark.parametrize(("counts", "offered"), [((30, 21), False), ((30, 20), True), ((9, 9, 3), True)])
def test_balance_is_offered_where_it_changes_something(counts: tuple[int, ...], offered: bool) -> None:
    assert ("balance" in usages_for(np.array(counts), rows(*counts), weighable=True)) == offered


def test_weights_are_offered_where_a_model_takes_them() -> None:
    assert usages_for(COUNTS, rows(160, 24), weighable=True) == tuple(USAGES)
    assert usages_for(COUNTS, rows(160, 24), weighable=False) == ("rows 0.5", "rows 1", "rows 2", "balance")


def test_no_usage_is_tried_twice_under_two_names() -> None:
    counts = np.array([30_000, 30_000])
    assert usages_for(counts, rows(3, 3), weighable=True) == ("rows 0.5", "rows 1, weight 0.5")


def test_added_rows_come_last_and_weigh_what_their_class_weighs(train: LabelledTable) -> None:
    frame = to_features(train.frame, modelled(train.schema.columns))
    own = np.where(train.labels == 1, 5.0, 1.0) * np.linspace(0.5, 1.5, len(train))
    base, new = FitInputs(frame, train.labels, own, tune_threshold=True), np.array([0, 1, 1])
    joined = base.joined(frame.iloc[:3], new, 0.5)
    assert joined.tune_threshold
    assert joined.labels.tolist() == [*train.labels, *new]
    pd.testing.assert_frame_equal(joined.frame, pd.concat([frame, frame[:3]], ignore_index=True))
    assert joined.sample_weight is not None
    np.testing.assert_array_equal(joined.sample_weight[:-3], own)
    means = [own[train.labels == label].mean() for label in (0, 1, 1)]
    np.testing.assert_allclose(joined.sample_weight[-3:], 0.5 * np.array(means))


def test_rows_without_weights_stay_so_unless_the_added_ones_weigh_less() -> None:
    base, new = rows(4, 2), rows(1, 1)
    assert base.joined(new.frame, new.labels).sample_weight is None
    assert base.joined(new.frame, new.labels, 0.5).sample_weight.tolist() == [1.0] * 6 + [0.5] * 2  # type: ignore[union-attr]


def test_weighted_classes_keep_their_shares_when_rows_are_added_at_the_true_shares() -> None:
    base, new = rows(160, 24, weight=1 / COUNTS), rows(160, 24)
    assert base.joined(new.frame, new.labels, 0.5).shares(2) == pytest.approx([0.5, 0.5])


def test_a_class_that_an_arm_has_no_row_of_weighs_the_mean() -> None:
    base, new = FitInputs(rows(4).frame, rows(4).labels, np.array([1.0, 1.0, 2.0, 4.0])), rows(0, 0, 1)
    assert base.joined(new.frame, new.labels).sample_weight.tolist()[-1] == 2.0  # type: ignore[union-attr]
