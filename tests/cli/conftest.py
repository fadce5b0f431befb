"""A fitted run on scikit-learn's digits, and the command line as a function."""

from pathlib import Path

import pytest

from gan_augment.cli.main import main
from tests.cli.calling import BRIEF, TINY, Call, Outcome, people


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """Return a function that runs `gan-augment ARGS...` in this process."""

    def run(*args: object) -> Outcome:
        capfd.readouterr()
        code = main([str(arg) for arg in args])
        return Outcome(code, *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of four steps; not to be changed by tests."""
    run = tmp_path_factory.mktemp("fitted") / "run"
    assert main(["fit", "digits", "--recipe", "r3", "--out", str(run), "--quiet", *TINY]) == 0
    return run


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with train.csv, test.csv and a run fitted on the former."""
    folder = tmp_path_factory.mktemp("tables")
    for name, seed in (("train", 0), ("test", 1)):
        people(60, seed).to_csv(folder / f"{name}.csv", index=False)
    args = ["fit", str(folder / "train.csv"), "--target", "income", "--out", str(folder / "run"), "--quiet", *BRIEF]
    assert main(args) == 0
    return folder


@pytest.fixture
def train(files: Path) -> Path:
    return files / "train.csv"


@pytest.fixture
def run(files: Path) -> Path:
    return files / "run"
