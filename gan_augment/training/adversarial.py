"""A class-conditional GAN as phases: discriminator updates, a penalty now and then, a generator update."""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from gan_augment.losses.adversarial import LOSSES
from gan_augment.losses.diversity import group_spectral_loss, mode_seeking_loss
from gan_augment.losses.penalties import consistency_penalty, gradient_penalty, zero_centred_penalty
from gan_augment.networks.build import build_network
from gan_augment.networks.config import NetworkConfig
from gan_augment.networks.freezing import freeze
from gan_augment.training.adaptive import EVERY, AdaptiveAugmentation
from gan_augment.training.diffaug import DiffAugConfig, augment
from gan_augment.training.game import AdversarialConfig
from gan_augment.training.given import CategoryCondition
from gan_augment.training.lecam import LogitAnchors
from gan_augment.training.method import Batch, Context, Method, OptimizerConfig, Phase
from gan_augment.training.schedules import Schedule
from gan_augment.training.transition import in_transition
from gan_augment.transforms.spec import TensorSpec

PIXELS_OF_GAMMA = 32 * 32


@dataclass(frozen=True)
class Pair:
    """Real and fake samples (n, ...) of what is given, as they are and as the discriminator is shown them."""

    given: Tensor
    plain_real: Tensor
    plain_fake: Tensor
    real: Tensor
    fake: Tensor


