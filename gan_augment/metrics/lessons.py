"""What a classifier is trained on and how, as data: images with labels, how they are mixed, moved and weighed."""

from dataclasses import dataclass, field, replace

import numpy as np

from gan_augment.errors import ConfigError, DataError
from gan_augment.registry import lookup
from gan_augment.transforms.classical import ClassicalConfig
from gan_augment.transforms.image import FLIP_AXES

SHARE = 0.25


@dataclass(frozen=True)
class Labelled:
    """Images a classifier draws from: uint8 (n, height, width, channels) and integer labels (n,).

    Raises
    ------
    DataError
        If there are no images, or another number of labels.
    """

    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels) or not len(self.labels):
            counts = f"{len(self.images)} images and {len(self.labels)} labels"
            raise DataError(f"A classifier needs at least one image and a label for each, not {counts}.")

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, indices: np.ndarray) -> "Labelled":
        """Return the images at `indices`."""
        return Labelled(self.images[indices], self.labels[indices])

    def joined(self, other: "Labelled") -> "Labelled":
        """Return these images with others behind them."""
        return Labelled(np.concatenate([self.images, other.images]), np.concatenate([self.labels, other.labels]))


@dataclass(frozen=True)
class Augmentation:
    """Classical augmentation of every training image: how far it moves, and the flips its label survives."""

    config: ClassicalConfig = field(default_factory=ClassicalConfig)
    flips: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "flips", (self.flips,) if isinstance(self.flips, str) else tuple(self.flips))
        for flip in self.flips:
            lookup(FLIP_AXES, flip, "flip")


