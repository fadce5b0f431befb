"""Real and synthetic rows in one file."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from gan_augment.data.table_schema import LabelledTable
from gan_augment.data.tables import load_table
from gan_augment.errors import ConfigError, DataError, OutputError
from gan_augment.generation import rows
from gan_augment.mixing.augment import write_mixed
from tests.fakes import FakeGenerator, FakeRowGenerator, typed_frame, typed_table

COUNTS = {"high": 100, "low, or none": 7}


@pytest.fixture
def generator() -> FakeRowGenerator:
    return FakeRowGenerator(typed_table())


def conformed(change: Callable[[pd.DataFrame], pd.DataFrame]) -> LabelledTable:
    """Return other rows, read with the schema of `typed_table`."""
    return load_table(change(typed_frame()), schema=typed_table().schema)


def lines(manifest: Path) -> list[dict]:
    return [json.loads(line) for line in manifest.read_text().splitlines()]


def test_real_rows_come_first_and_as_they_are(generator: FakeRowGenerator, tmp_path: Path) -> None:
    written = write_mixed(typed_table(), generator, COUNTS, tmp_path / "mixed.parquet")
    table = pd.read_parquet(written.path)
    pd.testing.assert_frame_equal(table[:60], typed_frame())
    assert table["income"][60:].tolist() == ["high"] * 100 + ["low, or none"] * 7
    assert (written.counts, written.n_written) == (COUNTS, 167)


@pytest.mark.parametrize("ending", ["csv", "tsv.gz"])
def test_text_files_hold_the_same_rows(ending: str, generator: FakeRowGenerator, tmp_path: Path) -> None:
    out = tmp_path / f"mixed.{ending}"
    write_mixed(typed_table(), generator, COUNTS, out)
    table = load_table(out, schema=typed_table().schema)
    pd.testing.assert_frame_equal(table.frame[:60], typed_table().frame)
    assert (len(table), table.labels[60:].sum()) == (167, 7)


def test_no_column_tells_real_from_synthetic_but_the_manifest_does(generator: FakeRowGenerator, tmp_path: Path) -> None:
    written = write_mixed(typed_table(), generator, COUNTS, tmp_path / "mixed.parquet", seed=3)
    assert list(pd.read_parquet(written.path)) == list(typed_frame())
    real, high, low = lines(written.manifest)
    assert (real["synthetic"], real["first_row"], real["n"]) == (False, 0, 60)
    assert [(row["class"], row["synthetic"], row["first_row"], row["n"], row["seed"]) for row in (high, low)] == [
        ("high", True, 60, 100, 3),
        ("low, or none", True, 160, 7, 3),
    ]


def test_the_file_says_that_it_is_synthetic_in_part_only(generator: FakeRowGenerator, tmp_path: Path) -> None:
    metadata = pq.read_schema(write_mixed(typed_table(), generator, COUNTS, tmp_path / "m.parquet").path).metadata
    assert metadata[b"synthetic"] == b"partly"
    assert metadata[b"DigitalSourceType"].endswith(b"compositeSynthetic")


def test_the_card_gives_both_numbers(generator: FakeRowGenerator, tmp_path: Path) -> None:
    card = write_mixed(typed_table(), generator, {"high": 100}, tmp_path / "m.csv").card.read_text()
    for line in ("| high | 15 | 100 |", "| low, or none | 45 | 0 |", "| **all** | 60 | 100 |"):
        assert line in card


@pytest.mark.parametrize(
    ("column", "values", "dtype"),
    [
        ("age", lambda age: age.where(age > 30), "float64"),
        ("size", lambda size: size.cat.rename_categories({"small": "tiny"}), "str"),
        ("member", lambda member: member.astype("float64"), "boolean"),
        ("town", lambda town: town.replace("Køln", "Bonn"), "str"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_values_that_the_run_never_saw_survive_among_synthetic_ones(
    ending: str,
    column: str,
    values: Callable[[pd.Series], pd.Series],
    dtype: str,
    generator: FakeRowGenerator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "_GROUP_CELLS", 1)  # real and synthetic rows are written apart
    data = conformed(lambda frame: frame.assign(**{column: values(frame[column])}))
    written = write_mixed(data, generator, COUNTS, tmp_path / f"mixed.{ending}")
    table = load_table(written.path, schema=generator.schema)
    pd.testing.assert_series_equal(table.frame[column][:60], data.frame[column])
    assert table.frame[column].dtype == pd.Series([], dtype=dtype).dtype
    assert len(table) == 167


@pytest.mark.parametrize(
    ("own", "values", "dtype"),
    [
        ("UInt64", [-5], "Float64"),
        ("float16", [70_000], "float64"),
        ("int8", [300], "int64"),
        ("int8", ["9" * 30], "float64"),
        ("Int8", [300], "Int64"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_numbers_beyond_the_runs_dtype_leave_synthetic_ones_as_they_are(
    ending: str, own: str, values: list[object], dtype: str, tmp_path: Path
) -> None:
    plain = pd.Series([0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 120] * 5) / (8 if own == "float16" else 1)
    frame = typed_frame().assign(x=plain.astype(own))
    if own[0].isupper():
        frame.loc[3, "x"] = pd.NA
    run = load_table(frame, target="income")
    far = pd.Series([*values, *range(1, 60)])
    data = load_table(frame.assign(x=far.astype(str) if isinstance(values[0], str) else far), schema=run.schema)
    written = write_mixed(data, FakeRowGenerator(run), COUNTS, tmp_path / f"m.{ending}")
    found = pd.read_parquet(written.path)["x"] if ending == "parquet" else pd.read_csv(written.path)["x"]
    assert found[0] == float(values[0])  # type: ignore[arg-type]
    assert found[60:].dropna().isin(plain).all()
    assert found[60:].isna().any() == own[0].isupper()
    assert ending == "csv" or found.dtype == dtype


@pytest.mark.parametrize("cells", [1, 10**6])
def test_identifiers_of_another_type_than_in_the_run_become_text(
    cells: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_GROUP_CELLS", cells)
    numbered = load_table(typed_frame().assign(id=range(60)), target="income")
    data = load_table(typed_frame().assign(id=[f"A{i}" for i in range(60)]), schema=numbered.schema)
    written = write_mixed(data, FakeRowGenerator(numbered), COUNTS, tmp_path / "m.parquet")
    table = pd.read_parquet(written.path)
    assert "train without 'id'" in written.notes[0]
    assert table["id"][:60].tolist() == [f"A{i}" for i in range(60)]
    assert table["id"][60:].isin([str(i) for i in range(60)]).all()


def test_real_dates_finer_than_the_run_knows_are_not_cut(generator: FakeRowGenerator, tmp_path: Path) -> None:
    data = conformed(lambda frame: frame.assign(born=frame["born"] + pd.to_timedelta("7h 30min")))
    table = pd.read_csv(write_mixed(data, generator, COUNTS, tmp_path / "mixed.csv").path)
    assert (pd.to_datetime(table["born"][:60]) == data.frame["born"]).all()
    assert (pd.to_datetime(table["born"][60:]).dt.hour == 0).all()


def test_a_finished_file_is_left_and_other_data_is_refused(generator: FakeRowGenerator, tmp_path: Path) -> None:
    write_mixed(typed_table(), generator, COUNTS, tmp_path / "m.csv")
    with pytest.raises(OutputError, match="there already"):
        write_mixed(typed_table(), generator, COUNTS, tmp_path / "m.csv")
    again = write_mixed(typed_table(), generator, COUNTS, tmp_path / "m.csv", resume=True)
    assert (again.n_written, again.n_found) == (0, 167)
    other = typed_table().subset(np.arange(60)[::-1])
    with pytest.raises(OutputError, match="other data"):
        write_mixed(other, generator, COUNTS, tmp_path / "m.csv", resume=True)
    with pytest.raises(OutputError, match="seed"):
        write_mixed(typed_table(), generator, COUNTS, tmp_path / "m.csv", seed=1, resume=True)


def test_what_does_not_belong_together_is_refused(generator: FakeRowGenerator, tmp_path: Path) -> None:
    lacking = load_table(typed_frame().drop(columns="age"), target="income")
    misspelt = load_table(typed_frame().replace({"income": {"high": "hgh"}}), target="income")
    with pytest.raises(DataError, match="'age'"):
        write_mixed(lacking, generator, COUNTS, tmp_path / "m.csv")
    with pytest.raises(DataError, match="Did you mean 'high'"):
        write_mixed(misspelt, generator, COUNTS, tmp_path / "m.csv")
    with pytest.raises(ConfigError, match=r"ends in \.csv"):
        write_mixed(typed_table(), generator, COUNTS, tmp_path / "folder")
    with pytest.raises(ConfigError, match="need a folder"):
        write_mixed(typed_table(), FakeGenerator(("high", "low")), {"high": 1}, tmp_path / "m.csv")
    assert list(tmp_path.iterdir()) == []
