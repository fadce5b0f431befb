"""Samplers that decide in which order a `MixedDataset` is read: a fixed share of synthetic, or balanced classes."""

import warnings
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from torch.utils.data import Dataset, Sampler

from gan_augment.errors import ConfigError, DataError
from gan_augment.mixing.datasets import MixedDataset
from gan_augment.mixing.real_items import labels_at_hand
from gan_augment.planning.few import very_few_images
from gan_augment.seeding import numpy_rng

SHARE = 0.25
_FINEST_SHARE = 10_000


class _EpochSampler(Sampler[int]):
    """Gives every pass an order of its own, fixed by the seed and the number of the pass."""

    def __init__(self, seed: int) -> None:
        self.seed, self._epoch = seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass; without this, passes count up from 0 by themselves."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        order = self._order(self._epoch)
        self._epoch += 1
        return iter(order.tolist())

    def _order(self, epoch: int) -> np.ndarray:
        raise NotImplementedError


class RatioSampler(_EpochSampler):
    """Mixes synthetic items evenly among the real ones, at a fixed share of every batch.

    Any run of ``B`` consecutive indices holds ``B * synthetic`` synthetic ones, rounded up or down: so does every
    batch, whatever its size. A pass gives each real item exactly once in random order; synthetic ones are drawn
    without replacement, going on in the next pass where this one ended, until all were used.

    Parameters
    ----------
    mixed
        The dataset whose indices are given.
    synthetic
        Share of synthetic items, from 0 to 1; kept to four digits. None is a quarter, or 0 with a warning where the
        generator was fitted on fewer than 20 images of a class.
    num_samples
        Length of a pass; real items then go on from pass to pass as synthetic ones do. Needed where the share is 1.
    seed
        Fixes the order of every pass.

    Raises
    ------
    ConfigError
        If the share or the length is out of range, or there are no items of a kind that is needed.
    """

    def __init__(
        self, mixed: MixedDataset, synthetic: float | None = None, *, num_samples: int | None = None, seed: int = 0
    ) -> None:
        super().__init__(seed)
        _require_mixed(mixed)
        synthetic = _share_unasked(mixed) if synthetic is None else synthetic
        if not 0 <= synthetic <= 1:
            raise ConfigError(f"The share of synthetic items must be from 0 to 1, not {synthetic:g}.")
        if num_samples is not None and num_samples < 1:
            raise ConfigError(f"A pass must have 1 item or more, not {num_samples}.")
        if not mixed.n_real or (synthetic and len(mixed) == mixed.n_real):
            raise ConfigError("A RatioSampler needs real items, and synthetic ones unless their share is 0.")
        self._n_real, self._n_synthetic = mixed.n_real, len(mixed) - mixed.n_real
        self._share = Fraction(synthetic).limit_denominator(_FINEST_SHARE)
        if self._share == 1 and synthetic < 1:
            raise ConfigError(f"The share of synthetic items, {synthetic:g}, is too close to 1: give 1, or less.")
        if self._share == 1 and num_samples is None:
            raise ConfigError("A pass of synthetic items alone has no length of its own: give num_samples.")
        self._length = num_samples or self._shortest_pass()

    def __len__(self) -> int:
        return self._length

    def _shortest_pass(self) -> int:
        # The smallest n with n - n_drawn(n) == n_real, where n_drawn(n) = (n * p + q // 2) // q synthetic items.
        p, q = self._share.as_integer_ratio()
        return ((self._n_real - 1) * q + q // 2) // (q - p) + 1

    def _order(self, epoch: int) -> np.ndarray:
        p, q = self._share.as_integer_ratio()
        n_drawn = (np.arange(self._length + 1, dtype=np.int64) * p + q // 2) // q
        is_synthetic = np.diff(n_drawn) == 1
        order = np.empty(self._length, dtype=np.int64)
        order[~is_synthetic] = self._draw("real", self._n_real, int((~is_synthetic).sum()), epoch)
        order[is_synthetic] = self._n_real + self._draw("synthetic", self._n_synthetic, int(is_synthetic.sum()), epoch)
        return order

    def _draw(self, kind: str, n_items: int, n_drawn: int, epoch: int) -> np.ndarray:
        if not n_drawn:
            return np.empty(0, dtype=np.int64)
        start = epoch * n_drawn
        rounds = range(start // n_items, (start + n_drawn - 1) // n_items + 1)
        items = np.concatenate([numpy_rng(self.seed, kind, n).permutation(n_items) for n in rounds])
        skipped = start % n_items
        return items[skipped : skipped + n_drawn]


class BalancedSampler(_EpochSampler):
    """Gives every real item once a pass and fills each class up to the largest with synthetic ones, in random order.

    Synthetic items of a class are drawn without replacement; where there are fewer than the gap, they come round
    again.

    Parameters
    ----------
    mixed
        The dataset whose indices are given. Labels of the real part are taken from ``targets`` or ``labels`` where
        it has them; otherwise every real item is read once.
    seed
        Fixes the order of every pass.

    Raises
    ------
    ConfigError
        If a class that needs filling has no synthetic items.
    DataError
        If the real labels are not whole numbers.
    """

    def __init__(self, mixed: MixedDataset, *, seed: int = 0) -> None:
        super().__init__(seed)
        _require_mixed(mixed)
        self._n_real = mixed.n_real
        real, synthetic = _real_labels(mixed.real, mixed.n_real), mixed.synthetic_labels()
        labels, codes = np.unique(np.concatenate([real, synthetic]), return_inverse=True)
        n_real, n_synthetic = (np.bincount(part, minlength=len(labels)) for part in np.split(codes, [self._n_real]))
        gaps = n_real.max(initial=0) - n_real
        lacking = np.flatnonzero((gaps > 0) & (n_synthetic == 0))
        if len(lacking):
            label, gap = labels[lacking[0]], gaps[lacking[0]]
            raise ConfigError(f"Label {label} needs {gap} synthetic items to be level, but has none.")
        self._filling = [
            (int(gap), self._n_real + np.flatnonzero(synthetic == label))
            for label, gap in zip(labels, gaps, strict=True)
            if gap
        ]

    def __len__(self) -> int:
        return self._n_real + sum(gap for gap, _ in self._filling)

    def _order(self, epoch: int) -> np.ndarray:
        rng = numpy_rng(self.seed, "balanced", epoch)
        chosen = [np.arange(self._n_real)]
        for gap, items in self._filling:
            n_rounds = -(-gap // len(items))
            chosen.append(np.concatenate([rng.permutation(items) for _ in range(n_rounds)])[:gap])
        return rng.permutation(np.concatenate(chosen))


def _share_unasked(mixed: MixedDataset) -> float:
    few = very_few_images(mixed.synthetic.class_counts)
    if not few:
        return SHARE
    warnings.warn(
        f"{few} No synthetic items are drawn: give synthetic={SHARE} to draw them all the same.", stacklevel=3
    )
    return 0.0


def _real_labels(real: Dataset[Any], n_real: int) -> np.ndarray:
    labels = labels_at_hand(real)
    labels = np.asarray([real[i][1] for i in range(n_real)] if labels is None else labels)
    if labels.shape != (n_real,) or not np.issubdtype(labels.dtype, np.integer):
        raise DataError("The real labels must be one whole number an item: give the real dataset integer targets.")
    return labels.astype(np.int64)


def _require_mixed(data: Any) -> None:
    if not hasattr(data, "n_real"):
        kind = type(data).__name__
        raise ConfigError(f"A sampler of this kind draws from MixedDataset(real, synthetic), not from a {kind}.")
