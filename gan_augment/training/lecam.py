"""LeCam's memory: moving averages of the discriminator's logits on either side, which the penalty holds on to."""

from collections.abc import Mapping

import torch
from torch import Tensor

from gan_augment.losses.penalties import lecam_penalty


class LogitAnchors:
    """Moving averages of the logits of real and fake samples; a `Part`.

    Parameters
    ----------
    device
        Where the averages are kept.
    centred
        Whether logits count from the middle between the batch's real and fake mean. A paired loss leaves their level
        free: an average of it would say where it drifted, and the penalty would hold on to that.
    decay
        Share of the averages that outlasts an update.
    """

    def __init__(self, device: torch.device, centred: bool = False, decay: float = 0.99) -> None:
        self.centred, self.decay = centred, decay
        self.values = torch.zeros(2, device=device)

    def penalty(self, logits_real: Tensor, logits_fake: Tensor) -> Tensor:
        """Return LeCam's penalty on logits (n,), then move the averages towards their means."""
        if self.centred:
            middle = 0.5 * (logits_real.mean() + logits_fake.mean())
            logits_real, logits_fake = logits_real - middle, logits_fake - middle
        penalty = lecam_penalty(logits_real, logits_fake, *self.values)
        means = torch.stack([logits_real.detach().mean(), logits_fake.detach().mean()]).float()
        self.values.lerp_(means, 1 - self.decay)
        return penalty

    def state_dict(self) -> dict[str, Tensor]:
        """Return both averages."""
        return {"values": self.values}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state_dict` gave."""
        self.values.copy_(state["values"])
