"""What a user can get wrong with data and files: each is one clear line and exit code 2, and nothing is written."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from tests.cli.calling import TINY, Call

ODD_NAMES = ("a:b", "..hidden", "ü 猫", "x" * 120, "CON")


def pictures(folder: Path, n: int, size: int = 16) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(n)
    for i in range(n):
        Image.fromarray(rng.integers(0, 256, (size, size, 3), dtype=np.uint8)).save(folder / f"{i}.png")


def empty(data: Path) -> None:
    data.mkdir()


def one_class(data: Path) -> None:
    pictures(data / "cat", 3)


def one_image(data: Path) -> None:
    pictures(data / "cat", 3)
    pictures(data / "dog", 1)


def truncated(data: Path) -> None:
    pictures(data / "cat", 3)
    pictures(data / "dog", 3)
    whole = (data / "cat" / "1.png").read_bytes()
    (data / "cat" / "1.png").write_bytes(whole[: len(whole) // 2])


def bomb(data: Path) -> None:
    pictures(data / "cat", 3)
    pictures(data / "dog", 3)
    Image.new("1", (20000, 20000)).save(data / "dog" / "1.png")


def missing_file(data: Path) -> None:
    pictures(data, 3)
    (data / "labels.csv").write_text("file,label\n0.png,cat\n1.png,cat\n2.png,dog\nnine.png,dog\n")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (empty, "photos"),
        (one_class, "one class only"),
        (one_image, "'dog'"),
        (truncated, "1.png"),
        (bomb, "1.png"),
        (missing_file, "nine.png"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_data_that_cannot_be_used_is_one_line(
    make: Callable[[Path], None], said: str, call: Call, tmp_path: Path
) -> None:
    make(tmp_path / "photos")
    assert said in call("fit", tmp_path / "photos", "--out", tmp_path / "run", "--quiet", *TINY).error
    assert not (tmp_path / "run").exists()


def test_a_text_file_and_one_bad_image_in_many_are_passed_over_and_said(call: Call, tmp_path: Path) -> None:
    pictures(tmp_path / "photos" / "cat", 20)
    pictures(tmp_path / "photos" / "dog", 20)
    (tmp_path / "photos" / "cat" / "notes.txt").write_text("taken in May")
    (tmp_path / "photos" / "dog" / "7.png").write_bytes(b"no image")
    done = call("inspect", tmp_path / "photos", "--json")
    assert done.json["classes"] == {"cat": 20, "dog": 19}
    assert any("7.png" in note for note in done.json["notes"])


def test_an_npz_of_objects_says_how_to_save_string_labels(call: Call, tmp_path: Path) -> None:
    labels = np.array(["cat", "dog"] * 3, dtype=object)
    np.savez(tmp_path / "data.npz", X=np.zeros((6, 8, 8), np.uint8), y=labels)
    assert "dtype=str" in call("inspect", tmp_path / "data.npz").error


@pytest.mark.parametrize("command", ["fit", "generate"])
def test_a_place_that_cannot_be_written_is_one_line(command: str, call: Call, fitted: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    place = tmp_path / "file" / "out"
    args = ("fit", "digits", *TINY) if command == "fit" else ("generate", fitted, "--per-class", 1)
    assert str(tmp_path / "file") in call(*args, "--out", place, "--quiet").error


def test_a_run_from_a_newer_version_says_to_upgrade(call: Call, fitted: Path, tmp_path: Path) -> None:
    header = json.dumps({"format_version": 99})
    tensors = load_file(fitted / "generator.safetensors")
    save_file(tensors, tmp_path / "generator.safetensors", metadata={"gan_augment": header})
    assert "upgrade" in call("generate", tmp_path, "--out", tmp_path / "out", "--per-class", 1, "--quiet").error


def test_class_names_that_no_folder_could_bear_survive_the_way_round(call: Call, tmp_path: Path) -> None:
    names = [*ODD_NAMES, "a/b", "../up", "y" * 300]
    images = np.random.default_rng(0).integers(0, 256, (4 * len(names), 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "data.npz", X=images, y=np.array(names * 4))
    assert call("fit", tmp_path / "data.npz", "--out", tmp_path / "run", "--quiet", *TINY).code == 0
    done = call("generate", tmp_path / "run", "--out", tmp_path / "out" / "here", "--per-class", 1, "--json")
    assert set(done.json["counts"]) == set(names)
    rows = [json.loads(line) for line in (tmp_path / "out" / "here" / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert {row["class"] for row in rows} == set(names)
    assert len(list((tmp_path / "out" / "here").glob("*/*.png"))) == len(names)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["here"]