class AdversarialGame:
    """The loss functions of both sides; fakes always take the labels of the real batch.

    So the class imbalance of what is drawn cancels, and a paired loss compares a fake with a real of its class.
    """

    def __init__(
        self,
        config: AdversarialConfig,
        diffaug: DiffAugConfig | AdaptiveAugmentation,
        z_dim: int,
        device: torch.device,
        condition: CategoryCondition | None = None,
    ) -> None:
        self.config, self.diffaug, self.z_dim, self.condition = config, diffaug, z_dim, condition
        self.loss = LOSSES[config.loss]
        self.anchors = LogitAnchors(device, centred=self.loss.paired)

    def discriminator_loss(self, batches: dict[str, Batch], ctx: Context) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of one discriminator update, with the penalties when they belong to every update."""
        penalised = self.config.penalised and self.config.penalty_every == 1
        pair = self._pair(batches["train"], ctx, requires_grad=penalised)
        logits_real, logits_fake = self._judge(pair.real, pair.fake, pair.given, ctx)
        game_loss = self.loss.discriminator(logits_real, logits_fake)
        metrics = {"d_loss": game_loss} | _accuracies(logits_real, logits_fake, self.loss.paired)
        loss = game_loss
        if penalised:
            penalty = zero_centred_penalty(logits_real, pair.real, logits_fake, pair.fake)
            loss = loss + 0.5 * self.config.gamma.at(ctx.progress) * penalty
            metrics["penalty"] = penalty
        if self.config.gradient_penalty:
            metrics["penalty"] = self._interpolated_penalty(pair, ctx)
            loss = loss + self.config.gradient_penalty * metrics["penalty"]
        if self.config.lecam:
            loss = loss + self.config.lecam * self.anchors.penalty(logits_real, logits_fake)
        if self.config.consistency:
            plain_real, plain_fake = self._judge(pair.plain_real, pair.plain_fake, pair.given, ctx)
            moved = consistency_penalty(plain_real, logits_real) + consistency_penalty(plain_fake, logits_fake)
            loss = loss + self.config.consistency * moved
            metrics["inconsistency"] = moved
        return loss, metrics

    def penalty_loss(self, batches: dict[str, Batch], ctx: Context) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of a lazy penalty update (Karras et al. 2020): scaled by how rarely it runs."""
        pair = self._pair(batches["train"], ctx, requires_grad=True)
        logits_real, logits_fake = self._judge(pair.real, pair.fake, pair.given, ctx)
        penalty = zero_centred_penalty(logits_real, pair.real, logits_fake, pair.fake)
        weight = 0.5 * self.config.gamma.at(ctx.progress) * self.config.penalty_every
        return weight * penalty, {"penalty": penalty}

    def generator_loss(self, batches: dict[str, Batch], ctx: Context) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of one generator update."""
        batch = batches["train"]
        given = self._given(batch, ctx)
        discriminator = ctx.modules["discriminator"]
        with ctx.autocast():
            z = self._latents(len(given), ctx)
            made = ctx.modules["generator"](z, given)
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
        if self.config.mode_seeking:
            metrics["mode_seeking_loss"] = mode_seeking_loss(made, z, given)
            loss = loss + self.config.mode_seeking * metrics["mode_seeking_loss"]
        if self.config.group_spectral:
            generator: Any = ctx.modules["generator"]
            metrics["group_spectral_loss"] = group_spectral_loss(generator.modulations())
            loss = loss + self.config.group_spectral * metrics["group_spectral_loss"]
        return loss, metrics

    @torch.no_grad()
    def overfitting(self, batches: dict[str, Batch], ctx: Context) -> tuple[Tensor, dict[str, Tensor]]:
        """Let the augmentation follow the discriminator; the loss is 0 and moves no weight."""
        assert isinstance(self.diffaug, AdaptiveAugmentation)
        pair, held_out = self._pair(batches["known"], ctx, requires_grad=False), batches["held_out"]
        logits_real, logits_fake = self._judge(pair.real, pair.fake, pair.given, ctx)
        with ctx.autocast():
            shown = self._shown(held_out.samples, ctx)
            logits_held_out = ctx.modules["discriminator"](shown, held_out.labels).float()
        self.diffaug.update(logits_real, logits_held_out, logits_fake, ctx.progress)
        figures = {"overfitting": self.diffaug.overfitting, "augmentation": self.diffaug.probability}
        zero = torch.zeros((), device=ctx.device, requires_grad=True)
        return zero, {name: torch.tensor(value, device=ctx.device) for name, value in figures.items()}

    def _given(self, batch: Batch, ctx: Context) -> Tensor:
        return batch.labels if self.condition is None else self.condition.draw(batch, ctx.rng)

    def _latents(self, n: int, ctx: Context) -> Tensor:
        return torch.randn(n, self.z_dim, generator=ctx.rng).to(ctx.device)

    def _pair(self, batch: Batch, ctx: Context, requires_grad: bool) -> Pair:
        given = self._given(batch, ctx)
        with torch.no_grad(), ctx.autocast():
            made = ctx.modules["generator"](self._latents(len(given), ctx), given).float()
            fake = self._shown(made, ctx)
            real = self._shown(batch.samples, ctx)
        plain = batch.samples.detach(), made.detach()  # where nothing is changed, what is shown is the sample itself
        return Pair(given, *plain, real.requires_grad_(requires_grad), fake.requires_grad_(requires_grad))

    def _shown(self, samples: Tensor, ctx: Context) -> Tensor:
        """Return samples as the discriminator gets to see them."""
        samples = augment(samples, self.diffaug.operations, self.diffaug.probability_at(ctx.progress), ctx.rng)
        deviation = self.config.instance_noise.at(ctx.progress)
        if not deviation:
            return samples
        return samples + deviation * torch.randn(samples.shape, generator=ctx.rng).to(samples.device)

    def _interpolated_penalty(self, pair: Pair, ctx: Context) -> Tensor:
        real, fake, given = pair.real, pair.fake, pair.given
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

    The line between them is 0. A paired loss leaves the level of the logits free, and another one for each class:
    there a real sample has to lie above the fake one of its own class that it is compared with.
    """
    over: Tensor | float = logits_fake if paired else 0.0
    under: Tensor | float = logits_real if paired else 0.0
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
    if config.frozen:
        stages = modules["discriminator"].stages()
        freeze(stages[: math.ceil(config.frozen * len(stages))])
    z_dim: int = modules["generator"].z_dim
    condition = CategoryCondition(spec).to(device) if config.condition else None
    adaptive = AdaptiveAugmentation(diffaug) if diffaug.target else None
    game = AdversarialGame(_scaled_to(spec, config), adaptive or diffaug, z_dim, device, condition)
    generator_opt, discriminator_opt = optimizers
    own = ("discriminator",)
    phases = [Phase("discriminator", own, game.discriminator_loss, discriminator_opt, repeats=config.d_steps)]
    if config.penalty_every > 1 and config.penalised:
        phases.append(Phase("penalty", own, game.penalty_loss, discriminator_opt, every=config.penalty_every))
    if adaptive:
        streams = ("known", "held_out")
        phases.append(Phase("overfitting", own, game.overfitting, discriminator_opt, streams=streams, every=EVERY))
    phases.append(Phase("generator", ("generator",), game.generator_loss, generator_opt))
    if config.transition[1]:
        phases = [in_transition(phase, config.transition) for phase in phases]
    return Method(
        modules=modules,
        phases=tuple(phases),
        artifacts=("generator",),
        sample_fn=lambda nets, z, labels: nets["generator"](z, labels),
        z_dim=z_dim,
        parts={"logit_anchors": game.anchors} | ({"augmentation": adaptive} if adaptive else {}),
    )
