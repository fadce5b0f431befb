"""The settings of an adversarial game: its loss, its balance, and what helps it along where data is scarce."""

import math
from dataclasses import dataclass

from gan_augment.errors import ConfigError
from gan_augment.losses.adversarial import LOSSES
from gan_augment.registry import lookup
from gan_augment.training.schedules import Schedule
from gan_augment.training.transition import require_window


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
    frozen
        Share of the discriminator's layers, from the image on, that keep the weights with which a fit begins: few
        images cannot teach them anew what they learned from more (FreezeD, Mo et al. 2020). 0 lets all of them learn.
    transition
        Shares of the budget between which networks are told their labels little by little; see
        `training.transition`. ``(0, 0)`` tells all from the start.
    consistency
        Weight of balanced consistency (bCR, Zhao et al. 2020): the discriminator says the same of an image, real or
        fake, and of what augmentation makes of it. So it learns from images that are not augmented beside. 0 for none.
    mode_seeking
        Weight of what keeps latents of a label apart in the images (Mao et al. 2019), 0 for none. It needs two images
        of a label in a batch: with several hundred classes larger batches, or it does little.
    group_spectral
        Weight of the spectral norms of what each class modulates (gSR, Rangwani et al. 2022), 0 for none.
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
    frozen: float = 0.0
    transition: tuple[float, float] = (0.0, 0.0)
    consistency: float = 0.0
    mode_seeking: float = 0.0
    group_spectral: float = 0.0

    def __post_init__(self) -> None:
        lookup(LOSSES, self.loss, "adversarial loss")
        if self.d_steps < 1 or self.penalty_every < 1:
            raise ConfigError("game.d_steps and game.penalty_every must be at least 1.")
        require_window(self.transition)
        for name in ("lecam", "gradient_penalty", "condition", "consistency", "mode_seeking", "group_spectral"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigError(f"game.{name} must be a finite number, 0 or more.")
        if not 0 <= self.frozen <= 1:
            raise ConfigError(f"game.frozen is a share from 0 to 1, not {self.frozen:g}.")

    @property
    def penalised(self) -> bool:
        """Whether there is a zero-centred penalty at any time of the run."""
        return max(self.gamma.start, self.gamma.end) > 0

    @property
    def of_images(self) -> tuple[str, ...]:
        """Names of the settings in use that networks of rows do not know."""
        used = {
            "transition": self.transition[1],
            "consistency": self.consistency,
            "mode_seeking": self.mode_seeking,
            "group_spectral": self.group_spectral,
        }
        return tuple(name for name, value in used.items() if value)
