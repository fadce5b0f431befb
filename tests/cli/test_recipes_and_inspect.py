"""`gan-augment recipes` and `gan-augment inspect`: they look and change nothing."""

import json
import shutil
from pathlib import Path

import pytest

from gan_augment.recipes import RECIPES
from tests.cli.calling import Call


def test_every_recipe_is_listed_with_its_paper(call: Call) -> None:
    out = call("recipes").out
    assert all(recipe.name in out and recipe.source in out for recipe in RECIPES.values())
    assert [row["name"] for row in call("recipes", "--json").json["recipes"]] == list(RECIPES)


def test_a_run_shows_what_it_was_fitted_with(call: Call, fitted: Path) -> None:
    before = sorted(path.name for path in fitted.rglob("*"))
    done = call("inspect", fitted)
    assert "8x8" in done.out
    assert "4 steps" in done.out
    assert str(fitted) in done.last_line
    shown = call("inspect", fitted, "--json").json
    assert shown["kind"] == "run"
    assert shown["classes"]["0"] == 178
    assert shown["summary"]["steps"] == 4
    assert sorted(path.name for path in fitted.rglob("*")) == before


def test_data_shows_classes_counts_and_size(call: Call) -> None:
    shown = call("inspect", "digits", "--json").json
    assert (shown["kind"], shown["n"], shown["height"], shown["channels"]) == ("data", 1797, 8, 1)


@pytest.mark.parametrize("name", ["nothing", "digit"])
def test_a_path_that_is_not_there_is_one_line(name: str, call: Call, tmp_path: Path) -> None:
    assert name in call("inspect", tmp_path / name).error


def test_a_damaged_run_is_one_line(call: Call, fitted: Path, tmp_path: Path) -> None:
    (tmp_path / "generator.safetensors").write_bytes((fitted / "generator.safetensors").read_bytes())
    (tmp_path / "config.json").write_text('{"recipe": ')
    assert "config.json is damaged" in call("inspect", tmp_path).error


def test_a_class_whose_diversity_nobody_knows_is_passed_over(call: Call, fitted: Path, tmp_path: Path) -> None:
    shutil.copytree(fitted, tmp_path / "run")
    summary = json.loads((fitted / "summary.json").read_text())
    summary["diversity"] |= {"3": None, "4": 0.01}
    summary["metrics"]["penalty"] = None
    (tmp_path / "run/summary.json").write_text(json.dumps(summary))
    assert "least in class 4" in call("inspect", tmp_path / "run").out
