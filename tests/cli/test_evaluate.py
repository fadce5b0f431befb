"""`gan-augment evaluate`: judged on images that the run never saw, or not at all."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from gan_augment.cli.main import main
from tests.cli.calling import TINY, Call

QUICK = ("--seeds", 2, "--steps", 3, "--per-class", 5, "--arms", "none,gan")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Return two .npz files with different digits, and a run fitted on the first of them."""
    folder = tmp_path_factory.mktemp("evaluate")
    digits = load_digits()
    images, labels = (16 * digits.images).clip(0, 255).astype(np.uint8), digits.target.astype(str)
    for name, rows in (("train", slice(0, 200)), ("test", slice(200, 300))):
        np.savez(folder / f"{name}.npz", X=images[rows], y=labels[rows])
    train, test, run = folder / "train.npz", folder / "test.npz", folder / "run"
    assert main(["fit", str(train), "--out", str(run), "--quiet", *TINY]) == 0
    return train, test, run


def test_arms_and_quality_are_on_the_screen_and_in_json(
    call: Call, parts: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    train, test, run = parts
    args = ("evaluate", train, "--run", run, "--test", test, "--out", tmp_path / "results", *QUICK)
    done = call(*args)
    assert done.code == 0, done.err
    assert "label fidelity" in done.out
    assert str(tmp_path / "results") in done.last_line
    assert len((tmp_path / "results" / "results.jsonl").read_text().splitlines()) == 4
    assert "--resume" in call(*args, "--quiet").error
    again = call(*args, "--resume", "--json").json
    assert set(again["arms"]) == {"none", "gan"}
    assert 0 <= again["quality"]["synthetic"]["label_fidelity"]["mean"] <= 1


def test_a_test_set_that_the_run_was_fitted_on_is_refused(
    call: Call, parts: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    train, _, run = parts
    args = ("evaluate", train, "--run", run, "--test", train, "--out", tmp_path / "results", "--quiet", *QUICK)
    assert "flatter" in call(*args).error


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--arms", "none,gann"), "Did you mean 'gan'?"),
        (("--seeds", 0), "seeds"),
        (("--share", 1), "share"),
        (("--per-class", 0), "per_class"),
    ],
)
def test_a_wrong_setting_is_one_line(
    args: tuple[object, ...], said: str, call: Call, parts: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    train, test, run = parts
    fixed = ("evaluate", train, "--run", run, "--test", test, "--out", tmp_path / "results", "--quiet")
    assert said in call(*fixed, *args).error
    assert not (tmp_path / "results").exists()
