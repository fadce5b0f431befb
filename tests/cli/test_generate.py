"""`gan-augment generate`: exactly as many as asked, in every way of asking."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gan_augment.cli.options import parse_counts, parse_names
from gan_augment.errors import ConfigError
from gan_augment.generation.generator import TrainedGenerator
from tests.cli.calling import Call


def written(out: Path) -> dict[str, int]:
    """Return the images by class, as the manifest names them; every one of them must be there."""
    rows = [json.loads(line) for line in (out / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all((out / row["file"]).is_file() for row in rows)
    assert len(rows) == len(list(out.glob("*/*.png")))
    return dict(Counter(row["class"] for row in rows))


@pytest.mark.parametrize(
    ("args", "counts"),
    [
        (("--per-class", 3), {str(digit): 3 for digit in range(10)}),
        (("--per-class", 3, "--classes", "7,2"), {"2": 3, "7": 3}),
        (("--counts", "4=5, 0=2"), {"0": 2, "4": 5}),
        (("--n", 10), {str(digit): 1 for digit in range(10)}),
        (("--n", 10, "--classes", "7"), {"7": 10}),
        (("--n", 11, "--classes", "7,2"), {"2": 5, "7": 6}),
    ],
)
def test_every_way_of_asking_gives_exact_counts(
    args: tuple[object, ...], counts: dict[str, int], call: Call, fitted: Path, tmp_path: Path
) -> None:
    done = call("generate", fitted, "--out", tmp_path / "out", "--json", *args)
    assert done.json["counts"] == counts
    assert written(tmp_path / "out") == counts


def test_balance_lifts_every_class_to_the_largest(call: Call, fitted: Path, tmp_path: Path) -> None:
    labels = np.array(["3"] * 6 + ["8"] * 4)
    np.savez(tmp_path / "real.npz", X=np.zeros((10, 8, 8), np.uint8), y=labels)
    done = call("generate", fitted, "--out", tmp_path / "out", "--balance", tmp_path / "real.npz", "--classes", "3,8")
    assert done.code == 0, done.err
    assert written(tmp_path / "out") == {"8": 2}
    assert str(tmp_path / "out") in done.last_line


def test_an_npz_is_read_back_without_pickle(call: Call, fitted: Path, tmp_path: Path) -> None:
    done = call("generate", fitted, "--out", tmp_path / "s.npz", "--per-class", 2, "--format", "npz", "--json")
    with np.load(done.json["out"], allow_pickle=False) as archive:
        assert archive["X"].shape == (20, 8, 8)
        assert Counter(archive["y"].tolist()) == {str(digit): 2 for digit in range(10)}


def test_resume_finishes_without_doing_work_twice(call: Call, fitted: Path, tmp_path: Path) -> None:
    args = ("generate", fitted, "--out", tmp_path / "out", "--json", "--per-class")
    assert call(*args, 2).code == 0
    assert "--resume" in call(*args, 3).error
    done = call(*args, 3, "--resume")
    assert (done.json["n_found"], done.json["n_written"]) == (20, 10)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "exactly one of"),
        (("--per-class", 3, "--n", 30), "exactly one of"),
        (("--per-class", 0), "1 or more"),
        (("--per-class", -5), "1 or more"),
        (("--n", 0), "1 or more"),
        (("--counts", "4"), "NAME=NUMBER"),
        (("--counts", "4=many"), "NAME=NUMBER"),
        (("--counts", "four=2"), "'four'"),
        (("--counts", "4=--5"), "NAME=NUMBER"),
        (("--counts", "4=1, 4=3"), "'4' twice"),
        (("--counts", "4=1", "--classes", "4"), "leave --classes out"),
        (("--n", 5, "--classes", ""), "at least one"),
        (("--counts", "4=0"), "1 or more"),
        (("--per-class", 3, "--classes", "cat"), "'cat'"),
        (("--per-class", 3, "--seed", -1), "--seed"),
    ],
)
def test_a_wrong_number_is_one_line_and_writes_nothing(
    args: tuple[object, ...], said: str, call: Call, fitted: Path, tmp_path: Path
) -> None:
    assert said in call("generate", fitted, "--out", tmp_path / "out", "--quiet", *args).error
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_none_is_one_line(call: Call, tmp_path: Path) -> None:
    assert "run" in call("generate", tmp_path, "--out", tmp_path / "out", "--per-class", 1).error


def test_a_truncated_generator_is_one_line(call: Call, fitted: Path, tmp_path: Path) -> None:
    whole = (fitted / "generator.safetensors").read_bytes()
    (tmp_path / "generator.safetensors").write_bytes(whole[: len(whole) // 2])
    assert "truncated" in call("generate", tmp_path, "--out", tmp_path / "out", "--per-class", 1).error


def test_ctrl_c_says_how_to_go_on(call: Call, fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(TrainedGenerator, "sample_block", interrupted)
    done = call("generate", fitted, "--out", tmp_path / "out", "--per-class", 2, "--quiet")
    assert done.code == 130
    assert "go on with --resume" in done.err


def test_quotes_keep_commas_in_the_names_of_classes() -> None:
    assert parse_counts('"a,b"=3, c=1') == {"a,b": 3, "c": 1}
    assert parse_names('"a,b", it\'s') == ["a,b", "it's"]
    assert parse_names("") == []
    for nothing in ("", "\n", "a,"):
        with pytest.raises(ConfigError, match="NAME=NUMBER"):
            parse_counts(nothing)
