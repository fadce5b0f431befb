import math

import pytest
import torch
from torch import nn

from gan_augment.losses.penalties import lecam_penalty
from gan_augment.networks.config import ConvConfig
from gan_augment.precision import Precision
from gan_augment.seeding import torch_rng
from gan_augment.training.adversarial import AdversarialGame, _accuracies, build_gan
from gan_augment.training.diffaug import DiffAugConfig
from gan_augment.training.game import AdversarialConfig
from gan_augment.training.method import Batch, Context, OptimizerConfig
from gan_augment.training.schedules import Schedule
from gan_augment.transforms.spec import Span, TensorSpec

CPU, PLAIN = torch.device("cpu"), DiffAugConfig("")
CUTOUT = DiffAugConfig("cutout", probability=1.0, ramp=0.0)
N, SIDE, SLOPE = 4, 16, 0.1
LABELS = torch.arange(N) % 2


class Level(nn.Module):
    """A generator of one grey level."""

    def __init__(self):
        super().__init__()
        self.level = nn.Parameter(torch.tensor(0.5))

    def forward(self, z, labels):
        return self.level.expand(len(z), 1, SIDE, SIDE)


class Sum(nn.Module):
    """A discriminator whose gradient is `SLOPE` at every pixel; keeps what it was shown."""

    def __init__(self):
        super().__init__()
        self.slope, self.seen = nn.Parameter(torch.tensor(SLOPE)), []

    def forward(self, images, labels):
        self.seen.append(images.detach())
        return self.slope * images.sum((1, 2, 3))


@pytest.fixture
def ctx():
    modules = {"generator": Level(), "discriminator": Sum()}
    return Context(modules, torch_rng(0), CPU, Precision().autocast(CPU), progress=0.5)


def game_of(diffaug=PLAIN, **settings):
    return AdversarialGame(AdversarialConfig(**settings), diffaug, 3, CPU)


def batches():
    return {"train": Batch(torch.ones(N, 1, SIDE, SIDE), LABELS)}


def squared_norms():
    return 2 * SLOPE**2 * SIDE**2  # of the real and the fake gradient


def test_lecam_is_part_of_the_loss_and_moves_its_anchors(ctx):
    plain, _ = game_of(loss="hinge").discriminator_loss(batches(), ctx)
    game = game_of(loss="hinge", lecam=0.3)
    game.anchors.values += torch.tensor([2.0, -1.0])
    loss, metrics = game.discriminator_loss(batches(), ctx)
    logits = [torch.full((N,), SLOPE * SIDE**2 * level) for level in (1.0, 0.5)]
    drift = lecam_penalty(*logits, torch.tensor(2.0), torch.tensor(-1.0))
    assert drift > 0
    assert loss.item() == pytest.approx((plain + 0.3 * drift).item())
    assert metrics["d_loss"].item() == pytest.approx(plain.item())
    assert game.anchors.values.tolist() == pytest.approx([2 + 0.01 * (25.6 - 2), -1 + 0.01 * (12.8 + 1)])


@pytest.mark.parametrize("every", [2, 4])
def test_a_lazy_penalty_weighs_as_much_more_as_it_runs_more_rarely(ctx, every):
    game = game_of(gamma=Schedule(3.0, 1.0), penalty_every=every)
    loss, metrics = game.penalty_loss(batches(), ctx)
    assert metrics["penalty"].item() == pytest.approx(squared_norms())
    assert loss.item() == pytest.approx(0.5 * Schedule(3.0, 1.0).at(0.5) * every * squared_norms())
    unpenalised, _ = game_of().discriminator_loss(batches(), ctx)
    assert game.discriminator_loss(batches(), ctx)[0].item() == pytest.approx(unpenalised.item())


def test_a_penalty_of_every_step_is_part_of_the_loss(ctx):
    plain, _ = game_of().discriminator_loss(batches(), ctx)
    loss, _ = game_of(gamma=Schedule(3.0, 3.0)).discriminator_loss(batches(), ctx)
    assert (loss - plain).item() == pytest.approx(0.5 * 3 * squared_norms())


