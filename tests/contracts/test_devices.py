"""Nothing mixes devices, seen without a GPU: fake tensors have a device and a shape but no values."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from gan_augment import config
from gan_augment.data.schema import ImageSchema
from gan_augment.generation import preview
from gan_augment.generation.generator import BLOCK, TrainedGenerator
from gan_augment.metrics import classifiers
from gan_augment.metrics.classifiers import Augmentation, ClassifierConfig, Labelled
from gan_augment.networks.build import build_network
from gan_augment.recipes import RECIPES
from gan_augment.seeding import torch_rng
from gan_augment.training import adversarial
from gan_augment.training.method import Context
from gan_augment.training.precision import Precision
from gan_augment.training.streams import ClassStream
from gan_augment.transforms.image import ImageCodec

CUDA = torch.device("cuda")
TINY = {"network.width": "4", "network.max_width": "8", "network.z_dim": "4", "train.batch_size": "6"}
CODEC = ImageCodec(ImageSchema(9, 12, 3, ("cat", "dog", "fox")), ("horizontal",))
LABELS = np.arange(24) % 3
RESTING = torch.zeros(24, 3, 9, 12, dtype=torch.uint8)
# made out here, since counting classes needs numbers and fake tensors have none
STREAM = ClassStream(RESTING, torch.from_numpy(LABELS), CODEC.to_model, 6, 0.5, CUDA)


@pytest.fixture
def moved(monkeypatch):
    """Return the modules that were moved to a device: fake ones cannot be, so they are made there instead."""
    moves = []

    def move(module, *args, **_):
        moves.extend((id(module), torch.device(arg)) for arg in args if isinstance(arg, str | torch.device))
        return module

    def copied(tensor):
        if tensor.device.type != "cpu":
            raise TypeError("can't convert a cuda tensor to numpy")
        return np.zeros(tuple(tensor.shape), np.float32)

    monkeypatch.setattr(torch.nn.Module, "to", move)
    monkeypatch.setattr(torch.Tensor, "numpy", copied)
    return moves


@pytest.fixture
def fake(moved):
    with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
        yield


def on_cuda(build_fn):
    """Return a builder whose networks, and nothing else, are made on the fake device."""

    def build(*args):
        with CUDA:
            return build_fn(*args)

    return build


def stream_of(resident):
    """Return a stream whose samples rest on the fake device or on the CPU."""
    stream = copy.copy(STREAM)
    stream.encoded = RESTING.to(CUDA) if resident else RESTING
    return stream


@pytest.fixture(params=RECIPES)
def method(request, fake, moved, monkeypatch):
    monkeypatch.setattr(adversarial, "build_network", on_cuda(build_network))
    method = config.override(RECIPES[request.param], TINY).build(CODEC.spec, 0, CUDA)
    assert {(id(module), CUDA) for module in method.modules.values()} <= set(moved)
    return method


def test_losses_and_parts_stay_on_the_device_of_the_run(method, monkeypatch):
    # a backward pass would open a real CUDA context; the forward passes are where devices are mixed up
    monkeypatch.setattr(adversarial, "zero_centred_penalty", lambda logits, inputs: logits.sum() + inputs.sum())
    ctx = Context(method.modules, torch_rng(0), CUDA, Precision().autocast(CUDA), progress=0.5)
    for phase in method.phases:
        loss, metrics = phase.loss_fn({"train": stream_of(True).draw(ctx.rng)}, ctx)
        assert {value.device.type for value in (loss, *metrics.values())} == {"cuda"}
    for part in method.parts.values():
        assert {value.device.type for value in part.state_dict().values()} == {"cuda"}


def test_sampling_while_training_stays_on_the_device_of_the_run(method, monkeypatch):
    monkeypatch.setattr(preview, "reestimate_batch_statistics", lambda _, passes: [run() for run in passes])
    trainer = SimpleNamespace(
        streams={"train": stream_of(True)},
        config=SimpleNamespace(batch_size=6),
        method=method,
        context=SimpleNamespace(device=CUDA),
        average=SimpleNamespace(modules={name: method.modules[name] for name in method.artifacts}),
    )
    preview.settle_batch_statistics(trainer, seed=0)
    looking = SimpleNamespace(codec=CODEC, seed=0, per_class=5)
    assert preview.Preview._sample(looking, trainer, 1).shape == (5, 9, 12, 3)


@pytest.mark.parametrize("resident", [True, False])
def test_batches_come_on_the_device_of_the_run_wherever_samples_rest(fake, resident):
    batch = stream_of(resident).draw(torch_rng(0))
    assert (batch.samples.device.type, batch.labels.device.type) == ("cuda", "cuda")
    assert batch.samples.shape == (6, *CODEC.spec.shape)


@pytest.mark.parametrize("name", RECIPES)
def test_a_trained_generator_samples_on_its_device(fake, moved, name):
    network = config.override(RECIPES[name], TINY).network
    header = {"codec": CODEC.state(), "recipe": name, "class_counts": [8, 8, 8], "network": config.to_dict(network)}
    module = on_cuda(build_network)("generator", CODEC.spec, network)
    generator = TrainedGenerator(module, header, None, "", CUDA)
    assert (id(module), CUDA) in moved
    assert generator.sample_block(1, 0).shape == (BLOCK, 9, 12, 3)
    assert generator.sample(2).data.shape == (6, 9, 12, 3)


def test_classifiers_train_and_predict_on_their_device(fake, moved, monkeypatch):
    monkeypatch.setattr(classifiers, "_new_net", on_cuda(classifiers._new_net))
    monkeypatch.setattr(torch.Tensor, "backward", lambda loss: None)
    data = Labelled(np.zeros((24, 9, 12, 3), np.uint8), LABELS)
    short = ClassifierConfig(steps=2, batch_size=4)
    settings = {"n_classes": 3, "config": short, "augmentation": Augmentation(flips=("vertical",)), "device": "cuda"}
    net = classifiers.train_classifier(data, data, **settings)
    assert (id(net), CUDA) in moved
    assert classifiers.predict_probabilities(net, data.images).shape == (24, 3)
    assert classifiers.extract_features(net, data.images).shape == (24, 128)