@dataclass(frozen=True)
class Lesson:
    """What a classifier is trained on and how.

    Parameters
    ----------
    real
        What every step sees ``batch_size`` images of; None for a lesson of synthetic images alone.
    synthetic
        What comes on top of the real images of a step; without real ones, what it sees ``batch_size`` of.
    share
        Share of synthetic images in a batch of them and the real ones that a step is meant to see.
    weight
        Of a synthetic image in the loss, where a real one weighs 1.
    last_real
        Share of the steps, at the end, that see real images alone.
    pretrain
        Steps on the synthetic images alone that come before all others, as a share of those; the synthetic images then
        serve for nothing else.
    consistency
        Where above 0, synthetic images teach no labels; it is the weight of how much predictions for two views of one
        of them disagree. A step sees each of them twice.
    views
        What moves the two views of a synthetic image, each on its own; of no effect without consistency.
    augmentation
        Classical augmentation of real and synthetic images alike; None for none.
    mixup
        Images and labels of a batch are mixed in pairs, by shares drawn from Beta(mixup, mixup) (Zhang et al. 2018);
        0 for none.
    class_weights
        Weight of each class in the loss, (n_classes,), or None.
    longer
        Factor on the number of steps.
    widened
        Factor on the number of images of a step that are drawn from `real`, where others have moved among them.

    Raises
    ------
    DataError
        If there are neither real nor synthetic images.
    ConfigError
        If a number is out of range.
    """

    real: Labelled | None = None
    synthetic: Labelled | None = None
    share: float = SHARE
    weight: float = 1.0
    last_real: float = 0.0
    pretrain: float = 0.0
    consistency: float = 0.0
    views: Augmentation | None = None
    augmentation: Augmentation | None = None
    mixup: float = 0.0
    class_weights: np.ndarray | None = None
    longer: float = 1.0
    widened: float = 1.0

    def __post_init__(self) -> None:
        if self.real is None and self.synthetic is None:
            raise DataError("A classifier needs real images, synthetic ones, or both.")
        check_share(self.share)
        if self.weight <= 0 or self.longer <= 0 or self.widened < 1:
            raise ConfigError("A lesson's weight and length must be above 0, and its width at least 1.")
        if not 0.0 <= self.last_real <= 1.0 or self.mixup < 0 or self.pretrain < 0:
            raise ConfigError("A lesson's last_real lies between 0 and 1; its mixup and pretrain are not below 0.")
        if self.pretrain and not self.mixed:
            raise ConfigError("A lesson pretrains on synthetic images what then sees real ones: it needs both.")
        if self.consistency and (self.consistency < 0 or self.pretrain or not self.mixed):
            raise ConfigError(
                "A lesson's consistency is not below 0, and goes with real and synthetic images together."
            )
        if self.consistency and self.views is None:
            raise ConfigError("A lesson's consistency is between two views of an image: say what moves them.")
        if self.last_real and self.real is None:
            raise ConfigError("A lesson without real images cannot end on them.")

    @property
    def main(self) -> Labelled:
        """The images that a step sees ``batch_size`` of."""
        main = self.synthetic if self.real is None else self.real
        assert main is not None
        return main

    @property
    def mixed(self) -> bool:
        """Whether there are real and synthetic images."""
        return self.real is not None and self.synthetic is not None

    @property
    def parts(self) -> tuple[tuple["Lesson", float], ...]:
        """What is learned in turn, each with how long it takes as a share of what the last one does."""
        if not self.pretrain:
            return ((self, 1.0),)
        first = Lesson(synthetic=self.synthetic, augmentation=self.augmentation)
        return (first, self.pretrain), (replace(self, synthetic=None, pretrain=0.0), 1.0)

    @property
    def added_per_real(self) -> float:
        """How many synthetic images come on a real one while both are seen; 0 where there are not both."""
        return self.share / (1.0 - self.share) if self.mixed else 0.0

    def n_steps(self, n_usual: int) -> int:
        """Return how many steps it takes where another takes `n_usual`."""
        return max(1, round(self.longer * n_usual))

    def n_main(self, batch_size: int) -> int:
        """Return how many images of `main` a step sees, of which `batch_size` are what it is meant to see."""
        return round(batch_size * self.widened)

    def n_added(self, batch_size: int) -> int:
        """Return how many synthetic images go on top of `batch_size` real ones to make up `share` of the batch."""
        return max(1, round(batch_size * self.added_per_real))

    def class_shares(self, n_classes: int) -> np.ndarray:
        """Return what part of the loss falls on each class, (n_classes,)."""
        shares = np.bincount(self.main.labels, minlength=n_classes) / len(self.main)
        if self.real is not None and self.synthetic is not None and not (self.pretrain or self.consistency):
            added = np.bincount(self.synthetic.labels, minlength=n_classes) / len(self.synthetic)
            shares = self.widened * shares + self.weight * self.added_per_real * (1.0 - self.last_real) * added
        if self.class_weights is not None:
            shares = shares * self.class_weights
        return shares / shares.sum()

    def plain(self) -> "Lesson":
        """Return a lesson of the same images, real ones alone where there are any, that mixes none of them."""
        synthetic = self.synthetic if self.real is None else None
        return Lesson(self.real, synthetic, augmentation=self.augmentation)

    def without_additions(self, rng: np.random.Generator) -> "Lesson":
        """Return a lesson whose synthetic images are among the real ones, in the proportion in which a step saw them.

        So there is room for others, and a step sees as many real ones as before, on average. Where there are fewer than
        the proportion asks for, all of them are taken. What only made predictions consistent gives up its time.
        """
        if self.real is None or self.synthetic is None:
            return self
        if self.consistency:
            seen = 1.0 + 2.0 * self.added_per_real * (1.0 - self.last_real) / self.widened
            return replace(self, synthetic=None, consistency=0.0, views=None, last_real=0.0, longer=self.longer * seen)
        wanted = round(len(self.real) * self.weight * self.added_per_real)
        chosen = np.sort(rng.permutation(len(self.synthetic))[:wanted])
        real = self.real.joined(self.synthetic.subset(chosen)) if len(chosen) else self.real
        widened = self.widened * len(real) / len(self.real)
        return replace(self, real=real, synthetic=None, weight=1.0, last_real=0.0, widened=widened)


def check_share(share: float) -> None:
    """Refuse a share of synthetic images that leaves no room for one kind; raises `ConfigError`."""
    if not 0.0 < share < 1.0:
        raise ConfigError(f"The share of synthetic images in a batch lies between 0 and 1, not {share}.")
