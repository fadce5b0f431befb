"""A class-conditional GAN as phases: discriminator updates, a penalty now and then, a generator update."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from gan_augment.errors import ConfigError
from gan_augment.losses.adversarial import LOSSES
from gan_augment.losses.penalties import gradient_penalty, lecam_penalty, zero_centred_penalty
from gan_augment.networks.build import build_network
from gan_augment.networks.config import NetworkConfig
from gan_augment.registry import lookup
from gan_augment.training.diffaug import DiffAugConfig, augment
from gan_augment.training.given import CategoryCondition
from gan_augment.training.method import Batch, Context, Method, OptimizerConfig, Phase
from gan_augment.training.schedules import Schedule
from gan_augment.transforms.spec import TensorSpec

PIXELS_OF_GAMMA = 32 * 32


@dataclass(frozen=True)
class AdversarialConfig:
    """The game and its balance.

    Parameters
    ----------
    loss
        Key of ``losses.adversarial.LOSSES``.
    d_steps
        Discriminator updates a generator update.
    gamma
        Weight of the zero-centred penalties R1 and R2 (half of it multiplies each) for rows and for images of
        32x32, 0 for none. It grows in proportion to the number of pixels, as in Karras et al. (2020): the
        gradient's norm shrinks when the same logit is spread over more of them.
    penalty_every
        1 adds the penalties to every discriminator update; n > 1 gives them an update of their own
        every n-th step, their weight scaled by n.
    lecam
        Weight of LeCam regularisation, 0 for none.
    gradient_penalty
        Weight of WGAN-GP's penalty between real and fake samples (Gulrajani et al. 2017), 0 for none.
    condition
        Weight of the cross-entropy of categories that are given besides the label (rows only), 0 to give none.
    instance_noise
        Standard deviation of the noise on all that the discriminator sees (Sonderby et al. 2017): where a class has few
        rows it would learn them by heart.
    joint
        Whether the discriminator sees real and fake samples in one pass: cheaper for small networks, and the same
        unless its layers mix the samples of a batch, as batch norm does.
    """

    loss: str = "relativistic"
    d_steps: int = 1
    gamma: Schedule = Schedule(0.0, 0.0)
    penalty_every: int = 1
    lecam: float = 0.0
    gradient_penalty: float = 0.0
    condition: float = 0.0
    instance_noise: Schedule = Schedule(0.0, 0.0)
    joint: bool = False

    def __post_init__(self) -> None:
        lookup(LOSSES, self.loss, "adversarial loss")
        if self.d_steps < 1 or self.penalty_every < 1:
            raise ConfigError("game.d_steps and game.penalty_every must be at least 1.")
        for name in ("lecam", "gradient_penalty", "condition"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigError(f"game.{name} must be a finite number, 0 or more.")

    @property
    def penalised(self) -> bool:
        """Whether there is a zero-centred penalty at any time of the run."""
        return max(self.gamma.start, self.gamma.end) > 0


class LogitAnchors:
    """Moving averages of the logits of real and fake samples, which LeCam holds on to; a `Part`."""

    def __init__(self, device: torch.device, decay: float = 0.99) -> None:
        self.decay = decay
        self.values = torch.zeros(2, device=device)

    def update(self, logits_real: Tensor, logits_fake: Tensor) -> None:
        """Move the averages towards a batch's means."""
        means = torch.stack([logits_real.detach().mean(), logits_fake.detach().mean()]).float()
        self.values.lerp_(means, 1 - self.decay)

    def state_dict(self) -> dict[str, Tensor]:
        """Return both averages."""
        return {"values": self.values}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state_dict` gave."""
        self.values.copy_(state["values"])


class AdversarialGame:
    """The loss functions of both sides; fakes always take the labels of the real batch.

    So the class imbalance of what is drawn cancels, and a paired loss compares a fake with a real of its class.
    """

    def __init__(
        self,
        config: AdversarialConfig,
        diffaug: DiffAugConfig,
        z_dim: int,
        device: torch.device,
        condition: CategoryCondition | None = None,
    ) -> None:
        self.config, self.diffaug, self.z_dim, self.condition = config, diffaug, z_dim, condition
        self.loss = LOSSES[config.loss]
        self.anchors = LogitAnchors(device)

    def discriminator_loss(self, batches: dict[str, Batch], ctx: Context) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of one discriminator update, with the penalties when they belong to every update."""
        penalised = self.config.penalised and self.config.penalty_every == 1
        real, fake, given = self._pair(batches["train"], ctx, requires_grad=penalised)
        logits_real, logits_fake = self._judge(real, fake, given, ctx)
        game_loss = self.loss.discriminator(logits_real, logits_fake)
        metrics = {"d_loss": game_loss} | _accuracies(logits_real, logits_fake, self.loss.paired)
        loss = game_loss
        if penalised:
            penalty = zero_centred_penalty(logits_real, real, logits_fake, fake)
            loss = loss + 0.5 * self.config.gamma.at(ctx.progress) * penalty
            metrics["penalty"] = penalty
        if self.config.gradient_penalty:
            metrics["penalty"] = self._interpolated_penalty(real, fake, given, ctx)
            loss = loss + self.config.gradient_penalty * metrics["penalty"]
        if self.config.lecam:
            loss = loss + self.config.lecam * lecam_penalty(logits_real, logits_fake, *self.anchors.values)
            self.anchors.update(logits_real, logits_fake)
        return loss, metrics

    def penalty_loss(self, batches: dict[str, Batch], ctx: Context) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of a lazy penalty update (Karras et al. 2020): scaled by how rarely it runs."""
        real, fake, given = self._pair(batches["train"], ctx, requires_grad=True)
        logits_real, logits_fake = self._judge(real, fake, given, ctx)
        penalty = zero_centred_penalty(logits_real, real, logits_fake, fake)
        weight = 0.5 * self.config.gamma.at(ctx.progress) * self.config.penalty_every
        return weight * penalty, {"penalty": penalty}

    def generator_loss(self, batches: dict[str, Batch], ctx: Context) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of one generator update."""
        batch = batches["train"]
        given = self._given(batch, ctx)
        discriminator = ctx.modules["discriminator"]
        with ctx.autocast():
            made = self._generate(given, ctx)
            fake = self._shown(made, ctx)
            logits_fake = discriminator(fake, given).float()
            logits_real = logits_fake.detach()
            if self.loss.paired:
                with torch.no_grad():
                    real = self._shown(batch.samples, ctx)
                    logits_real = discriminator(real, given).float()
        loss = self.loss.generator(logits_real, logits_fake)
        metrics = {"g_loss": loss}
        if self.condition is not None:
            metrics["condition_loss"] = self.condition.loss(made.float(), given)
            loss = loss + self.config.condition * metrics["condition_loss"]
        return loss, metrics

    def _given(self, batch: Batch, ctx: Context) -> Tensor:
        return batch.labels if self.condition is None else self.condition.draw(batch, ctx.rng)

    def _generate(self, given: Tensor, ctx: Context) -> Tensor:
        z = torch.randn(len(given), self.z_dim, generator=ctx.rng).to(ctx.device)
        return ctx.modules["generator"](z, given)

    def _pair(self, batch: Batch, ctx: Context, requires_grad: bool) -> tuple[Tensor, Tensor, Tensor]:
        given = self._given(batch, ctx)
        with torch.no_grad(), ctx.autocast():
            fake = self._shown(self._generate(given, ctx).float(), ctx)
            real = self._shown(batch.samples, ctx)
        return real.requires_grad_(requires_grad), fake.requires_grad_(requires_grad), given

    def _shown(self, samples: Tensor, ctx: Context) -> Tensor:
        """Return samples as the discriminator gets to see them."""
        samples = augment(samples, self.diffaug, ctx.progress, ctx.rng)
        deviation = self.config.instance_noise.at(ctx.progress)
        if not deviation:
            return samples
        return samples + deviation * torch.randn(samples.shape, generator=ctx.rng).to(samples.device)

    def _interpolated_penalty(self, real: Tensor, fake: Tensor, given: Tensor, ctx: Context) -> Tensor:
        share = torch.rand(len(real), *[1] * (real.dim() - 1), generator=ctx.rng).to(real.device)
        discriminator = ctx.modules["discriminator"]
        pack = getattr(discriminator, "pack", 1)
        return gradient_penalty(lambda mixed: discriminator(mixed, given).float(), real.lerp(fake, share), pack)

    def _judge(self, real: Tensor, fake: Tensor, given: Tensor, ctx: Context) -> tuple[Tensor, Tensor]:
        discriminator = ctx.modules["discriminator"]
        with ctx.autocast():
            if not self.config.joint:
                return discriminator(real, given).float(), discriminator(fake, given).float()
            logits = discriminator(torch.cat([real, fake]), torch.cat([given, given])).float()
        logits_real, logits_fake = logits.chunk(2)
        return logits_real, logits_fake


def _accuracies(logits_real: Tensor, logits_fake: Tensor, paired: bool) -> dict[str, Tensor]:
    """Return the share of real samples judged real and of fake ones judged fake; 0.5 each is chance.

    The line between them is 0. A paired loss leaves the level of the logits free: there a real sample has to lie
    above the mean fake one, and a fake one below the mean real one.
    """
    over, under = (logits_fake.mean(), logits_real.mean()) if paired else (0.0, 0.0)
    return {
        "d_accuracy_real": (logits_real > over).float().mean(),
        "d_accuracy_fake": (logits_fake < under).float().mean(),
    }


def _scaled_to(spec: TensorSpec, config: AdversarialConfig) -> AdversarialConfig:
    scale = math.prod(spec.shape[1:]) / PIXELS_OF_GAMMA if len(spec.shape) > 1 else 1.0
    return replace(config, gamma=Schedule(config.gamma.start * scale, config.gamma.end * scale))


def build_gan(
    spec: TensorSpec,
    network: NetworkConfig,
    config: AdversarialConfig,
    diffaug: DiffAugConfig,
    optimizers: tuple[OptimizerConfig, OptimizerConfig],
    seed: int,
    device: torch.device,
) -> Method:
    """Return the method of a GAN for `spec`; `optimizers` are those of the generator and the discriminator."""
    modules: dict[str, Any] = {
        role: build_network(role, spec, network, seed).to(device) for role in ("generator", "discriminator")
    }
    z_dim: int = modules["generator"].z_dim
    condition = CategoryCondition(spec).to(device) if config.condition else None
    game = AdversarialGame(_scaled_to(spec, config), diffaug, z_dim, device, condition)
    generator_opt, discriminator_opt = optimizers
    own = ("discriminator",)
    phases = [Phase("discriminator", own, game.discriminator_loss, discriminator_opt, repeats=config.d_steps)]
    if config.penalty_every > 1 and config.penalised:
        phases.append(Phase("penalty", own, game.penalty_loss, discriminator_opt, every=config.penalty_every))
    phases.append(Phase("generator", ("generator",), game.generator_loss, generator_opt))
    return Method(
        modules=modules,
        phases=tuple(phases),
        artifacts=("generator",),
        sample_fn=lambda nets, z, labels: nets["generator"](z, labels),
        z_dim=z_dim,
        parts={"logit_anchors": game.anchors},
    )
