"""A classifier named by text is found, in the current directory too, and what cannot be is one clear line."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from gan_augment.errors import ConfigError
from gan_augment.evaluation.factories import load_factory


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty folder the current one, with the import path put back at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text(text)


def test_a_class_an_inner_name_and_a_module_of_the_current_directory_are_found(here: Path) -> None:
    write(here, "own_factory_found", "class Nets:\n    def make():\n        return 7\n")
    assert load_factory("collections:Counter") is Counter
    assert load_factory("own_factory_found:Nets.make")() == 7


def test_the_current_directory_does_not_hide_what_is_installed(here: Path) -> None:
    load_factory("collections:Counter")
    assert sys.path[-1] == str(here)


@pytest.mark.parametrize("text", ["collections", "collections:", ":Counter", ""])
def test_a_text_without_both_names_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="MODULE:FACTORY"):
        load_factory(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no_such_module_here:make", "There is no module 'no_such_module_here'"),
        ("collections.nothing:make", "There is no module 'collections.nothing'"),
        ("collections:Countr", "has no 'Countr'. Did you mean 'Counter'"),
        ("sys:path", "'sys:path' is no function or class"),
    ],
)
def test_what_is_not_there_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_factory(text)


def test_a_module_that_fails_says_why(here: Path) -> None:
    write(here, "own_factory_needs", "import not_there_at_all\n")
    write(here, "own_factory_breaks", "1 / 0\n")
    write(here, "own_factory_syntax", "def (:\n")
    with pytest.raises(ConfigError, match="'own_factory_needs' needs 'not_there_at_all', which is not installed"):
        load_factory("own_factory_needs:make")
    with pytest.raises(ConfigError, match="cannot be imported: ZeroDivisionError: division by zero"):
        load_factory("own_factory_breaks:make")
    with pytest.raises(ConfigError, match="cannot be imported: SyntaxError"):
        load_factory("own_factory_syntax:make")
