"""A fit that begins with another run: what it takes over, by which names, what it refuses, how it goes on."""

import json
import shutil
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from gan_augment import fitting
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.data.tables import load_table
from gan_augment.errors import CheckpointError, ConfigError
from gan_augment.evaluation.study.auto import choose_usage
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
from gan_augment.evaluation.study.generators import refuse_learned
from gan_augment.evaluation.study.request import evaluate
from gan_augment.evaluation.study.source import Source
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.planning.plan import saved_config
from tests.fitting.tables import people
from tests.fitting.test_resume import Killed, killed_at
from tests.fitting.tiny import ROW_SETTINGS, SETTINGS, TINY

UNSAID = SETTINGS | {"overrides": {"train.batch_size": "8"}}  # networks are those of the other run
ROWS_UNSAID = ROW_SETTINGS | {"overrides": {"train.batch_size": "20", "train.log_every": "5"}}


def gradient(classes, n=12):
    """Return `n` images of each class, lighter from class to class."""
    labels = np.repeat(np.arange(len(classes)), n)
    pixels = np.random.default_rng(1).integers(0, 60, (len(labels), 8, 8, 1)) + 40 * labels[:, None, None, None]
    return LabelledImages(pixels.astype(np.uint8), labels, ImageSchema(8, 8, 1, tuple(classes)))


@pytest.fixture(scope="module")
def begun(images, tmp_path_factory):
    """Return a run on the classes low, mid and high; not to be changed by tests."""
    run = tmp_path_factory.mktemp("begun") / "run"
    fitting.fit(images, run, recipe="r3", steps=6, **SETTINGS)
    return run


def sampled(method, z_seed=3):
    z = torch.randn(6, method.z_dim, generator=torch.Generator().manual_seed(z_seed))
    with torch.no_grad():
        return method.sample_fn(
            {name: module.eval() for name, module in method.modules.items()}, z, torch.arange(6) % 3
        )


@pytest.mark.parametrize("recipe", ["r3", "dcgan", "hinge", "vae"])
def test_before_its_first_step_a_run_on_the_same_classes_makes_what_the_other_one_makes(recipe, images, tmp_path):
    generator = fitting.fit(images, tmp_path / "run", steps=4, recipe=recipe, **SETTINGS)
    settled = fitting.plan(images, init_from=tmp_path / "run", steps=2, seed=5, **UNSAID)
    assert settled.config.recipe.name == recipe
    assert settled.config.recipe.network == saved_config(tmp_path / "run").recipe.network
    method = settled.build()
    z = torch.randn(6, method.z_dim, generator=torch.Generator().manual_seed(3))
    expected = generator._network(z, torch.arange(6) % 3)
    assert torch.equal(sampled(method), expected)
    fresh = fitting.plan(images, recipe=recipe, steps=2, seed=5, **SETTINGS).build()
    assert not torch.allclose(sampled(fresh), expected)


def test_classes_go_by_their_names_and_the_plan_says_how_many(images, begun):
    settled = fitting.plan(gradient(("high", "new", "low")), init_from=begun, steps=2, **UNSAID)
    line = next(line for line in settled.text().splitlines() if line.startswith("Begins"))
    assert line == f"Begins     with {begun} (r3, fitted on 36 images of 3 classes; 2 classes by name)"
    mine, theirs = settled.build(), fitting.plan(images, init_from=begun, steps=2, **UNSAID).build()
    for module, key in (("generator", "embedding.weight"), ("discriminator", "head.embedding.weight")):
        rows, learned = (method.modules[module].state_dict()[key] for method in (mine, theirs))
        assert torch.equal(rows[0], learned[2])
        assert torch.equal(rows[2], learned[0])
        assert not any(torch.allclose(rows[1], row) for row in learned)


