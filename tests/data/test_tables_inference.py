"""What kind each column is told to be, and what the user is told about it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_inference import (
    WRITTEN_DATES,
    WRITTEN_NUMBERS,
    decimals_of,
    infer_column,
    override_column,
)
from gan_augment.errors import DataError

RNG = np.random.default_rng(0)
N = 120


def kind_of(values: Any, name: str = "x") -> str:
    return infer_column(pd.Series(values, name=name)).column.kind


DAYS = pd.Series(pd.date_range("2020-01-01", periods=N, freq="D"))
KINDS: dict[str, tuple[Any, str]] = {
    "floats": (RNG.normal(size=N), "numeric"),
    "two floats": ([0.5, 1.5] * 60, "numeric"),
    "many integers": (RNG.integers(0, 1000, N), "numeric"),
    "few integers": ([1, 2, 3] * 40, "categorical"),
    "few integers beside missing ones": ([1.0, 2.0, np.nan] * 40, "categorical"),
    "few integers in few rows": ([1, 2, 3] * 9, "numeric"),
    "eleven integers": (list(range(11)) * 11, "numeric"),
    "booleans": ([True, False] * 60, "boolean"),
    "nullable booleans": (pd.array([True, False, None] * 40, dtype="boolean"), "boolean"),
    "words for booleans": (["true", "false"] * 60, "categorical"),
    "words": (["a", "b", "c"] * 40, "categorical"),
    "many words": ([f"w{i % 100}" for i in range(N)], "categorical"),
    "nearly all different words": ([f"w{i % 110}" for i in range(N)], "identifier"),
    "words of their own": ([f"w{i}" for i in range(20)], "identifier"),
    "few words of their own": ([f"w{i}" for i in range(19)], "categorical"),
    "numbered rows": (RNG.permutation(N) + 1000, "identifier"),
    "numbers with gaps": (np.arange(N) * 2, "identifier"),
    "large numbers of their own": (np.arange(N) * 1000, "numeric"),
    "floats of their own": (np.arange(N) + 0.5, "numeric"),
    "datetimes": (DAYS, "datetime"),
    "dates as text": (DAYS.dt.strftime("%Y-%m-%d"), "datetime"),
    "few dates as text": (["2024-01-01", "2024-02-01"] * 60, "categorical"),
    "one other word among dates": ([*DAYS.dt.strftime("%Y-%m-%d")[1:], "soon"], "identifier"),
    "two formats": ([f"2024-01-{i % 28 + 1}" for i in range(N)], "categorical"),
    "one value": (["a"] * N, "constant"),
    "one value or none": (["a", None] * 60, "categorical"),
    "no value": ([None] * N, "constant"),
    "categories": (pd.Categorical(["a", "b"] * 60), "categorical"),
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds(name: str) -> None:
    values, kind = KINDS[name]
    assert kind_of(values) == kind


@pytest.mark.parametrize("name", ["id", "customer_id", "CustomerID", "userId", "Row Index", "UUID", "key"])
def test_unlike_numbers_under_such_a_name_are_identifiers(name: str) -> None:
    assert kind_of(np.arange(N) * 1000, name) == "identifier"
    assert kind_of(np.arange(N) // 2 * 1000, name) == "numeric"


@pytest.mark.parametrize("name", ["paid", "humidity", "monkey", "idle"])
def test_other_names_are_no_names_of_identifiers(name: str) -> None:
    assert kind_of(np.arange(N) * 1000, name) == "numeric"


def test_why_a_column_is_left_out() -> None:
    reasons = {name: infer_column(pd.Series(KINDS[name][0], name="x")).left_out for name in KINDS}
    assert reasons["one value"] == "one value only"
    assert reasons["no value"] == "all values are missing"
    assert reasons["numbered rows"] == "whole numbers that number the rows"
    assert reasons["nearly all different words"] == "text that is different in nearly every row"
    assert {name for name, reason in reasons.items() if reason} == {
        name for name, (_, kind) in KINDS.items() if kind in ("identifier", "constant")
    }


class TestNumbers:
    @pytest.mark.parametrize(
        ("numbers", "decimals"),
        [
            ([1.0, 2.0, 1e20], 0),
            ([0.5, 1.0], 1),
            ([19.99, 1000.1], 2),
            ([36.60024, 1.0], 5),
            ([0.1 + 0.2, 1.0], None),
            ([1 / 3], None),
            ([123456789.123456], 6),
            ([1.5e-9], 10),
            ([1e11 + 0.125], 3),
            ([1e12 + 0.125], None),
        ],
    )
    def test_decimals_as_they_are_written(self, numbers: list[float], decimals: int | None) -> None:
        assert decimals_of(np.array(numbers)) == decimals

    def test_short_floats_have_the_decimals_they_can_tell(self) -> None:
        assert decimals_of(np.array([0.1, 19.99], dtype=np.float32)) == 2
        assert decimals_of(np.array([1 / 3], dtype=np.float32)) is None

    @pytest.mark.parametrize("dtype", ["int16", "Int64", "float64", "float32", "Float64"])
    def test_whole_numbers_are_integers_whatever_the_dtype(self, dtype: str) -> None:
        column = infer_column(pd.Series(np.arange(300) // 2, name="x").astype(dtype)).column
        assert (column.kind, column.integer, column.decimals, column.dtype) == ("numeric", True, 0, dtype)


def test_levels_are_sorted_and_plain() -> None:
    assert infer_column(pd.Series([10, 2, 1] * 40, name="x")).column.levels == (1, 2, 10)
    assert infer_column(pd.Series(["w10", "w2", None] * 40, name="x")).column.levels == ("w2", "w10")


def test_categories_keep_their_order_and_those_unused() -> None:
    values = pd.Series(pd.Categorical(["lo", "hi"] * 20, ["none", "lo", "hi"], ordered=True), name="x")
    column = infer_column(values).column
    assert (column.dtype, column.categories, column.ordered) == ("category", ("none", "lo", "hi"), True)


class TestOverrides:
    def test_numbers_and_categories_change_places(self) -> None:
        assert override_column(pd.Series([1, 2, 3] * 40, name="x"), "numeric").column.kind == "numeric"
        column = override_column(pd.Series([0.5, 1.5] * 9, name="x"), "categorical").column
        assert (column.kind, column.dtype, column.levels) == ("categorical", "float64", (0.5, 1.5))

    def test_text_becomes_numbers(self) -> None:
        one = override_column(pd.Series(["01", "2.5", None], name="x"), "numeric")
        assert one.values.tolist()[:2] == [1.0, 2.5]
        assert (one.column.dtype, one.column.decimals) == ("float64", 1)

    def test_identifiers_can_be_learned_and_others_left_out(self) -> None:
        assert not override_column(pd.Series(np.arange(N), name="x"), "numeric").left_out
        assert override_column(pd.Series(RNG.normal(size=N), name="x"), "identifier").left_out == "as asked"

    @pytest.mark.parametrize(
        ("texts", "pattern"),
        [(["13/05/2024", "01/06/2024"], "%d/%m/%Y"), (["05/13/2024", "06/01/2024"], "%m/%d/%Y")],
    )
    def test_dates_of_other_forms(self, texts: list[str], pattern: str) -> None:
        assert override_column(pd.Series(texts, name="x"), "datetime").column.format == pattern

    @pytest.mark.parametrize(
        ("values", "kind"),
        [(["a", "1"], "numeric"), (["a", "b"], "datetime"), ([1, 2], "boolean"), (["yes", "no"], "boolean")],
    )
    def test_what_cannot_be_is_refused_with_an_example(self, values: list[Any], kind: str) -> None:
        with pytest.raises(DataError, match=f"Column 'x' cannot be {kind}: it holds values such as"):
            override_column(pd.Series(values, name="x"), kind)

    def test_moments_with_offsets_from_utc_are_words(self) -> None:
        hours = pd.Series(pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Berlin"), name="x")
        texts = hours.dt.strftime("%Y-%m-%d %H:%M:%S%z")  # whose offset changes in that night
        assert infer_column(texts).column.kind == "identifier"
        with pytest.raises(DataError, match="without offsets from UTC"):
            override_column(texts, "datetime")

    @pytest.mark.parametrize("kind", ["numeric", "categorical", "boolean"])
    def test_datetimes_stay_datetimes(self, kind: str) -> None:
        with pytest.raises(DataError, match=f"cannot be {kind}"):
            override_column(DAYS.rename("x"), kind)

    def test_zeros_and_ones_can_be_boolean(self) -> None:
        column = override_column(pd.Series([0, 1, 1], name="x"), "boolean").column
        assert (column.kind, column.dtype) == ("boolean", "int64")


@pytest.mark.parametrize(
    ("texts", "hint"),
    [
        ([f"${i},{i:03}.50" for i in range(1, 61)], WRITTEN_NUMBERS),
        ([f"{i}.5%" for i in range(60)], WRITTEN_NUMBERS),
        ([f"{i % 28 + 1:02}/{i % 12 + 1:02}/2020" for i in range(60)], WRITTEN_DATES),
        ([f"{i:05}" for i in range(60)], ""),
        ([f"+49 {i:05}" for i in range(60)], ""),
        ([f"word {i}" for i in range(60)], ""),
    ],
)
def test_numbers_and_dates_that_were_written_for_people_are_pointed_out(texts: list[str], hint: str) -> None:
    assert infer_column(pd.Series(texts * 2, name="x")).hint == hint


def test_categories_that_are_numbers_are_no_words() -> None:
    for categories in (np.arange(200) % 20, (np.arange(200) % 20) + 0.5):
        found = infer_column(pd.Series(pd.Categorical(categories), name="x"))
        assert (found.column.kind, found.hint) == ("categorical", "")
