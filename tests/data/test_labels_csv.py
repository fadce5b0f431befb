"""A folder with labels.csv, good and bad."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gan_augment.data.images import load_images
from gan_augment.errors import DataError

Save = Callable[..., Path]


@pytest.fixture
def root(save: Save, tmp_path: Path) -> Path:
    for i in range(4):
        save(f"set/images/{i}.png", np.full((8, 8), i, np.uint8))
    return tmp_path / "set"


def write_labels(root: Path, text: str, encoding: str = "utf-8") -> Path:
    (root / "labels.csv").write_text(text, encoding=encoding)
    return root


@pytest.mark.parametrize(
    "header", ["file,label", " Filename , CLASS ", "path;category", "file\tlabel", '"file","label"']
)
def test_header_is_tolerant(root: Path, header: str) -> None:
    mark = next((mark for mark in ";\t" if mark in header), ",")
    rows = "\n".join(f"images/{i}.png{mark}{'ab'[i % 2]}" for i in range(4))
    data = load_images(write_labels(root, f"{header}\n{rows}\n\n", "utf-8-sig"))
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert data.images[:, 0, 0, 0].tolist() == [0, 1, 2, 3]


def test_columns_in_any_order_among_others(root: Path) -> None:
    text = "label,size,file\n" + "".join(f"{'ab'[i // 2]},8,images/{i}.png\n" for i in range(4))
    assert load_images(write_labels(root, text)).labels.tolist() == [0, 0, 1, 1]


def test_missing_column(root: Path) -> None:
    with pytest.raises(DataError, match=r"columns file and label; its first line has 'images/0.png', 'a'"):
        load_images(write_labels(root, "images/0.png,a\nimages/1.png,b\n"))


def test_missing_files_are_counted_and_named(root: Path) -> None:
    with pytest.raises(DataError, match=r"names 2 of 3 files that do not exist: 'x.png', 'y.png'"):
        load_images(write_labels(root, "file,label\nimages/0.png,a\nx.png,a\ny.png,b\n"))


@pytest.mark.parametrize("empty", ["", "  ", "NaN"])
def test_missing_labels_are_counted(root: Path, empty: str) -> None:
    with pytest.raises(DataError, match=r"1 of 2 labels are missing \(first: images/1.png\)"):
        load_images(write_labels(root, f"file,label\nimages/0.png,a\nimages/1.png,{empty}\n"))


def test_two_labels_for_one_file(root: Path) -> None:
    with pytest.raises(DataError, match=r"'images/0.png' two labels, 'a' and 'b'"):
        load_images(write_labels(root, "file,label\nimages/0.png,a\nimages/0.png,b\n"))


def test_repeated_rows_are_left_out(root: Path) -> None:
    rows = "".join(f"images/{i}.png,{'ab'[i % 2]}\n" for i in range(4)) * 2
    data = load_images(write_labels(root, "file,label\n" + rows))
    assert len(data) == 4
    assert data.notes == ("Rows of labels.csv that repeat another one, left out: 4.",)


@pytest.mark.parametrize("text", ["", "file,label\n"])
def test_empty_table(root: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"no rows|nothing"):
        load_images(write_labels(root, text))


def test_text_that_is_not_utf8(root: Path) -> None:
    with pytest.raises(DataError, match="not UTF-8"):
        load_images(write_labels(root, "file,label\nimages/0.png,ä\n", "latin-1"))


def test_names_that_were_written_on_windows_are_found(root: Path) -> None:
    rows = "\n".join(f"images\\{i}.png,{'ab'[i % 2]}" for i in range(4))
    assert load_images(write_labels(root, f"file,label\n{rows}\n")).class_counts() == {"a": 2, "b": 2}