def test_a_run_says_where_it_began_and_goes_on_without_the_other_one(images, tmp_path, begun):
    other, run = tmp_path / "other", tmp_path / "run"
    shutil.copytree(begun, other)
    fitting.fit(images, run, init_from=other, steps=3, **UNSAID)
    kept = json.loads((run / "config.json").read_text())["begun"]
    assert (kept["run"], kept["generator"]) == (str(other), TrainedGenerator.load(begun, "cpu").digest)
    seen = TrainedGenerator.load(run, "cpu").fingerprints()
    shutil.rmtree(other)
    fitting.fit(images, run, resume=True, steps=5, **UNSAID)
    fitting.fit(images, run, resume=True, steps=6, init_from=other, **UNSAID)
    assert json.loads((run / "summary.json").read_text())["steps"] == 6
    assert np.array_equal(TrainedGenerator.load(run, "cpu").fingerprints(), seen)
    with pytest.raises(ConfigError, match="--init-from was"):
        fitting.fit(images, run, resume=True, init_from=begun, **UNSAID)


def test_a_run_killed_in_its_first_step_goes_on_without_the_other_one_as_if_undisturbed(
    images, tmp_path, begun, monkeypatch
):
    other, whole, broken = (tmp_path / name for name in ("other", "whole", "broken"))
    shutil.copytree(begun, other)
    fitting.fit(images, whole, init_from=other, steps=8, **UNSAID)
    with monkeypatch.context() as patch:
        killed_at(0, patch)
        with pytest.raises(Killed):
            fitting.fit(images, broken, init_from=other, steps=8, **UNSAID)
    (other / "generator.safetensors").unlink()
    fitting.fit(images, broken, resume=True, **UNSAID)
    assert (whole / "generator.safetensors").read_bytes() == (broken / "generator.safetensors").read_bytes()


def test_a_run_killed_before_it_kept_anything_wants_the_very_run_it_began_with(images, tmp_path, begun):
    other, run = tmp_path / "other", tmp_path / "run"
    shutil.copytree(begun, other)
    fitting.fit(images, run, init_from=other, steps=2, **UNSAID)
    for name in ("training", "generator"):
        (run / f"{name}.safetensors").unlink()
    fitting.fit(images, run, resume=True, **UNSAID)
    for name in ("training", "generator"):
        (run / f"{name}.safetensors").unlink()
    shutil.rmtree(other)
    fitting.fit(images, other, steps=3, **SETTINGS)
    with pytest.raises(CheckpointError, match="not what this run began with"):
        fitting.fit(images, run, resume=True, **UNSAID)


def test_test_samples_that_the_other_run_was_fitted_on_are_known(images, tmp_path, begun):
    fitting.fit(gradient(("low", "new")), tmp_path / "run", init_from=begun, steps=2, **UNSAID)
    seen = {row.tobytes() for row in TrainedGenerator.load(tmp_path / "run", "cpu").fingerprints()}
    for data in (images, gradient(("low", "new"))):
        assert {row.tobytes() for row in data.fingerprints()} <= seen


def test_without_its_training_state_the_generator_alone_is_taken_over_and_that_is_said(images, tmp_path, begun):
    other = tmp_path / "other"
    shutil.copytree(begun, other)
    for name in ("training", "curation"):
        (other / f"{name}.safetensors").unlink()
    settled = fitting.plan(images, init_from=other, steps=2, **UNSAID)
    assert "the discriminator starts anew" in " ".join(settled.notes)
    assert "no test set can be checked" in " ".join(settled.notes)
    assert settled.config.recipe.game.frozen == 0
    whole = fitting.plan(images, init_from=begun, steps=2, **UNSAID).build()
    half = settled.build()
    fresh = fitting.plan(images, recipe="r3", steps=2, **SETTINGS).build()
    weights = [m.modules["discriminator"].state_dict()["from_image.weight"] for m in (whole, half, fresh)]
    assert not torch.equal(weights[0], weights[1])
    assert torch.equal(weights[1], weights[2])
    assert torch.equal(sampled(whole), sampled(half))
    with pytest.raises(ConfigError, match=r"game\.frozen"):
        fitting.plan(images, init_from=other, steps=2, **UNSAID | {"overrides": {"game.frozen": "0.5"}})


