"""Writing tables: exact, typed, streamed, marked as synthetic, refusing to overwrite."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from gan_augment.data.tables import load_table
from gan_augment.errors import ConfigError, OutputError
from gan_augment.generation import rows
from gan_augment.generation.writers import write_samples
from tests.fakes import BLOCK, FakeGenerator, FakeRowGenerator, typed_frame, typed_table

COUNTS = {"high": 150, "low, or none": 70}
ENDINGS = ["csv", "csv.gz", "tsv", "tsv.gz", "parquet", "pq"]


@pytest.fixture
def generator() -> FakeRowGenerator:
    return FakeRowGenerator(typed_table())


def expected(generator: FakeRowGenerator, seed: int = 0) -> pd.DataFrame:
    labels = np.repeat([0, 1], list(COUNTS.values()))
    frames = [f for label, n in enumerate(COUNTS.values()) for f in generator.iter_samples(label, 0, n, seed)]
    return generator.table.schema.assemble(pd.concat(frames, ignore_index=True), labels)


def lines(manifest: Path) -> list[dict]:
    return [json.loads(line) for line in manifest.read_text().splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_holds_exactly_the_rows_asked_for_in_label_order(
    ending: str, generator: FakeRowGenerator, tmp_path: Path
) -> None:
    written = write_samples(generator, dict(reversed(COUNTS.items())), tmp_path / f"set.{ending}", seed=3)
    table = load_table(written.path, schema=generator.table.schema)
    wanted = expected(generator, 3)
    assert list(table.schema.assemble(table.frame, table.labels)) == list(typed_frame())
    pd.testing.assert_frame_equal(table.frame, wanted.drop(columns="income"))
    assert table.labels.tolist() == [0] * 150 + [1] * 70
    assert (written.counts, written.n_written, written.n_found) == (COUNTS, 220, 0)
    assert set(contents(tmp_path)) == {f"set.{ending}", "set.manifest.jsonl", "set.md"}


def test_a_tsv_is_divided_by_tabs(generator: FakeRowGenerator, tmp_path: Path) -> None:
    for name, tab in (("a.tsv", True), ("b.csv", False)):
        text = write_samples(generator, {"high": 1}, tmp_path / name).path.read_text(encoding="utf-8")
        assert ("\t" in text) == tab


def test_parquet_gives_back_the_dtypes_of_the_training_table(generator: FakeRowGenerator, tmp_path: Path) -> None:
    write_samples(generator, COUNTS, tmp_path / "set.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "set.parquet"), expected(generator))


def test_a_first_group_without_any_value_does_not_fix_the_type_of_a_column(
    generator: FakeRowGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_GROUP_CELLS", 1)
    gaps = pd.Series([None] * BLOCK, dtype=object)

    class Gappy(FakeRowGenerator):
        def noise(self, rng: np.random.Generator) -> pd.DataFrame:
            town = gaps if len(self.drawn) == 1 else gaps.fillna("Ulm")
            return super().noise(rng).assign(town=town)

    write_samples(Gappy(generator.table), COUNTS, tmp_path / "set.parquet")
    towns = pd.read_parquet(tmp_path / "set.parquet")["town"]
    assert (towns.isna().sum(), (towns == "Ulm").sum()) == (BLOCK, 220 - BLOCK)


def test_dates_look_alike_in_every_group_of_a_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_GROUP_CELLS", 1)
    hours = pd.to_datetime(["2024-03-01 00:00", "2024-03-01 07:30"] * 15)
    table = load_table(pd.DataFrame({"at": hours, "x": range(30), "y": ["a", "b"] * 15}), target="y")

    class Midnight(FakeRowGenerator):
        def noise(self, rng: np.random.Generator) -> pd.DataFrame:
            return self.table.frame.iloc[[len(self.drawn) % 2] * BLOCK]

    write_samples(Midnight(table), {"a": 2 * BLOCK}, tmp_path / "set.csv")
    assert set(pd.read_csv(tmp_path / "set.csv")["at"]) == {"2024-03-01 00:00:00", "2024-03-01 07:30:00"}


@pytest.mark.parametrize("word", ["two\rlines", "two\nlines", "two\r\nlines"])
def test_text_of_several_lines_comes_back_from_a_csv(tmp_path: Path, word: str) -> None:
    frame = pd.DataFrame({"word": [word, None, "plain"] * 20, "x": range(60), "y": ["a", "b"] * 30})
    table = load_table(frame, target="y")
    written = write_samples(FakeRowGenerator(table), {"a": 150}, tmp_path / "set.csv")
    again = load_table(written.path, schema=table.schema).frame["word"]
    assert {value for value in again if isinstance(value, str)} == {word, "plain"}
    assert again.isna().any()


def test_what_a_csv_does_not_give_back_is_said(tmp_path: Path) -> None:
    frame = pd.DataFrame({"land": ["NA", "DE", "n/a"] * 20, " x": range(60), "y": ["a", "NULL"] * 30})
    source = FakeRowGenerator(load_table(frame, target="y"))
    assert write_samples(source, {"a": 1}, tmp_path / "set.csv").notes == (
        "Text that is read from a CSV as a missing value: 'NA', 'NULL', 'n/a' in 'land', 'y'. Parquet keeps it.",
        "Names that are read from a CSV without the blanks around them: ' x'. Parquet keeps them.",
    )
    assert write_samples(source, {"a": 1}, tmp_path / "other.parquet").notes == ()


def test_a_parquet_file_says_that_it_is_synthetic(generator: FakeRowGenerator, tmp_path: Path) -> None:
    write_samples(generator, COUNTS, tmp_path / "set.parquet", seed=41)
    metadata = pq.read_schema(tmp_path / "set.parquet").metadata
    assert metadata[b"DigitalSourceType"].endswith(b"trainedAlgorithmicMedia")
    assert [metadata[key] for key in (b"synthetic", b"generator", b"seed")] == [b"true", b"abc123", b"41"]


def test_the_manifest_says_where_each_class_lies(generator: FakeRowGenerator, tmp_path: Path) -> None:
    written = write_samples(generator, COUNTS, tmp_path / "set.csv", seed=41)
    origin = {"synthetic": True, "seed": 41, "generator": "abc123"}
    assert lines(written.manifest) == [
        {"file": "set.csv", "class": "high", "first_row": 0, "n": 150} | origin,
        {"file": "set.csv", "class": "low, or none", "first_row": 150, "n": 70} | origin,
    ]


def test_the_card_speaks_of_rows_and_promises_no_privacy(generator: FakeRowGenerator, tmp_path: Path) -> None:
    card = write_samples(generator, COUNTS, tmp_path / "set.csv", seed=41).card.read_text()
    for fact in ("synthetic", "`fake`", "abc123", "seed: 41", "columns: 9", "`income`", "| high | 150 |", "closely"):
        assert fact in card
    assert "image" not in card
    assert "anonym" not in card.lower()


def test_equal_rows_are_equal_bytes(generator: FakeRowGenerator, tmp_path: Path) -> None:
    for name in ("set.csv.gz", "other.parquet"):
        first, second = (write_samples(generator, COUNTS, tmp_path / folder / name) for folder in ("a", "b"))
        assert first.path.read_bytes() == second.path.read_bytes()
    assert gzip.decompress((tmp_path / "a/set.csv.gz").read_bytes()).startswith(b"age,score,income,")


def test_groups_are_not_gathered_in_memory(
    generator: FakeRowGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_GROUP_CELLS", 3 * BLOCK * 9)
    groups: list[int] = []
    concat = pd.concat

    def counted(tables: list[pd.DataFrame], **settings: bool) -> pd.DataFrame:
        groups.append(sum(map(len, tables)))
        return concat(tables, **settings)

    monkeypatch.setattr(rows.pd, "concat", counted)
    write_samples(generator, {"high": 10 * BLOCK}, tmp_path / "set.parquet")
    assert groups == [3 * BLOCK, 3 * BLOCK, 3 * BLOCK, BLOCK]
    assert pq.read_metadata(tmp_path / "set.parquet").num_row_groups == 4


def test_an_interruption_leaves_nothing_half_done_and_a_resume_writes_it_anew(
    generator: FakeRowGenerator, tmp_path: Path
) -> None:
    whole = write_samples(generator, COUNTS, tmp_path / "whole/set.csv")
    generator.drawn, generator.interrupt_at = [], 2
    (tmp_path / "cut").mkdir()
    with pytest.raises(KeyboardInterrupt):
        write_samples(generator, COUNTS, tmp_path / "cut/set.csv")
    assert contents(tmp_path / "cut") == {}
    assert write_samples(generator, COUNTS, tmp_path / "cut/set.csv", resume=True).n_written == 220
    assert contents(tmp_path / "cut") == contents(whole.path.parent)


def test_a_finished_file_is_left_as_it_is_and_grows_when_more_is_asked_for(
    generator: FakeRowGenerator, tmp_path: Path
) -> None:
    out = tmp_path / "set.csv"
    write_samples(generator, COUNTS, out)
    generator.drawn.clear()
    again = write_samples(generator, COUNTS, out, resume=True)
    assert (again.n_written, again.n_found, generator.drawn) == (0, 220, [])
    grown = write_samples(generator, COUNTS | {"high": 151}, out, resume=True)
    assert (grown.n_written, len(pd.read_csv(out)), lines(grown.manifest)[0]["n"]) == (221, 221, 151)


def test_an_interrupted_growth_keeps_what_was_finished(generator: FakeRowGenerator, tmp_path: Path) -> None:
    write_samples(generator, COUNTS, tmp_path / "set.csv")
    before = contents(tmp_path)
    generator.interrupt_at = len(generator.drawn) + 1
    with pytest.raises(KeyboardInterrupt):
        write_samples(generator, COUNTS | {"high": 151}, tmp_path / "set.csv", resume=True)
    assert contents(tmp_path) == before


def test_a_file_is_never_beside_the_manifest_of_another(
    generator: FakeRowGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "set.csv"
    write_samples(generator, COUNTS, out)

    def stop(path: Path, content: bytes) -> None:
        if path.suffix == ".jsonl":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rows, "write_atomically", stop)
        with pytest.raises(KeyboardInterrupt):
            write_samples(generator, COUNTS | {"high": 151}, out, resume=True)
    assert not out.exists()
    assert write_samples(generator, COUNTS | {"high": 151}, out, resume=True).n_written == 221


@pytest.mark.parametrize(
    ("digest", "counts", "seed"),
    [("abc123", COUNTS, 1), ("other", COUNTS, 0), ("abc123", {"high": 150}, 0), ("abc123", COUNTS | {"high": 149}, 0)],
)
def test_a_resume_with_other_settings_loses_nothing(
    digest: str, counts: dict[str, int], seed: int, generator: FakeRowGenerator, tmp_path: Path
) -> None:
    write_samples(generator, COUNTS, tmp_path / "set.csv")
    before = contents(tmp_path)
    with pytest.raises(OutputError):
        write_samples(FakeRowGenerator(generator.table, digest), counts, tmp_path / "set.csv", seed=seed, resume=True)
    assert contents(tmp_path) == before


def test_what_is_there_already_is_not_overwritten(generator: FakeRowGenerator, tmp_path: Path) -> None:
    write_samples(generator, COUNTS, tmp_path / "done.csv")
    (tmp_path / "notes.md").write_text("mine")
    (tmp_path / "table.csv").write_text("mine")
    before = contents(tmp_path)
    for name in ("done.csv", "done.parquet", "notes.csv", "table.csv"):
        with pytest.raises(OutputError, match="there already"):
            write_samples(generator, COUNTS, tmp_path / name)
    for name in ("notes.csv", "table.csv"):
        with pytest.raises(OutputError, match="to resume from"):
            write_samples(generator, COUNTS, tmp_path / name, resume=True)
    with pytest.raises(OutputError, match="another format"):
        write_samples(generator, COUNTS, tmp_path / "done.parquet", resume=True)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("n", ['"many"', "null"])
def test_a_damaged_manifest_is_no_traceback(n: str, generator: FakeRowGenerator, tmp_path: Path) -> None:
    written = write_samples(generator, COUNTS, tmp_path / "set.csv")
    written.manifest.write_text(written.manifest.read_text().replace("150", n))
    with pytest.raises(OutputError):
        write_samples(generator, COUNTS, tmp_path / "set.csv", resume=True)


@pytest.mark.parametrize(
    ("name", "format"),
    [("set", None), ("set.npz", None), ("set.xlsx", None), ("set", "csv"), ("set.csv", "parquet"), ("set", "folder")],
)
def test_rows_go_into_a_file_that_ends_like_a_table(
    name: str, format: str | None, generator: FakeRowGenerator, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"ends in \.csv"):
        write_samples(generator, COUNTS, tmp_path / name, format=format)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "format"), [("set.csv", None), ("set.parquet", "folder"), ("set", "csv")])
def test_images_do_not_go_into_a_table(name: str, format: str | None, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="need a folder"):
        write_samples(FakeGenerator(), {"cat": 1}, tmp_path / name, format=format)
    assert list(tmp_path.iterdir()) == []


def test_images_take_the_format_that_out_ends_like(tmp_path: Path) -> None:
    assert np.load(write_samples(FakeGenerator(), {"cat": 1}, tmp_path / "set.npz").path)["X"].shape == (1, 8, 9, 3)


def test_a_table_of_thousands_of_columns_goes_in_small_groups(tmp_path: Path) -> None:
    n_columns = 3000
    numbers = np.random.default_rng(0).normal(size=(30, n_columns))
    table = load_table((numbers, ["a", "b"] * 15))
    written = write_samples(FakeRowGenerator(table), {"a": 500}, tmp_path / "wide.parquet")
    metadata = pq.read_metadata(written.path)
    assert (metadata.num_rows, metadata.num_columns) == (500, n_columns + 1)
    assert metadata.row_group(0).num_rows < 500


def test_a_column_may_be_called_self(tmp_path: Path) -> None:
    frame = typed_frame().rename(columns={"joined": "self", "age": "table"})
    table = load_table(frame, target="income")
    written = write_samples(FakeRowGenerator(table), {"high": 3}, tmp_path / "set.csv")
    assert list(pd.read_csv(written.path)) == list(frame)
