"""`gan-augment fit`: what it leaves, what it prints, and what it refuses before anything is written."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.calling import TINY, Call

FILES = ("generator", "curation", "training")


def test_a_run_holds_what_the_other_commands_need(call: Call, tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = call("fit", "digits", "--out", run, "--recipe", "dcgan", *TINY)
    assert done.code == 0, done.err
    assert str(run) in done.last_line
    assert all((run / f"{name}.safetensors").is_file() for name in FILES)
    assert (run / "config.json").is_file()
    assert (run / "metrics.jsonl").is_file()
    assert list((run / "samples").glob("step_*.png"))
    assert "1,797 grey images of 8x8" in done.err


def test_json_leaves_nothing_else_on_stdout(call: Call, tmp_path: Path) -> None:
    done = call("fit", "digits", "--out", tmp_path / "run", "--json", *TINY)
    assert done.json["steps"] == 4
    assert done.json["finished"] is True
    assert sum(done.json["classes"].values()) == 1797
    assert str(tmp_path / "run") in done.err.strip().splitlines()[-1]


def test_a_dry_run_prints_the_plan_and_writes_nothing(call: Call, tmp_path: Path) -> None:
    settings = ("--image-size", "12x10", "--channels", 3, "--flips", "both", *TINY[2:])
    done = call("fit", "digits", "--out", tmp_path / "run", "--dry-run", "--json", "--time", "1h30m", *settings)
    assert done.json["recipe"]["train"]["batch_size"] == 16
    assert done.json["budget"] == {"steps": None, "seconds": 5400}
    assert [done.json["schema"][key] for key in ("height", "width", "channels")] == [12, 10, 3]
    assert done.json["flips"] == ["horizontal", "vertical"]
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_for_people_is_the_plan_too(call: Call, tmp_path: Path) -> None:
    done = call("fit", "digits", "--out", tmp_path / "run", "--dry-run", "--steps", 100)
    assert "100 steps" in done.out
    assert "dry run" in done.last_line


def test_resume_goes_on_to_the_new_budget(call: Call, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert call("fit", "digits", "--out", run, "--quiet", *TINY).code == 0
    done = call("fit", "digits", "--out", run, "--quiet", "--resume", "--steps", 6, "--json")
    assert done.json["steps"] == 6


def test_ctrl_c_ends_with_130_and_a_run_that_goes_on(call: Call, tmp_path: Path) -> None:
    run = tmp_path / "run"
    args = ["fit", "digits", "--out", str(run), "--time", "1h", "--quiet", "--set", "train.log_every=1", *TINY[2:]]
    code = f"import sys; from gan_augment.cli.main import main; sys.exit(main({args}))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (run / "metrics.jsonl").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "--resume" in err
    assert call("generate", run, "--out", tmp_path / "out", "--per-class", 1, "--quiet").code == 0
    done = call("fit", "digits", "--out", run, "--quiet", "--resume", "--time", "1s", "--json")
    assert done.json["steps"] >= 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--recipe", "hing"), "Did you mean 'hinge'?"),
        (("--set", "train.batchsize=8"), "Did you mean 'train.batch_size'?"),
        (("--set", "train.batch_size"), "KEY=VALUE"),
        (("--set", "train.batch_size=many"), "many"),
        (("--steps", 0), "positive"),
        (("--steps", 5, "--time", "1m"), "not both"),
        (("--time", "soon"), "90s"),
        (("--image-size", "big"), "HxW"),
        (("--image-size", 4), "8 to 128"),
        (("--device", "tpu"), "tpu"),
        (("--device", "meta"), "meta"),
        (("--time", "0.001s"), "reading the data"),
        (("--recipe", "r3", "--set", "generator.lr.start=0"), "generator.lr.start=0"),
        (("--recipe", "dcgan", "--set", "network.spectral=true"), "network.spectral=false"),
    ],
)
def test_a_wrong_setting_is_said_before_anything_is_written(
    args: tuple[object, ...], said: str, call: Call, tmp_path: Path
) -> None:
    assert said in call("fit", "digits", "--out", tmp_path / "run", "--quiet", *args).error
    assert not (tmp_path / "run").exists()


def test_data_that_is_not_there_is_one_line(call: Call, tmp_path: Path) -> None:
    assert "photos" in call("fit", tmp_path / "photos", "--out", tmp_path / "run", "--quiet").error


def test_finished_work_is_not_overwritten(call: Call, fitted: Path) -> None:
    before = (fitted / "generator.safetensors").read_bytes()
    assert "--resume" in call("fit", "digits", "--out", fitted, "--quiet", *TINY).error
    assert (fitted / "generator.safetensors").read_bytes() == before


def test_a_name_that_no_disk_can_bear_is_one_line(call: Call, tmp_path: Path) -> None:
    assert "name too long" in call("fit", "digits", "--out", tmp_path / ("x" * 300), "--quiet", *TINY).error
    assert "name too long" in call("inspect", "x" * 300).error


def test_a_file_in_the_way_of_the_run_is_one_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    assert str(tmp_path / "run") in call("fit", "digits", "--out", tmp_path / "run", "--quiet", *TINY).error
    assert (tmp_path / "run").read_text() == "mine"
