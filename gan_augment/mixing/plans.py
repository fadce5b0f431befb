"""How a training loop uses synthetic samples: the ways that `auto` chooses among, as stages for any loop to follow."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from gan_augment.errors import ConfigError
from gan_augment.losses.consistency import disagreement
from gan_augment.mixing.datasets import MixedDataset
from gan_augment.mixing.samplers import SHARE, RatioSampler


@dataclass(frozen=True)
class Stage:
    """A stretch of training in which synthetic samples are used in one way.

    Parameters
    ----------
    n_steps
        How many steps it takes.
    share
        Share of synthetic samples in a batch: 0 for none, 1 for nothing else.
    weight
        Of a synthetic sample in the loss, where a real one weighs 1.
    consistency
        Where above 0, synthetic samples teach no labels; it is the weight of how much predictions for two views of one
        of them disagree.
    """

    n_steps: int
    share: float
    weight: float = 1.0
    consistency: float = 0.0

    def batch_size(self, n_real: int) -> int:
        """Return the size of a batch with `n_real` real samples, or, without any, with as many synthetic ones."""
        return n_real if self.share == 1.0 else max(n_real, round(n_real / (1.0 - self.share)))

    def sampler(self, mixed: MixedDataset, n_real: int, seed: int = 0) -> RatioSampler:
        """Return what gives the samples of all steps, in order, for batches of `batch_size(n_real)`."""
        return RatioSampler(mixed, self.share, num_samples=self.n_steps * self.batch_size(n_real), seed=seed)

    def loss(
        self,
        net: Callable[[Tensor], Tensor],
        samples: Tensor,
        labels: Tensor,
        is_synthetic: Tensor,
        augment_fn: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """Return what a step of this stage lessens, a scalar.

        Parameters
        ----------
        net
            Gives logits (n, n_classes) of samples (n, ...).
        samples, labels, is_synthetic
            A batch as `MixedDataset` gives it with ``return_flag=True``: (n, ...), integers and booleans (n,).
        augment_fn
            Moves samples at random; with `consistency` the two views of a synthetic one differ by it alone.

        Raises
        ------
        ConfigError
            If predictions are to be consistent and there is no `augment_fn`.
        """
        if self.consistency and augment_fn is None:
            raise ConfigError("Consistency needs two views of a sample: give augment_fn, which moves them at random.")
        augment_fn = augment_fn or _as_they_are
        if not self.consistency:
            losses = functional.cross_entropy(net(augment_fn(samples)), labels, reduction="none")
            weights = torch.where(is_synthetic, self.weight, 1.0)
            return (losses * weights).sum() / weights.sum()
        real, synthetic = samples[~is_synthetic], samples[is_synthetic]
        parts = [part for part in (real, synthetic, synthetic) if len(part)]
        logits = net(torch.cat([augment_fn(part) for part in parts]))
        known, *views = logits.split([len(real), len(synthetic), len(synthetic)])
        said = functional.cross_entropy(known, labels[~is_synthetic], reduction="sum") / max(1, len(real))
        return said + self.consistency * disagreement(*views)


def _as_they_are(samples: Tensor) -> Tensor:
    return samples


@dataclass(frozen=True)
class AugmentationPlan:
    """One way of using synthetic samples beside real ones.

    Parameters
    ----------
    share
        Of synthetic samples in a batch.
    weight
        Of a synthetic sample in the loss, where a real one weighs 1; of no effect with `consistency`.
    last_real
        Share of the steps, at the end, that see real samples alone.
    pretrain
        Steps on synthetic samples alone before all others, as a share of those, which then see real ones alone; 0 to
        mix both instead.
    consistency
        Where above 0, synthetic samples teach no labels; it is the weight of how much predictions for two views of one
        of them disagree (after Yamaguchi et al. 2023, "Regularizing Neural Networks with Meta-Learning Generative
        Models"). A step then sees each of them twice.

    Raises
    ------
    ConfigError
        If a number is out of range, or synthetic samples are to be pretrained on and to be consistent.
    """

    share: float = SHARE
    weight: float = 1.0
    last_real: float = 0.0
    pretrain: float = 0.0
    consistency: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0 or not 0.0 <= self.last_real <= 1.0:
            raise ConfigError("A plan's share lies between 0 and 1, and its last_real from 0 to 1.")
        if self.weight <= 0 or self.pretrain < 0 or self.consistency < 0:
            raise ConfigError("A plan's weight must be above 0, and its pretrain and consistency not below 0.")
        if self.pretrain and self.consistency:
            raise ConfigError(
                "A plan pretrains on synthetic samples, or makes predictions for them consistent: not both."
            )

    @property
    def longer(self) -> float:
        """How many samples a loop sees in all, as a multiple of those that it would see without synthetic ones."""
        if self.pretrain:
            return 1.0 + self.pretrain
        seen = self.share / (1.0 - self.share) * (2.0 if self.consistency else 1.0)
        return 1.0 + (1.0 - self.last_real) * seen

    def stages(self, n_steps: int) -> tuple[Stage, ...]:
        """Return what to do in turn where training on real samples alone takes `n_steps`.

        A learning rate that rises and falls does so anew after pretraining. Raises `ConfigError` below one step.
        """
        if n_steps < 1:
            raise ConfigError(f"Training takes at least 1 step, not {n_steps}.")
        if self.pretrain:
            return Stage(max(1, round(self.pretrain * n_steps)), 1.0), Stage(n_steps, 0.0)
        n_last = round(self.last_real * n_steps)
        stages = (Stage(n_steps - n_last, self.share, self.weight, self.consistency), Stage(n_last, 0.0))
        return tuple(stage for stage in stages if stage.n_steps)


PLANS: dict[str, AugmentationPlan] = {
    "share 0.25": AugmentationPlan(0.25),
    "share 0.5": AugmentationPlan(0.5),
    "share 0.5, weight 0.5": AugmentationPlan(0.5, weight=0.5),
    "share 0.5, real last": AugmentationPlan(0.5, last_real=0.25),
    "pretrain": AugmentationPlan(pretrain=1.0),
    "consistency": AugmentationPlan(1 / 3, consistency=1.0),
}
