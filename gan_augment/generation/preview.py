"""Looks at the images that a generator makes while it trains: pictures, and how much those of a class differ."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from gan_augment.data.grid import class_grid, write_png
from gan_augment.data.schema import LabelledImages
from gan_augment.metrics.features import PixelFeatures
from gan_augment.metrics.fidelity import within_class_diversity
from gan_augment.networks.batch_norm import reestimate_batch_statistics
from gan_augment.networks.conditioning import tell_labels
from gan_augment.seeding import torch_rng
from gan_augment.training.callbacks import Callback
from gan_augment.training.trainer import Trainer
from gan_augment.transforms.codec import Codec

PER_CLASS, MOST_SAMPLES = 64, 4096
GRID_COLUMNS = 10
GRID_ROWS = 20
STATISTICS_PASSES = 16

Diversity = dict[str, float | None]


class ImagePreview(Callback):
    """Writes ``step_000500.png`` into a folder and measures the diversity of each class, real images being 1.

    `diversity` holds the last figures by class name, None where a class has too few real images to tell. Without a
    folder nothing is written.
    """

    def __init__(self, codec: Codec, real: LabelledImages, folder: Path | None, seed: int) -> None:
        self.codec, self.folder, self.seed = codec, folder, seed
        self.features = PixelFeatures.fit(real.images)
        self.real_features, self.real_labels = self.features(real.images), real.labels
        self.per_class = min(PER_CLASS, max(GRID_COLUMNS, MOST_SAMPLES // codec.spec.n_classes))
        self.diversity: Diversity = {}

    def on_report(self, trainer: Trainer, metrics: dict[str, float]) -> None:  # noqa: D102
        metrics.update(self.look(trainer))

    def look(self, trainer: Trainer) -> dict[str, float]:
        """Write the grid of the averaged generator and return its diversity, mean and smallest over known classes."""
        settle_average(trainer, self.seed)
        n_classes = self.codec.spec.n_classes
        images = np.stack([self._sample(trainer, label) for label in range(n_classes)])
        if self.folder is not None:
            grid = class_grid(images[:GRID_ROWS, :GRID_COLUMNS])
            write_png(self.folder / f"step_{trainer.step:06d}.png", grid)
        labels = np.repeat(np.arange(n_classes), self.per_class)
        fake_features = self.features(images.reshape(-1, *images.shape[2:]))
        values = within_class_diversity(self.real_features, self.real_labels, fake_features, labels, n_classes)
        self.diversity = by_class(self.codec.schema.classes, values)
        return diversity_figures(values)

    def _sample(self, trainer: Trainer, label: int) -> np.ndarray:
        rng, labels = torch_rng(self.seed, "preview", label), torch.full((self.per_class,), label)
        return self.codec.decode(sample_average(trainer, labels, rng), labels, rng)


@torch.inference_mode()
def sample_average(trainer: Trainer, labels: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Return what the averaged generator makes for integer labels (n,): samples (n, ...) on the trainer's device."""
    z = torch.randn(len(labels), trainer.method.z_dim, generator=rng).to(trainer.context.device)
    return trainer.method.sample_fn(trainer.average.modules, z, labels.to(trainer.context.device))


def by_class(classes: Sequence[str], diversity: np.ndarray) -> Diversity:
    """Return the diversity of each class by name, None where it is not known."""
    return dict(zip(classes, [None if np.isnan(value) else value for value in diversity.tolist()], strict=True))


def diversity_figures(diversity: np.ndarray) -> dict[str, float]:
    """Return mean and smallest diversity over the classes where it is known."""
    known = diversity[~np.isnan(diversity)]
    return {"diversity": float(known.mean()), "diversity_min": float(known.min())} if len(known) else {}


def settle_average(trainer: Trainer, seed: int) -> None:
    """Give the averaged modules what gradients do not: what their method says, and the statistics of batch norm.

    The statistics are estimated over classes as they are drawn in training.
    """
    rng = torch_rng(seed, "statistics")
    for module in trainer.average.modules.values():
        tell_labels(module, 1.0)  # as it is used, however little of them training tells yet
    if trainer.method.settle_fn is not None:
        trainer.method.settle_fn(
            trainer.average.modules, trainer.streams["train"].draw_class, torch_rng(seed, "settle")
        )
    weights, batch_size = trainer.streams["train"].class_weights, trainer.config.batch_size

    def run() -> None:
        z = torch.randn(batch_size, trainer.method.z_dim, generator=rng).to(trainer.context.device)
        labels = torch.multinomial(weights, batch_size, replacement=True, generator=rng)
        trainer.method.sample_fn(trainer.average.modules, z, labels.to(trainer.context.device))

    for module in trainer.average.modules.values():
        reestimate_batch_statistics(module, [run] * STATISTICS_PASSES)
