"""A study of images and one of rows, both real and as small as they can be, and a run with its samples."""

from pathlib import Path

import pytest

from gan_augment.cli.main import main

QUICK = ("--replicates", "2", "--inner-folds", "2", "--quiet")
IMAGES = (
    "digits", "--train-per-class", "8", "--test-share", "0.1", "--models", "cnn", "--arms", "none,gan,gan-only,auto",
    "--steps", "3", "--fit-steps", "4", "--per-class", "12",
)  # fmt: skip
ROWS = ("iris", "--cut", "virginica=15", "--models", "logistic", "--arms", "none,smote,gan,gan-only,auto",
        "--fit-steps", "10")  # fmt: skip


@pytest.fixture(scope="session")
def image_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of a study of digits; not to be changed by tests."""
    return _study(tmp_path_factory, IMAGES)


@pytest.fixture(scope="session")
def table_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of a study of irises; not to be changed by tests."""
    return _study(tmp_path_factory, ROWS)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of digits that was looked at twice; not to be changed by tests."""
    out = tmp_path_factory.mktemp("fitted") / "run"
    assert main(["fit", "digits", "--steps", "40", "--out", str(out), "--quiet", "--no-curate"]) == 0
    return out


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what one run of digits did to a classifier; not to be changed by tests."""
    out = tmp_path_factory.mktemp("judged")
    fit = ("fit", "digits", "--holdout", "0.9", "--steps", "4", "--out", str(out / "run"), "--quiet", "--no-curate")
    judge = ("--arms", "none,classical,classical+gan,gan-only", "--seeds", "2", "--steps", "3", "--per-class", "12")
    assert main(list(fit)) == 0
    results = ("evaluate", "digits", "--run", str(out / "run"), "--out", str(out / "results"), "--quiet")
    assert main([*results, *judge]) == 0
    return out / "results"


def _study(factory: pytest.TempPathFactory, arguments: tuple[str, ...]) -> Path:
    out = factory.mktemp("studies") / "results"
    assert main(["evaluate", *arguments, *QUICK, "--out", str(out)]) == 0
    return out
