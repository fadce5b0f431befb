import pytest
import torch
from torch import nn

from gan_augment.errors import ConfigError
from gan_augment.seeding import torch_rng
from gan_augment.training.ema import EmaConfig, WeightAverage, reestimate_batch_statistics
from gan_augment.training.precision import resolve_device, resolve_precision
from gan_augment.training.streams import ClassStream

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


def test_batch_statistics_become_those_of_the_passes():
    net = nn.Sequential(nn.BatchNorm1d(2, affine=False))
    data = torch.randn(64, 2, generator=torch_rng(0)) * 3 + 5
    reestimate_batch_statistics(net, [lambda: net(data)] * 3)
    assert not net[0].training
    assert torch.allclose(net[0].running_mean, data.mean(0))
    assert torch.allclose(net[0].running_var, data.var(0))


def test_a_network_without_batch_norm_runs_no_pass():
    reestimate_batch_statistics(nn.Linear(1, 1), [lambda: pytest.fail("ran")])


def test_precision_and_device_are_named_or_refused():
    assert resolve_precision("auto", CPU).name in ("float32", "bf16")
    assert resolve_precision("bf16", CPU).name == "bf16"
    with pytest.raises(ConfigError, match="float32"):
        resolve_precision("fp8", CPU)
    with pytest.raises(ConfigError, match="not available"):
        resolve_device("cuda:77")
    with pytest.raises(ConfigError, match="not available"):
        resolve_device("toaster")
