"""The public names: all there, each resolved on first use, and cheap until then."""

import subprocess
import sys

import pytest

import gan_augment
from gan_augment.cli.main import COMMANDS

HEAVY = ("torch", "torchvision", "pandas", "sklearn", "scipy", "pyarrow", "imblearn", "PIL", "numpy")


def loaded_by(code: str) -> set[str]:
    """Return which heavy packages a fresh interpreter holds after running `code`."""
    report = f"import sys\n{code}\nprint(*[name for name in {HEAVY} if name in sys.modules], sep=',', file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(filter(None, done.stderr.strip().split(",")))


@pytest.mark.parametrize("name", gan_augment.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(gan_augment, name) is not None
    assert name in dir(gan_augment)


def test_an_unknown_name_is_an_attribute_error_that_offers_the_nearest() -> None:
    with pytest.raises(AttributeError, match="fit"):
        gan_augment.fitt  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import gan_augment; dir(gan_augment)") == set()


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], *([command, "--help"] for command in COMMANDS)], ids=" ".join
)
def test_help_loads_nothing_heavy(args: list[str]) -> None:
    assert loaded_by(f"from gan_augment.cli.main import main\nassert main({args}) == 0") == set()
