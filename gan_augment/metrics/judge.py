"""The judge: classifiers cross-fitted on held-out real images, so that none rates what it was trained on.

Not the teacher: a teacher is trained on the data a generator was fitted to, the judge on data it never saw. The
judge's own accuracy on real images stands beside every figure it gives.
"""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.model_selection import StratifiedKFold
from torch import nn

from gan_augment.errors import DataError
from gan_augment.metrics import fidelity
from gan_augment.metrics.classifiers import (
    ClassifierConfig,
    extract_features,
    predict_probabilities,
    train_classifier,
)
from gan_augment.metrics.extractors import weights_digest
from gan_augment.metrics.lessons import Augmentation, Labelled, Lesson
from gan_augment.networks.classifiers import SmallConvNet
from gan_augment.seeding import derive_seed

N_FOLDS = 3


@dataclass(frozen=True)
class Opinion:
    """What the judge says of labelled images; per class, (n_classes,), NaN where there are too few to tell.

    `confusion` is (n_classes, n_classes), see `fidelity.confusion`.
    """

    confusion: np.ndarray
    diversity: np.ndarray
    density: np.ndarray
    coverage: np.ndarray

    @property
    def label_fidelity(self) -> np.ndarray:
        """Share of the images of each class that the judge gives their label."""
        return self.confusion.diagonal()


@dataclass(frozen=True)
class _Member:
    net: SmallConvNet
    held_out: Labelled


class Judge:
    """Classifiers, one a fold, each trained on the other folds of held-out real images.

    Parameters
    ----------
    members
        A trained network and the real images it was not trained on, one a fold.
    n_classes
        Number of classes.
    """

    def __init__(self, members: list[_Member], n_classes: int) -> None:
        self._members, self._n_classes = members, n_classes

    @classmethod
    def fit(
        cls,
        real: Labelled,
        *,
        n_classes: int,
        config: ClassifierConfig | None = None,
        flips: tuple[str, ...] = (),
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> "Judge":
        """Train the judge on real images that no generator in question was fitted on.

        Parameters
        ----------
        real
            At least two images of every class.
        n_classes
            Number of classes.
        config
            How each classifier is trained, on top of classical augmentation.
        flips
            Mirror images that keep their label.
        seed, device
            As in `train_classifier`.

        Raises
        ------
        DataError
            If a class has fewer than two images.
        """
        counts = np.bincount(real.labels, minlength=n_classes)
        if counts.min() < 2:
            raise DataError(f"The judge needs at least two held-out images of every class; one has {counts.min()}.")
        folds = StratifiedKFold(min(N_FOLDS, int(counts.min())), shuffle=True, random_state=seed % 2**32)
        members = []
        for number, (others, own) in enumerate(folds.split(real.labels, real.labels)):
            lesson = Lesson(real.subset(others), augmentation=Augmentation(flips=flips))
            own_seed = derive_seed(seed, "judge", number)
            net: SmallConvNet = train_classifier(
                lesson, n_classes=n_classes, config=config, seed=own_seed, device=device
            )
            members.append(_Member(net, real.subset(own)))
        return cls(members, n_classes)

    @property
    def digest(self) -> str:
        """A hash of all weights, for figures that rest on its features."""
        return weights_digest(nn.ModuleList(member.net for member in self._members))

    def own_accuracy(self) -> np.ndarray:
        """Return, per class, how often the judge is right on the real images each member did not see."""
        parts = [(predict_probabilities(m.net, m.held_out.images), m.held_out.labels) for m in self._members]
        probabilities, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return fidelity.label_fidelity(probabilities, labels)

    def opinion(self, images: np.ndarray, labels: np.ndarray) -> Opinion:
        """Rate labelled images (uint8) against the real ones each member did not see; the members' mean.

        Diversity, density and coverage are taken in the members' penultimate features.
        """
        figures = [self._rate(member, images, labels) for member in self._members]
        return Opinion(*(np.mean(values, axis=0) for values in zip(*figures, strict=True)))

    def feature_pairs(self, images: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return features of the real images each member did not see, and of others (uint8), a pair a member."""
        return [
            (extract_features(member.net, member.held_out.images), extract_features(member.net, images))
            for member in self._members
        ]

    def _rate(self, member: _Member, images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, ...]:
        confusion = fidelity.confusion(predict_probabilities(member.net, images), labels)
        real, fake = (extract_features(member.net, pixels) for pixels in (member.held_out.images, images))
        compared = (real, member.held_out.labels, fake, labels, self._n_classes)
        return (confusion, fidelity.within_class_diversity(*compared), fidelity.density(*compared),
                fidelity.coverage(*compared))  # fmt: skip
