"""DataFrames and Parquet files with every dtype: kept, brought to a plain one and said, or refused."""

import datetime
import decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gan_augment.data.table_files import read_file
from gan_augment.data.table_values import plain_frame
from gan_augment.errors import DataError

N = 3
KEPT: dict[str, pd.Series] = {
    "int8": pd.Series([1, 2, 3], dtype="int8"),
    "float32": pd.Series([0.5, None, 2.0], dtype="float32"),
    "Int64": pd.Series([1, None, 3], dtype="Int64"),
    "Float64": pd.Series([1.5, None, 3.0], dtype="Float64"),
    "boolean": pd.Series([True, None, False], dtype="boolean"),
    "string": pd.Series(["a", None, "b"], dtype="string"),
    "object text": pd.Series(["a", None, "b"], dtype=object),
    "category": pd.Series(["a", None, "b"], dtype=pd.CategoricalDtype(["c", "b", "a"], ordered=True)),
    "numbered category": pd.Series([3, 1, None]).astype("category"),
    "zone": pd.Series(pd.to_datetime(["2024-01-01", None, "2024-03-01"])).dt.tz_localize("Europe/Berlin"),
}
NOT_IN_PARQUET = ("object text", "numbered category")  # the file does not say that they were
CHANGED: dict[str, tuple[pd.Series, str, str]] = {
    "mixed": (pd.Series([1, "a", None], dtype=object), "text", "several types"),
    "objects": (pd.Series([1, 2, None], dtype=object), "Int64", "all of one type"),
    "whole objects": (pd.Series([1, 2, 3], dtype=object), "int64", "all of one type"),
    "decimals": (pd.Series([decimal.Decimal("1.5"), None, decimal.Decimal(2)]), "float64", "all of one type"),
    "dates": (pd.Series([datetime.date(2024, 1, 1), None, datetime.date(2024, 1, 2)]), "datetime", "all of one type"),
    "flags": (pd.Series([True, None, False], dtype=object), "boolean", "all of one type"),
    "huge": (pd.Series([2**70, 1, 2], dtype=object), "text", "several types"),
    "arrow": (pd.Series([1, 2, 3], dtype="int32[pyarrow]"), "int32", "backed by Arrow"),
    "arrow whole": (pd.Series([2**60 + 1, None, 3], dtype="int64[pyarrow]"), "Int64", "backed by Arrow"),
    "arrow truth": (pd.Series([True, None, False], dtype="bool[pyarrow]"), "boolean", "backed by Arrow"),
    "arrow gaps": (pd.Series(["a", None, "b"], dtype=pd.ArrowDtype(pa.string())), "text", "backed by Arrow"),
    "arrow days": (pd.Series([datetime.date(2024, 1, 1)] * 3, dtype=pd.ArrowDtype(pa.date32())), "datetime", "Arrow"),
    "sparse": (pd.Series([0.0, 0.0, 1.0], dtype="Sparse[float64]"), "float64", "dense"),
    "period": (pd.Series(pd.period_range("2024-01", periods=3, freq="M")), "text", "Periods"),
    "interval": (pd.Series(pd.cut([1, 2, 3], 2)), "category", "neither text nor"),
}
REFUSED: dict[str, tuple[list[Any], str]] = {
    "lists": ([[1], [2], None], "holds lists: spread them"),
    "dicts": ([{"a": 1}, None, {}], "holds lists: spread them"),
    "arrays": ([np.zeros(2), np.ones(2), None], "holds lists: spread them"),
    "lists among text": (["a", ["b"], 1], "holds lists: spread them"),
    "bytes": ([b"a", b"b", None], "holds bytes: decode"),
    "spans": ([pd.Timedelta(1), None, None], "holds time spans: convert them to numbers"),
    "complex": ([1j, 2j, 3j], "holds complex numbers"),
    "infinite": ([1.0, np.inf, -np.inf], r"infinite numbers \(2 of 3 values\)"),
}


