"""Looks at the rows that a generator makes while it trains: how they differ, and what can be learned from them."""

import warnings

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from gan_augment.data.labelled import LabelledData
from gan_augment.generation import preview
from gan_augment.generation.scored import ScoredLooks
from gan_augment.metrics.fidelity import within_class_diversity
from gan_augment.seeding import numpy_rng, torch_rng
from gan_augment.training.trainer import Trainer
from gan_augment.transforms.codec import Codec

MOST_ROWS, FEWEST_OF_A_CLASS = 2000, 20
MOST_ITERATIONS = 50


class RowPreview(ScoredLooks):
    """Measures the diversity of each class of rows, real rows being 1, and what a linear model learns from them.

    The ``score`` is the log-loss on real rows of a logistic regression that saw synthetic rows alone, at the class
    shares of the real ones. Losses of a GAN say nothing about that. Everything is measured on the tensors that a
    network sees.

    Parameters
    ----------
    codec
        Turns rows into tensors.
    real
        The rows that the generator is fitted on.
    held_out
        Rows to score on; `real` itself where there are too few to keep some back.
    seed
        Fixes what is drawn.
    """

    def __init__(self, codec: Codec, real: LabelledData, held_out: LabelledData, seed: int) -> None:
        super().__init__()
        self.codec, self.seed = codec, seed
        self.real = _as_tensors(codec, real, seed)
        self.held_out = _as_tensors(codec, held_out, seed)
        self.labels = _labels_to_make(np.array(list(real.class_counts().values())))
        self.diversity: preview.Diversity = {}

    @property
    def cost(self) -> float:
        """What a look costs, in steps of training: 2 to 4 for two classes, 16 for a hundred."""
        return 2 + self.codec.spec.n_classes / 8

    def look(self, trainer: Trainer) -> dict[str, float]:
        """Return the diversity of the averaged generator's rows and their score."""
        preview.settle_average(trainer, self.seed)
        labels = torch.from_numpy(self.labels)
        rows = preview.sample_average(trainer, labels, torch_rng(self.seed, "preview")).cpu().numpy()
        n_classes = self.codec.spec.n_classes
        values = within_class_diversity(*self.real, rows, self.labels, n_classes)
        self.diversity = preview.by_class(self.codec.schema.classes, values)
        score = _score((rows, self.labels), self.held_out, n_classes)
        return preview.diversity_figures(values) | {"score": score}


def _as_tensors(codec: Codec, data: LabelledData, seed: int) -> tuple[np.ndarray, np.ndarray]:
    chosen = np.sort(numpy_rng(seed, "looked at").permutation(len(data))[:MOST_ROWS])
    few = data.subset(chosen)
    return codec.to_model(codec.encode(few.raw), torch_rng(seed, "looked at")).numpy(), few.labels


def _labels_to_make(counts: np.ndarray) -> np.ndarray:
    shares = np.ceil(counts / counts.sum() * MOST_ROWS).astype(np.int64)
    return np.repeat(np.arange(len(counts)), np.maximum(shares, FEWEST_OF_A_CLASS))


def _score(fake: tuple[np.ndarray, np.ndarray], real: tuple[np.ndarray, np.ndarray], n_classes: int) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged: it need not
        model = LogisticRegression(max_iter=MOST_ITERATIONS).fit(*fake)
    return float(log_loss(real[1], model.predict_proba(real[0]), labels=np.arange(n_classes)))
