"""What every recipe must do: train, stay on its device, resume bit for bit, and leave a loadable generator."""

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from gan_augment import config
from gan_augment.data.schema import ImageSchema
from gan_augment.recipes import RECIPES
from gan_augment.seeding import torch_rng
from gan_augment.training import adversarial
from gan_augment.training.method import Context
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


@pytest.mark.parametrize("name", RECIPES)
def test_nothing_mixes_devices_when_the_device_is_cuda(name, monkeypatch):
    cuda = torch.device("cuda")
    recipe = tiny(name)
    # a backward pass would open a real CUDA context; the forward passes are where devices are mixed up
    monkeypatch.setattr(adversarial, "zero_centred_penalty", lambda logits, inputs: logits.sum() + inputs.sum())
    with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
        with torch.device(cuda), monkeypatch.context() as patch:
            # fake tensors cannot be moved by Module.to: they are made where they belong instead
            patch.setattr(torch.nn.Module, "to", lambda module, *_: module)
            method = recipe.build(CODEC.spec, 0, cuda)
        encoded = torch.zeros(N, 3, 9, 12, dtype=torch.uint8, device=cuda)
        stream = _FakeRows(encoded, recipe.train.batch_size, cuda)
        ctx = Context(method.modules, torch_rng(0), cuda, Precision().autocast(cuda), progress=0.5)
        for phase in method.phases:
            loss, metrics = phase.loss_fn({"train": stream.draw(ctx.rng)}, ctx)
            assert loss.device.type == "cuda"
            assert {value.device.type for value in metrics.values()} == {"cuda"}
        labels = torch.zeros(4, dtype=torch.long, device=cuda)
        assert method.sample_fn(method.modules, torch.zeros(4, method.z_dim, device=cuda), labels).is_cuda


class _FakeRows(ClassStream):
    """A stream whose class draw needs no real numbers, as fake tensors have none."""

    def __init__(self, encoded, batch_size, device):
        self.encoded, self.batch_size, self.device = encoded, batch_size, device
        self.to_model = CODEC.to_model

    def draw(self, rng):
        rows = torch.zeros(self.batch_size, dtype=torch.long)
        return self._gather(rows, torch.zeros(self.batch_size, dtype=torch.long), rng)
