"""`gan-augment fit --init-from`: a run on related data goes on from another one, or says in a line why not."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cli.calling import BRIEF, TINY, Call

UNSAID = TINY[:4]


@pytest.fixture
def related(tmp_path: Path) -> Path:
    """Return an .npz of grey images of 8x8: digits 3 and 8, and the letter x."""
    images = np.random.default_rng(0).integers(0, 256, (24, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "related.npz", X=images, y=np.array(["3", "8", "x"] * 8))
    return tmp_path / "related.npz"


def test_a_run_that_began_with_another_says_so(call: Call, fitted: Path, related: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = call("fit", related, "--out", run, "--init-from", fitted, *UNSAID)
    assert done.code == 0, done.err
    line = f"with {fitted} (r3, fitted on 1,797 images of 10 classes; 2 classes by name)"
    assert f"Begins     {line}" in done.err
    shown = call("inspect", run)
    assert f"Began      {line}" in shown.out
    assert call("inspect", run, "--json").json["config"]["begun"]["n_known"] == 2
    assert call("fit", related, "--out", run, "--resume", "--steps", 5, "--quiet").code == 0


def test_auto_names_the_run_that_is_gone_with_which_this_one_began(
    call: Call, fitted: Path, related: Path, tmp_path: Path
) -> None:
    donor, run = tmp_path / "donor", tmp_path / "run"
    shutil.copytree(fitted, donor)
    assert call("fit", related, "--out", run, "--init-from", donor, *UNSAID).code == 0
    shutil.rmtree(donor)
    done = call("augment", related, run, "--out", tmp_path / "out", "--strategy", "auto", "--quiet")
    assert done.code == 2
    assert f"{donor}, which the run began with, is gone" in done.error


def test_a_dry_run_says_with_what_it_would_begin(call: Call, fitted: Path, related: Path, tmp_path: Path) -> None:
    done = call("fit", related, "--out", tmp_path / "run", "--init-from", fitted, "--dry-run", *UNSAID)
    assert "2 classes by name)" in done.out
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--image-size", 16), "--image-size 8x8 --channels 1"),
        (("--recipe", "dcgan"), "recipe r3, not dcgan"),
        (("--set", "network.width=8"), "network.width=8"),
        (("--init-from", "nowhere"), "nowhere"),
    ],
)
def test_a_run_that_does_not_fit_is_one_line(
    args: tuple[object, ...], said: str, call: Call, fitted: Path, related: Path, tmp_path: Path
) -> None:
    done = call("fit", related, "--out", tmp_path / "run", "--quiet", "--init-from", fitted, *UNSAID, *args)
    assert said in done.error
    assert not (tmp_path / "run").exists()


def test_frozen_layers_without_a_run_to_begin_with_are_one_line(call: Call, related: Path, tmp_path: Path) -> None:
    done = call(
        "fit", related, "--out", tmp_path / "run", "--quiet", "--recipe", "r3", *TINY, "--set", "game.frozen=0.5"
    )
    assert "--init-from" in done.error


def test_a_table_begins_with_a_run_on_the_same_columns(call: Call, train: Path, run: Path, tmp_path: Path) -> None:
    args = ("--target", "income", "--init-from", run, *BRIEF)
    done = call("fit", train, "--out", tmp_path / "run", *args)
    assert done.code == 0, done.err
    assert "60 rows of 2 classes; 2 classes by name" in done.err
    assert "other kinds" in call("fit", "wine", "--out", tmp_path / "other", "--quiet", *args[2:]).error


def test_a_study_begins_its_fits_with_a_run_wherever_that_lies(
    call: Call, fitted: Path, related: Path, tmp_path: Path
) -> None:
    quick = ("--arms", "none,gan", "--confirm", "gan", "--models", "cnn", "--steps", 2, "--fit-steps", 2)
    study = ("evaluate", related, "--out", tmp_path / "out", *quick, "--inner-folds", 2, "--quiet")
    assert call(*study, "--replicates", 1, "--init-from", fitted).code == 0
    begun = json.loads((tmp_path / "out/runs/000/config.json").read_text())["begun"]
    assert (begun["run"], begun["n_known"]) == (str(fitted), 2)
    moved = shutil.copytree(fitted, tmp_path / "moved")
    assert call(*study, "--replicates", 2, "--init-from", moved, "--resume").code == 0
    assert "another generator.init_from" in call(*study, "--resume").error
    (moved / "training.safetensors").unlink()  # fits begin with the generator alone now
    assert "another generator.init_from" in call(*study, "--init-from", moved, "--resume").error
    refused = call("evaluate", "digits", *study[2:], "--init-from", fitted, "--resume")
    assert "was fitted on 1,797 of these samples" in refused.error
