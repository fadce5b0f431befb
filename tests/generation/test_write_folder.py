"""Writing class folders: exact, resumable, refusing to overwrite."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gan_augment import files
from gan_augment.errors import ConfigError, OutputError
from gan_augment.generation.writers import write_samples
from tests.fakes import FakeGenerator

COUNTS = {"cat": 150, "dog": 70}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def interrupted(out: Path, at: int = 3) -> FakeGenerator:
    generator = FakeGenerator(interrupt_at=at)
    with pytest.raises(KeyboardInterrupt):
        write_samples(generator, COUNTS, out)
    return generator


def test_every_class_gets_exactly_what_was_asked_and_the_right_pixels(tmp_path: Path) -> None:
    generator = FakeGenerator()
    written = write_samples(generator, {"dog": 70, "cat": 1}, tmp_path / "out", seed=5)
    assert (written.n_written, written.n_found, list(written.counts)) == (71, 0, ["cat", "dog"])
    assert len(list((tmp_path / "out/cat").iterdir())) == 1
    assert len(list((tmp_path / "out/dog").iterdir())) == 70
    pixels = np.asarray(Image.open(tmp_path / "out/dog/000065.png"))
    assert np.array_equal(pixels, generator.sample_block(1, 1, 5)[1])


def test_the_manifest_has_a_line_for_every_file(tmp_path: Path) -> None:
    write_samples(FakeGenerator(), COUNTS, tmp_path, seed=5)
    found = rows(tmp_path)
    assert {row["file"] for row in found} == {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.png")}
    assert found[151] == {
        "file": "dog/000001.png", "class": "dog", "index": 1, "synthetic": True, "seed": 5, "generator": "abc123"
    }  # fmt: skip


def test_the_card_names_what_a_reader_must_know(tmp_path: Path) -> None:
    generator = FakeGenerator(classes=("a|b", "dog"))
    card = write_samples(generator, {"a|b": 2, "dog": 3}, tmp_path, seed=41).card.read_text()
    for fact in (
        "synthetic",
        "`fake`",
        "abc123",
        "seed: 41",
        "| a\\|b | 2 |",
        "| **all** | 5 |",
        "Intended use",
        "Caveats",
    ):
        assert fact in card


def test_a_resumed_run_equals_an_undisturbed_one_and_draws_no_block_twice(tmp_path: Path) -> None:
    undisturbed = FakeGenerator()
    write_samples(undisturbed, COUNTS, tmp_path / "whole")
    generator = interrupted(tmp_path / "cut")
    assert not (tmp_path / "cut/README.md").exists()
    written = write_samples(generator, COUNTS, tmp_path / "cut", resume=True)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")
    assert generator.drawn == undisturbed.drawn
    assert (written.n_written, written.n_found) == (70, 150)


def test_an_interruption_while_files_are_written_leaves_only_whole_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    write_samples(FakeGenerator(), COUNTS, whole)
    calls = iter(range(1000))

    def replace_but_once(source: Path, target: Path, real=os.replace) -> None:  # type: ignore[no-untyped-def]
        if next(calls) == 70:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(files.os, "replace", replace_but_once)
    with pytest.raises(KeyboardInterrupt):
        write_samples(FakeGenerator(), COUNTS, cut)
    assert len(rows(cut)) == len(list(cut.rglob("*.png"))) == 70
    assert not list(cut.rglob("*.part"))
    write_samples(FakeGenerator(), COUNTS, cut, resume=True)
    assert contents(cut) == contents(whole)


def test_a_torn_last_line_of_the_manifest_is_mended(tmp_path: Path) -> None:
    write_samples(FakeGenerator(), COUNTS, tmp_path / "whole")
    generator = interrupted(tmp_path / "cut")
    manifest = tmp_path / "cut/manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-20])
    write_samples(generator, COUNTS, tmp_path / "cut", resume=True)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_files_lost_since_are_made_again_and_listed_once(tmp_path: Path) -> None:
    write_samples(FakeGenerator(), COUNTS, tmp_path)
    before = contents(tmp_path)
    (tmp_path / "cat/000003.png").unlink()
    (tmp_path / "dog/000069.png").write_bytes(b"")
    assert write_samples(FakeGenerator(), COUNTS, tmp_path, resume=True).n_written == 2
    after = contents(tmp_path)
    assert sorted(before.pop("manifest.jsonl").splitlines()) == sorted(after.pop("manifest.jsonl").splitlines())
    assert before == after


def test_resuming_finished_work_draws_nothing(tmp_path: Path) -> None:
    write_samples(FakeGenerator(), COUNTS, tmp_path)
    generator = FakeGenerator()
    assert write_samples(generator, COUNTS, tmp_path, resume=True).n_written == 0
    assert generator.drawn == []


def test_resuming_with_larger_counts_only_adds(tmp_path: Path) -> None:
    write_samples(FakeGenerator(), {"cat": 64}, tmp_path)
    generator = FakeGenerator()
    write_samples(generator, {"cat": 80, "dog": 1}, tmp_path, resume=True)
    assert generator.drawn == [(0, 1, 0), (1, 0, 0)]
    assert len(rows(tmp_path)) == 81


@pytest.mark.parametrize(
    ("generator", "counts", "settings", "message"),
    [
        (FakeGenerator(), COUNTS, {"seed": 1}, "seed 0, not 1"),
        (FakeGenerator(digest="other"), COUNTS, {}, "generator abc123, not other"),
        (FakeGenerator(), {"cat": 150}, {}, "not asked for"),
        (FakeGenerator(), {"cat": 149, "dog": 70}, {}, "not asked for"),
        (FakeGenerator(), COUNTS, {"format": "npz"}, "choose another"),
    ],
)
def test_a_resume_with_other_settings_does_not_mix_two_datasets(
    tmp_path: Path, generator: FakeGenerator, counts: dict[str, int], settings: dict, message: str
) -> None:
    write_samples(FakeGenerator(), COUNTS, tmp_path)
    before = contents(tmp_path)
    with pytest.raises(OutputError, match=message):
        write_samples(generator, counts, tmp_path, resume=True, **settings)
    assert contents(tmp_path) == before


def test_someone_elses_files_are_not_written_among(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        write_samples(FakeGenerator(), COUNTS, tmp_path)
    with pytest.raises(OutputError, match=r"manifest\.jsonl"):
        write_samples(FakeGenerator(), COUNTS, tmp_path, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_damaged_manifest_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    write_samples(FakeGenerator(), {"cat": 2}, tmp_path)
    with (tmp_path / "manifest.jsonl").open("a") as manifest:
        manifest.write("{nonsense\n")
    with pytest.raises(OutputError, match="line 3"):
        write_samples(FakeGenerator(), {"cat": 2}, tmp_path, resume=True)


def test_a_file_in_place_of_the_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        write_samples(FakeGenerator(), COUNTS, tmp_path / "out")
    with pytest.raises(OutputError, match="Cannot write"):
        write_samples(FakeGenerator(), COUNTS, tmp_path / "out" / "below")


def test_a_full_disk_is_a_clear_error_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "replace", full)
        with pytest.raises(OutputError, match="No space left"):
            write_samples(FakeGenerator(), COUNTS, tmp_path)
    assert write_samples(FakeGenerator(), COUNTS, tmp_path, resume=True).n_written == 220


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        *(({"cta": 1}, "Did you mean 'cat'"), ({"cat": 0}, "1 or more"), ({"cat": -1}, "1"), ({}, "No")),
        *(({"cat": 2.7}, "whole number"), ({"cat": "5"}, "whole number"), ({"cat": True}, "whole number")),
        *((10, "of each class"), ("balance", "of each class")),
    ],
)
def test_impossible_counts_touch_no_disk(tmp_path: Path, counts: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        write_samples(FakeGenerator(), counts, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "settings"),
    [("out", {"format": "nzp"}), ("out", {"seed": -1}), ("out", {"seed": 2**63}), ("out.npz", {"format": "folder"})],
)
def test_impossible_settings_touch_no_disk(tmp_path: Path, name: str, settings: dict) -> None:
    with pytest.raises(ConfigError):
        write_samples(FakeGenerator(), COUNTS, tmp_path / name, **settings)
    assert not (tmp_path / name).exists()


def test_hostile_class_names_stay_inside_the_folder_and_come_back_from_the_manifest(tmp_path: Path) -> None:
    classes = ("../up", "a/b", ".git", "x" * 300, "Cat", "cat", "猫", "nul", "README.md")
    out = tmp_path / "deep" / "out"
    write_samples(FakeGenerator(classes=classes), dict.fromkeys(classes, 2), out)
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]
    assert {row["class"] for row in rows(out)} == set(classes)
    assert all((out / row["file"]).is_file() for row in rows(out))
    assert len(list(out.rglob("*.png"))) == 18
