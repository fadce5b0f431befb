"""Values must come back as they were: their shares, range, digits and levels; nothing may come out that never was."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import ndtri

from gan_augment.data.table_schema import Column
from gan_augment.seeding import torch_rng
from gan_augment.transforms.columns import CODECS, MOST_ROWS

from .made_columns import EVENLY, FLOAT, WHOLE, WORDS, decode, fit, many_levels, one_hot, rare_levels

# Numbers


@pytest.mark.parametrize("n_others", [3, 2000])
def test_a_tied_value_keeps_its_share_whatever_lies_beside_it(n_others: int) -> None:
    counts = {0: 60, 3: 50, 4: 40, 500: 30, 900: 20}
    values = np.append(np.repeat(list(counts), list(counts.values())), 1000 + 3 * np.arange(n_others))
    codec = fit(WHOLE, values)
    assert codec.activation == "linear"
    drawn = decode(codec, EVENLY)
    for value, count in counts.items():
        assert (drawn == value).mean() == pytest.approx(count / len(values), abs=2e-4)


def test_the_interval_of_each_value_is_its_share_so_that_draws_are_uniform() -> None:
    values = np.repeat([1, 2, 7], [50, 30, 20])
    centre, half = fit(WHOLE, values).encode(pd.Series([1, 2, 7]))
    np.testing.assert_allclose(half, [0.5, 0.3, 0.2], atol=1e-5)
    np.testing.assert_allclose(centre, [-0.5, 0.3, 0.8], atol=1e-5)


def test_a_draw_at_the_edge_of_an_interval_still_gives_its_value() -> None:
    values = pd.Series(np.repeat(3 * np.arange(5000), 2))
    codec = fit(WHOLE, values, n_knots=5000)
    centre, half = (torch.from_numpy(slot.astype(np.float32)) for slot in codec.encode(values))
    for share in (centre - half, centre + half):
        assert (decode(codec, (torch.erfinv(share) * 2**0.5).clamp(-9.0, 9.0)) == values).all()


def test_few_knots_follow_the_distribution_into_both_tails() -> None:
    values = np.random.default_rng(0).standard_t(3, 8000)
    codec = fit(FLOAT, values, n_knots=256)
    assert len(codec.state()["quantiles"]["counts"]) <= 256
    drawn = decode(codec, ndtri((np.arange(8000) + 0.5) / 8000)).to_numpy()
    error = np.abs(drawn - np.sort(values))
    assert np.quantile(error, 0.95) < 0.03
    assert np.quantile(error, 0.99) < 0.15
    assert (drawn.min(), drawn.max()) == pytest.approx((values.min(), values.max()), rel=0.3)


def test_values_that_few_knots_share_keep_their_place_and_do_not_overlap() -> None:
    values = np.random.default_rng(0).integers(0, 1000, 9000)
    codec = fit(WHOLE, values, n_knots=64)
    seen = np.unique(values)
    centre, half = codec.encode(pd.Series(seen))
    assert (centre[1:] - half[1:] >= centre[:-1] + half[:-1] - 1e-9).all()
    assert half.sum() == pytest.approx(1.0, abs=0.01)
    restored = decode(codec, ndtri((centre + 1) / 2))
    assert np.abs(restored - seen).max() <= 1


def test_a_column_of_different_numbers_gives_new_ones_and_not_copies() -> None:
    values = np.random.default_rng(0).normal(size=50)
    drawn = decode(fit(FLOAT, values), EVENLY)
    assert drawn.isin(values).mean() < 0.01
    np.testing.assert_allclose(np.quantile(drawn, [0.2, 0.5, 0.8]), np.quantile(values, [0.2, 0.5, 0.8]), atol=0.1)


def test_nothing_leaves_the_range_of_all_rows_even_those_that_were_not_read() -> None:
    values = np.random.default_rng(0).normal(size=3 * MOST_ROWS)
    drawn = decode(fit(FLOAT, values), np.array([-40.0, 40.0]))
    assert drawn.tolist() == [values.min(), values.max()]


def test_numbers_have_no_more_decimals_than_were_seen_and_no_negative_zero() -> None:
    values = np.round(np.random.default_rng(0).normal(size=900), 2)
    column = Column("x", "numeric", "float64", decimals=2)
    drawn = decode(fit(column, values, n_knots=32), EVENLY)
    assert (drawn == drawn.round(2)).all()
    assert not (np.signbit(drawn) & (drawn == 0)).any()
    assert not set(drawn) <= set(values)


def test_the_largest_whole_numbers_do_not_wrap_around() -> None:
    limits = np.iinfo(np.int64)
    values = pd.Series([limits.min, 0, limits.max - 1, limits.max])
    drawn = decode(fit(WHOLE, values), [-9.0, 9.0])
    assert drawn[0] < -(2**62)
    assert drawn[1] > 2**62


def test_a_number_outside_the_range_is_clipped_to_it() -> None:
    codec = fit(WHOLE, np.repeat([1, 2, 3], 5))
    outside, limits = codec.encode(pd.Series([-100, 100])), codec.encode(pd.Series([1, 3]))
    np.testing.assert_array_equal(outside, limits)


def test_a_value_missing_for_the_first_time_may_be_any() -> None:
    codec = fit(FLOAT, np.arange(10.0))
    centre, half = codec.encode(pd.Series([np.nan]))
    assert (centre[0], half[0]) == (0.0, 1.0)
    assert decode(codec, EVENLY).notna().all()


def zeros_and_caps(n_others: int) -> np.ndarray:
    others = np.arange(1.0, n_others + 1) / 7
    return np.concatenate([np.zeros(n_others), others, others, np.full(n_others // 2, 99.0), [np.nan] * 20])


def test_zeros_and_caps_and_gaps_are_states_of_their_own_with_their_shares() -> None:
    values = zeros_and_caps(100)
    codec = fit(FLOAT, values)
    assert (codec.activation, codec.sizes) == ("gated", (5,))
    states = codec.encode(pd.Series(values))[-1]
    np.testing.assert_array_equal(states, np.select([values == 0, values == 99, np.isnan(values)], [1, 2, 3], 0))
    units = np.column_stack([np.zeros(len(values)), one_hot(states, 4)])
    with np.errstate(all="raise"):  # nothing is divided by a probability of 0
        drawn = decode(codec, units).to_numpy()
    np.testing.assert_array_equal(drawn[states > 0], values[states > 0])
    present = np.column_stack([EVENLY, one_hot(np.zeros(len(EVENLY)), 4)])
    assert not decode(codec, present).isin([0.0, 99.0]).any()


@pytest.mark.parametrize(("values", "sizes"), [(zeros_and_caps(20), (3,)), (zeros_and_caps(20)[:-20], (1,))])
def test_few_values_have_no_mass_points(values: np.ndarray, sizes: tuple[int, ...]) -> None:
    assert fit(FLOAT, values).sizes == sizes


def test_no_more_than_four_values_are_mass_points() -> None:
    values = np.append(np.repeat(10 * np.arange(6.0), 100), np.linspace(0.7, 50.7, 400))
    assert fit(FLOAT, values).state()["masses"] == [0.0, 10.0, 20.0, 30.0]


@pytest.mark.parametrize("commonest", [[34], [34, 35], [33, 34, 35, 36]])
def test_common_ages_are_no_mass_points_but_zeros_and_caps_beside_them_are(commonest: list[int]) -> None:
    ages = np.repeat(np.arange(20, 60), 40)
    ages = np.concatenate([ages, *[np.full(39, age) for age in commonest], np.zeros(300), np.full(300, 99)])
    assert fit(WHOLE, ages).state()["masses"] == [0.0, 99.0]


@pytest.mark.parametrize(("n", "masses"), [(79, []), (80, [34.0])])
def test_a_mass_point_occurs_at_least_twice_as_often_as_either_neighbour(n: int, masses: list[float]) -> None:
    others = np.concatenate([np.repeat([33, 35], 40), np.arange(100, 200)])
    assert fit(WHOLE, np.append(others, np.full(n, 34))).state()["masses"] == masses


def test_a_value_half_present_is_not_half_as_large() -> None:
    codec = fit(FLOAT, np.append(np.arange(100.0), [np.nan] * 50))
    sure, unsure = decode(codec, [[1.0, 1.0, 0.0], [0.6, 0.6, 0.4]])
    assert sure == pytest.approx(unsure)


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_days_stay_days_and_keep_their_zone(zone: str | None, unit: str) -> None:
    days = pd.Series(pd.date_range("2019-12-30", periods=500, freq="3D", tz=zone, unit=unit))
    codec = fit(Column("x", "datetime", str(days.dtype), resolution="D"), days)
    drawn = decode(codec, np.append(EVENLY, [-9.0, 9.0]))
    assert drawn.dtype == days.dtype
    assert (drawn.dt.tz_localize(None) == drawn.dt.tz_localize(None).dt.floor("D")).all()
    assert (drawn.min(), drawn.max()) == (days.min(), days.max())
    assert not set(drawn) <= set(days)


# Levels


# What no model sees


def test_identifiers_are_new_and_never_twice_the_same() -> None:
    text = decode(fit(Column("x", "identifier", "str"), [f"c{i}" for i in range(30)]), np.zeros((5000, 0)))
    assert text.str.fullmatch("synthetic-[0-9a-f]{16}").all()
    assert text.is_unique
    numbers = decode(fit(Column("x", "identifier", "int64", integer=True), np.arange(30)), np.zeros((5000, 0)))
    assert numbers.is_unique
    assert numbers.min() > 29
    assert numbers.dtype == "int64"


@pytest.mark.parametrize(
    ("dtype", "largest"), [("int32", 2**31 - 2), ("uint64", 2**64 - 1), ("int64", 2**60), ("float32", 5), ("int8", 127)]
)
def test_new_numbers_fit_their_dtype(dtype: str, largest: int) -> None:
    values = pd.Series([1, largest], dtype=dtype)
    drawn = decode(fit(Column("x", "identifier", dtype), values), np.zeros((500, 0)))
    assert drawn.dtype == dtype
    assert drawn.min() > (largest if dtype in ("int64", "float32") else -1)
    assert drawn.nunique() > 1


def test_missing_identifiers_stay_as_many() -> None:
    values = pd.Series([*range(70), *[None] * 30], dtype="Int64")
    drawn = decode(fit(Column("x", "identifier", "Int64"), values), np.zeros((5000, 0)))
    assert drawn.isna().mean() == pytest.approx(0.3, abs=0.03)


def test_identifiers_that_cannot_be_made_up_are_drawn_again_and_not_learned() -> None:
    series = pd.Series([*"abcdabcd", None], dtype="category")
    codec = fit(Column("x", "identifier", "category", categories=tuple("abcd")), series)
    assert codec.sizes == ()
    assert set(decode(codec, np.zeros((200, 0)))) == set("abcd")


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (Column("x", "identifier", "bool"), pd.Series([True, False, True, True])),
        (Column("x", "identifier", "float64"), pd.Series([np.nan] * 4)),
    ],
)
def test_flags_and_nothing_at_all_are_no_identifiers_to_make_up(column: Column, values: pd.Series) -> None:
    drawn = decode(fit(column, values), np.zeros((200, 0)))
    assert drawn.dtype == values.dtype
    assert set(drawn.dropna()) == set(values.dropna())


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (Column("x", "constant", "str"), ["a"] * 4),
        (Column("x", "numeric", "float64"), [2.5] * 4),
        (Column("x", "numeric", "float64"), [np.nan] * 4),
        (Column("x", "constant", "Int64"), pd.Series([None] * 4, dtype="Int64")),
        (Column("x", "constant", "datetime64[us, UTC]"), pd.to_datetime(["2020-02-03"] * 4, utc=True).as_unit("us")),
        (Column("x", "datetime", "datetime64[us]"), pd.to_datetime(["2020-02-03 10:11:12"] * 4).as_unit("us")),
    ],
)
def test_a_column_of_one_value_needs_no_unit_and_comes_back(column: Column, values: Any) -> None:
    series = pd.Series(values)
    codec = fit(column, series)
    assert codec.sizes == ()
    drawn = decode(codec, np.zeros((4, 0)))
    assert drawn.dtype == series.dtype
    assert drawn.isna().all() if series.isna().all() else (drawn == series).all()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (FLOAT, zeros_and_caps(100)),
        (WHOLE, np.arange(2000)),
        (WORDS, rare_levels()[0]),
        (WORDS, many_levels()[0]),
        (Column("x", "identifier", "str"), [f"c{i}" for i in range(30)]),
    ],
)
def test_the_state_is_plain_json_that_decodes_alike(column: Column, values: Any) -> None:
    codec = fit(column, values)
    state = json.loads(json.dumps(codec.state(), allow_nan=False))
    again = CODECS[codec.kind].from_state(column, state)
    units = torch.randn(500, sum(codec.sizes), generator=torch_rng(0)).numpy()
    pd.testing.assert_series_equal(decode(again, units), decode(codec, units))
    np.testing.assert_array_equal(again.encode(pd.Series(values)), codec.encode(pd.Series(values)))
