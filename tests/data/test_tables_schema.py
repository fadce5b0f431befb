"""Schemas of runs: what comes back, what must be the same later, and hashes of rows."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gan_augment import config
from gan_augment.data.table_fingerprints import row_fingerprints
from gan_augment.data.table_inference import infer_column, override_column
from gan_augment.data.table_schema import Column, LabelledTable, TableSchema
from gan_augment.data.tables import load_table
from gan_augment.errors import ConfigError, DataError

N = 60


def real_frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, N),
            "pay": rng.normal(size=N).round(2),
            "flag": rng.random(N) < 0.5,
            "city": [f"city{i % 3}" for i in range(N)],
            "income": [0, 1] * (N // 2),
            "size": pd.Categorical(["S", "M", "L"] * (N // 3), ["S", "M", "L"], ordered=True),
            "day": pd.Series(pd.date_range("2020-01-01", periods=N)).dt.strftime("%Y-%m-%d"),
            "zone": pd.Series(pd.date_range("2020-01-01", periods=N)).dt.tz_localize("Europe/Berlin"),
            "few": pd.array([1, 2, None] * (N // 3), dtype="Int64"),
        }
    )


@pytest.fixture
def table() -> LabelledTable:
    return load_table(real_frame(), target="income")


def load(frame: pd.DataFrame, run: LabelledTable) -> LabelledTable:
    return load_table(frame, schema=run.schema)


class TestComingBack:
    def test_a_table_can_be_put_together_again(self, table: LabelledTable) -> None:
        pd.testing.assert_frame_equal(table.schema.assemble(table.frame, table.labels), real_frame())
        assert table.schema.names == list(real_frame())

    def test_a_schema_survives_json(self, table: LabelledTable) -> None:
        plain = json.loads(json.dumps(config.to_dict(table.schema)))
        assert config.from_dict(TableSchema, plain) == table.schema

    @pytest.mark.parametrize("name", ["day", "zone"])
    def test_datetimes_come_back_from_seconds(self, table: LabelledTable, name: str) -> None:
        column = next(column for column in table.schema.columns if column.name == name)
        seconds = pd.Series(column.numbers(table.frame[name])) + 60  # rounded off again: all were midnights
        seconds[3] = np.nan
        back = column.restore(seconds)
        assert back.isna().tolist() == [i == 3 for i in range(N)]
        pd.testing.assert_series_equal(back.drop(3), table.frame[name].drop(3))

    def test_seconds_are_those_of_utc(self) -> None:
        moments = pd.Series(pd.to_datetime(["2024-07-01T00:00:00Z"])).dt.tz_convert("Europe/Berlin").rename("x")
        column = infer_column(pd.concat([moments, moments + pd.Timedelta(hours=1)], ignore_index=True)).column
        assert column.numbers(moments).tolist() == [1719792000.0]
        assert column.resolution == "h"

    def test_midnights_stay_midnights_where_the_clock_changes(self) -> None:
        days = pd.Series(pd.date_range("2024-03-29", periods=4, freq="D", tz="Europe/Berlin")).rename("x")
        column = infer_column(days).column
        assert column.resolution == "D"
        near = days.dt.tz_convert("UTC").dt.tz_localize(None) + pd.Timedelta(hours=5)
        pd.testing.assert_series_equal(column.restore(near), days)

    def test_dates_in_another_form_come_back_in_it(self) -> None:
        texts = pd.Series(["31/12/2024", np.nan, "01/02/2023"], name="x")
        column = override_column(texts, "datetime").column
        pd.testing.assert_series_equal(column.restore(pd.Series(column.numbers(texts))), texts)

    @pytest.mark.parametrize("dtype", ["int8", "Int16", "float32", "Float64"])
    def test_numbers_come_back_from_floats(self, dtype: str) -> None:
        values = pd.Series([1, 2, 3], name="x").astype(dtype)
        column = infer_column(values).column
        pd.testing.assert_series_equal(column.restore(pd.Series(column.numbers(values))), values)

    def test_missing_text_is_not_a_word(self) -> None:
        values = Column("x", "categorical", "str").restore(pd.Series(["a", None, np.nan], dtype=object))
        assert values.isna().tolist() == [False, True, True]


class TestLater:
    def test_the_same_columns_come_in_the_runs_order(self, table: LabelledTable) -> None:
        again = load(real_frame()[sorted(real_frame())], table)
        assert again.schema is table.schema
        assert again.notes == ()
        pd.testing.assert_frame_equal(again.frame, table.frame)
        np.testing.assert_array_equal(again.labels, table.labels)

    def test_a_csv_of_it_gives_the_same_table(self, table: LabelledTable, tmp_path: Path) -> None:
        real_frame().to_csv(tmp_path / "t.csv", index=False)
        again = load_table(tmp_path / "t.csv", schema=table.schema)
        assert (again.frame.dtypes == table.frame.dtypes).all()
        assert again.digest() == table.digest()

    def test_text_stays_text_where_a_part_looks_like_numbers(self, tmp_path: Path) -> None:
        run = load_table(pd.DataFrame({"code": ["1", "2", "A"] * 9, "y": ["a", "b", "c"] * 9}), target="y")
        (tmp_path / "t.csv").write_text("code,y\n1,a\n,b\n2,c\n", encoding="utf-8")
        assert load_table(tmp_path / "t.csv", schema=run.schema).frame["code"].tolist()[0] == "1"

    def test_a_missing_column_offers_the_nearest(self, table: LabelledTable) -> None:
        with pytest.raises(DataError, match="no column 'age'. Did you mean 'Age'"):
            load(real_frame().rename(columns={"age": "Age"}), table)
        with pytest.raises(DataError, match="no column 'income'"):
            load(real_frame().drop(columns="income"), table)

    def test_other_columns_are_dropped_and_said(self, table: LabelledTable) -> None:
        again = load(real_frame().assign(more=1), table)
        assert "more" not in again.frame
        assert again.notes == ("Columns that the run does not have are left out: 'more'.",)

    def test_an_unknown_class_is_refused_and_small_ones_are_not(self, table: LabelledTable) -> None:
        with pytest.raises(DataError, match="Unknown class '2'"):
            load(real_frame().assign(income=2), table)
        assert load(real_frame().assign(income=1), table).class_counts() == {"0": 0, "1": N}

    @pytest.mark.parametrize("name", ["city", "size", "few"])
    def test_values_that_the_run_never_saw_are_kept_and_said(self, table: LabelledTable, name: str) -> None:
        frame = real_frame()
        frame[name] = frame[name].astype(object)
        frame.loc[3, name] = 99 if name == "few" else "odd"
        again = load(frame, table)
        assert again.frame[name].tolist()[3] == frame[name][3]
        assert len(again.notes) == 2 - (name != "few")
        assert again.notes[-1] == f"Values that the run never saw are kept in {name!r} ({str(frame[name][3])!r})."

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("age", "old", "'age' is numeric .int64. in the run.*such as 'old'"),
            ("flag", "maybe", "'flag' is boolean"),
            ("flag", 2, "'flag' is boolean"),
            ("day", "soon", "'day' is datetime"),
            ("zone", "soon", "'zone' is datetime"),
            ("zone", 3.5, "'zone' is datetime"),
        ],
    )
    def test_values_of_another_type_are_refused_by_column(
        self, table: LabelledTable, name: str, value: Any, words: str
    ) -> None:
        frame = real_frame()
        frame[name] = pd.Series([value] * N)
        with pytest.raises(DataError, match=words) as caught:
            load(frame, table)
        assert "\n" not in str(caught.value)

    def test_missing_numbers_that_the_run_had_none_of_are_kept_and_said(self, table: LabelledTable) -> None:
        frame = real_frame().astype({"age": float})
        frame.loc[0, "age"] = np.nan
        again = load(frame, table)
        assert again.frame["age"].isna().sum() == 1
        assert again.notes[0].endswith("are kept as they are in 'age'.")

    @pytest.mark.parametrize(("dtype", "value"), [("int8", 300), ("uint8", -1), ("float32", 1e39), ("Int16", 2**20)])
    def test_numbers_too_large_for_the_runs_dtype_are_kept_and_said(self, dtype: str, value: float) -> None:
        frame = pd.DataFrame({"x": np.arange(N) % 50, "z": np.arange(N) / 7, "y": ["a", "b"] * (N // 2)})
        run = load_table(frame.astype({"x": dtype}), target="y")
        again = load(frame.assign(x=[value, *range(1, N)]), run)
        assert again.frame["x"].tolist() == [value, *range(1, N)]
        assert again.notes[0].endswith("are kept as they are in 'x'.")

    @pytest.mark.parametrize("here", [2**63, float(2**63)])
    def test_the_largest_numbers_do_not_wrap(self, here: float) -> None:
        frame = pd.DataFrame({"x": np.arange(N) * 7, "z": np.arange(N) / 7, "y": ["a", "b"] * (N // 2)})
        run = load_table(frame, target="y")
        values = np.full(N, here, dtype=np.uint64 if isinstance(here, int) else np.float64)
        again = load(frame.assign(x=values), run)
        assert (again.frame["x"] == 2**63).all()

    def test_text_that_is_read_as_numbers_is_said_where_it_had_zeros_in_front(self, table: LabelledTable) -> None:
        again = load(real_frame().assign(age=[f"{age:04}" for age in real_frame()["age"]]), table)
        assert again.frame["age"].tolist() == real_frame()["age"].tolist()
        assert again.notes[0] == "Text is read as numbers, which have no zeros in front, in 'age'."
        assert not load(real_frame().astype({"age": str}), table).notes[1:]

    @pytest.mark.parametrize("odd", ["inf", "1e999"])
    def test_infinite_numbers_in_text_are_refused(self, table: LabelledTable, odd: str) -> None:
        with pytest.raises(DataError, match="mend these values"):
            load(real_frame().assign(age=[odd, *["7"] * (N - 1)]), table)

    def test_times_that_the_runs_dates_have_not_are_left_out_and_said(self, table: LabelledTable) -> None:
        days = pd.to_datetime(real_frame()["day"])
        assert not load(real_frame().assign(day=days), table).notes
        again = load(real_frame().assign(day=days + pd.Timedelta(hours=5)), table)
        assert again.frame["day"].tolist() == real_frame()["day"].tolist()
        assert again.notes == ("Times of day, which the run's dates have none of, are left out in 'day'.",)

    def test_finer_times_than_the_runs_are_kept(self, table: LabelledTable) -> None:
        times = (table.frame["zone"] + pd.Timedelta(minutes=5)).astype(str)
        again = load(real_frame().assign(zone=times), table)
        assert again.frame["zone"].dtype == table.frame["zone"].dtype
        assert (again.frame["zone"] - table.frame["zone"] == pd.Timedelta(minutes=5)).all()

    def test_identifiers_and_constants_may_be_anything(self) -> None:
        frame = pd.DataFrame({"id": range(N), "one": 1, "x": np.arange(N) / 7, "y": ["a", "b"] * (N // 2)})
        run = load_table(frame, target="y")
        again = load(frame.assign(id=[f"n{i}" for i in range(N)], one=[0.5, np.nan] * (N // 2)), run)
        assert again.frame["id"].tolist()[0] == "n0"
        assert again.frame["one"].tolist()[0] == 0.5

    def test_identifiers_keep_their_zeros_and_stay_whole_beside_gaps(self) -> None:
        frame = pd.DataFrame({"id": range(N), "x": np.arange(N) / 7, "y": ["a", "b"] * (N // 2)})
        run = load_table(frame, target="y")
        words = [f"{i:05}" for i in range(N)]
        assert load(frame.assign(id=words), run).frame["id"].tolist() == words
        gaps = pd.array([None, *range(2**60, 2**60 + N - 1)], dtype="Int64")
        assert load(frame.assign(id=gaps), run).frame["id"].tolist()[1:] == gaps.tolist()[1:]

    def test_settings_other_than_the_runs_are_refused(self, table: LabelledTable) -> None:
        with pytest.raises(ConfigError, match="target is 'income', not 'city'"):
            load_table(real_frame(), target="city", schema=table.schema)
        with pytest.raises(ConfigError, match="'few' is categorical in the run, not numeric"):
            load_table(real_frame(), schema=table.schema, columns={"few": "numeric"})
        same = load_table(real_frame(), target="income", schema=table.schema, columns={"few": "categorical"})
        assert same.schema is table.schema


class TestFingerprints:
    def test_they_are_known_bytes(self) -> None:
        frame = pd.DataFrame({"a": [1, 1], "b": ["x", None], "c": [0.5, np.nan]})
        digest = hashlib.sha256(row_fingerprints(frame).tobytes()).hexdigest()
        assert digest == "41c43ed430fa442f5f257f98b2fa3df466ee1b5ede7a22be855a6997f6bf6581"

    def test_storage_makes_no_difference(self) -> None:
        plain = pd.DataFrame({"s": ["a", None, "b"], "n": [1.0, np.nan, 3.0], "z": pd.to_datetime(["2024-01-01"] * 3)})
        others = [
            plain.astype({"s": object}),
            plain.astype({"s": "string"}),
            plain.astype({"s": "category"}),
            plain.astype({"n": "Int64"}),
            plain.astype({"n": "float32"}),
            plain.astype({"z": "datetime64[s]"}),
            plain.assign(z=plain["z"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")),
        ]
        for other in others:
            np.testing.assert_array_equal(row_fingerprints(other), row_fingerprints(plain))

    def test_how_a_file_was_read_makes_no_difference(self, tmp_path: Path) -> None:
        frame = real_frame().drop(columns=["size", "zone", "few"]).assign(gaps=[0.5, None, 2.0] * (N // 3))
        frame.to_csv(tmp_path / "t.csv", index=False)
        frame.to_parquet(tmp_path / "t.parquet")
        digests = {load_table(tmp_path / name, target="income").digest() for name in ("t.csv", "t.parquet")}
        assert digests == {load_table(frame, target="income").digest()}

    def test_a_row_has_the_same_hash_in_every_table(self, table: LabelledTable) -> None:
        rows = np.array([5, 3, 11])
        np.testing.assert_array_equal(table.subset(rows).fingerprints(), table.fingerprints()[rows])

    def test_every_value_and_its_place_count(self) -> None:
        rows = pd.DataFrame({"a": [1, 1, 2, None, 3], "b": [2, 3, 1, 1, None]})
        assert len(np.unique(row_fingerprints(rows), axis=0)) == 5
        words = pd.DataFrame({"a": ["x", "y", "", None, "nan"]})
        assert len(np.unique(row_fingerprints(words), axis=0)) == 5

    def test_negative_zero_is_zero(self) -> None:
        pair = row_fingerprints(pd.DataFrame({"a": [0.0, -0.0]}))
        np.testing.assert_array_equal(pair[0], pair[1])

    def test_identifiers_do_not_hide_a_copy_but_count_in_the_digest(self) -> None:
        frame = pd.DataFrame({"id": range(N), "x": np.arange(N) / 7, "y": ["a", "b"] * (N // 2)})
        one, two = (load_table(frame.assign(id=frame["id"] + shift), target="y") for shift in (0, 1000))
        np.testing.assert_array_equal(one.fingerprints(), two.fingerprints())
        assert one.digest() != two.digest()

    def test_labels_count_in_the_digest(self, table: LabelledTable) -> None:
        other = load_table(real_frame().assign(income=[1, 0] * (N // 2)), target="income")
        assert other.digest() != table.digest()
