"""The adversarial games as pure functions of logits; each says what its discriminator scores by chance."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class AdversarialLoss:
    """One game.

    Parameters
    ----------
    discriminator, generator
        Functions of (logits_real, logits_fake), each of shape (n,), to a scalar loss.
    chance
        The discriminator's loss when it cannot tell real from fake.
    paired
        Whether fake ``i`` is compared with real ``i``: the generator's loss then needs the real logits too.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    chance: float
    paired: bool = False


def nonsaturating_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """Binary cross-entropy of real against fake (Goodfellow et al. 2014)."""
    return functional.softplus(-logits_real).mean() + functional.softplus(logits_fake).mean()


def nonsaturating_generator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """Non-saturating generator loss (Goodfellow et al. 2014); the real logits are not used."""
    return functional.softplus(-logits_fake).mean()


def hinge_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """Hinge loss (Lim & Ye 2017; Miyato et al. 2018)."""
    return functional.relu(1 - logits_real).mean() + functional.relu(1 + logits_fake).mean()


def critic_generator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """Generator side of the hinge and Wasserstein games; the real logits are not used."""
    return -logits_fake.mean()


def relativistic_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """Relativistic pairing loss (Jolicoeur-Martineau 2019; Huang et al. 2024)."""
    return functional.softplus(logits_fake - logits_real).mean()


def relativistic_generator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """Generator side of the relativistic pairing game."""
    return functional.softplus(logits_real - logits_fake).mean()


def wasserstein_discriminator(logits_real: Tensor, logits_fake: Tensor) -> Tensor:
    """Critic side of the Wasserstein game (Arjovsky et al. 2017)."""
    return logits_fake.mean() - logits_real.mean()


LOSSES: dict[str, AdversarialLoss] = {
    "nonsaturating": AdversarialLoss(nonsaturating_discriminator, nonsaturating_generator, chance=2 * math.log(2)),
    "wasserstein": AdversarialLoss(wasserstein_discriminator, critic_generator, chance=0.0),
    "hinge": AdversarialLoss(hinge_discriminator, critic_generator, chance=2.0),
    "relativistic": AdversarialLoss(
        relativistic_discriminator, relativistic_generator, chance=math.log(2), paired=True
    ),
}
