import math

import pytest
import torch
from torch import nn

from gan_augment.errors import ConfigError
from gan_augment.networks.config import ConvConfig
from gan_augment.precision import resolve_device, resolve_precision
from gan_augment.seeding import torch_rng
from gan_augment.training.adversarial import build_gan
from gan_augment.training.diffaug import DiffAugConfig
from gan_augment.training.ema import EmaConfig, WeightAverage
from gan_augment.training.game import AdversarialConfig
from gan_augment.training.method import OptimizerConfig
from gan_augment.training.schedules import Schedule
from gan_augment.training.streams import ClassStream
from gan_augment.training.train_config import TrainConfig
from gan_augment.transforms.spec import Span, TensorSpec

CPU = torch.device("cpu")


def stream_of(counts, exponent, batch_size=4000):
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    rows = torch.arange(len(labels), dtype=torch.float32)[:, None]
    return ClassStream(rows, labels, lambda encoded, rng: encoded, batch_size, exponent, CPU), labels


@pytest.mark.parametrize(("exponent", "share"), [(1.0, 0.1), (0.5, 0.25), (0.0, 0.5)])
def test_classes_are_drawn_by_the_power_of_their_size(exponent, share):
    stream, _ = stream_of([90, 10], exponent)
    drawn = stream.draw(torch_rng(0)).labels
    assert float((drawn == 1).float().mean()) == pytest.approx(share, abs=0.03)


def test_rows_keep_their_labels_and_every_row_can_come():
    stream, labels = stream_of([5, 0, 3], 0.5)
    batch = stream.draw(torch_rng(0))
    rows = batch.samples[:, 0].long()
    assert torch.equal(labels[rows], batch.labels)
    assert set(rows.tolist()) == set(range(8))


def test_the_average_of_a_short_run_is_not_stuck_at_its_start():
    net = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(net.weight)
    average = WeightAverage({"net": net}, EmaConfig())
    nn.init.ones_(net.weight)
    for step in range(1, 51):
        average.update({"net": net}, 64, 64 * step, step / 50)
    assert float(average.modules["net"].weight) > 0.99


def test_precision_and_device_are_named_or_refused():
    assert resolve_precision("auto", CPU).name in ("float32", "bf16")
    assert resolve_precision("bf16", CPU).name == "bf16"
    with pytest.raises(ConfigError, match="float32"):
        resolve_precision("fp8", CPU)
    with pytest.raises(ConfigError, match="not available"):
        resolve_device("cuda:77")
    with pytest.raises(ConfigError, match="not available"):
        resolve_device("toaster")
    with pytest.raises(ConfigError, match="no numbers"):
        resolve_device("meta")


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_numbers_that_no_run_could_use_are_refused_where_they_are_said(value):
    for make in (
        lambda: Schedule(value, 1.0),
        lambda: Schedule(1.0, value),
        lambda: OptimizerConfig(beta1=value),
        lambda: EmaConfig(seen_share=value),
        lambda: EmaConfig(budget_share=value),
        lambda: TrainConfig(class_exponent=value),
        lambda: TrainConfig(checkpoint_seconds=value),
        lambda: AdversarialConfig(lecam=value),
    ):
        with pytest.raises(ConfigError):
            make()


def test_patience_goes_with_weights_that_are_kept_by_score():
    assert TrainConfig(patience=3).patience == 3
    for settings in ({"patience": -1}, {"patience": 3, "keep": "last"}):
        with pytest.raises(ConfigError, match="patience"):
            TrainConfig(**settings)


def test_a_learning_rate_of_zero_and_a_decay_of_one_are_refused():
    with pytest.raises(ConfigError, match=r"lr\.start"):
        OptimizerConfig(Schedule(0.0, 1e-4))
    for betas in ({"beta1": 1.0}, {"beta2": Schedule(0.9, 1.0)}):
        with pytest.raises(ConfigError, match="beta"):
            OptimizerConfig(**betas)


@pytest.mark.parametrize(("gamma", "phases"), [((0.0, 1.0), 3), ((1.0, 0.0), 3), ((0.0, 0.0), 2)])
def test_a_penalty_that_grows_from_nothing_is_still_a_penalty(gamma, phases):
    game = AdversarialConfig(gamma=Schedule(*gamma), penalty_every=4)
    network = ConvConfig(width=4, max_width=8, z_dim=4)
    spec = TensorSpec((1, 8, 8), (Span(0, 1, "tanh"),), n_classes=2)
    method = build_gan(spec, network, game, DiffAugConfig(), (OptimizerConfig(), OptimizerConfig()), 0, CPU)
    assert len(method.phases) == phases