@pytest.mark.parametrize(("n", "said", "moves"), [(166, {}, False), (167, {}, True), (166, {"game.frozen": "0"}, True)])
def test_the_first_layers_of_the_discriminator_stay_where_images_are_under_500(n, said, moves, tmp_path, begun):
    settings = UNSAID | {"overrides": UNSAID["overrides"] | said}
    data, run = gradient(("low", "mid", "high"), n), tmp_path / "run"
    fitting.fit(data, run, init_from=begun, steps=3, **settings)
    before, after = (fitting.checkpoint.read_checkpoint(folder / "training.safetensors")[0] for folder in (begun, run))
    first, last = (f"modules/discriminator/{name}.weight" for name in ("from_image", "mix"))
    assert torch.equal(before[first], after[first]) is not moves
    assert not torch.equal(before[last], after[last])
    noted = any("game.frozen=0" in note for note in fitting.plan(data, init_from=begun, steps=3, **settings).notes)
    assert noted is not moves


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"recipe": "hinge"}, "a run of the recipe r3, not hinge: leave --recipe out"),
        ({"overrides": {"network.width": "5"}}, r"other networks than network\.width=5"),
        ({"image_size": (16, 16)}, "give --image-size 8x8 --channels 1"),
        ({"channels": 3}, "give --image-size 8x8 --channels 1"),
    ],
)
def test_what_is_at_odds_with_the_other_run_is_refused(change, said, images, tmp_path, begun):
    with pytest.raises(ConfigError, match=said):
        fitting.fit(images, tmp_path / "run", init_from=begun, steps=2, **UNSAID | change)
    assert not (tmp_path / "run").exists()


def test_what_the_other_run_says_too_may_be_said(images, begun):
    settings = SETTINGS | {"recipe": "r3", "image_size": (8, 8), "overrides": TINY}
    assert fitting.plan(images, init_from=begun, steps=2, **settings).config.begun is not None


def test_layers_are_frozen_only_where_something_was_learned(images):
    with pytest.raises(ConfigError, match="--init-from"):
        fitting.plan(images, recipe="r3", steps=2, **SETTINGS | {"overrides": TINY | {"game.frozen": "0.5"}})


@pytest.mark.parametrize("recipe", ["tabular", "ctgan", "tvae"])
def test_a_table_of_the_same_columns_begins_with_a_run_and_others_are_refused(recipe, tmp_path):
    table, run = people(200), tmp_path / "run"
    fitting.fit(table, run, target="answer", recipe=recipe, steps=4, **ROW_SETTINGS)
    other = table.assign(answer=table["answer"].replace({"a": "c"}))
    settled = fitting.plan(other, target="answer", init_from=run, steps=3, **ROWS_UNSAID)
    assert "200 rows of 2 classes; 1 class by name" in settled.text()
    assert not any("starts anew" in note for note in settled.notes)
    generator = fitting.fit(other, tmp_path / "more", target="answer", init_from=run, steps=3, **ROWS_UNSAID)
    assert len(generator.sample(3).data) == 6
    with pytest.raises(ConfigError, match="columns have other kinds"):
        fitting.plan(table.drop(columns="city"), target="answer", init_from=run, steps=3, **ROWS_UNSAID)


def test_images_do_not_begin_with_a_run_on_a_table(images, tmp_path):
    fitting.fit(people(200), tmp_path / "run", target="answer", steps=2, **ROW_SETTINGS)
    with pytest.raises(ConfigError, match="was fitted on a table, and this data is not"):
        fitting.plan(images, init_from=tmp_path / "run", steps=2, **UNSAID)


def test_a_run_that_is_damaged_or_not_there_is_said(images, tmp_path, begun):
    with pytest.raises(CheckpointError, match="finished run"):
        fitting.plan(images, init_from=tmp_path / "nowhere", steps=2, **UNSAID)
    shutil.copytree(begun, tmp_path / "other")
    shutil.copyfile(begun / "generator.safetensors", tmp_path / "other/training.safetensors")
    with pytest.raises(CheckpointError, match="holds 'generator', not 'training'"):
        fitting.plan(images, init_from=tmp_path / "other", steps=2, **UNSAID)


