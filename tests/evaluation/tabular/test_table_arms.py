"""The arms train on what their names say, each beside what a user would do otherwise."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_schema import Column, LabelledTable
from gan_augment.errors import ConfigError
from gan_augment.evaluation.tabular.arms import ARMS, RUN_ARMS, TableArm, resolve_arms
from gan_augment.evaluation.tabular.features import modelled, number_names, to_features, word_names
from gan_augment.evaluation.tabular.material import ArmMaterial, FitInputs

from .conftest import COLUMNS, RepeatingGenerator, make_table

TRUE = np.array([160, 24])
N_PRIOR = 92
EXPECTED = {
    "none": TRUE,
    "weights": TRUE,
    "threshold": TRUE,
    "oversample": [160, 160],
    "bootstrap": [160 + 80, 24 + 12],
    "interpolate": [160 + 80, 24 + 12],
    "smote": [160, 160],
    "jitter": [160, 160],
    "gan": [160, 160],
    "gan-prior": [160 + 80, 24 + 12],
    "gan-only": TRUE,
    "oracle": [160 + 80, 24 + 5],  # no more than there are
}


def material_of(table: LabelledTable, spare: LabelledTable, wanted: np.ndarray) -> ArmMaterial:
    """Return what arms may draw on, with synthetic rows that are real ones again."""
    columns = modelled(table.schema.columns)
    batch = RepeatingGenerator(table).sample(dict(zip(table.classes, wanted.tolist(), strict=True)))
    synthetic = to_features(batch.data, columns), batch.labels
    counts = np.bincount(table.labels)
    return ArmMaterial(columns, counts, N_PRIOR, *synthetic, to_features(spare.frame, columns), spare.labels)


def counted(*counts: int) -> ArmMaterial:
    """Return the material of a table with so many rows of each class, and no others."""
    table = make_table({f"class {label}": count for label, count in enumerate(counts)})
    return material_of(table, table.subset([]), np.zeros(len(counts), dtype=np.int64))


def spare_rows(table: LabelledTable) -> LabelledTable:
    return make_table(dict.fromkeys(table.classes[:-1], 100) | {table.classes[-1]: 5}, seed=3)


def inputs_of(name: str, table: LabelledTable, seed: int = 0) -> FitInputs:
    """Return what an arm trains on."""
    arm, counts = ARMS[name], np.bincount(table.labels)
    wanted = arm.counts_fn(counts, N_PRIOR) if arm.counts_fn else 0 * counts
    material = material_of(table, spare_rows(table) if name == "oracle" else table.subset([]), wanted)
    return arm.inputs_fn(
        to_features(table.frame, material.columns), table.labels, np.random.default_rng(seed), material
    )


def added(name: str, table: LabelledTable) -> tuple[pd.DataFrame, np.ndarray]:
    inputs = inputs_of(name, table)
    return inputs.frame.iloc[len(table) :].reset_index(drop=True), inputs.labels[len(table) :]


def only(kinds: Sequence[str]) -> tuple[Column, ...]:
    return tuple(column for column in COLUMNS if column.kind in kinds)


def test_every_arm_is_compared_with_none_and_synthetic_rows_with_copies() -> None:
    for name, arm in ARMS.items():
        assert arm.name == name
        assert arm.baselines[:1] == (() if name == "none" else ("none",))
        assert not any(ARMS[baseline].synthetic for baseline in arm.baselines)
    assert ARMS["gan"].baselines == ("none", "oversample")
    assert ARMS["gan-prior"].baselines == ("none", "bootstrap")


@pytest.mark.parametrize("name", ARMS)
def test_an_arm_has_as_many_rows_of_each_class_as_it_says(name: str, train: LabelledTable) -> None:
    inputs = inputs_of(name, train)
    assert np.bincount(inputs.labels).tolist() == list(EXPECTED[name])
    assert len(inputs.frame) == len(inputs.labels)
    assert inputs.frame.index.equals(pd.RangeIndex(len(inputs.frame)))


@pytest.mark.parametrize("name", [name for name in ARMS if name != "gan-only"])
def test_the_real_rows_come_first_and_as_they_are(name: str, train: LabelledTable) -> None:
    inputs = inputs_of(name, train)
    real = to_features(train.frame, modelled(COLUMNS))
    pd.testing.assert_frame_equal(inputs.frame.iloc[: len(train)], real)
    assert inputs.labels[: len(train)].tolist() == train.labels.tolist()


@pytest.mark.parametrize("name", ["oversample", "bootstrap"])
def test_copies_are_real_rows_of_their_class(name: str, train: LabelledTable) -> None:
    real = to_features(train.frame, modelled(COLUMNS)).assign(label=train.labels)
    frame, labels = added(name, train)
    known = set(map(str, real.to_numpy().tolist()))
    assert set(map(str, frame.assign(label=labels).to_numpy().tolist())) <= known


def test_weights_make_the_classes_weigh_the_same(train: LabelledTable) -> None:
    assert inputs_of("weights", train).shares(2) == pytest.approx([0.5, 0.5])
    assert inputs_of("none", train).shares(2) == pytest.approx(TRUE / TRUE.sum())


@pytest.mark.parametrize("name", ["jitter", "smote", "interpolate"])
def test_made_up_numbers_look_like_those_of_the_column(name: str, train: LabelledTable) -> None:
    frame, labels = added(name, train)
    real = to_features(train.frame, modelled(COLUMNS))
    assert (frame["age"].dropna() % 1 == 0).all()
    amounts = frame["amount"].dropna()
    assert np.allclose(amounts, amounts.round(2), atol=1e-9)
    assert (frame["since"].between(real["since"].min(), real["since"].max())).all()
    assert amounts.between(real["amount"].min(), real["amount"].max()).all()
    assert not amounts.isin(real["amount"]).all()
    assert (labels == 1).all() == (name != "interpolate")


def test_jitter_moves_numbers_by_a_tenth_of_the_spread_in_the_class_and_nothing_else() -> None:
    table = make_table({"common": 2000, "rare": 1000}, columns=COLUMNS[1:6])
    values = to_features(table.frame, COLUMNS[1:6]).assign(label=table.labels)
    frame, _ = added("jitter", table)
    copies, _ = added("oversample", table)  # the same draws: the arms of one seed repeat the same rows
    spread = values.loc[values["label"] == 1, "amount"].std()
    assert (frame["amount"] - copies["amount"]).std() == pytest.approx(0.1 * spread, rel=0.1)
    assert frame["amount"].isna().equals(copies["amount"].isna())
    pd.testing.assert_frame_equal(frame[["town", "rank", "member"]], copies[["town", "rank", "member"]])


def test_interpolated_rows_lie_between_two_of_their_class_in_all_columns_at_once() -> None:
    # Two towns far apart, in each of which both numbers say the same: so do they anywhere on the way between.
    columns = (Column("x", "numeric", "float64"), Column("y", "numeric", "float64"), COLUMNS[3])
    table = make_table({"common": 300, "rare": 100}, columns=COLUMNS[1:4])
    place = np.where(table.labels == 1, 1000.0, 0.0) + np.tile([0.0, 100.0], 200)
    towns = pd.Series(np.where(np.tile([0, 1], 200), "Ulm", "Kiel"), dtype=object)
    frame = pd.DataFrame({"x": place, "y": -place, "town": towns})
    made, labels = added("interpolate", replace(table, frame=frame, schema=replace(table.schema, columns=columns)))
    start = np.where(labels == 1, 1000.0, 0.0)
    assert np.bincount(labels).tolist() == [69, 23]
    assert made["x"].between(start, start + 100).all()
    np.testing.assert_allclose(made["x"], -made["y"])
    on_the_way = made[made["x"].between(start + 5, start + 95)]
    assert 20 < len(on_the_way) < 80
    assert set(on_the_way["town"]) == {"Ulm", "Kiel"}
    near = made["x"] - start > 50
    assert (made["town"][near] == "Ulm").mean() > 0.7 > 0.3 > (made["town"][~near] == "Ulm").mean()


def test_a_number_that_one_of_two_rows_lacks_is_that_of_the_other_or_missing() -> None:
    columns = (Column("x", "numeric", "float64"),)
    table = make_table({"common": 60, "rare": 20}, columns=COLUMNS[1:2])
    frame = pd.DataFrame({"x": np.where(np.arange(80) % 2, np.nan, 7.0)})
    made, _ = added("interpolate", replace(table, frame=frame, schema=replace(table.schema, columns=columns)))
    assert set(made["x"].dropna()) == {7.0}
    assert 0.2 < made["x"].isna().mean() < 0.8


def test_interpolation_lives_with_a_class_of_one_row() -> None:
    table = make_table({"common": 60, "rare": 1})
    made, labels = added("interpolate", table)
    real = to_features(table.frame, modelled(COLUMNS))[table.labels == 1]
    assert (labels == 1).any()
    assert {str(row) for row in made[labels == 1].to_numpy().tolist()} == {str(real.to_numpy().tolist()[0])}


def test_oracle_adds_each_spare_row_once_at_most_and_none_of_its_own_making(train: LabelledTable) -> None:
    frame, labels = added("oracle", train)
    spare = spare_rows(train)
    real = to_features(spare.frame, modelled(COLUMNS)).assign(label=spare.labels)
    known = [str(row) for row in real.to_numpy().tolist()]
    made = [str(row) for row in frame.assign(label=labels).to_numpy().tolist()]
    assert set(made) <= set(known)
    assert len(set(made)) == len(made)


def test_a_study_knows_which_arms_need_no_generator() -> None:
    eligible = [name for name, arm in ARMS.items() if arm.info("balanced_accuracy").eligible]
    assert eligible == ["none", "weights", "threshold", "oversample", "bootstrap", "interpolate", "smote", "jitter"]
    assert [name for name, arm in ARMS.items() if arm.info("accuracy").synthetic] == ["gan", "gan-prior", "gan-only"]
    assert set(ARMS) - set(RUN_ARMS) == {"oracle"}
    by_ranks = [name for name, arm in ARMS.items() if arm.info("average_precision").eligible]
    assert by_ranks == [name for name in eligible if name != "threshold"]  # which would tie with `none`
    mine = TableArm("mine", "of my own", ARMS["none"].inputs_fn).info("roc_auc")
    assert (mine.name, mine.description, mine.synthetic, mine.eligible) == ("mine", "of my own", False, True)


@pytest.mark.parametrize("kinds", [("numeric",), ("categorical", "boolean"), ("numeric", "categorical")])
@pytest.mark.parametrize("n_rare", [2, 3, 30])
def test_smote_works_with_missing_values_few_rows_and_every_mix_of_columns(kinds: tuple[str, ...], n_rare: int) -> None:
    columns = only(kinds)
    table = make_table({"common": 50, "rare": n_rare}, columns=columns)
    assert table.frame.isna().any(axis=None)
    frame, labels = added("smote", table)
    assert labels.tolist() == [1] * (50 - n_rare)
    assert not frame.isna().any(axis=None)
    real = to_features(table.frame, columns)
    assert all(set(frame[name]) <= set(real[name].dropna()) for name in word_names(columns))
    assert all(np.isfinite(frame[name]).all() for name in number_names(columns))


def test_smote_finds_neighbours_by_every_number_not_by_the_one_of_the_largest_unit() -> None:
    # Two groups, told apart by the small column alone: between them lies nothing, if the large one does not rule.
    columns = (Column("small", "numeric", "float64"), Column("large", "numeric", "float64"))
    rng = np.random.default_rng(0)
    group = np.repeat([0.0, 1.0], 50)
    frame = pd.DataFrame({"small": group, "large": rng.uniform(0, 1e6, 100)})
    labels = (np.arange(100) % 5 == 0).astype(np.int64)
    table = make_table({"common": 80, "rare": 20}, columns=only(["numeric"]))
    schema = type(table.schema)(columns, table.schema.target, 2, table.classes, table.classes)
    made, _ = added("smote", LabelledTable(frame, labels, schema))
    assert made["small"].isin([0.0, 1.0]).mean() > 0.8


def test_what_cannot_be_had_says_why() -> None:
    assert ARMS["threshold"].obstacle_fn(counted(9, 9, 9)) == "only two classes have one cut-off between them"
    assert "single row" in str(ARMS["threshold"].obstacle_fn(counted(9, 1)))
    assert "single row" in str(ARMS["smote"].obstacle_fn(counted(9, 1)))
    for name in ("oversample", "smote", "jitter", "gan"):
        assert "of one size" in str(ARMS[name].obstacle_fn(counted(9, 9)))
        assert ARMS[name].obstacle_fn(counted(9, 8)) is None
    assert ARMS["gan-prior"].obstacle_fn(counted(9, 9)) is None
    assert "no real rows left over" in str(ARMS["oracle"].obstacle_fn(counted(9, 8)))


def test_arms_come_in_one_order_then_the_callers_own() -> None:
    mine = TableArm("mine", "", ARMS["none"].inputs_fn)
    assert [arm.name for arm in resolve_arms([mine, "gan", "none", "gan"])] == ["none", "gan", "mine"]


def test_unknown_doubled_and_no_arms_are_refused() -> None:
    with pytest.raises(ConfigError, match="gan-only"):
        resolve_arms(["gan_only"])
    with pytest.raises(ConfigError, match="at least one"):
        resolve_arms([])
    with pytest.raises(ConfigError, match="Two arms have the name 'none'"):
        resolve_arms(["none", TableArm("none", "", ARMS["none"].inputs_fn)])
