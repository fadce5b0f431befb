"""Tables from file to file: what every command does with one, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from gan_augment.generation.generator import TrainedGenerator
from tests.cli.calling import BRIEF, Call, people

QUICK = ("--seeds", 2, "--models", "logistic", "--arms", "none,gan-only")


def test_a_dry_run_shows_what_each_column_is_taken_for(call: Call, train: Path, tmp_path: Path) -> None:
    (tmp_path / "kinds.json").write_text('{"children": "numeric", "age": "categorical"}')
    settings = ("--schema", tmp_path / "kinds.json", "--column", "age=numeric", "--target", "income")
    done = call("fit", train, "--out", tmp_path / "run", "--dry-run", "--steps", 5, *settings)
    assert done.code == 0, done.err
    for column in ("age: numeric", "children: numeric", "income: target", "town: categorical"):
        assert column in done.out
    assert not (tmp_path / "run").exists()


def test_a_fit_ends_with_the_command_that_comes_next(call: Call, train: Path, tmp_path: Path) -> None:
    done = call("fit", train, "--target", "income", "--out", tmp_path / "run", *BRIEF)
    assert done.code == 0, done.err
    advised = done.last_line.partition("gan-augment ")[2].replace("OUT", str(tmp_path / "out")).split()
    assert call(*advised, "--json").json["n_synthetic"] == 1000


@pytest.mark.parametrize(
    ("args", "counts"),
    [
        (("--per-class", 3), {"high": 3, "low": 3}),
        (("--n", 9), {"high": 3, "low": 6}),
        (("--counts", "low=4"), {"low": 4}),
        (("--n", 9, "--classes", "high"), {"high": 9}),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_every_way_of_asking_gives_exact_counts(
    ending: str, args: tuple[object, ...], counts: dict[str, int], call: Call, run: Path, tmp_path: Path
) -> None:
    done = call("generate", run, "--out", tmp_path / f"out.{ending}", *args, "--json")
    assert done.json["counts"] == counts
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}[ending]
    table = read(done.json["out"])
    assert table["income"].tolist() == [name for name, count in counts.items() for _ in range(count)]
    assert list(table) == list(people(1, 0))


def test_parquet_has_the_dtypes_of_the_training_table_and_says_what_it_is(
    call: Call, train: Path, run: Path, tmp_path: Path
) -> None:
    done = call("generate", run, "--out", tmp_path / "out.pq", "--format", "parquet", "--n", 30)
    assert "30 synthetic rows" in done.last_line
    assert pd.read_parquet(tmp_path / "out.pq").dtypes.equals(pd.read_csv(train).dtypes)
    assert pq.read_schema(tmp_path / "out.pq").metadata[b"synthetic"] == b"true"


def test_balance_lifts_the_classes_of_data_with_the_columns_of_the_run(call: Call, run: Path, tmp_path: Path) -> None:
    people(10, 2).assign(more=1).to_csv(tmp_path / "data.csv", index=False)
    done = call("generate", run, "--out", tmp_path / "out.csv", "--balance", tmp_path / "data.csv", "--json")
    assert done.json["counts"] == {"high": 2}
    assert "'more'" in done.err


def test_augment_keeps_the_class_shares_when_nothing_is_said(
    call: Call, train: Path, run: Path, tmp_path: Path
) -> None:
    done = call("augment", train, run, "--out", tmp_path / "out.csv", "--json")
    assert (done.json["n_real"], done.json["counts"]) == (60, {"high": 20, "low": 40})
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out.csv")[:60], pd.read_csv(train))
    done = call("augment", train, run, "--out", tmp_path / "few.csv", "--n", 6, "--json")
    assert done.json["counts"] == {"high": 2, "low": 4}
    done = call("augment", train, run, "--out", tmp_path / "even.csv", "--strategy", "balance", "--json")
    assert done.json["counts"] == {"high": 20}


def test_another_encoding_is_read_where_it_is_named(call: Call, run: Path, tmp_path: Path) -> None:
    people(30, 3).to_csv(tmp_path / "data.csv", index=False, encoding="latin-1")
    args = ("augment", tmp_path / "data.csv", run, "--out", tmp_path / "out.csv", "--quiet")
    assert "--encoding latin-1" in call(*args).error
    assert call(*args, "--encoding", "latin-1").code == 0
    args = ("generate", run, "--out", tmp_path / "more.csv", "--balance", tmp_path / "data.csv", "--quiet")
    assert call(*args, "--encoding", "latin-1").code == 0
    assert set(pd.read_csv(tmp_path / "out.csv")["town"]) == {"Bonn", "Ulm", "Køln"}


def test_resume_leaves_a_finished_file(call: Call, run: Path, tmp_path: Path) -> None:
    args = ("generate", run, "--out", tmp_path / "out.csv", "--n", 9, "--json")
    assert call(*args).code == 0
    before = (tmp_path / "out.csv").read_bytes()
    assert "--resume" in call(*args, "--quiet").error
    done = call(*args, "--resume")
    assert (done.json["n_found"], done.json["n_written"]) == (9, 0)
    assert "seed" in call(*args, "--resume", "--seed", 1, "--quiet").error
    assert (tmp_path / "out.csv").read_bytes() == before


def test_evaluate_judges_models_on_rows_the_run_never_saw(call: Call, files: Path, tmp_path: Path) -> None:
    args = ("evaluate", files / "train.csv", "--run", files / "run", "--test", files / "test.csv", *QUICK)
    done = call(*args, "--out", tmp_path / "results")
    assert done.code == 0, done.err
    assert "logistic" in done.out
    assert str(tmp_path / "results") in done.last_line
    assert "--resume" in call(*args, "--out", tmp_path / "results", "--quiet").error
    again = call(*args, "--out", tmp_path / "results", "--resume", "--n", 60, "--json").json
    assert set(again["models"]["logistic"]) == {"none", "gan-only"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--share", 0.5), "--share is for runs that make images"),
        (("--steps", 5), "--steps is for runs that make images"),
        (("--per-class", 5), "--per-class is for runs that make images"),
        (("--models", "logistics"), "Did you mean 'logistic'?"),
        (("--arms", "none,classical"), "'classical'"),
        (("--n", 0), "n_prior"),
    ],
)
def test_a_setting_that_tables_do_not_have_is_one_line(
    args: tuple[object, ...], said: str, call: Call, files: Path, tmp_path: Path
) -> None:
    fixed = ("evaluate", files / "train.csv", "--run", files / "run", "--test", files / "test.csv")
    assert said in call(*fixed, "--out", tmp_path / "results", "--quiet", *args).error
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(("option", "value"), [("--models", "logistic"), ("--n", 5)])
def test_a_setting_of_tables_is_refused_for_images(
    option: str, value: object, call: Call, fitted: Path, tmp_path: Path
) -> None:
    args = ("evaluate", "digits", "--run", fitted, "--test", "digits", "--out", tmp_path / "results", "--quiet")
    assert f"{option} is for runs that make rows" in call(*args, option, value).error


def test_inspect_shows_a_run_and_a_table(call: Call, run: Path, train: Path) -> None:
    done = call("inspect", run)
    assert "Target     income" in done.out
    assert "hours: numeric" in done.out
    assert call("inspect", run, "--json").json["columns"]["town"] == "categorical"
    done = call("inspect", train, "--target", "income", "--column", "age=categorical")
    assert "'Bonn'" in done.out
    shown = call("inspect", train, "--target", "income", "--json").json
    assert (shown["n"], shown["classes"], shown["target"]) == (60, {"high": 20, "low": 40}, "income")


def test_inspect_of_a_wide_table_stays_readable(call: Call, tmp_path: Path) -> None:
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(8, 300)), columns=[f"x{i}" for i in range(300)])
    wide.assign(y=["a", "b"] * 4).to_csv(tmp_path / "wide.csv", index=False)
    done = call("inspect", tmp_path / "wide.csv", "--target", "y")
    assert len(done.out.splitlines()) < 60
    assert "more columns" in done.out


def test_ctrl_c_leaves_no_torn_table(call: Call, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(TrainedGenerator, "sample_block", interrupted)
    done = call("generate", run, "--out", tmp_path / "out.csv", "--n", 6, "--quiet")
    assert done.code == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("args", [(), ("--table",)])
def test_an_interrupted_demo_does_not_speak_of_an_option_it_lacks(
    args: tuple[str, ...], call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt("stopped at step 3; go on with --resume")

    monkeypatch.setattr("gan_augment.demo.fit", interrupted)
    done = call("demo", "--out", tmp_path / "demo", "--quiet", *args)
    assert done.code == 130
    assert "--resume" not in done.err


def test_a_manifest_names_the_seed_of_every_stretch(call: Call, run: Path, tmp_path: Path) -> None:
    done = call("generate", run, "--out", tmp_path / "out.csv", "--per-class", 2, "--seed", 7, "--json")
    rows = [json.loads(line) for line in Path(done.json["manifest"]).read_text().splitlines()]
    assert [(row["class"], row["first_row"], row["n"], row["seed"]) for row in rows] == [
        ("high", 0, 2, 7),
        ("low", 2, 2, 7),
    ]


def test_a_synthetic_table_says_what_it_is_without_being_told_its_target(call: Call, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert call("generate", run, "--n", 12, "--seed", 3, "--out", out, "--quiet").code == 0
    shown = call("inspect", out)
    assert shown.code == 0
    assert "12 of them, by generator" in shown.out
    assert "seed 3" in shown.out
    assert (tmp_path / "out.report.html").read_text().startswith("<!doctype html>")
