"""What every recipe must do: train, resume bit for bit, survive being saved, and follow its settings."""

import numpy as np
import pytest
import torch

from gan_augment import config, fitting
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.recipes import RECIPES
from gan_augment.seeding import torch_rng
from gan_augment.training.precision import Precision
from gan_augment.training.schedules import BudgetConfig, Clock
from gan_augment.training.streams import ClassStream
from gan_augment.training.trainer import Trainer
from gan_augment.transforms.image import ImageCodec

TINY = {"network.width": "4", "network.max_width": "8", "network.z_dim": "4", "train.batch_size": "6"}
CODEC = ImageCodec(ImageSchema(9, 12, 3, ("cat", "dog", "fox")), ("horizontal",))
N = 24


def tiny(name):
    return config.override(RECIPES[name], TINY)


def trainer_of(name, steps, precision=Precision()):
    device = torch.device("cpu")
    recipe = tiny(name)
    raw = np.random.default_rng(0).integers(0, 256, (N, 9, 12, 3), dtype=np.uint8)
    labels = torch.arange(N) % 3
    stream = ClassStream(CODEC.encode(raw), labels, CODEC.to_model, recipe.train.batch_size, 0.5, device)
    method = recipe.build(CODEC.spec, 0, device)
    clock = Clock(BudgetConfig(steps=steps))
    return Trainer(method, {"train": stream}, recipe.train, recipe.ema, clock, device, precision, torch_rng(0))


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
    whole, half, rest = (trainer_of(name, steps=12, precision=layout) for _ in range(3))
    whole.run()
    for _ in range(7):
        half.one_step()
    rest.load_state(*half.state())
    rest.run()
    expected, resumed = whole.state(), rest.state()
    assert resumed[1]["step"] == expected[1]["step"] == 12
    for key, value in expected[0].items():
        assert torch.equal(value, resumed[0][key]), key


@pytest.mark.parametrize("name", RECIPES)
def test_bf16_and_channels_last_train_too(name):
    trainer = trainer_of(name, steps=3, precision=Precision("bf16", channels_last=True))
    trainer.run()
    assert all(value.isfinite().all() for value in trainer.state()[0].values())


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_survives_being_saved_as_json(name):
    assert config.from_dict(type(RECIPES[name]), config.to_dict(RECIPES[name])) == RECIPES[name]


def test_hinge_holds_every_convolution_of_its_discriminator_to_a_spectral_norm_of_one():
    discriminator = tiny("hinge").build(CODEC.spec, 0, torch.device("cpu")).modules["discriminator"]
    images, labels = torch.zeros(3, *CODEC.spec.shape), torch.arange(3)
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
    overrides = TINY | {"train.class_exponent": exponent}
    _, stream = fitting.plan(data, steps=2, device="cpu", precision="float32", overrides=overrides).build()
    assert stream.class_weights.tolist() == pytest.approx(expected)
