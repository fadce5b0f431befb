"""What every lever for little data must do: train, resume bit for bit, change nothing while off, say what it lacks."""

import numpy as np
import pytest
import torch

from gan_augment import config, fitting
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import ConfigError
from gan_augment.networks.config import ConvConfig, ExemplarConfig, MlpConfig, NetworkConfig
from gan_augment.precision import Precision
from gan_augment.recipes import RECIPES, GanRecipe
from gan_augment.seeding import torch_rng
from gan_augment.training.schedules import BudgetConfig, Clock
from gan_augment.training.trainer import Trainer
from tests.contracts.kinds import TINY

CPU = torch.device("cpu")
LEVERS = {
    "adaptive": {"diffaug.target": "0.3", "diffaug.ramp": "0.3"},
    "geometry": {"diffaug.policy": "geometry"},
    "lecam": {"game.lecam": "0.1"},
    "transition": {"game.transition": "[0.3, 0.6]"},
    "unconditional": {"network.unconditional_levels": "1"},
    "group spectral": {"game.group_spectral": "0.01"},
    "consistency": {"game.consistency": "1"},
    "mode seeking": {"game.mode_seeking": "0.1"},
    "minibatch std": {"network.minibatch_std": "true", "game.joint": "false"},
}
ALL = {key: value for lever in LEVERS.values() for key, value in lever.items()} | {"diffaug.policy": "colour,geometry"}
JOINT = ALL | {"network.minibatch_std": "false", "game.joint": "true"}
NEW_SETTINGS = {
    "network": ("unconditional_levels", "minibatch_std"),
    "game": ("transition", "consistency", "mode_seeking", "group_spectral"),
    "diffaug": ("target",),
}


def trainer_of(overrides, steps=10, precision=Precision(), recipe="r3"):
    pixels = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), np.uint8)
    data = LabelledImages(pixels, np.arange(60) % 2, ImageSchema(8, 8, 1, ("cat", "dog")))
    plan = fitting.plan(
        data, recipe=recipe, steps=steps, device="cpu", precision="float32", overrides=TINY["image"] | overrides
    )
    settings, clock = plan.config.recipe, Clock(BudgetConfig(steps=steps))
    return Trainer(plan.build(), plan.streams, settings.train, settings.ema, clock, CPU, precision, torch_rng(0))


@pytest.mark.parametrize("overrides", [*LEVERS.values(), ALL, JOINT], ids=[*LEVERS, "all", "all in one pass"])
def test_half_a_run_resumed_equals_a_whole_one_bit_for_bit(overrides):
    whole, half, rest = (trainer_of({"game.penalty_every": "4"} | overrides) for _ in range(3))
    whole.run()
    for _ in range(5):
        half.one_step()
    rest.load_state(*half.state())
    rest.run()
    expected, resumed = whole.state()[0], rest.state()[0]
    assert expected.keys() == resumed.keys()
    for key, value in expected.items():
        assert value.isfinite().all(), key
        assert torch.equal(value, resumed[key]), key


@pytest.mark.parametrize("recipe", ["r3", "hinge"])
@pytest.mark.parametrize("overrides", LEVERS.values(), ids=LEVERS)
def test_levers_change_what_is_learned_in_half_precision_too(overrides, recipe):
    half = Precision("bf16", channels_last=True)
    plain, pulled = (trainer_of(settings, 4, half, recipe) for settings in ({"diffaug.ramp": "0"}, overrides))
    plain.run()
    pulled.run()
    one, other = (trainer.state()[0] for trainer in (plain, pulled))
    assert all(value.isfinite().all() for value in other.values())
    shared = [key for key in one if key.startswith("modules/") and key in other]
    assert any(not torch.equal(one[key], other[key]) for key in shared)


