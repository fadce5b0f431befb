"""Draws the batches of a lesson: real images in an order that a seed fixes, whatever else comes on top."""

import itertools
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch.nn import functional

from gan_augment.losses.consistency import disagreement
from gan_augment.metrics.lessons import Augmentation, Labelled, Lesson
from gan_augment.seeding import numpy_rng, torch_rng
from gan_augment.transforms.classical import augment

Batch = tuple[torch.Tensor, torch.Tensor]


def draw_batches(
    lesson: Lesson, *, n_classes: int, batch_size: int, n_mixed: int, seed: int, device: torch.device
) -> Iterator[Batch]:
    """Yield the batches of a lesson without end.

    Parameters
    ----------
    lesson
        What to draw from.
    n_classes
        Number of classes.
    batch_size
        Real images a batch (synthetic ones, where there are no real ones); see also `Lesson.n_main`.
    n_mixed
        Batches with synthetic images on top of the real ones; those that follow have real images alone.
    seed
        Fixes the order of the real images, that of the synthetic ones, what augmentation does to either, and mixup,
        each on its own: so the real images of a batch do not depend on whatever else the lesson holds.
    device
        Where the images rest (as uint8) and batches come.

    Yields
    ------
    tuple of Tensor
        Float images (n, channels, height, width) in [-1, 1]; and int64 labels (n,), or where images weigh differently
        or are mixed, the weight of each class for each image, float (n, n_classes). Where a lesson wants consistency,
        two views of each synthetic image come behind the n that have targets: all first ones, then all second ones.
    """
    main = _stream(
        lesson.main, lesson.n_main(batch_size), "real" if lesson.real is not None else "synthetic", lesson, seed, device
    )
    added = views = None
    if lesson.consistency:
        views = _view_pairs(lesson, batch_size, seed, device)
    elif lesson.real is not None and lesson.synthetic is not None:
        added = _stream(lesson.synthetic, lesson.n_added(batch_size), "synthetic", lesson, seed, device)
    target_fn, rng = _target_fn(lesson, n_classes, device), numpy_rng(seed, "mixup")
    for number in itertools.count():
        images, labels = next(main)
        n_main = len(labels)
        if added is not None and number < n_mixed:
            images, labels = (torch.cat(pair) for pair in zip((images, labels), next(added), strict=True))
        targets = target_fn(labels, n_main)
        if lesson.mixup:
            images, targets = mix_pairs(images, targets, lesson.mixup, rng)
        if views is not None and number < n_mixed:
            images = torch.cat([images, next(views)])
        yield images, targets


def mix_pairs(images: torch.Tensor, targets: torch.Tensor, alpha: float, rng: np.random.Generator) -> Batch:
    """Return every image and its weights of classes mixed with those of another (Zhang et al. 2018, one share a batch).

    Parameters
    ----------
    images, targets
        Float (n, channels, height, width) and (n, n_classes).
    alpha
        The share is drawn from Beta(alpha, alpha).
    rng
        Draws the share and the pairs.
    """
    share = rng.beta(alpha, alpha)
    others = torch.from_numpy(rng.permutation(len(images))).to(images.device)
    mixed = (share * part + (1.0 - share) * part[others] for part in (images, targets))
    return next(mixed), next(mixed)


def batch_loss(logits: torch.Tensor, targets: torch.Tensor, consistency: float = 0.0) -> torch.Tensor:
    """Return the loss of a batch of `draw_batches`, whose logits are float32: `weighted_loss` and what views cost."""
    if len(logits) == len(targets):
        return weighted_loss(logits, targets)
    n_each = (len(logits) - len(targets)) // 2
    known, first, second = logits.split([len(targets), n_each, n_each])
    return weighted_loss(known, targets) + consistency * disagreement(first, second)


def weighted_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of labels (n,), or its mean by weights of classes (n, n_classes)."""
    if targets.ndim == 1:
        return functional.cross_entropy(logits, targets)
    return -(targets * logits.log_softmax(dim=1)).sum() / targets.sum()


def resting(images: np.ndarray, device: torch.device) -> torch.Tensor:
    """Return uint8 images (n, height, width, channels) as (n, channels, height, width), on a CPU not copied."""
    # Kept as it lies in memory: channels last, which is what the convolutions are fastest on. On the CPU that memory
    # is numpy's own, which processes may share; nothing writes to it, so a warning about read-only arrays is idle.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        # A single image of a reversed view counts as contiguous, and torch takes no negative strides.
        own = images.copy() if min(images.strides) < 0 else np.ascontiguousarray(images)
        return torch.from_numpy(own).to(device).permute(0, 3, 1, 2)


def scaled(images: torch.Tensor) -> torch.Tensor:
    """Return uint8 images as floats in [-1, 1]."""
    return images.to(torch.float32).div_(127.5).sub_(1.0)


def _stream(
    data: Labelled, batch_size: int, kind: str, lesson: Lesson, seed: int, device: torch.device
) -> Iterator[Batch]:
    rng = torch_rng(seed, "augmentation", kind)
    for images, labels in _shuffled(data, batch_size, torch_rng(seed, kind), device):
        moved = _moved(scaled(images), lesson.augmentation, rng)
        yield moved.contiguous(memory_format=torch.channels_last), labels


def _view_pairs(lesson: Lesson, batch_size: int, seed: int, device: torch.device) -> Iterator[torch.Tensor]:
    """Yield two views of each of some synthetic images, moved each on its own."""
    assert lesson.synthetic is not None
    rng, order = torch_rng(seed, "augmentation", "views"), torch_rng(seed, "synthetic")
    for images, _ in _shuffled(lesson.synthetic, lesson.n_added(batch_size), order, device):
        views = [_moved(scaled(images), lesson.views, rng) for _ in range(2)]
        yield torch.cat(views).contiguous(memory_format=torch.channels_last)


def _moved(images: torch.Tensor, augmentation: Augmentation | None, rng: torch.Generator) -> torch.Tensor:
    return augment(images, rng, augmentation.config, augmentation.flips) if augmentation else images


def _shuffled(data: Labelled, batch_size: int, rng: torch.Generator, device: torch.device) -> Iterator[Batch]:
    images, labels = resting(data.images, device), torch.from_numpy(data.labels.astype(np.int64)).to(device)
    order = torch.empty(0, dtype=torch.int64)
    while True:
        while len(order) < batch_size:
            order = torch.cat([order, torch.randperm(len(labels), generator=rng)])
        chosen, order = order[:batch_size].to(device), order[batch_size:]
        yield images[chosen], labels[chosen]


def _target_fn(lesson: Lesson, n_classes: int, device: torch.device) -> Callable[[torch.Tensor, int], torch.Tensor]:
    """Return what makes the targets of labels of which the first so many are real, or all where there are no others."""
    if not lesson.mixup and lesson.class_weights is None and (lesson.weight == 1.0 or not lesson.mixed):
        return lambda labels, n_main: labels
    by_class = torch.ones(n_classes) if lesson.class_weights is None else torch.tensor(lesson.class_weights)
    one_hot = torch.diag(by_class.to(device, torch.float32))

    def targets(labels: torch.Tensor, n_main: int) -> torch.Tensor:
        weights = one_hot[labels]
        weights[n_main:] *= lesson.weight
        return weights

    return targets
