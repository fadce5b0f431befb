"""Scores a generator of images while it trains by what a linear model learns from its images alone."""

import warnings

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from gan_augment.data.schema import LabelledImages
from gan_augment.generation.preview import sample_average, settle_average
from gan_augment.generation.scored import ScoredLooks
from gan_augment.metrics.extractors import random_convolutions
from gan_augment.seeding import numpy_rng, torch_rng
from gan_augment.training.trainer import Trainer
from gan_augment.transforms.codec import Codec

PER_CLASS, MOST_IMAGES, FEWEST_PER_CLASS = 50, 2000, 10
COST = 12.0  # of a look at ten classes, in steps of training
REGULARISATION, MOST_ITERATIONS = 0.1, 50


class ImageScore(ScoredLooks):
    """The log-loss on real images of a logistic regression that saw synthetic images alone, in random features.

    Losses of a GAN say nothing about that; and a generator may lose variety while its images get better. The features
    are those of random convolutions: nothing has to be trained but the linear model. All classes count alike, as they
    do in what it saw: a rare one may be what the images are for.

    Parameters
    ----------
    codec
        Turns what networks make into images.
    real
        Real images to score on: those that the generator is fitted on. A linear model in random features that saw
        synthetic images alone has not learned them by heart, and few images are too dear to be kept back.
    seed
        Fixes what is drawn.
    """

    def __init__(self, codec: Codec, real: LabelledImages, seed: int) -> None:
        super().__init__()
        self.codec, self.seed = codec, seed
        chosen = _chosen(real.labels, numpy_rng(seed, "scored on"))
        self.extractor = random_convolutions(real.images.shape[-1])
        features = self.extractor(real.images[chosen])
        self.scaler = StandardScaler().fit(features)
        self.real = self.scaler.transform(features), real.labels[chosen]
        self.weights = 1.0 / np.bincount(self.real[1])[self.real[1]]
        n_classes = codec.spec.n_classes
        per_class = min(PER_CLASS, max(FEWEST_PER_CLASS, MOST_IMAGES // n_classes))
        self.labels = np.repeat(np.arange(n_classes), per_class)

    @property
    def cost(self) -> float:
        """What a look costs, in steps of training."""
        return COST * max(1.0, self.codec.spec.n_classes / 10)

    def look(self, trainer: Trainer) -> dict[str, float]:
        """Return the score of the averaged generator."""
        settle_average(trainer, self.seed)
        rng, labels = torch_rng(self.seed, "score"), torch.from_numpy(self.labels)
        chunks = [self._images(trainer, part, rng) for part in labels.split(self.codec.block)]
        features = self.scaler.transform(self.extractor(np.concatenate(chunks)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged: it need not
            model = LogisticRegression(C=REGULARISATION, max_iter=MOST_ITERATIONS).fit(features, self.labels)
        probabilities = model.predict_proba(self.real[0])
        classes = np.arange(self.codec.spec.n_classes)
        return {"score": float(log_loss(self.real[1], probabilities, labels=classes, sample_weight=self.weights))}

    def _images(self, trainer: Trainer, labels: torch.Tensor, rng: torch.Generator) -> np.ndarray:
        return self.codec.decode(sample_average(trainer, labels, rng), labels, rng)


def _chosen(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the indices of at most `MOST_IMAGES` images, as many of each class as there are, or as of any other."""
    order = rng.permutation(len(labels))
    rounds = np.empty(len(labels), dtype=np.int64)  # how many of its class come before each
    for label in np.unique(labels):
        places = np.flatnonzero(labels[order] == label)
        rounds[places] = np.arange(len(places))
    return np.sort(order[np.argsort(rounds, kind="stable")[:MOST_IMAGES]])
