"""The settings that fix a set of networks; saved in a checkpoint's header, which rebuilds them from it."""

from dataclasses import dataclass
from typing import Any

from gan_augment.errors import ConfigError
from gan_augment.registry import unknown

KINDS = ("dcgan", "resnet")
EXEMPLAR = "exemplar"
MOST_EXEMPLARS = 65_536  # of all classes together
ROW_KINDS = ("mlp", "packed", "autoencoder")
NORMS = ("batch", "none")


@dataclass(frozen=True)
class ConvConfig:
    """Kind and size of a convolutional generator and its discriminator.

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
    unconditional_levels
        How many of the coarsest grids the generator works on without the label: 1 is the coarsest alone. Classes then
        share their rough shapes, which rare ones could not learn by themselves. That is the generator's half of
        Khorram et al. (2024, "Taming the Tail in Class-Conditional GANs"), who also train these levels by a
        discriminator of small images that is told no labels. For ``resnet`` alone, as the next one.
    minibatch_std
        Whether the discriminator sees how much the images of a class differ within the batch; see
        `networks.spread.class_spread`.
    """

    kind: str = "resnet"
    z_dim: int = 64
    label_dim: int = 32
    width: int = 24
    max_width: int = 96
    norm: str = "batch"
    spectral: bool = False
    unconditional_levels: int = 0
    minibatch_std: bool = False

    def __post_init__(self) -> None:
        kinds = self.known_kinds()
        if self.kind not in kinds:
            raise ConfigError(unknown("network", self.kind, kinds))
        _require_positive(self, ("z_dim", "label_dim", "width", "max_width"))
        _require_norm(self.norm)
        if self.kind == "dcgan" and (self.norm != "batch" or self.spectral):
            raise ConfigError("network.kind=dcgan takes network.norm=batch and network.spectral=false, nothing else.")
        if self.unconditional_levels < 0:
            raise ConfigError(f"network.unconditional_levels must be 0 or more, not {self.unconditional_levels}.")
        if self.kind != "resnet" and (self.unconditional_levels or self.minibatch_std):
            raise ConfigError("network.unconditional_levels and network.minibatch_std belong to network.kind=resnet.")

    def known_kinds(self) -> tuple[str, ...]:
        """Return the kinds that these settings can describe."""
        return KINDS

    def channels(self, level: int) -> int:
        """Return the number of channels where the grid has been halved `level` times."""
        return min(self.width * 2**level, self.max_width)


@dataclass(frozen=True)
class ExemplarConfig(ConvConfig):
    """Kind and size of an autoencoder of images that samples about what it has encoded; see `ExemplarGenerator`.

    Parameters
    ----------
    encoder_width
        Channels of the encoder at full resolution, doubled at each halving of the grid up to four times as many.
    exemplars
        Encoded images that are kept of each class; fewer where there are so many classes that it were over 65,536.
    bandwidth
        How far from an exemplar samples lie, in standard deviations of their class: 0 to 4. Near 0 they are copies of
        training images.
    stretch
        How much more widely samples vary than the exemplars, as a ratio of standard deviations: above 0, to 4.
    """

    kind: str = EXEMPLAR
    norm: str = "none"
    encoder_width: int = 16
    exemplars: int = 256
    bandwidth: float = 0.7
    stretch: float = 1.2

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_positive(self, ("encoder_width", "exemplars"))
        if not 0 <= self.bandwidth <= 4 or not 0 < self.stretch <= 4:
            raise ConfigError(
                "network.bandwidth must lie between 0 and 4, and network.stretch above 0 and at most 4, "
                f"not {self.bandwidth:g} and {self.stretch:g}."
            )

    def known_kinds(self) -> tuple[str, ...]:
        """Return the kinds that these settings can describe."""
        return (EXEMPLAR,)

    def encoder_channels(self, level: int) -> int:
        """Return the number of channels of the encoder where the grid has been halved `level` times."""
        return min(self.encoder_width * 2**level, 4 * self.encoder_width)

    def kept(self, n_classes: int) -> int:
        """Return how many exemplars of each class are kept."""
        return max(1, min(self.exemplars, MOST_EXEMPLARS // n_classes))


@dataclass(frozen=True)
class MlpConfig:
    """Kind and size of fully connected networks for rows.

    Parameters
    ----------
    kind
        ``mlp``: a discriminator that judges each row by itself; ``packed``: one that judges `pack` rows together;
        ``autoencoder``: an encoder, and a decoder as the generator.
    z_dim, label_dim
        Length of a latent vector, without what draws categories, and of a label's embedding.
    hidden, depth
        Units of a hidden layer, and how many there are.
    norm
        Generator normalisation: ``batch`` or ``none``.
    tau
        Temperature of the soft categories that the generator gives (Jang et al. 2017).
    pack
        How many rows a packed discriminator judges together (PacGAN, Lin et al. 2018).
    """

    kind: str = "mlp"
    z_dim: int = 128
    label_dim: int = 32
    hidden: int = 128
    depth: int = 2
    norm: str = "none"
    tau: float = 0.2
    pack: int = 1

    def __post_init__(self) -> None:
        if self.kind not in ROW_KINDS:
            raise ConfigError(unknown("network", self.kind, ROW_KINDS))
        _require_positive(self, ("z_dim", "label_dim", "hidden", "depth", "pack"))
        _require_norm(self.norm)
        if not 0 < self.tau <= 10:
            raise ConfigError(f"network.tau must be above 0 and at most 10, not {self.tau:g}.")
        if self.pack != 1 and self.kind != "packed":
            raise ConfigError(f"network.pack belongs to network.kind=packed: {self.kind} sees rows one by one.")


NetworkConfig = ConvConfig | ExemplarConfig | MlpConfig


def halvings(height: int, width: int) -> int:
    """Return how often a grid can be halved while both sides stay whole and at least 4."""
    count = 0
    while height % 2 == 0 and width % 2 == 0 and min(height, width) >= 8:
        height, width, count = height // 2, width // 2, count + 1
    return count


def _require_positive(config: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if getattr(config, name) < 1:
            raise ConfigError(f"network.{name} must be at least 1, not {getattr(config, name)}.")


def _require_norm(norm: str) -> None:
    if norm not in NORMS:
        raise ConfigError(f"network.norm must be one of {', '.join(NORMS)}, not {norm!r}.")
