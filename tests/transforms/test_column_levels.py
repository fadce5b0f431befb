"""Words as units: each level comes back with its share, rare ones are pooled and drawn by class."""

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_schema import Column
from gan_augment.transforms.levels import LevelCodec

from .made_columns import WORDS, decode, fit, many_levels, one_hot, rare_levels, spread


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["b", "a", "b", np.nan], "object"),
        (["b", "a", "b", "c"], "str"),
        ([True, False, True, True], "bool"),
        ([True, False, None, True], "boolean"),
        ([7, 3, 7, 5], "int64"),
        ([7, 3, None, 5], "Int64"),
        ([0.5, 1.5, np.nan, 1.5], "float64"),
    ],
)
def test_levels_come_back_in_their_dtype_and_so_do_gaps(values: list, dtype: str) -> None:
    kind = "boolean" if dtype.startswith("bool") else "categorical"
    series = pd.Series([value for value in values for _ in range(3)], dtype=dtype)
    codec = fit(Column("x", kind, dtype), series)
    assert codec.sizes == (series.nunique(dropna=False),)
    pd.testing.assert_series_equal(decode(codec, spread(codec, series)), series, check_names=False)


def test_a_category_that_no_row_has_never_comes_out_but_stays_a_category() -> None:
    series = pd.Series(["s", "l", "s", "l"], dtype=pd.CategoricalDtype(["s", "m", "l"], ordered=True))
    column = Column("x", "categorical", "category", categories=("s", "m", "l"), ordered=True)
    codec = fit(column, series)
    assert codec.sizes == (2,)
    drawn = decode(codec, np.random.default_rng(0).normal(size=(100, 2)))
    assert set(drawn) == {"s", "l"}
    assert drawn.dtype == series.dtype


def test_rare_levels_share_a_unit_and_are_drawn_as_their_class_has_them() -> None:
    values, labels = rare_levels()
    codec = fit(WORDS, values, labels)
    assert codec.sizes == (3,)
    units = one_hot(np.full(3000, 2), 3)
    first, second, third = (
        decode(codec, units, np.full(3000, label)).value_counts(normalize=True) for label in (0, 1, 2)
    )
    assert first["rare 0"] == pytest.approx((1 + 0.1) / (9 + 1), abs=0.03)
    assert first.get("rare 9", 0.0) == pytest.approx(0.1 / 10, abs=0.01)
    assert second["rare 9"] == pytest.approx((1 + 0.1) / (1 + 1), abs=0.05)
    assert third["rare 0"] == pytest.approx(0.1, abs=0.03)
    assert set(third.index) == {f"rare {i}" for i in range(10)}


def test_one_rare_level_is_not_pooled_with_itself() -> None:
    codec = fit(WORDS, [*["a"] * 30, *["b"] * 30, "c"])
    assert codec.sizes == (3,)
    assert set(decode(codec, np.eye(3))) == {"a", "b", "c"}


def test_small_tables_with_many_single_values_keep_them_apart() -> None:
    assert fit(WORDS, list("abcdefgh")).sizes == (8,)


def test_what_a_one_hot_has_no_room_for_is_pooled_where_it_is_little() -> None:
    values = np.repeat([f"v{i}" for i in range(60)], [100] * 48 + [5] * 12)
    codec = fit(WORDS, values)
    assert codec.sizes == (50,)
    assert set(decode(codec, one_hot(np.full(2000, 49), 50))) == set(values[-11 * 5 :])


def test_many_levels_take_two_units_a_bit_and_come_back() -> None:
    values, labels = many_levels()
    codec = fit(WORDS, values, labels)
    assert codec.sizes == (2,) * 9
    assert decode(codec, spread(codec, values), labels).tolist() == values.tolist()


def test_levels_that_behave_alike_differ_in_one_bit() -> None:
    values, labels = many_levels()
    codec = fit(WORDS, values, labels)
    assert isinstance(codec, LevelCodec)
    levels = codec.state()["levels"]
    assert [int(level[1:]) % 2 for level in levels] == [0] * 150 + [1] * 150
    codes = codec.encode(pd.Series(levels))[0].astype(int)
    assert {int(bits).bit_count() for bits in codes[1:] ^ codes[:-1]} == {1}


def test_a_code_without_a_level_becomes_one_of_its_class() -> None:
    values, labels = many_levels()
    codec = fit(WORDS, values, labels)
    every = np.arange(512)
    units = np.concatenate([one_hot(every >> bit & 1, 2) for bit in range(9)], axis=1)
    known = {tuple(row) for row in spread(codec, values)}
    unknown = np.array([row for row in units if tuple(row) not in known])
    assert len(unknown) == 512 - 300
    drawn = decode(codec, unknown, np.ones(len(unknown), int))
    assert drawn.isin(values).all()
    assert drawn.str[1:].astype(int).mod(2).mean() > 0.99


def test_text_that_is_never_twice_the_same_needs_no_unit() -> None:
    codec = fit(WORDS, [f"note {i}" for i in range(200)])
    assert codec.sizes == ()
    assert codec.encode(pd.Series(["new"])) == []
    assert decode(codec, np.zeros((1000, 0))).nunique() > 150


@pytest.mark.parametrize(
    ("values", "falls_on"),
    [
        (["a"] * 5 + ["b"] * 9, "b"),
        (["a"] * 5 + ["b"] * 9 + [None], None),
        (["a"] * 50 + ["b"] * 90 + [None, "c", "d"], "pool"),
        (["a"] * 50 + ["b"] * 90 + ["c"], "b"),
    ],
)
def test_a_level_never_seen_falls_on_the_pool_or_a_gap_or_the_commonest(values: list, falls_on: str | None) -> None:
    codec = fit(WORDS, pd.Series(values, dtype="object"))
    (unseen,) = decode(codec, spread(codec, pd.Series(["z"])))
    assert unseen in ("c", "d") if falls_on == "pool" else unseen == falls_on or (falls_on is None and pd.isna(unseen))


def test_of_many_levels_one_never_seen_falls_on_the_commonest() -> None:
    values, labels = many_levels()
    codec = fit(WORDS, pd.concat([values, pd.Series(["v151"])], ignore_index=True), np.append(labels, 1))
    assert decode(codec, spread(codec, pd.Series(["z"]))).tolist() == ["v151"]
