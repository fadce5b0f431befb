"""What does not fit a table or its run is one clear line, and nothing is written."""

from pathlib import Path

import pytest

from tests.cli.calling import Call, people

QUICK = ("--seeds", 2, "--models", "logistic", "--arms", "none,gan-only")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "--target"),
        (("--target", "incom"), "Did you mean 'income'?"),
        (("--target", "income", "--column", "age=numerc"), "Did you mean 'numeric'?"),
        (("--target", "income", "--column", "agee=numeric"), "Did you mean 'age'?"),
        (("--target", "income", "--column", "age"), "NAME=KIND"),
        (("--target", "income", "--column", "age=numeric", "--column", "age=boolean"), "'age' twice"),
        (("--target", "income", "--column", "town=numeric"), "'town' cannot be numeric"),
        (("--target", "income", "--schema", "nowhere.json"), "nowhere.json"),
        (("--target", "income", "--encoding", "utf-9"), "'utf-9'"),
        (("--target", "income", "--image-size", 8), "--image-size is a setting of images"),
        (("--target", "income", "--flips", "both"), "--flips"),
        (("--target", "income", "--recipe", "dcgan"), "tabular"),
    ],
)
def test_a_wrong_setting_is_said_before_anything_is_written(
    args: tuple[object, ...], said: str, call: Call, train: Path, tmp_path: Path
) -> None:
    assert said in call("fit", train, "--out", tmp_path / "run", "--quiet", *args).error
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("text", ["", '{"age": ', '["age"]', '{"age": 3}', '{"age": null}', "[1]"])
def test_a_schema_that_is_no_object_of_texts_is_one_line(text: str, call: Call, train: Path, tmp_path: Path) -> None:
    (tmp_path / "kinds.json").write_text(text)
    args = ("fit", train, "--target", "income", "--out", tmp_path / "run", "--schema", tmp_path / "kinds.json")
    assert "--schema" in call(*args, "--quiet").error


def test_a_setting_of_tables_does_not_go_with_images(call: Call, tmp_path: Path) -> None:
    args = ("fit", "digits", "--out", tmp_path / "run", "--quiet", "--steps", 4)
    said = call(*args, "--target", "income").error
    assert "--target is a setting of a table, which this data is not (files that are: .csv," in said


@pytest.mark.parametrize(
    ("command", "name", "settings"),
    [
        ("generate", "out", ()),
        ("generate", "out", ("--format", "csv")),
        ("generate", "out.csv", ("--format", "npz")),
        ("augment", "out", ()),
    ],
)
def test_rows_need_a_file_that_ends_like_a_table(
    command: str, name: str, settings: tuple[str, ...], call: Call, train: Path, run: Path, tmp_path: Path
) -> None:
    given = (train, run) if command == "augment" else (run,)
    assert "ends in .csv" in call(command, *given, "--n", 6, "--out", tmp_path / name, "--quiet", *settings).error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["generate", "augment"])
def test_images_do_not_go_into_a_table(command: str, call: Call, fitted: Path, tmp_path: Path) -> None:
    if command == "augment":
        args = (command, "digits", fitted, "--strategy", "prior", "--n", 10)
    else:
        args = (command, fitted, "--per-class", 1)
    assert "need a folder" in call(*args, "--out", tmp_path / "out.csv", "--quiet").error
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_images_and_a_table_do_not_go_together(
    call: Call, fitted: Path, train: Path, run: Path, tmp_path: Path
) -> None:
    args = ("generate", fitted, "--out", tmp_path / "out", "--quiet", "--balance")
    assert "fitted on images" in call(*args, train).error
    args = ("augment", "digits", run, "--out", tmp_path / "out.csv", "--quiet")
    assert "fitted on a table" in call(*args).error


@pytest.mark.parametrize(("name", "said"), [("nothing", "not there"), ("trian.csv", "train.csv")])
def test_data_that_is_not_there_is_said_as_such(
    name: str, said: str, call: Call, files: Path, run: Path, tmp_path: Path
) -> None:
    assert said in call("augment", files / name, run, "--out", tmp_path / "out.csv", "--quiet").error


@pytest.mark.parametrize("command", ["generate", "augment", "evaluate"])
def test_data_that_lacks_a_column_of_the_run_is_one_line(
    command: str, call: Call, train: Path, run: Path, tmp_path: Path
) -> None:
    lacking = tmp_path / "data.csv"
    people(60, 0).rename(columns={"hours": "hour"}).to_csv(lacking, index=False)
    args = {
        "generate": (run, "--balance", lacking, "--out", tmp_path / "out.csv"),
        "augment": (lacking, run, "--out", tmp_path / "out.csv"),
        "evaluate": (train, "--run", run, "--test", lacking, "--out", tmp_path / "out"),
    }
    error = call(command, *args[command], "--quiet").error
    assert "'hours'" in error
    assert "Did you mean 'hour'?" in error
    assert list(tmp_path.iterdir()) == [lacking]


def test_a_class_that_the_run_does_not_know_is_one_line(call: Call, run: Path, tmp_path: Path) -> None:
    people(60, 0).replace({"income": {"high": "hihg"}}).to_csv(tmp_path / "data.csv", index=False)
    args = ("augment", tmp_path / "data.csv", run, "--out", tmp_path / "out.csv", "--quiet")
    assert "Did you mean 'high'?" in call(*args).error


def test_a_place_that_cannot_be_written_is_one_line(call: Call, run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    error = call("generate", run, "--n", 6, "--out", tmp_path / "file" / "out.csv", "--quiet").error
    assert str(tmp_path / "file") in error
