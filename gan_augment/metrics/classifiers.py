"""Trains the classifier that measures: real images, synthetic ones on top, a seed in, a network out."""

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional

from gan_augment.errors import ConfigError, DataError
from gan_augment.networks.classifiers import SmallConvNet
from gan_augment.seeding import derive_seed, torch_rng
from gan_augment.transforms.classical import ClassicalConfig, augment

PREDICT_BATCH = 512
FEWEST_STEPS, MOST_STEPS, PASSES = 300, 2000, 20
WARM_UP = 0.1


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
    share
        Share of synthetic images in a batch that holds both; they come on top of `batch_size`.

    Raises
    ------
    ConfigError
        If a value is out of range.
    """

    steps: int | None = None
    batch_size: int = 64
    lr: float = 3e-3
    weight_decay: float = 0.05
    share: float = 0.25

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 1:
            raise ConfigError(f"A classifier needs at least 1 step, not {self.steps}.")
        if self.batch_size < 2:
            raise ConfigError(f"A classifier's batch needs at least 2 images (batch norm), not {self.batch_size}.")
        if self.lr <= 0 or self.weight_decay < 0:
            raise ConfigError("A classifier's lr must be above 0 and its weight_decay not below 0.")
        if not 0.0 < self.share < 1.0:
            raise ConfigError(f"The share of synthetic images in a batch lies between 0 and 1, not {self.share}.")

    def n_steps(self, n_images: int) -> int:
        """Return `steps`, or where that is None 20 passes over `n_images`, but 300 steps at least and 2,000 at most."""
        if self.steps is not None:
            return self.steps
        return min(max(PASSES * n_images // self.batch_size, FEWEST_STEPS), MOST_STEPS)

    def n_synthetic(self) -> int:
        """Return how many synthetic images go on top of `batch_size` real ones to make up `share` of the batch."""
        return max(1, round(self.batch_size * self.share / (1.0 - self.share)))


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


@dataclass(frozen=True)
class Augmentation:
    """Classical augmentation of every training image: how far it moves, and the flips its label survives."""

    config: ClassicalConfig = field(default_factory=ClassicalConfig)
    flips: tuple[str, ...] = ()


def train_classifier(
    real: Labelled | None,
    synthetic: Labelled | None = None,
    *,
    n_classes: int,
    config: ClassifierConfig | None = None,
    augmentation: Augmentation | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> SmallConvNet:
    """Return a classifier trained on real images, on synthetic ones, or on both.

    Parameters
    ----------
    real, synthetic
        Where images come from; with both, a step sees ``config.batch_size`` real images *and*
        ``config.n_synthetic()`` synthetic ones; with one, ``config.batch_size`` of it.
    n_classes
        Number of classes; labels run from 0 to ``n_classes - 1``.
    config
        Steps, batch and rates; ``steps=None`` follows the size of `real` (of `synthetic` without any).
    augmentation
        Classical augmentation of real and synthetic images alike; none if None.
    seed
        Fixes the initial weights, the order of the real images, that of the synthetic ones and the
        augmentation, each on its own: the same seed with and without synthetic images sees the real ones in the
        same order, so two arms are paired. No global random state is read or changed.
    device
        Where the images rest (as uint8) and the network trains.

    Raises
    ------
    DataError
        If there are neither real nor synthetic images.
    """
    main = real or synthetic
    if main is None:
        raise DataError("A classifier needs real images, synthetic ones, or both.")
    config = config or ClassifierConfig()
    net = _new_net(main, n_classes, seed).to(device).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True)
    n_steps = config.n_steps(len(main))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, n_steps))
    batches = _batches(real, synthetic, config, seed, torch.device(device))
    rng = torch_rng(seed, "augmentation")
    for _ in range(n_steps):
        images, labels = next(batches)
        if augmentation:
            images = augment(images, rng, augmentation.config, augmentation.flips)
        loss = functional.cross_entropy(net(images), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return net.eval()


def predict_probabilities(net: SmallConvNet, images: np.ndarray) -> np.ndarray:
    """Return class probabilities, float32 (n, n_classes), of uint8 images (n, height, width, channels)."""
    return _in_batches(lambda batch: net(batch).softmax(dim=1), net, images)


def extract_features(net: SmallConvNet, images: np.ndarray) -> np.ndarray:
    """Return penultimate features, float32 (n, 128), of uint8 images (n, height, width, channels)."""
    return _in_batches(net.features, net, images)


def _in_batches(forward: Callable[[torch.Tensor], torch.Tensor], net: SmallConvNet, images: np.ndarray) -> np.ndarray:
    device = next(net.parameters()).device
    chunks = (images[start : start + PREDICT_BATCH] for start in range(0, len(images), PREDICT_BATCH))
    with torch.inference_mode():
        outputs = [forward(_scaled(_resting(chunk, device))).cpu().numpy() for chunk in chunks]
    return np.concatenate(outputs)


def _new_net(data: Labelled, n_classes: int, seed: int) -> SmallConvNet:
    _, height, width, channels = data.images.shape
    # `torch.manual_seed` would also reseed every accelerator, which `fork_rng` over no device does not undo.
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive_seed(seed, "weights"))
        return SmallConvNet(channels, n_classes, (height, width))


def _rate(step: int, n_steps: int) -> float:
    warm_up = max(1, int(WARM_UP * n_steps))
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1.0 + math.cos(math.pi * (step - warm_up) / max(1, n_steps - warm_up)))


def _batches(
    real: Labelled | None, synthetic: Labelled | None, config: ClassifierConfig, seed: int, device: torch.device
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    streams = []
    if real is not None:
        streams.append(_shuffled(real, config.batch_size, torch_rng(seed, "real"), device))
    if synthetic is not None:
        n = config.batch_size if real is None else config.n_synthetic()
        streams.append(_shuffled(synthetic, n, torch_rng(seed, "synthetic"), device))
    for parts in zip(*streams, strict=True):
        images, labels = zip(*parts, strict=True)
        yield _scaled(torch.cat(images)), torch.cat(labels)


def _shuffled(
    data: Labelled, batch_size: int, rng: torch.Generator, device: torch.device
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    images, labels = _resting(data.images, device), torch.from_numpy(data.labels.astype(np.int64)).to(device)
    order = torch.empty(0, dtype=torch.int64)
    while True:
        while len(order) < batch_size:
            order = torch.cat([order, torch.randperm(len(labels), generator=rng)])
        chosen, order = order[:batch_size].to(device), order[batch_size:]
        yield images[chosen], labels[chosen]


def _resting(images: np.ndarray, device: torch.device) -> torch.Tensor:
    # Kept as it lies in memory: channels last, which is what the convolutions are fastest on. On the CPU that memory
    # is numpy's own, which processes may share; nothing writes to it, so a warning about read-only arrays is idle.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        return torch.from_numpy(np.ascontiguousarray(images)).to(device).permute(0, 3, 1, 2)


def _scaled(images: torch.Tensor) -> torch.Tensor:
    return images.to(torch.float32).div_(127.5).sub_(1.0)
