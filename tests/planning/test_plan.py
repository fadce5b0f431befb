"""What a fit is settled to before it starts: parts, budgets, recipes by kind of data; foreign settings refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gan_augment import fitting
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.data.tables import load_table
from gan_augment.errors import ConfigError
from gan_augment.files import read_jsonl
from gan_augment.recipes import RECIPES
from gan_augment.training.schedules import Schedule
from tests.fitting.tables import people
from tests.fitting.tiny import ROW_SETTINGS


def table_of(*counts):
    """Return a table with so many rows of each class."""
    n = sum(counts)
    frame = pd.DataFrame(
        {"x": np.arange(n) / 7, "label": np.repeat([f"class {i}" for i in range(len(counts))], counts)}
    )
    return load_table(frame, target="label")


def images():
    return LabelledImages(np.zeros((8, 8, 8, 1), np.uint8), np.arange(8) % 2, ImageSchema(8, 8, 1, ("cat", "dog")))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((100, 100), [10, 10]),
        ((1000, 100), [100, 10]),
        ((1000, 99), None),  # not ten to spare of the second class
        ((30_000, 10_000), [1500, 500]),  # 2,000 are enough
        ((39_000, 190), None),
    ],
)
def test_rows_are_held_out_where_every_class_can_spare_ten(counts, expected):
    plan = fitting.plan(table_of(*counts), device="cpu")
    fitted_on, held_out = plan.parts
    if expected is None:
        assert fitted_on is held_out is plan.data
        return
    assert list(held_out.class_counts().values()) == expected
    kept = set(fitted_on.frame["x"]), set(held_out.frame["x"])
    assert kept[0].isdisjoint(kept[1])
    assert len(fitted_on) + len(held_out) == len(plan.data)
    assert len(plan.stream.labels) == len(fitted_on)


def test_images_are_never_held_out():
    plan = fitting.plan(images(), device="cpu")
    assert plan.parts == (plan.data, plan.data)


def test_the_seed_decides_what_is_held_out():
    data = table_of(200, 200)
    first, same, other = (fitting.plan(data, device="cpu", seed=seed).parts[1].frame["x"] for seed in (0, 0, 1))
    assert first.equals(same)
    assert not first.equals(other)


@pytest.mark.parametrize(("n", "steps"), [(100, 600), (900, 600), (10_000, 2000), (40_000, 4000), (90_000, 4000)])
def test_rows_get_steps_by_the_root_of_their_number_unless_something_was_said(n, steps):
    data = table_of(n // 2, n // 2)
    assert fitting.plan(data, device="cpu").config.budget.steps == steps
    assert fitting.plan(data, device="cpu", steps=7).config.budget.steps == 7
    assert fitting.plan(data, device="cpu", time="1m").config.budget.seconds == 60.0
    assert fitting.plan(images(), device="cpu").config.budget.seconds == 600.0


def test_the_recipe_taken_unasked_is_one_for_the_data():
    assert fitting.plan(table_of(30, 30), device="cpu").config.recipe.name == "tabular"
    grey = images()
    coloured = replace(grey, images=grey.images.repeat(3, axis=3), schema=replace(grey.schema, channels=3))
    assert fitting.plan(grey, device="cpu").config.recipe.name == "vae"
    assert fitting.plan(coloured, device="cpu").config.recipe.name == "r3"


@pytest.mark.parametrize(
    ("make", "recipe", "said"),
    [
        (lambda: table_of(30, 30), "r3", "'r3' is for images: choose one of tabular, ctgan, tvae"),
        (images, "tvae", "'tvae' is for tables: choose one of dcgan, hinge, r3"),
    ],
)
def test_a_recipe_for_other_data_is_refused_with_those_that_fit(make, recipe, said):
    with pytest.raises(ConfigError, match=said):
        fitting.plan(make(), recipe=recipe, device="cpu")


def test_a_misspelt_recipe_is_said_before_the_data_is_read():
    with pytest.raises(ConfigError, match="Did you mean 'tabular'"):
        fitting.plan("nowhere.csv", recipe="tabluar", device="cpu")


@pytest.mark.parametrize(
    ("make", "setting", "said"),
    [
        (people, {"image_size": (8, 8)}, "--image-size is a setting of images"),
        (people, {"channels": 1}, "--channels is a setting of images"),
        (people, {"aspect": "pad"}, "--aspect is a setting of images"),
        (people, {"flips": ("horizontal",), "target": "answer"}, "--flips is a setting of images"),
        (images, {"target": "answer"}, "--target is a setting of a table"),
        (images, {"columns": {"age": "numeric"}}, "--column is a setting of a table"),
        (images, {"encoding": "latin-1"}, "--encoding is a setting of a table"),
    ],
)
def test_a_setting_of_the_other_kind_of_data_is_refused_by_its_name(make, setting, said):
    with pytest.raises(ConfigError, match=said):
        fitting.plan(make(), device="cpu", **setting)


def test_rows_are_not_brought_to_half_precision_unasked():
    data = table_of(30, 30)
    assert fitting.plan(data, device="cpu").config.precision.name == "float32"
    assert fitting.plan(data, device="cpu", precision="bf16").config.precision.name == "bf16"


def test_few_rows_of_a_class_get_noise_and_a_note_that_other_means_may_serve_better():
    few, enough = fitting.plan(table_of(50, 19), device="cpu"), fitting.plan(table_of(50, 20), device="cpu")
    assert few.config.recipe.game.instance_noise.start > 0
    assert enough.config.recipe == RECIPES["tabular"]
    assert "Fewer than 20 rows of class 'class 1'" in few.as_dict()["notes"][-1]
    assert "Interpolation" in few.text()
    assert "Interpolation" not in enough.text()
    silenced = {"game.instance_noise.start": "0", "game.instance_noise.end": "0"}
    game = fitting.plan(table_of(50, 19), device="cpu", overrides=silenced).config.recipe.game
    assert game.instance_noise == Schedule(0.0, 0.0)
    assert fitting.plan(table_of(50, 19), device="cpu", recipe="tvae").config.recipe == RECIPES["tvae"]
    assert fitting.plan(images(), device="cpu").config.recipe == RECIPES["vae"]


def test_the_plan_of_a_table_shows_what_each_column_is_taken_for():
    plan = fitting.plan(people(), target="answer", columns={"age": "categorical"}, **ROW_SETTINGS)
    text = plan.text()
    assert "200 rows of 9 columns and the target 'answer' in 2 classes" in text
    assert "Column     age: categorical" in text
    assert "Column     number: identifier" in text
    assert "a 100, b 100" in text


def test_estimating_a_plan_leaves_no_trace_in_the_fit(tmp_path):
    data = load_table(people(), target="answer")
    settings = ROW_SETTINGS | {"steps": 4}
    fitting.fit(data, tmp_path / "quiet", **settings)
    fitting.fit(data, tmp_path / "loud", **settings | {"progress": True})
    runs = [(tmp_path / name / "generator.safetensors").read_bytes() for name in ("quiet", "loud")]
    assert runs[0] == runs[1]
    assert list(read_jsonl(tmp_path / "loud/metrics.jsonl"))


@pytest.mark.parametrize("data", [images(), table_of(30, 30)], ids=["images", "table"])
def test_the_plan_counts_the_weights_of_every_network_not_only_of_the_last_one_trained(data):
    settled = fitting.plan(data, steps=2, device="cpu", precision="float32")
    method = settled.build()
    sizes = [sum(weight.numel() for weight in module.parameters()) for module in method.modules.values()]
    assert all(f"{name} {size:,}" in settled.text() for name, size in zip(method.modules, sizes, strict=True))


def test_one_flip_may_stand_by_itself():
    assert fitting.plan(images(), flips="horizontal", steps=2).config.flips == ("horizontal",)
