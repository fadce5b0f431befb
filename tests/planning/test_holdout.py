"""What a fit keeps back: seen by nothing, the same again for the same seed, never without a class."""

import json

import numpy as np
import pandas as pd
import pytest

from gan_augment import fitting
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.data.tables import load_table
from gan_augment.errors import CheckpointError, ConfigError, DataError
from gan_augment.files import CONFIG_FILE
from gan_augment.planning.holdout import divide
from gan_augment.planning.plan import parts_of_run
from tests.fitting.tiny import ROW_SETTINGS, SETTINGS


def pictures(*counts):
    """Return random images, so many of each class, all different."""
    pixels = np.random.default_rng(0).integers(0, 256, (sum(counts), 8, 8, 1), dtype=np.uint8)
    names = tuple(f"class {i}" for i in range(len(counts)))
    return LabelledImages(pixels, np.repeat(np.arange(len(counts)), counts), ImageSchema(8, 8, 1, names))


def table_of(*counts):
    n = sum(counts)
    labels = np.repeat([f"class {i}" for i in range(len(counts))], counts)
    return load_table(pd.DataFrame({"x": np.arange(n) / 7, "y": np.arange(n) % 5, "label": labels}), target="label")


def rows_of(data):
    return {row.tobytes() for row in data.fingerprints()}


@pytest.mark.parametrize("make", [pictures, table_of])
def test_every_class_is_divided_alike_and_no_sample_is_on_both_sides(make):
    data = make(50, 20, 5)
    fitted, held_out = divide(data, 0.2, seed=0)
    assert list(held_out.class_counts().values()) == [10, 4, 1]
    assert list(fitted.class_counts().values()) == [40, 16, 4]
    assert rows_of(fitted).isdisjoint(rows_of(held_out))
    assert rows_of(fitted) | rows_of(held_out) == rows_of(data)


def test_the_seed_decides_what_is_kept_back():
    data = pictures(20, 20)
    first, same, other = (divide(data, 0.3, seed=seed)[1].digest() for seed in (0, 0, 1))
    assert first == same != other


def test_nothing_is_kept_back_unasked():
    data = pictures(4, 4)
    assert divide(data, 0.0, seed=0) == (data, None)
    plan = fitting.plan(data, device="cpu")
    assert len(plan.data) == 8
    assert plan.held_out == {}


def test_copies_of_an_image_stay_on_one_side():
    data = pictures(20, 20)
    images = data.images.copy()
    images[1:10] = images[0]
    fitted, held_out = divide(LabelledImages(images, data.labels, data.schema), 0.3, seed=0)
    assert rows_of(fitted).isdisjoint(rows_of(held_out))


def test_rows_of_a_table_that_happen_to_be_alike_are_divided_like_others():
    frame = pd.DataFrame({"x": [1, 2] * 20, "label": ["yes"] * 20 + ["no"] * 20})
    assert len(divide(load_table(frame, target="label"), 0.25, seed=0)[1]) == 10


@pytest.mark.parametrize(
    ("counts", "share", "said"),
    [
        ((9, 1), 0.2, "Class 'class 1' has 1 sample"),
        ((9, 2), 0.2, "leaves 1 of 2 samples of class 'class 1'"),
        ((9, 5), 0.9, "leaves 1 of 9 samples of class 'class 0'"),
    ],
)
def test_a_class_too_small_to_be_divided_is_said_with_its_name_and_number(counts, share, said):
    with pytest.raises(DataError, match=said):
        divide(pictures(*counts), share, seed=0)


@pytest.mark.parametrize("share", [-0.1, 1.0, 20, float("nan")])
def test_what_is_no_share_is_refused_before_the_data_is_read(share):
    with pytest.raises(ConfigError, match="--holdout is a share"):
        fitting.plan("nowhere.csv", holdout=share, device="cpu")


def test_the_plan_counts_and_shows_what_is_fitted_and_what_is_kept_back():
    plan = fitting.plan(pictures(50, 20), recipe="dcgan", steps=1, holdout=0.2, **SETTINGS)
    assert "56 grey images of 8x8 in 2 classes; 14 more are kept back" in plan.text()
    found = plan.as_dict()
    assert found["class_counts"] == {"class 0": 40, "class 1": 16}
    assert found["held_out"] == {"class 0": 10, "class 1": 4}
    assert found["holdout"] == 0.2
    assert plan.config.data_digest == plan.data.digest()


def test_too_few_images_for_a_judge_are_said_and_rows_are_not_judged_so():
    assert any("'class 1'" in note and "--holdout" in note for note in fitting.plan(pictures(50, 5), holdout=0.2).notes)
    for plan in (fitting.plan(pictures(50, 10), holdout=0.2), fitting.plan(table_of(50, 30), holdout=0.03)):
        assert not any("--holdout" in note for note in plan.notes)


def test_budget_and_recipe_follow_what_is_fitted():
    whole, part = (fitting.plan(table_of(2000, 22), device="cpu", holdout=share) for share in (0.0, 0.5))
    assert part.config.budget.steps < whole.config.budget.steps
    assert any("too few to learn" in note for note in part.notes)
    assert not any("too few to learn" in note for note in whole.notes)


@pytest.mark.parametrize(("make", "settings"), [(pictures, SETTINGS), (table_of, ROW_SETTINGS)])
def test_a_run_knows_nothing_of_what_was_kept_back(make, settings, tmp_path):
    data = make(30, 20)
    generator = fitting.fit(data, tmp_path / "run", steps=2, holdout=0.2, **settings)
    fitted, held_out = parts_of_run(tmp_path / "run", data)
    assert generator.class_counts == fitted.class_counts() == {"class 0": 24, "class 1": 16}
    assert {row.tobytes() for row in generator.fingerprints()} == rows_of(fitted)
    assert len(held_out) == 10


def test_a_resumed_run_goes_on_with_what_it_was_fitted_on(tmp_path):
    data, run = pictures(30, 20), tmp_path / "run"
    fitting.fit(data, run, steps=2, holdout=0.2, seed=4, **SETTINGS)
    before = parts_of_run(run, data)[0].digest()
    generator = fitting.fit(data, run, steps=3, resume=True, **SETTINGS)
    assert sum(generator.class_counts.values()) == 40
    assert parts_of_run(run, data)[0].digest() == before
    with pytest.raises(ConfigError, match=r"--holdout was 0\.2, not 0\.3"):
        fitting.fit(data, run, holdout=0.3, resume=True, **SETTINGS)


def test_a_run_of_an_earlier_version_goes_on_and_held_nothing_back(tmp_path):
    data, run = pictures(10, 10), tmp_path / "run"
    fitting.fit(data, run, steps=2, **SETTINGS)
    saved = json.loads((run / CONFIG_FILE).read_text())
    del saved["holdout"]
    (run / CONFIG_FILE).write_text(json.dumps(saved))
    fitting.fit(data, run, steps=3, resume=True, **SETTINGS)
    assert parts_of_run(run, data)[1] is None


def test_other_data_is_not_divided_for_a_run(tmp_path):
    fitting.fit(pictures(10, 10), tmp_path / "run", steps=1, holdout=0.2, **SETTINGS)
    with pytest.raises(CheckpointError, match="fitted on other data"):
        parts_of_run(tmp_path / "run", pictures(11, 10))
