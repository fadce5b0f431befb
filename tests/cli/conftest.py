"""A fitted run on scikit-learn's digits, and the command line as a function."""

from pathlib import Path

import pytest

from gan_augment.cli.main import main
from tests.cli.calling import TINY, Call, Outcome


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
    assert main(["fit", "digits", "--out", str(run), "--quiet", *TINY]) == 0
    return run
