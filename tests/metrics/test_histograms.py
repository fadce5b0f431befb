"""Histograms show the same bars of real and synthetic rows, as shares, small enough to be sent about."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_schema import Column
from gan_augment.errors import DataError
from gan_augment.metrics.histograms import MOST_BINS, MOST_CLASSES, MOST_COLUMNS, MOST_LEVELS, histograms

pytestmark = pytest.mark.filterwarnings("error")


def one(
    real: list[object], fake: list[object], column: Column, labels: tuple[list[int], list[int]] | None = None
) -> dict[str, Any]:
    """Return what is drawn of a single column, of one class if none are given."""
    own = labels or ([0] * len(real), [0] * len(fake))
    frames = [pd.DataFrame({column.name: pd.Series(values, dtype=column.dtype)}) for values in (real, fake)]
    found = histograms(*frames, [column], np.array(own[0]), np.array(own[1]), ["first", "second"])
    drawn: dict[str, Any] = found["columns"][0]
    return drawn


def numbers(decimals: int | None = None) -> Column:
    return Column("x", "numeric", "float64", integer=decimals == 0, decimals=decimals)


def words() -> Column:
    return Column("x", "categorical", "object")


def all_shares(drawn: dict[str, Any]) -> list[list[float]]:
    sides = [drawn["real"], drawn["synthetic"]]
    return [part for side in sides for part in [side["all"], *side["per_class"]] if part is not None]


def n_bars(drawn: dict[str, Any]) -> int:
    return (len(drawn["edges"]) - 1 if "edges" in drawn else len(drawn["values"])) + drawn["other"] + drawn["missing"]


def mixed(seed: int, n: int = 500) -> tuple[pd.DataFrame, list[Column], np.ndarray]:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            **{f"number {i}": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n) * 10.0**i) for i in range(16)},
            **{f"word {i}": pd.Series(rng.integers(0, 40, n)).map("a rather long name {}".format) for i in range(16)},
        }
    )
    columns = [Column(name, "numeric" if name[0] == "n" else "categorical", str(frame[name].dtype)) for name in frame]
    return frame, columns, rng.integers(0, 2, n)


def test_shares_are_of_one_overall_and_in_each_class_and_as_many_as_bars() -> None:
    (real, columns, labels), (fake, _, made) = mixed(0), mixed(1, 300)
    found = histograms(real, fake, columns, labels, made, ["a", "b"])
    for drawn in found["columns"]:
        parts = all_shares(drawn)
        assert len(parts) == 6
        assert {len(part) for part in parts} == {n_bars(drawn)}
        assert np.allclose([sum(part) for part in parts], 1.0, atol=2e-3)


def test_the_whole_of_24_columns_is_small_and_plain() -> None:
    (real, columns, labels), (fake, _, made) = mixed(0, 5000), mixed(1, 5000)
    found = histograms(real, fake, columns, labels, made, ["a", "b"])
    assert len(found["columns"]) == MOST_COLUMNS
    assert len(json.dumps(found, allow_nan=False)) < 100_000
    names = [drawn["name"] for drawn in found["columns"]] + found["columns_left_out"]
    assert sorted(names) == sorted(real)


def test_columns_that_are_least_alike_come_first_and_identifiers_not_at_all() -> None:
    real, columns, labels = mixed(0)
    fake = real.assign(**{"word 3": "another", "number 2": 0.0, "id": np.arange(500)})
    columns = [Column("id", "identifier", "int64"), *columns]
    found = histograms(real.assign(id=np.arange(500)), fake, columns, labels, labels, ["a", "b"], most_columns=2)
    assert [drawn["name"] for drawn in found["columns"]] == ["word 3", "number 2"]
    assert found["columns"][0]["similarity"] == 0.0
    assert found["columns_left_out"] == [column.name for column in columns if column.name not in ("word 3", "number 2")]


def test_shares_by_class_are_of_the_rows_of_that_class_and_none_where_there_are_none() -> None:
    drawn = one(list("aabb"), list("ab"), words(), ([0, 0, 1, 1], [0, 0]))
    assert drawn["values"] == ["a", "b"]
    assert drawn["real"] == {"all": [0.5, 0.5], "per_class": [[1.0, 0.0], [0.0, 1.0]]}
    assert drawn["synthetic"] == {"all": [0.5, 0.5], "per_class": [[0.5, 0.5], None]}


def test_rare_levels_are_pooled_and_missing_ones_are_the_last_bar() -> None:
    levels = [name for position, name in enumerate("abcdefghijklmn") for _ in range(20 - position)]
    drawn = one([*levels, None], list("aa"), words())
    assert drawn["values"] == list("abcdefghijklmn")[:MOST_LEVELS]
    assert (drawn["other"], drawn["missing"]) == (True, True)
    n = len(levels) + 1
    assert drawn["real"]["all"][-2:] == pytest.approx([15 / n, 1 / n], rel=1e-3)
    assert drawn["synthetic"]["all"] == [1.0, *[0.0] * (MOST_LEVELS + 1)]


def test_a_level_that_only_one_side_has_is_drawn_for_both() -> None:
    drawn = one(list("aab"), list("ccc"), words())
    assert drawn["values"] == ["c", "a", "b"]
    assert drawn["real"]["all"] == [0.0, 0.6667, 0.3333]


def test_long_words_are_shortened_and_whole_numbers_that_became_floats_are_not_written_so() -> None:
    drawn = one(["w" * 500, 1.0, 2], ["w" * 500], words())
    assert [len(value) for value in drawn["values"]] == [40, 1, 1]


def test_whole_numbers_of_few_values_have_a_bar_each() -> None:
    drawn = one([1, 1, 2, 7], [7, 7], numbers(0))
    assert drawn["values"] == [1, 2, 7]
    assert drawn["real"]["all"] == [0.5, 0.25, 0.25]


@pytest.mark.parametrize(("decimals", "n"), [(0, 73), (0, 1000), (1, 333), (2, 57)])
def test_no_bin_holds_more_steps_than_another_so_that_an_even_column_looks_even(decimals: int, n: int) -> None:
    values = np.round(17 + np.repeat(np.arange(n), 10) / 10**decimals, decimals)
    drawn = one(values.tolist(), values.tolist(), numbers(decimals))
    inner = drawn["real"]["all"][1:-1]
    assert 10 < len(inner) < MOST_BINS
    assert len(set(inner)) == 1


def test_few_far_values_do_not_squeeze_the_others_into_one_bin() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    values[:3] = 1e6
    drawn = one(values.tolist(), values.tolist(), numbers())
    assert max(drawn["edges"]) < 10
    assert max(drawn["real"]["all"]) < 0.3
    assert sum(drawn["real"]["all"]) == pytest.approx(1.0, abs=1e-3)


def test_a_column_that_is_nearly_always_nought_shows_what_else_there_is() -> None:
    values = [0.0] * 5000 + list(range(1, 26))
    drawn = one(values, values, numbers(0))
    assert drawn["edges"][-1] >= 25
    assert sum(share > 0 for share in drawn["real"]["all"]) > 10


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e9, 1e200])
@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_edges_stay_apart_however_small_the_range_and_far_from_nought(scale: float, offset: float) -> None:
    values = (scale * (offset + np.random.default_rng(0).random(100))).tolist()
    drawn = one(values, values, numbers())
    assert len(set(drawn["edges"])) == MOST_BINS + 1
    assert drawn["edges"] == sorted(drawn["edges"])
    assert max(drawn["real"]["all"]) < 0.2


@pytest.mark.parametrize(("values", "expected"), [([None, None], []), ([3.5, 3.5], [3.5])])
def test_columns_of_no_value_or_of_one_have_so_many_bars(values: list[object], expected: list[float]) -> None:
    drawn = one(values, values, numbers())
    assert drawn["values"] == expected
    assert drawn["real"]["all"] == [1.0]
    assert drawn["missing"] == (expected == [])


def test_dates_are_written_as_such_and_missing_ones_are_a_bar() -> None:
    days = pd.date_range("2020-01-01", periods=100, freq="D").tolist()
    column = Column("x", "datetime", "datetime64[ns]", resolution="D")
    drawn = one([*days, pd.NaT], days, column)
    assert drawn["edges"][:2] == ["2020-01-01", "2020-01-06"]
    assert drawn["missing"]
    assert drawn["synthetic"]["all"] == [0.05] * 20 + [0.0]
    moments = pd.date_range("2020-01-01", periods=100, freq="s").tolist()
    seconds = one(moments, moments, Column("x", "datetime", "datetime64[ns]", resolution="s"))
    assert seconds["edges"][1] == "2020-01-01T00:00:05"


def test_the_classes_with_most_rows_are_shown_and_the_others_named() -> None:
    n = MOST_CLASSES + 2
    labels = np.repeat(np.arange(n), [1, 1, *range(2, n)])
    frame = pd.DataFrame({"x": np.arange(len(labels), dtype=float)})
    found = histograms(frame, frame, [numbers()], labels, labels, [str(label) for label in range(n)])
    assert found["classes"] == [str(label) for label in range(2, n)]
    assert found["classes_left_out"] == ["0", "1"]
    assert len(found["columns"][0]["real"]["per_class"]) == MOST_CLASSES


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(DataError, match="at least one row"):
        one([], ["a"], words())
