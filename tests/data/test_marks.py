"""Synthetic samples are never mistaken for real ones where real ones are needed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gan_augment.data.marks import is_marked, require_real
from gan_augment.errors import DataError


def write_png(path: Path, marked: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    marks = PngInfo()
    if marked:
        marks.add_text("Synthetic", "true")
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(path, pnginfo=marks)


@pytest.mark.parametrize("part", ["", "test", "Train", "valid"])
def test_images_carry_their_mark_without_a_manifest(tmp_path: Path, part: str) -> None:
    write_png(tmp_path / part / "cat" / "real.png", marked=False)
    assert not is_marked(tmp_path)
    write_png(tmp_path / part / "dog" / "fake.png", marked=True)
    assert is_marked(tmp_path)


def test_synthetic_images_behind_many_real_ones_are_seen(tmp_path: Path) -> None:
    for number in range(9):
        write_png(tmp_path / "cat" / f"real_{number}.png", marked=False)
    assert not is_marked(tmp_path)
    write_png(tmp_path / "cat" / "synthetic_0.png", marked=True)
    assert is_marked(tmp_path)


def test_a_manifest_marks_a_folder_that_is_synthetic_in_part(tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_text('{"file": "a", "synthetic": false}\n')
    assert not is_marked(tmp_path)
    (tmp_path / "manifest.jsonl").write_text('{"file": "a", "synthetic": false}\n{"file": "b", "synthetic": true}\n')
    assert is_marked(tmp_path)


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows.CSV.GZ", "rows.parquet"])
def test_a_manifest_marks_the_table_beside_it(tmp_path: Path, name: str) -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    frame.to_parquet(tmp_path / name) if name.endswith("parquet") else frame.to_csv(tmp_path / name)
    assert not is_marked(tmp_path / name)
    (tmp_path / "rows.manifest.jsonl").write_text('{"synthetic": true}\n')
    assert is_marked(tmp_path / name)


@pytest.mark.parametrize("name", ["train", "test"])
def test_a_folder_of_tables_is_marked_where_one_of_them_is(tmp_path: Path, name: str) -> None:
    for part in ("train", "test"):
        pd.DataFrame({"a": [1, 2]}).to_csv(tmp_path / f"{part}.csv", index=False)
    assert not is_marked(tmp_path)
    (tmp_path / f"{name}.manifest.jsonl").write_text('{"row": 1, "synthetic": true}\n')
    assert is_marked(tmp_path)


def test_images_without_class_folders_and_a_home_folder_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_png(tmp_path / "flat" / "fake.png", marked=True)
    assert is_marked(Path("~/flat"))


def test_parquet_and_npz_files_say_it_themselves(tmp_path: Path) -> None:
    table = pa.table({"a": [1, 2]})
    pq.write_table(table, tmp_path / "real.parquet")
    pq.write_table(table.replace_schema_metadata({"synthetic": "true"}), tmp_path / "fake.parquet")
    pq.write_table(table.replace_schema_metadata({"synthetic": "partly"}), tmp_path / "mixed.parquet")
    np.savez(tmp_path / "real.npz", X=np.zeros(2))
    np.savez(tmp_path / "fake.npz", X=np.zeros(2), synthetic=True)
    assert [is_marked(tmp_path / f"real.{kind}") for kind in ("parquet", "npz")] == [False, False]
    assert [is_marked(tmp_path / f"fake.{kind}") for kind in ("parquet", "npz")] == [True, True]
    assert is_marked(tmp_path / "mixed.parquet")


@pytest.mark.parametrize("name", ["broken.parquet", "broken.npz", "empty.npz", "absent.csv"])
def test_what_cannot_be_read_is_left_to_the_reader(tmp_path: Path, name: str) -> None:
    if not name.startswith("absent"):
        (tmp_path / name).write_bytes(b"" if name.startswith("empty") else b"not what it says")
    assert not is_marked(tmp_path / name)


def test_an_image_too_large_to_open_is_left_to_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_png(tmp_path / "cat" / "huge.png", marked=True)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 8)
    assert not is_marked(tmp_path)


def test_the_error_says_what_is_wanted(tmp_path: Path) -> None:
    write_png(tmp_path / "cat" / "fake.png", marked=True)
    with pytest.raises(DataError, match="give real samples for the test"):
        require_real(str(tmp_path), "test")
    require_real("digits", "test")
    require_real((np.zeros(2), np.zeros(2)), "test")