def is_text(values: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(values.dtype)


@pytest.mark.parametrize("name", KEPT)
def test_plain_columns_keep_dtype_and_values(name: str) -> None:
    frame, notes = plain_frame(pd.DataFrame({"x": KEPT[name]}))
    pd.testing.assert_series_equal(frame["x"], KEPT[name].rename("x"))
    assert notes == ()


@pytest.mark.parametrize("name", CHANGED)
def test_other_columns_become_plain_and_are_said(name: str) -> None:
    values, dtype, words = CHANGED[name]
    frame, notes = plain_frame(pd.DataFrame({"x": values}))
    assert is_text(frame["x"]) if dtype == "text" else str(frame["x"].dtype).startswith(dtype)
    assert frame["x"].isna().tolist() == values.isna().tolist()
    assert len(notes) == 1
    assert words in notes[0]
    assert "'x'" in notes[0]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_modelled_is_refused_by_column(name: str) -> None:
    values, words = REFUSED[name]
    with pytest.raises(DataError, match=f"Column 'bad' holds.*{words.removeprefix('holds ')}") as caught:
        plain_frame(pd.DataFrame({"good": [1, 2, 3], "bad": pd.Series(values)}))
    assert "\n" not in str(caught.value)


def test_infinite_numbers_are_found_in_nullable_and_short_floats() -> None:
    for dtype in ("Float64", "float32"):
        with pytest.raises(DataError, match=r"1 of 2"):
            plain_frame(pd.DataFrame({"x": pd.Series([np.inf, 1.0]).astype(dtype)}))


def test_numbers_of_the_other_byte_order_can_be_compared() -> None:
    frame, _ = plain_frame(pd.DataFrame({"x": np.array([2.5, 1.5], dtype=">f8")}))
    assert frame["x"].unique().tolist() == [2.5, 1.5]


def test_text_that_looks_missing_stays_in_a_frame() -> None:
    frame, _ = plain_frame(pd.DataFrame({"x": ["NA", "", "None"]}))
    assert frame["x"].tolist() == ["NA", "", "None"]


def test_repeated_names_are_kept_apart_and_said() -> None:
    frame, notes = plain_frame(pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"]))
    assert frame.to_dict("list") == {"a": [1], "b": [2], "a.1": [3]}
    assert notes == ("Columns of the same name, kept apart: 'a.1'.",)


@pytest.mark.parametrize("names", [[0, 1], ["a", 1], ["a", None], [("a", "b"), 1]])
def test_names_that_are_not_text_are_refused_with_the_mending(names: list[Any]) -> None:
    frame = pd.DataFrame([[1, 2]])
    frame.columns = pd.Index(names, dtype=object)
    with pytest.raises(DataError, match=r"frame.columns = frame.columns.astype\(str\)"):
        plain_frame(frame)


def test_names_of_several_levels_are_refused_with_the_mending() -> None:
    with pytest.raises(DataError, match="several levels.*join"):
        plain_frame(pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["a"], ["b", "c"]])))


def test_a_named_index_is_left_out_and_said() -> None:
    frame, notes = plain_frame(pd.DataFrame({"x": [1, 2]}, index=pd.Index([7, 8], name="key")))
    assert frame.index.tolist() == [0, 1]
    assert notes == ("The index is left out: 'key'; reset_index() makes it a column.",)


def test_no_rows() -> None:
    with pytest.raises(DataError, match="no rows"):
        plain_frame(pd.DataFrame({"x": []}))


def test_the_callers_frame_is_not_changed() -> None:
    frame = pd.DataFrame({"x": pd.Series([1, "a"], dtype=object)}, index=[3, 4])
    before = frame.copy()
    plain_frame(frame)
    pd.testing.assert_frame_equal(frame, before)


