"""Targets of every kind, and those that are no classes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_target import check_target, read_target, target_column
from gan_augment.errors import DataError


def series(values: Any, dtype: Any = None) -> pd.Series:
    return pd.Series(values, name="y", dtype=dtype)


TARGETS: dict[str, tuple[pd.Series, tuple[str, ...], list[Any]]] = {
    "text": (series(["w10", "w2", "w10", "w2"]), ("w2", "w10"), ["w2", "w10"]),
    "integers": (series([10, -1, 2, 10, -1, 2]), ("-1", "2", "10"), [-1, 2, 10]),
    "whole floats": (series([1.0, 0.0, 1.0, 0.0]), ("0", "1"), [0.0, 1.0]),
    "booleans": (series([True, False, True, False]), ("False", "True"), [False, True]),
    "nullable": (series([1, 0, 1, 0], "Int64"), ("0", "1"), [0, 1]),
    "categories": (series(["b", "a", "b", "a"], "category"), ("a", "b"), ["a", "b"]),
    "ordered": (
        series(["lo", "hi"] * 2, pd.CategoricalDtype(["none", "lo", "hi"], ordered=True)),
        ("lo", "hi"),
        ["lo", "hi"],
    ),
}


@pytest.mark.parametrize("name", TARGETS)
def test_classes_sort_naturally_and_keep_their_own_values(name: str) -> None:
    values, classes, own = TARGETS[name]
    target = read_target(values)
    assert target.classes == classes
    assert list(target.values) == own
    assert [type(value) for value in target.values] == [type(value) for value in own]
    assert [own[label] for label in target.labels] == values.tolist()


@pytest.mark.parametrize("name", TARGETS)
def test_the_column_comes_back_as_it_was(name: str) -> None:
    values, _, _ = TARGETS[name]
    target, column = read_target(values), target_column(values)
    back = column.restore(pd.Series(np.array(target.values, dtype=object)[target.labels]))
    pd.testing.assert_series_equal(back, values)
    assert column.kind == ("boolean" if name == "booleans" else "categorical")


REFUSED: dict[str, tuple[Any, str]] = {
    "missing": (["a", None, "b", None], r"missing in 2 of 4 rows \(first: row 2\)"),
    "blank": (["a", " ", "b", "a"], r"missing in 1 of 4 rows \(first: row 2\)"),
    "one value": (["a", "a"], "one value only, 'a'"),
    "one row": (["a", "a", "b"], "Class 'b' of the target 'y' has one row"),
    "fractions": ([0.5, 1.0, 0.5, 1.0], "fractions such as 0.5.*pandas.cut"),
    "quantity": (list(range(101)) * 2, "101 different numbers.*pandas.cut"),
    "dates": (pd.date_range("2024", periods=4), "holds dates"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_class_is_refused(name: str) -> None:
    values, words = REFUSED[name]
    with pytest.raises(DataError, match=words) as caught:
        read_target(series(values))
    assert "\n" not in str(caught.value)


def test_a_missing_column_offers_the_nearest_name() -> None:
    with pytest.raises(DataError, match="no column 'incme'. Did you mean 'income'"):
        check_target("incme", pd.DataFrame({"age": [1], "income": [2]}))


def test_no_target_lists_the_columns_that_may_be_it() -> None:
    frame = pd.DataFrame(
        {
            "age": np.arange(50),
            "sex": ["m", "f"] * 25,
            "share": [0.5, 1.5] * 25,
            "one": 1,
            "day": [pd.Timestamp(0), pd.Timestamp(1)] * 25,
            "grade": [1.0, 2.0, np.nan, 3.0, 4.0] * 10,
        }
    )
    with pytest.raises(DataError, match="--target.*2 to 20 values are 'sex', 'grade'"):
        check_target(None, frame)
    with pytest.raises(DataError, match="the columns are 'age', 'one'"):
        check_target(None, frame[["age", "one"]])
