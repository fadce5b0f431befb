"""Shortcut risk: how well synthetic samples can be told from real ones; pure functions of arrays.

It matters where only some classes get synthetic samples: a model can then learn "synthetic, hence this class" instead
of what the class looks like, and is wrong on real samples.
"""

import numpy as np
import pandas as pd
from scipy.fft import fftfreq, rfft2, rfftfreq
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

from gan_augment.seeding import numpy_rng

N_FOLDS, FEWEST, MOST = 3, 12, 1000
LEAST_IMBALANCE = 1.5  # largest over smallest class: below it, evening out changes next to nothing
GRID, MOST_BANDS, CHUNK = 8, 8, 256
MISSING = -1e30


def rare_labels(class_counts: np.ndarray) -> np.ndarray:
    """Return the labels of classes that are far smaller than the largest: those that get samples to even them out."""
    return np.flatnonzero(LEAST_IMBALANCE * class_counts <= class_counts.max())


def shortcut_risk(
    real: np.ndarray, real_labels: np.ndarray, synthetic: np.ndarray, synthetic_labels: np.ndarray, seed: int = 0
) -> float:
    """Return the AUC of a classifier, cross-fitted, that tells synthetic from real samples of the same classes.

    Parameters
    ----------
    real, synthetic
        Numbers or NaN, (n, d) and (m, d), as of `image_traits` or `frame_traits`.
    real_labels, synthetic_labels
        Integer labels, (n,) and (m,). As many of each class are taken from either side, at most 1,000 a side in all,
        so that the classes themselves give nothing away; classes with fewer than 12 on a side are left out.
    seed
        Fixes which samples are taken, the folds and the classifier.

    Returns
    -------
    float
        0.5 where they cannot be told apart, 1.0 where they always can; NaN where no class has enough samples. Less than
        0.5, to which exact copies of real samples lead, is given as 0.5.

    Notes
    -----
    A classifier two-sample test (Lopez-Paz and Oquab 2017) by gradient-boosted trees; the mean over three folds.
    """
    rng = numpy_rng(seed, "shortcut")
    chosen = _matched(real_labels, synthetic_labels, rng)
    if chosen is None:
        return float("nan")
    samples = np.concatenate([part[rows] for part, rows in zip((real, synthetic), chosen, strict=True)])
    samples = np.nan_to_num(samples, nan=MISSING)  # trees would not take a column in which nothing else is
    is_synthetic = np.repeat([0, 1], [len(rows) for rows in chosen])
    classes = np.concatenate([real_labels[chosen[0]], synthetic_labels[chosen[1]]])
    state = int(rng.integers(2**32))
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=state).split(samples, 2 * classes + is_synthetic)
    model = HistGradientBoostingClassifier(
        max_iter=50, max_leaf_nodes=15, min_samples_leaf=5, max_features=0.5, random_state=state
    )
    aucs = cross_val_score(model, samples, is_synthetic, cv=list(folds), scoring="roc_auc", error_score="raise")
    return max(0.5, float(aucs.mean()))


def image_traits(images: np.ndarray) -> np.ndarray:
    """Return what gives synthetic images away, as numbers for `shortcut_risk`.

    Parameters
    ----------
    images
        uint8, (n, height, width, channels).

    Returns
    -------
    ndarray
        float32 (n, d): grey values summed over an 8x8 grid, how far each channel's mean lies from that of all, the
        shares of black and white, and the logarithm of the spectrum's power in up to 8 bands of frequency, where
        networks leave traces (Durall et al. 2020).
    """
    return np.concatenate([_traits(images[start : start + CHUNK]) for start in range(0, len(images), CHUNK)])


def frame_traits(real: pd.DataFrame, synthetic: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of two tables with the same columns as numbers for `shortcut_risk`, float64 (n, d) and (m, d).

    Numbers and booleans stay as they are; everything else becomes the number of its level, missing values one more.
    """
    both = pd.concat([real, synthetic], ignore_index=True)
    numbers = np.column_stack([_numbers(both.iloc[:, position]) for position in range(both.shape[1])])
    return numbers[: len(real)], numbers[len(real) :]


def _matched(
    real_labels: np.ndarray, synthetic_labels: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return as many indices of each class from either side; None where no class has enough."""
    both = (real_labels, synthetic_labels)
    numbers = {label: min(int((side == label).sum()) for side in both) for label in np.unique(real_labels).tolist()}
    enough = {label: number for label, number in numbers.items() if number >= FEWEST}
    if not enough:
        return None
    most = max(FEWEST, MOST // len(enough))
    first, second = (
        np.concatenate([rng.permutation(np.flatnonzero(side == label))[: min(number, most)]
                        for label, number in enough.items()])
        for side in both
    )  # fmt: skip
    return first, second


def _traits(images: np.ndarray) -> np.ndarray:
    planes = images.transpose(0, 3, 1, 2).astype(np.float32, order="C") / 255.0
    grey, flat = planes.mean(axis=1), planes.reshape(*planes.shape[:2], -1)
    n, height, width = grey.shape
    rows, columns = (np.linspace(0, side, min(side, GRID), endpoint=False).astype(int) for side in (height, width))
    cells = np.add.reduceat(np.add.reduceat(grey, rows, axis=1), columns, axis=2).reshape(n, -1)
    extremes = [(flat == value).mean(axis=(1, 2)) for value in (0.0, 1.0)]
    hue = flat.mean(axis=2) - flat.mean(axis=(1, 2))[:, None]
    return np.column_stack([cells, hue, *extremes, _spectrum(grey)]).astype(np.float32)


def _spectrum(grey: np.ndarray) -> np.ndarray:
    """Return the logarithm of the mean power in rings of equal width up to the highest frequency, (n, n_bands)."""
    n, height, width = grey.shape
    n_bands = max(1, min(MOST_BANDS, height // 2, width // 2))
    power = np.abs(rfft2(grey)) ** 2
    radius = np.hypot(fftfreq(height)[:, None], rfftfreq(width)).ravel()
    rings = np.eye(n_bands, dtype=np.float32)[np.minimum(2 * n_bands * radius, n_bands - 1).astype(int)]
    return np.log(power.reshape(n, -1) @ rings / rings.sum(axis=0) + 1e-8)


def _numbers(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    return pd.factorize(values)[0].astype(np.float64)