def test_studies_fit_as_a_run_was_fitted_and_older_ones_go_on(images, tmp_path, begun):
    fitting.fit(images, tmp_path / "run", init_from=begun, steps=2, **UNSAID)
    config = GeneratorConfig.of_run(saved_config(tmp_path / "run"))
    assert config.init_from == str(begun)
    assert fitting.plan(images, **vars(config) | {"device": "cpu"}).config.recipe.game.frozen > 0
    assert StudyConfig(generator=config).settings()["generator"]["init_from"] == str(begun)
    assert "init_from" not in StudyConfig().settings()["generator"]


def test_a_run_by_a_recipe_of_another_version_is_refused(begun):
    known = saved_config(begun)
    config = replace(known, recipe=replace(known.recipe, name="of_another_version"))
    with pytest.raises(ConfigError, match="Unknown recipe 'of_another_version'"):
        GeneratorConfig.of_run(config)


def test_a_generator_in_memory_begins_with_a_run_too(images, begun):
    assert fitting.fit(images, init_from=begun, steps=1, **UNSAID).sample(1).data.shape == (3, 8, 8, 1)


def test_studies_and_folds_do_not_begin_with_a_run_that_learned_what_they_test_on(images, tmp_path, begun):
    config = StudyConfig(inner_folds=2, generator=GeneratorConfig(steps=2, init_from=str(begun)))
    with pytest.raises(ConfigError, match=r"of these samples, and no generator of a study"):
        choose_usage(images, config)
    with pytest.raises(ConfigError, match=r"of these samples, and no generator of a study"):
        evaluate(images, tmp_path / "out", config)
    others = replace(images, images=255 - images.images)
    with pytest.raises(ConfigError, match=r"of these samples, and no generator of a study"):
        evaluate(others, tmp_path / "out", config, test=images)
    assert not (tmp_path / "out").exists()


def test_a_study_refuses_a_run_of_which_nobody_can_tell_what_it_learned(images, tmp_path, begun):
    other, run = replace(images, images=255 - images.images), shutil.copytree(begun, tmp_path / "run")
    (run / "curation.safetensors").unlink()
    with pytest.raises(ConfigError, match=r"curation\.safetensors is missing, or was"):
        refuse_learned(GeneratorConfig(init_from=run), Source(other))
    fitting.fit(other, tmp_path / "second", init_from=run, steps=2, **UNSAID)  # which knows no more than the first
    with pytest.raises(ConfigError, match="does not say all that it learned"):
        refuse_learned(GeneratorConfig(init_from=tmp_path / "second"), Source(replace(other, images=other.images // 2)))
    refuse_learned(GeneratorConfig(init_from=begun), Source(other))
    padded = replace(other, schema=replace(other.schema, aspect="pad"))
    with pytest.raises(ConfigError, match="'crop' and here it is 'pad'"):
        refuse_learned(GeneratorConfig(init_from=begun), Source(padded))


@pytest.mark.parametrize(
    ("n_known", "n_shared", "copies", "refused"),
    [(100, 0, 1, False), (100, 60, 1, True), (100, 60, 2, True), (4000, 0, 1, False)],
)
def test_rows_that_are_alike_by_nature_are_no_sign_that_a_run_learned_them(
    tmp_path, n_known, n_shared, copies, refused
):
    rng = np.random.default_rng(0)

    def table(n):
        few = {name: rng.choice(list("abc"), n) for name in ("one", "two", "answer")}
        return pd.DataFrame({**few, "size": rng.choice([1.5, 2.5], n, p=[0.9, 0.1]) + rng.integers(0, 400, n)})

    known, own = table(n_known), table(200)
    fitting.fit(
        pd.concat([known] * copies, ignore_index=True), tmp_path / "run", target="answer", steps=2, **ROW_SETTINGS
    )
    own.iloc[:n_shared] = known.iloc[:n_shared]
    others = load_table(table(2000), target="answer")  # the test is judged by itself
    source = Source(others, test=load_table(own, target="answer"))
    config = GeneratorConfig(steps=2, init_from=str(tmp_path / "run"))
    with pytest.raises(ConfigError, match="of these samples") if refused else nullcontext():
        refuse_learned(config, source)