def test_labels_are_told_to_live_and_averaged_networks_as_the_transition_says():
    trainer = trainer_of(LEVERS["transition"])
    shares = []
    for _ in range(10):
        trainer.one_step()
        live, averaged = (
            networks["generator"].embedding.share for networks in (trainer.method.modules, trainer.average.modules)
        )
        assert live == averaged
        shares.append(float(live))
    assert shares == pytest.approx([0, 0, 0, 0, 1 / 3, 2 / 3, 1, 1, 1, 1], abs=1e-6)


def test_measuring_moves_no_weight_and_counts_no_step_of_the_optimiser():
    trainer = trainer_of(LEVERS["adaptive"])
    trainer.one_step()
    measure = next(phase for phase in trainer.method.phases if phase.name == "overfitting")
    before, _ = trainer.state()
    trainer.update(measure)
    after, _ = trainer.state()
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    assert moved <= {"rng", "parts/augmentation/now", "parts/augmentation/means"}
    assert "rng" in moved


def test_a_lever_that_is_off_adds_no_phase_no_stream_and_no_part():
    trainer = trainer_of({})
    assert [phase.name for phase in trainer.method.phases] == ["discriminator", "penalty", "generator"]
    assert list(trainer.streams) == ["train"]
    assert list(trainer.method.parts) == ["logit_anchors"]


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if isinstance(recipe, GanRecipe)])
def test_a_recipe_that_was_saved_without_the_levers_still_loads(name):
    recipe = config.override(RECIPES[name], {"game.mode_seeking": "0"})  # which r3 has sought only since they exist
    saved = config.to_dict(recipe)
    for part, names in NEW_SETTINGS.items():
        for setting in names:
            saved[part].pop(setting, None)
    assert config.from_dict(GanRecipe, saved) == recipe


@pytest.mark.parametrize("network", [ConvConfig(), ConvConfig("dcgan"), ExemplarConfig(), MlpConfig()])
def test_networks_that_were_saved_without_the_levers_are_told_apart(network):
    saved = {key: value for key, value in config.to_dict(network).items() if key not in NEW_SETTINGS["network"]}
    assert config.from_dict(NetworkConfig, saved) == network


@pytest.mark.parametrize(
    ("name", "setting", "value", "said"),
    [
        ("tabular", "game.transition", "[0.1, 0.2]", r"game\.transition is for networks of images"),
        ("tabular", "game.mode_seeking", "1", r"game\.mode_seeking is for networks of images"),
        ("ctgan", "game.group_spectral", "1", r"game\.group_spectral is for networks of images"),
        ("ctgan", "game.consistency", "1", r"game\.consistency is for networks of images"),
        ("tabular", "diffaug.target", "0.5", r"diffaug\.target drives the probability"),
        ("dcgan", "game.group_spectral", "1", r"needs network\.kind=resnet"),
        ("dcgan", "network.minibatch_std", "true", r"belong to network\.kind=resnet"),
        ("vae", "network.unconditional_levels", "1", r"belong to network\.kind=resnet"),
        ("r3", "game.consistency", "-1", r"game\.consistency must be a finite number"),
        ("r3", "game.transition", "[0.5, 0.2]", "two shares of the budget"),
        ("r3", "game.transition", "0.5", r"'game\.transition' cannot be"),
    ],
)
def test_a_lever_that_cannot_work_is_refused_where_it_is_said(name, setting, value, said):
    with pytest.raises(ConfigError, match=said):
        config.override(RECIPES[name], {setting: value})


def test_levers_that_exclude_each_other_are_refused():
    with pytest.raises(ConfigError, match="compares images with augmented ones"):
        config.override(RECIPES["r3"], {"game.consistency": "1", "diffaug.policy": ""})
    with pytest.raises(ConfigError, match=r"set game\.joint=false with it"):
        config.override(RECIPES["r3"], {"network.minibatch_std": "true"})
    with pytest.raises(ConfigError, match=r"batch norm of network\.kind=dcgan .* set game\.joint=false with it"):
        config.override(RECIPES["r3"], {"network.kind": "dcgan", "network.norm": "batch"})
