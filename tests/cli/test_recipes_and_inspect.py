"""`gan-augment recipes` and `gan-augment inspect`: they look and change nothing."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from gan_augment.recipes import RECIPES
from tests.cli.calling import Call


def test_every_recipe_is_listed_with_its_paper(call: Call) -> None:
    out = call("recipes").out
    assert all(recipe.name in out and recipe.source in out for recipe in RECIPES.values())
    assert [row["name"] for row in call("recipes", "--json").json["recipes"]] == list(RECIPES)


def test_the_settings_of_a_recipe_are_listed_as_set_takes_them(call: Call, tmp_path: Path) -> None:
    out = call("recipes", "r3").out
    values = {key: value.strip() for key, value in (line.split(" ", 1) for line in out.splitlines()[1:-1])}
    assert values["game.transition"] == "[0.0, 0.0]"
    assert values["game.mode_seeking"] == "0.01"
    assert values["diffaug.policy"] == "colour,translation,cutout"
    assert "name" not in values
    assignments = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    fit = ("fit", "digits", "--recipe", "r3", "--out", tmp_path / "run", "--dry-run")
    assert call(*fit, *assignments).code == 0
    assert call("recipes", "r3", "--json").json["recipe"]["game"]["mode_seeking"] == 0.01
    assert "Did you mean 'hinge'" in call("recipes", "hing").error


def test_a_setting_of_another_recipe_is_said_to_be_that(call: Call, tmp_path: Path) -> None:
    asked = ("fit", "digits", "--out", tmp_path / "run", "--dry-run", "--set")
    error = call(*asked, "game.transition=[0.1,0.25]").error
    assert "'game.transition' is a setting of dcgan, hinge, r3, not of vae: add --recipe NAME." in error
    assert "a list such as [0.5, 0.5]" in call(*asked, "game.transition=0.1,0.25", "--recipe", "r3").error
    assert "Unknown setting 'game.transitoin'" in call(*asked, "game.transitoin=1").error


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


def test_what_generate_wrote_is_shown_even_if_nothing_can_be_fitted_to_it(
    call: Call, fitted: Path, tmp_path: Path
) -> None:
    assert call("generate", fitted, "--counts", "7=3", "--out", tmp_path / "out").code == 0
    shown = call("inspect", tmp_path / "out")
    assert "Synthetic  3 of them" in shown.out
    assert "There is one class only, '7'" in shown.out
    shown = call("inspect", tmp_path / "out", "--json").json
    assert (shown["synthetic"]["n_synthetic"], len(shown["notes"])) == (3, 1)


def test_what_generate_wrote_and_cannot_be_read_is_an_error_all_the_same(call: Call, run: Path, tmp_path: Path) -> None:
    assert call("generate", run, "--n", 9, "--out", tmp_path / "a.csv").code == 0
    assert "typo" in call("inspect", tmp_path / "a.csv", "--target", "typo").error


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


def test_a_run_that_stopped_early_is_said_to_have_done_so(call: Call, fitted: Path, tmp_path: Path) -> None:
    shutil.copytree(fitted, tmp_path / "run")
    summary = json.loads((fitted / "summary.json").read_text())
    (tmp_path / "run/summary.json").write_text(json.dumps(summary | {"stopped_early": True}))
    assert "stopped early after 4 steps" in call("inspect", tmp_path / "run").out
    assert call("report", tmp_path / "run", "--out", tmp_path / "page.html").code == 0
    assert "stopped early, as scores got no better" in (tmp_path / "page.html").read_text()


def test_what_generate_wrote_is_said_to_be_synthetic_and_by_whom(call: Call, fitted: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert call("generate", fitted, "--per-class", 2, "--seed", 7, "--out", out, "--quiet").code == 0
    digest = call("inspect", fitted, "--json").json["generator"]
    shown = call("inspect", out)
    assert f"20 of them, by generator {digest}, seed 7" in shown.out
    assert "synthetic" in shown.last_line
    assert call("inspect", out, "--json").json["synthetic"]["n_synthetic"] == 20
    (out / "manifest.jsonl").unlink()  # the images still carry their marks
    assert "marked, wholly or in part" in call("inspect", out).out
    alone = call("inspect", out / "3" / "000001.png").out
    assert "Synthetic  yes" in alone
    assert "Class      3" in alone
    assert digest in alone


def test_an_image_without_marks_is_not_called_synthetic(call: Call, tmp_path: Path) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "real.png")
    assert "nothing marks this image" in call("inspect", tmp_path / "real.png").out
    (tmp_path / "broken.png").write_bytes(b"no image")
    assert "cannot be read as an image" in call("inspect", tmp_path / "broken.png").error


def test_results_show_their_findings(call: Call, tmp_path: Path) -> None:
    finding, best = "cnn: auto helps: +1.0 points.", {"sentence": "Best of all: cnn."}
    (tmp_path / "settings.json").write_text("{}")
    (tmp_path / "summary.json").write_text(json.dumps({"headline": [finding], "best": best}))
    shown = call("inspect", tmp_path)
    assert finding in shown.out
    assert "holds results" in shown.last_line
    (tmp_path / "summary.json").write_text(json.dumps({"arms": {"none": {}, "gan": {}}, "notes": ["A warning."]}))
    shown = call("inspect", tmp_path)
    assert "none, gan" in shown.out
    assert "A warning." in shown.out