@pytest.mark.parametrize("every", [1, 4])
def test_gamma_follows_the_number_of_pixels(ctx, every):
    spec = TensorSpec((1, SIDE, SIDE), (Span(0, 1, "tanh"),), 2)
    network = ConvConfig("resnet", z_dim=3, width=2, max_width=2)
    config = AdversarialConfig(gamma=Schedule(3.0, 1.0), penalty_every=every)
    method = build_gan(spec, network, config, PLAIN, (OptimizerConfig(), OptimizerConfig()), 0, CPU)
    phases = {phase.name: phase for phase in method.phases}
    assert set(phases) == {"discriminator", "generator"} | ({"penalty"} if every > 1 else set())
    phase = phases["penalty" if every > 1 else "discriminator"]
    assert phase.every == every
    loss, _ = phase.loss_fn(batches(), ctx)
    plain = 0.0 if every > 1 else game_of().discriminator_loss(batches(), ctx)[0].item()
    expected = 0.5 * 2.0 * (SIDE / 32) ** 2 * every * squared_norms()
    assert loss.item() - plain == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("loss", ["hinge", "relativistic"])
@pytest.mark.parametrize("step", ["discriminator_loss", "penalty_loss", "generator_loss"])
def test_the_discriminator_sees_no_image_that_was_not_augmented(ctx, loss, step):
    game = game_of(CUTOUT, loss=loss, gamma=Schedule(1.0, 1.0), penalty_every=4)
    getattr(game, step)(batches(), ctx)
    seen = ctx.modules["discriminator"].seen
    assert len(seen) == (1 if (loss, step) == ("hinge", "generator_loss") else 2)
    for images in seen:
        assert (images == 0).flatten(1).any(1).all()  # the square that was cut out
        assert not (images == 0).flatten(1).all(1).any()


def test_the_generator_learns_through_augmentation_and_the_discriminator_step_spares_it(ctx):
    generator = ctx.modules["generator"]
    game = game_of(CUTOUT)
    game.discriminator_loss(batches(), ctx)[0].backward()
    assert generator.level.grad is None
    game.generator_loss(batches(), ctx)[0].backward()
    assert generator.level.grad is not None
    assert math.isfinite(generator.level.grad)
    assert generator.level.grad != 0


def test_consistency_shows_the_discriminator_plain_images_beside_and_weighs_what_augmentation_moves(ctx):
    alone, _ = game_of(CUTOUT).discriminator_loss(batches(), ctx)
    seen = ctx.modules["discriminator"].seen
    seen.clear()
    ctx.rng = torch_rng(0)  # the same squares again
    loss, metrics = game_of(CUTOUT, consistency=2.0).discriminator_loss(batches(), ctx)
    assert len(seen) == 4
    assert torch.equal(seen[2], batches()["train"].samples)
    logits = [SLOPE * images.sum((1, 2, 3)) for images in seen]
    moved = (logits[0] - logits[2]).square().mean() + (logits[1] - logits[3]).square().mean()
    assert moved > 0
    assert metrics["inconsistency"].item() == pytest.approx(moved.item())
    assert (loss - alone).item() == pytest.approx(2 * moved.item())


def test_mode_seeking_drives_a_generator_that_makes_one_image_and_is_no_part_of_other_losses(ctx):
    plain, _ = game_of().generator_loss(batches(), ctx)
    loss, metrics = game_of(mode_seeking=1e-6).generator_loss(batches(), ctx)
    assert metrics["mode_seeking_loss"].item() == pytest.approx(1e5, rel=1e-3)  # one over the least ratio
    assert (loss - plain).item() == pytest.approx(0.1, rel=1e-2)


def test_accuracies_of_a_paired_loss_do_not_depend_on_the_level_of_a_class():
    real, fake = torch.tensor([5.1, -4.9, 0.2, 0.0]), torch.tensor([5.0, -5.0, 0.1, 0.3])
    assert [value.item() for value in _accuracies(real, fake, paired=True).values()] == [0.75, 0.75]
    assert [value.item() for value in _accuracies(real, fake, paired=False).values()] == [0.5, 0.25]
