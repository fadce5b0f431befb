"""What every recipe must do: train, resume bit for bit, survive being saved, and follow its settings."""

import numpy as np
import pytest
import torch

from gan_augment import config, fitting
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import ConfigError
from gan_augment.precision import Precision
from gan_augment.recipes import DEFAULT_RECIPES, RECIPES
from gan_augment.seeding import torch_rng
from gan_augment.training.schedules import BudgetConfig, Clock
from gan_augment.training.streams import ClassStream
from gan_augment.training.trainer import Trainer
from tests.contracts.kinds import KINDS, TINY, resting, tiny

CPU = torch.device("cpu")


def trainer_of(name, steps, precision=Precision()):
    recipe = tiny(name)
    kind = KINDS[recipe.kind]
    stream = ClassStream(*resting(kind), kind.codec.to_model, recipe.train.batch_size, 0.5, CPU)
    method = recipe.build(kind.codec.spec, 0, CPU)
    clock = Clock(BudgetConfig(steps=steps))
    return Trainer(method, {"train": stream}, recipe.train, recipe.ema, clock, CPU, precision, torch_rng(0))


def test_every_kind_of_data_has_a_recipe_that_is_taken_unasked():
    assert {recipe.kind for recipe in RECIPES.values()} == set(KINDS) == set(DEFAULT_RECIPES)
    assert all(RECIPES[name].kind == kind for kind, name in DEFAULT_RECIPES.items())


@pytest.mark.parametrize("name", RECIPES)
def test_every_module_moves_and_stays_finite(name):
    trainer = trainer_of(name, steps=6)
    before = {key: value for key, value in trainer.state()[0].items() if key.startswith("modules/")}
    trainer.run()
    after = trainer.state()[0]
    assert all(value.isfinite().all() for value in after.values())
    for module in trainer.method.modules:
        keys = [key for key in before if key.startswith(f"modules/{module}/")]
        assert any(not torch.equal(before[key], after[key]) for key in keys)


@pytest.mark.parametrize("name", RECIPES)
def test_half_a_run_resumed_equals_a_whole_one_bit_for_bit(name):
    layout = Precision(channels_last=True)  # in which moments once came back in another order
    whole, half, rest = (trainer_of(name, steps=18, precision=layout) for _ in range(3))
    whole.run()
    for _ in range(7):
        half.one_step()
    rest.load_state(*half.state())
    rest.run()
    expected, resumed = whole.state(), rest.state()
    assert resumed[1]["step"] == expected[1]["step"] == 18
    for key, value in expected[0].items():
        assert torch.equal(value, resumed[0][key]), key


@pytest.mark.parametrize("name", RECIPES)
def test_bf16_and_channels_last_train_too(name):
    trainer = trainer_of(name, steps=3, precision=Precision("bf16", channels_last=True))
    halves = []
    for module in trainer.method.modules.values():
        for layer in module.modules():
            layer.register_forward_hook(lambda layer, _, output: halves.append(getattr(output, "dtype", None)))
    trainer.run()
    assert torch.bfloat16 in halves
    assert all(value.isfinite().all() for value in trainer.state()[0].values())


@pytest.mark.parametrize("name", RECIPES)
def test_samples_follow_label_and_latent_alone_once_trained(name):
    trainer = trainer_of(name, steps=2)
    trainer.run()
    z = torch.randn(5, trainer.method.z_dim, generator=torch_rng(1))
    labels = torch.tensor([0, 1, 0, 1, 1])

    @torch.no_grad()
    def sample(latents, labels):
        return trainer.method.sample_fn(trainer.average.modules, latents, labels)

    samples = sample(z, labels)
    assert samples.shape == (5, *KINDS[RECIPES[name].kind].codec.spec.shape)
    assert torch.equal(sample(z, labels), samples)
    assert torch.allclose(sample(z[2:], labels[2:]), samples[2:], atol=1e-5)
    assert not torch.allclose(sample(z, 1 - labels), samples)
    assert not torch.allclose(sample(z + 0.5, labels), samples)


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_survives_being_saved_as_json(name):
    assert config.from_dict(type(RECIPES[name]), config.to_dict(RECIPES[name])) == RECIPES[name]


@pytest.mark.parametrize(
    ("name", "setting", "value", "said"),
    [
        ("ctgan", "train.batch_size", "64", r"multiple of network\.pack, which is 10"),
        ("tabular", "network.pack", "2", r"network\.kind=packed"),
        ("tvae", "network.pack", "2", r"network\.kind=packed"),
        ("tabular", "game.condition", "1", r"network\.kind=packed"),
        ("r3", "game.condition", "1", r"network\.kind=packed"),
        ("tabular", "diffaug.policy", "colour", "empty for rows"),
        ("tabular", "network.kind", "resnet", "mlp, packed, autoencoder"),
        ("r3", "network.kind", "mlp", "dcgan, resnet"),
        ("tabular", "network.kind", "autoencoder", "no discriminator"),
        ("tvae", "network.kind", "mlp", "must be autoencoder"),
        ("ctgan", "game.gradient_penalty", "-1", r"game\.gradient_penalty"),
        ("tabular", "network.tau", "0", r"network\.tau"),
        ("tvae", "elbo.reconstruction", "0", r"elbo\.reconstruction"),
    ],
)
def test_settings_that_cannot_work_together_are_refused_where_they_are_said(name, setting, value, said):
    with pytest.raises(ConfigError, match=said):
        config.override(RECIPES[name], {setting: value})


def test_hinge_holds_every_convolution_of_its_discriminator_to_a_spectral_norm_of_one():
    spec = KINDS["image"].codec.spec
    discriminator = tiny("hinge").build(spec, 0, CPU).modules["discriminator"]
    images, labels = torch.zeros(3, *spec.shape), torch.arange(3)
    for _ in range(30):  # each pass is one more step of the power iteration
        discriminator(images, labels)
    weights = [module.weight.detach() for module in discriminator.modules() if isinstance(module, torch.nn.Conv2d)]
    norms = [float(torch.linalg.matrix_norm(weight.flatten(1), 2)) for weight in weights]
    assert len(norms) >= 5
    assert norms == pytest.approx([1.0] * len(norms), abs=0.02)


@pytest.mark.parametrize(("exponent", "expected"), [("1.0", [16, 4]), ("0.5", [4, 2]), ("0.0", [1, 1])])
def test_a_plan_draws_classes_as_its_setting_says(exponent, expected):
    schema = ImageSchema(8, 8, 1, ("many", "few"))
    data = LabelledImages(np.zeros((20, 8, 8, 1), np.uint8), np.repeat([0, 1], [16, 4]), schema)
    overrides = TINY["image"] | {"train.class_exponent": exponent}
    stream = fitting.plan(data, steps=2, device="cpu", precision="float32", overrides=overrides).stream
    assert stream.class_weights.tolist() == pytest.approx(expected)