class TestParquet:
    @pytest.mark.parametrize("name", [name for name in KEPT if name not in NOT_IN_PARQUET])
    def test_plain_columns_come_back(self, tmp_path: Path, name: str) -> None:
        pd.DataFrame({"x": KEPT[name]}).to_parquet(tmp_path / "t.parquet")
        frame, notes = read_file(tmp_path / "t.parquet")
        pd.testing.assert_series_equal(frame["x"], KEPT[name].rename("x"))
        assert notes == ()

    def test_types_without_a_dtype_become_numbers_or_text_and_are_said(self, tmp_path: Path) -> None:
        table = pa.table(
            {
                "money": pa.array([decimal.Decimal("1.25"), None], pa.decimal128(9, 2)),
                "clock": pa.array([datetime.time(8, 30), None]),
                "day": pa.array([datetime.date(2024, 1, 1), None]),
                "word": pa.array(["a", None]).dictionary_encode(),
            }
        )
        pq.write_table(table, tmp_path / "t.pq")
        frame, notes = read_file(tmp_path / "t.pq")
        assert frame["money"].tolist()[0] == 1.25
        assert str(frame["clock"][0]).startswith("08:30:00")
        assert frame["day"].dtype.kind == "M"
        assert frame["word"].dtype == "category"
        assert "money (decimal128(9, 2))" in notes[0]
        assert "day (date32[day])" in notes[0]

    def test_whole_numbers_and_truth_values_stay_so_beside_gaps(self, tmp_path: Path) -> None:
        large = pa.array([2**60 + 1, None, 3])
        table = pa.table(
            {"n": large, "b": [True, None, False], "whole": [1, 2, 3], "t": pa.array([1, None, 2], pa.int8())}
        )
        pq.write_table(table, tmp_path / "t.parquet")
        frame, notes = read_file(tmp_path / "t.parquet")
        assert frame.dtypes.astype(str).to_dict() == {"n": "Int64", "b": "boolean", "whole": "int64", "t": "Int8"}
        assert frame["n"].tolist()[0] == 2**60 + 1
        assert notes == ()

    def test_an_index_that_pandas_wrote_does_not_shift_columns(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"key": ["a", "b", "c"], "n": pd.array([1, None, 2], "Int64"), "m": [1.5, 2, 3]})
        frame.set_index("key").to_parquet(tmp_path / "t.parquet")
        pd.testing.assert_frame_equal(read_file(tmp_path / "t.parquet")[0], frame.set_index("key"))

    def test_names_may_be_there_twice(self, tmp_path: Path) -> None:
        table = pa.Table.from_arrays([pa.array([1, None]), pa.array([3, 4])], ["a", "a"])
        pq.write_table(table, tmp_path / "t.parquet")
        frame, _ = plain_frame(read_file(tmp_path / "t.parquet")[0])
        assert [frame[name].tolist()[0] for name in frame] == [1, 3]

    @pytest.mark.skipif(not hasattr(pa, "json_"), reason="of later versions of Arrow")
    def test_extension_types_are_read_as_what_they_are_kept_as(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"x": pa.array(["{}", None], pa.json_())}), tmp_path / "t.parquet")
        frame, notes = read_file(tmp_path / "t.parquet")
        assert frame["x"].tolist()[0] == "{}"
        assert "x (extension" in notes[0]

    def test_a_zone_that_nobody_knows_is_one_line(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"x": pa.array([0], pa.timestamp("us", "Mars/Phobos"))}), tmp_path / "t.parquet")
        with pytest.raises(DataError, match="cannot be read as Parquet") as caught:
            read_file(tmp_path / "t.parquet")
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("values", [[[1, 2], None], [{"a": 1}, {"a": 2}]])
    def test_nested_types_are_refused_by_column(self, tmp_path: Path, values: list[Any]) -> None:
        pq.write_table(pa.table({"ok": [1, 2], "deep": values}), tmp_path / "t.parquet")
        with pytest.raises(DataError, match="Column 'deep' holds nested values") as caught:
            read_file(tmp_path / "t.parquet")
        assert "\n" not in str(caught.value)

    def test_a_damaged_file(self, tmp_path: Path) -> None:
        (tmp_path / "t.parquet").write_bytes(b"PAR1 but no more")
        with pytest.raises(DataError, match="cannot be read as Parquet") as caught:
            read_file(tmp_path / "t.parquet")
        assert "\n" not in str(caught.value)


def test_spreadsheets_are_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    with pytest.raises(DataError, match="save it as CSV or Parquet"):
        read_file(tmp_path / "t.xlsx")
