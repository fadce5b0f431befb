"""The settings that fix a pair of networks; saved in a checkpoint's header, which rebuilds them from it."""

from dataclasses import dataclass

from gan_augment.errors import ConfigError
from gan_augment.registry import unknown

KINDS = ("dcgan", "resnet")
NORMS = ("batch", "none")


@dataclass(frozen=True)
class NetworkConfig:
    """Kind and size of a generator and its discriminator.

    Parameters
    ----------
    kind
        ``resnet``, or ``dcgan``, which has batch norm always and spectral norm never.
    z_dim, label_dim
        Length of a latent vector and of a label's embedding.
    width, max_width
        Channels at full resolution, doubled at each halving of the grid up to `max_width`.
    norm
        Generator normalisation: ``batch`` (conditional batch norm) or ``none`` (modulation alone).
    spectral
        Whether the discriminator's weights are spectrally normalised (Miyato et al. 2018).
    """

    kind: str = "resnet"
    z_dim: int = 64
    label_dim: int = 32
    width: int = 24
    max_width: int = 96
    norm: str = "batch"
    spectral: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(unknown("network", self.kind, KINDS))
        for name in ("z_dim", "label_dim", "width", "max_width"):
            if getattr(self, name) < 1:
                raise ConfigError(f"network.{name} must be at least 1, not {getattr(self, name)}.")
        if self.norm not in NORMS:
            raise ConfigError(f"network.norm must be one of {', '.join(NORMS)}, not {self.norm!r}.")
        if self.kind == "dcgan" and (self.norm != "batch" or self.spectral):
            raise ConfigError("network.kind=dcgan takes network.norm=batch and network.spectral=false, nothing else.")

    def channels(self, level: int) -> int:
        """Return the number of channels where the grid has been halved `level` times."""
        return min(self.width * 2**level, self.max_width)


def halvings(height: int, width: int) -> int:
    """Return how often a grid can be halved while both sides stay whole and at least 4."""
    count = 0
    while height % 2 == 0 and width % 2 == 0 and min(height, width) >= 8:
        height, width, count = height // 2, width // 2, count + 1
    return count
