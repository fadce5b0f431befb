"""The games of rows: penalties, packing, conditions and noise must reach the discriminator as they are said."""

import pytest
import torch

from gan_augment.losses.penalties import gradient_penalty
from gan_augment.networks.config import MlpConfig
from gan_augment.precision import Precision
from gan_augment.seeding import torch_rng
from gan_augment.training.adversarial import build_gan
from gan_augment.training.diffaug import DiffAugConfig
from gan_augment.training.game import AdversarialConfig
from gan_augment.training.method import Batch, Context, OptimizerConfig
from gan_augment.training.schedules import Schedule
from gan_augment.transforms.spec import Span, TensorSpec

CPU = torch.device("cpu")
SPEC = TensorSpec((4,), (Span(0, 1, "linear"), Span(1, 4, "softmax")), 2)
SMALL = {"z_dim": 3, "label_dim": 2, "hidden": 6}
N = 12


def batch():
    rng = torch_rng(0)
    rows = torch.randn(N, 4, generator=rng)
    rows[:, 1:] = torch.eye(3)[torch.arange(N) % 3]
    return {"train": Batch(rows, torch.arange(N) % 2)}


def game_of(network=MlpConfig(**SMALL), progress=0.0, **settings):
    """Return the loss functions by phase and a fresh context, the same one every time."""
    config = AdversarialConfig(**{"loss": "nonsaturating"} | settings)
    optimizers = (OptimizerConfig(), OptimizerConfig())
    method = build_gan(SPEC, network, config, DiffAugConfig(""), optimizers, 0, CPU)
    ctx = Context(method.modules, torch_rng(0), CPU, Precision().autocast(CPU), progress=progress)
    return {phase.name: phase.loss_fn for phase in method.phases}, ctx


def loss_of(side, *, network=MlpConfig(**SMALL), progress=0.0, **settings):
    losses, ctx = game_of(network, progress, **settings)
    loss, metrics = losses[side](batch(), ctx)
    return loss.item(), {name: value.item() for name, value in metrics.items()}


def seen_by_the_discriminator(side, progress, **settings):
    seen, (losses, ctx) = [], game_of(progress=progress, **settings)
    ctx.modules["discriminator"].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    losses[side](batch(), ctx)
    return torch.cat(seen)


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_one_pass_for_real_and_fake_gives_what_two_give(gamma):
    settings = {"gamma": Schedule(gamma, gamma)}
    (one, one_metrics), (two, two_metrics) = (
        loss_of("discriminator", joint=joint, **settings) for joint in (True, False)
    )
    assert one == pytest.approx(two)
    assert one_metrics == pytest.approx(two_metrics)


def test_the_penalty_of_rows_does_not_depend_on_their_width():
    plain, _ = loss_of("discriminator")
    penalised, metrics = loss_of("discriminator", gamma=Schedule(3.0, 3.0))
    assert metrics["penalty"] > 0
    assert penalised - plain == pytest.approx(0.5 * 3 * metrics["penalty"], rel=1e-4)


@pytest.mark.parametrize("pack", [1, 3])
def test_the_gradient_penalty_is_part_of_the_loss_and_knows_what_is_packed(monkeypatch, pack):
    calls = []

    def spied(critic_fn, mixed, pack):
        calls.append((mixed.detach(), pack))
        return gradient_penalty(critic_fn, mixed, pack)

    monkeypatch.setattr("gan_augment.training.adversarial.gradient_penalty", spied)
    network = MlpConfig("packed", pack=pack, **SMALL)
    plain, _ = loss_of("discriminator", network=network, loss="wasserstein")
    loss, metrics = loss_of("discriminator", network=network, loss="wasserstein", gradient_penalty=10.0)
    assert loss - plain == pytest.approx(10 * metrics["penalty"], rel=1e-4)
    ((mixed, said),) = calls
    assert said == pack
    assert mixed.shape == (N, 4)


def test_the_gradient_penalty_looks_between_each_real_row_and_its_fake(monkeypatch):
    mixes = []
    monkeypatch.setattr(
        "gan_augment.training.adversarial.gradient_penalty",
        lambda _, mixed, pack: mixes.append(mixed.detach()) or mixed.sum() * 0,
    )
    losses, ctx = game_of(MlpConfig("packed", **SMALL), loss="wasserstein", gradient_penalty=1.0)
    seen = []
    ctx.modules["discriminator"].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    losses["discriminator"](batch(), ctx)
    (real, fake), (mixed,) = seen, mixes
    share = (mixed[:, 0] - real[:, 0]) / (fake[:, 0] - real[:, 0])
    assert share.min() > 0
    assert share.max() < 1
    assert share.std() > 0.1  # each row has its own
    assert torch.allclose(mixed, real + share[:, None] * (fake - real), atol=1e-5)


def test_given_categories_reach_both_networks_and_are_part_of_the_generators_loss():
    network = MlpConfig("packed", pack=2, **SMALL)
    losses, ctx = game_of(network, loss="wasserstein", condition=2.0)
    given = {name: [] for name in ctx.modules}
    for name, module in ctx.modules.items():
        module.register_forward_pre_hook(lambda _, inputs, name=name: given[name].append(inputs[1]))
    loss, metrics = losses["generator"](batch(), ctx)
    assert torch.equal(given["generator"][0], given["discriminator"][0])
    assert given["generator"][0].shape == (N, 2 + 3)
    assert given["generator"][0].sum() > N
    assert loss.item() == pytest.approx((metrics["g_loss"] + 2 * metrics["condition_loss"]).item())


@pytest.mark.parametrize("side", ["discriminator", "generator"])
@pytest.mark.parametrize(("progress", "deviation"), [(0.0, 0.5), (1.0, 0.1)])
def test_noise_is_on_all_that_the_discriminator_sees_and_fades(side, progress, deviation):
    assert torch.allclose(seen_by_the_discriminator(side, progress)[:, 1:].sum(1), torch.ones(1))
    rows = seen_by_the_discriminator(side, progress, instance_noise=Schedule(0.5, 0.1))
    assert len(rows) == (2 * N if side == "discriminator" else N)
    error = rows[:, 1:].sum(1) - 1  # of three units, which add up to one without noise
    assert error.square().mean().sqrt().item() == pytest.approx(3**0.5 * deviation, rel=0.4)
    assert (error.abs() > 1e-5).all()
