"""Trains the classifier that measures: a lesson and a seed in, a network out."""

import itertools
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from gan_augment.config import to_dict
from gan_augment.errors import ConfigError
from gan_augment.metrics.batches import batch_loss, draw_batches, resting, scaled
from gan_augment.metrics.lessons import Labelled, Lesson
from gan_augment.networks.batch_norm import reestimate_batch_statistics
from gan_augment.networks.classifiers import FeatureNet, Shape, SmallConvNet
from gan_augment.precision import Precision, plain_torch
from gan_augment.seeding import derive_seed

PREDICT_BATCH = 512
FEWEST_STEPS, MOST_STEPS, PASSES = 300, 2000, 20
WARM_UP = 0.1
STATISTICS_BATCHES = 20  # for the statistics of batch norm

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class ClassifierConfig:
    """How a classifier is trained.

    Parameters
    ----------
    steps
        Optimiser steps; None chooses by the number of real training images, see `n_steps`.
    batch_size
        Real images a step (synthetic ones, where a classifier sees nothing else).
    lr
        Peak learning rate of AdamW: it rises over the first tenth of the steps and falls along a cosine.
    weight_decay
        Decoupled weight decay.
    precision
        ``float32``, or ``bf16``: training steps in autocast; batch norm's statistics and predictions stay float32.

    Raises
    ------
    ConfigError
        If a value is out of range.
    """

    steps: int | None = None
    batch_size: int = 64
    lr: float = 3e-3
    weight_decay: float = 0.05
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 1:
            raise ConfigError(f"A classifier needs at least 1 step, not {self.steps}.")
        if self.batch_size < 2:
            raise ConfigError(f"A classifier's batch needs at least 2 images (batch norm), not {self.batch_size}.")
        if self.lr <= 0 or self.weight_decay < 0:
            raise ConfigError("A classifier's lr must be above 0 and its weight_decay not below 0.")
        if self.precision not in ("float32", "bf16"):
            raise ConfigError(f"A classifier's precision must be float32 or bf16, not {self.precision!r}.")

    def settings(self) -> dict[str, Any]:
        """Return what results depend on: not the precision, since a study may go on with another machine."""
        return {name: value for name, value in to_dict(self).items() if name != "precision"}

    def n_steps(self, n_images: int) -> int:
        """Return `steps`, or where that is None 20 passes over `n_images`, but 300 steps at least and 2,000 at most."""
        if self.steps is not None:
            return self.steps
        return min(max(PASSES * n_images // self.batch_size, FEWEST_STEPS), MOST_STEPS)


@plain_torch()
def train_classifier(
    lesson: Lesson,
    *,
    n_classes: int,
    config: ClassifierConfig | None = None,
    net_fn: Callable[[int, Shape], N] = SmallConvNet,  # type: ignore[assignment]
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> N:
    """Return a classifier trained on real images, on synthetic ones, or on both.

    Parameters
    ----------
    lesson
        What it is trained on and how.
    n_classes
        Number of classes; labels run from 0 to ``n_classes - 1``.
    config
        Steps, batch and rates; ``steps=None`` follows the number of real images (of synthetic ones without any).
    net_fn
        ``(n_classes, (height, width, channels)) ->`` a network that gives logits (n, n_classes) of float images
        (n, channels, height, width) in [-1, 1].
    seed
        Fixes the initial weights, the order of the real images and how they are augmented, and on its own whatever
        else the lesson holds: lessons with the same real images and the same seed are paired. No global random state
        is read or changed.
    device
        Where the images rest and the network trains.

    Notes
    -----
    The statistics of batch norm are estimated anew when training is over, on real images where there are any, augmented
    as the lesson says: a classifier meets real images. It happens in every lesson, since after few steps it matters by
    itself, and arms would differ in more than their images.
    """
    config, device = config or ClassifierConfig(), torch.device(device)
    net = _new_net(net_fn, lesson.main, n_classes, seed).to(device).to(memory_format=torch.channels_last)
    n_steps = lesson.n_steps(config.n_steps(round(len(lesson.main) / lesson.widened)))
    with _chance(seed, "training"):
        for part, share in lesson.parts:
            _learn(net, part, max(1, round(share * n_steps)), n_classes, config, seed, device)
    net.eval()
    looks = draw_batches(
        lesson.plain(), n_classes=n_classes, batch_size=config.batch_size, n_mixed=0, seed=seed, device=device
    )
    reestimate_batch_statistics(net, [lambda: net(next(looks)[0])] * STATISTICS_BATCHES)
    return net


def _learn(
    net: nn.Module,
    lesson: Lesson,
    n_steps: int,
    n_classes: int,
    config: ClassifierConfig,
    seed: int,
    device: torch.device,
) -> None:
    """Train a network for so many steps, with a learning rate that rises and falls over them."""
    optimiser = torch.optim.AdamW(net.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, n_steps))
    n_mixed = n_steps - round(lesson.last_real * n_steps)
    batches = draw_batches(
        lesson, n_classes=n_classes, batch_size=config.batch_size, n_mixed=n_mixed, seed=seed, device=device
    )
    autocast = Precision(config.precision).autocast(device)
    net.train()
    for images, targets in itertools.islice(batches, n_steps):
        with autocast():
            logits = net(images)
        loss = batch_loss(logits.float(), targets, lesson.consistency)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()


def predict_probabilities(net: nn.Module, images: np.ndarray) -> np.ndarray:
    """Return class probabilities, float32 (n, n_classes), of uint8 images (n, height, width, channels)."""
    return _in_batches(lambda batch: net(batch).softmax(dim=1), net, images)


def extract_features(net: FeatureNet, images: np.ndarray) -> np.ndarray:
    """Return penultimate features, float32 (n, n_features), of uint8 images (n, height, width, channels)."""
    return _in_batches(net.features, net, images)


@plain_torch()
def _in_batches(forward: Callable[[torch.Tensor], torch.Tensor], net: nn.Module, images: np.ndarray) -> np.ndarray:
    device = next(net.parameters()).device
    chunks = (images[start : start + PREDICT_BATCH] for start in range(0, len(images), PREDICT_BATCH))
    with torch.inference_mode():
        outputs = [forward(scaled(resting(chunk, device))).cpu().numpy() for chunk in chunks]
    return np.concatenate(outputs)


def _new_net(net_fn: Callable[[int, Shape], N], data: Labelled, n_classes: int, seed: int) -> N:
    _, height, width, channels = data.images.shape
    with _chance(seed, "weights"):
        return net_fn(n_classes, (height, width, channels))


@contextmanager
def _chance(seed: int, purpose: str) -> Iterator[None]:
    """Let what draws from torch's global generator (new layers, dropout) follow a seed, and leave no trace."""
    # `torch.manual_seed` would also reseed every accelerator, which `fork_rng` over no device does not undo.
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive_seed(seed, purpose))
        yield


def _rate(step: int, n_steps: int) -> float:
    warm_up = max(1, int(WARM_UP * n_steps))
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1.0 + math.cos(math.pi * (step - warm_up) / max(1, n_steps - warm_up)))
