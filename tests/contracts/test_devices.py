"""Nothing mixes devices, seen without a GPU: fake tensors have a device and a shape but no values."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from gan_augment import config
from gan_augment.generation import generator as generation
from gan_augment.generation import preview
from gan_augment.metrics import classifiers
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.metrics.lessons import Augmentation, Labelled, Lesson
from gan_augment.networks.build import build_network
from gan_augment.precision import Precision
from gan_augment.recipes import RECIPES
from gan_augment.seeding import torch_rng
from gan_augment.training import adversarial, exemplars, variational
from gan_augment.training.method import Context
from gan_augment.training.streams import ClassStream
from tests.contracts.kinds import KINDS, resting, tiny

CUDA = torch.device("cuda")
BATCH = 20
# made out here, since counting classes needs numbers and fake tensors have none
RESTING = {name: resting(kind) for name, kind in KINDS.items()}
STREAMS = {name: ClassStream(*RESTING[name], kind.codec.to_model, BATCH, 0.5, CUDA) for name, kind in KINDS.items()}


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


@pytest.fixture
def on_cuda(moved):
    """Return what wraps a builder, so that its networks, and nothing else, are made on the fake device."""
    made = []

    def wrap(build_fn):
        def build(*args):
            with CUDA:
                made.append(build_fn(*args))
            return made[-1]

        return build

    yield wrap
    assert {(id(module), CUDA) for module in made} <= set(moved)


def stream_of(kind, resident):
    """Return a stream whose samples rest on the fake device or on the CPU; what its codec moves stays its own."""
    stream = copy.copy(STREAMS[kind])
    stream.encoded = RESTING[kind][0].to(CUDA) if resident else RESTING[kind][0]
    stream.to_model = copy.copy(KINDS[kind].codec).to_model
    return stream


@pytest.fixture(params=RECIPES)
def recipe(request):
    return tiny(request.param)


@pytest.fixture
def method(recipe, fake, on_cuda, monkeypatch):
    for module in (adversarial, exemplars, variational):
        monkeypatch.setattr(module, "build_network", on_cuda(build_network))
    monkeypatch.setattr(adversarial, "CategoryCondition", on_cuda(adversarial.CategoryCondition))
    return recipe.build(KINDS[recipe.kind].codec.spec, 0, CUDA)


def test_losses_and_parts_stay_on_the_device_of_the_run(method, recipe, monkeypatch):
    # a backward pass would open a real CUDA context; the forward passes are where devices are mixed up
    monkeypatch.setattr(adversarial, "zero_centred_penalty", lambda *tensors: sum(tensor.sum() for tensor in tensors))
    monkeypatch.setattr(adversarial, "gradient_penalty", lambda critic_fn, mixed, pack: critic_fn(mixed).sum())
    ctx = Context(method.modules, torch_rng(0), CUDA, Precision().autocast(CUDA), progress=0.5)
    for phase in method.phases:
        loss, metrics = phase.loss_fn({"train": stream_of(recipe.kind, True).draw(ctx.rng)}, ctx)
        assert {value.device.type for value in (loss, *metrics.values())} == {"cuda"}
    for part in method.parts.values():
        assert {value.device.type for value in part.state_dict().values()} == {"cuda"}


def test_sampling_while_training_stays_on_the_device_of_the_run(method, recipe, monkeypatch):
    monkeypatch.setattr(preview, "reestimate_batch_statistics", lambda _, passes: [run() for run in passes])
    trainer = SimpleNamespace(
        streams={"train": stream_of(recipe.kind, True)},
        config=SimpleNamespace(batch_size=BATCH),
        method=method,
        context=SimpleNamespace(device=CUDA),
        average=SimpleNamespace(modules={name: method.modules[name] for name in method.artifacts}),
    )
    preview.settle_average(trainer, seed=0)
    codec, labels = KINDS[recipe.kind].codec, torch.zeros(5, dtype=torch.int64)
    samples = preview.sample_average(trainer, labels, torch_rng(0))
    assert (samples.shape, samples.device.type) == ((5, *codec.spec.shape), "cuda")
    assert len(codec.decode(samples, labels, torch_rng(0))) == 5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("resident", [True, False])
def test_batches_come_on_the_device_of_the_run_wherever_samples_rest(fake, kind, resident):
    batch = stream_of(kind, resident).draw(torch_rng(0))
    assert (batch.samples.device.type, batch.labels.device.type) == ("cuda", "cuda")
    assert batch.samples.shape == (BATCH, *KINDS[kind].codec.spec.shape)


def test_a_trained_generator_samples_on_its_device(recipe, fake, on_cuda, monkeypatch):
    codec = KINDS[recipe.kind].codec
    counts = [8] * codec.spec.n_classes
    network = config.to_dict(recipe.network)
    header = {"codec": codec.state(), "recipe": recipe.name, "class_counts": counts, "network": network}
    tensors = build_network("generator", codec.spec, recipe.network).state_dict(prefix="generator.")
    monkeypatch.setattr(generation, "build_network", on_cuda(build_network))
    generator = generation.TrainedGenerator(tensors, header, "", CUDA)
    assert len(generator.sample_block(1, 0)) == codec.block
    assert len(generator.sample(2).data) == 2 * codec.spec.n_classes


def test_classifiers_train_and_predict_on_their_device(fake, on_cuda, monkeypatch):
    monkeypatch.setattr(classifiers, "_new_net", on_cuda(classifiers._new_net))
    monkeypatch.setattr(classifiers, "reestimate_batch_statistics", lambda _, passes: [run() for run in passes])
    monkeypatch.setattr(torch.Tensor, "backward", lambda loss: None)
    labels = np.arange(24) % 3
    data = Labelled(np.zeros((24, 9, 12, 3), np.uint8), labels)
    short = ClassifierConfig(steps=2, batch_size=4)
    lesson = Lesson(data, data, 0.5, weight=2.0, mixup=0.4, augmentation=Augmentation(flips=("vertical",)))
    net = classifiers.train_classifier(lesson, n_classes=3, config=short, device="cuda")
    assert classifiers.predict_probabilities(net, data.images).shape == (24, 3)
    assert classifiers.extract_features(net, data.images).shape == (24, 128)
