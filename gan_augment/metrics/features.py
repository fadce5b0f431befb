"""Judge-free image features: principal components of shrunken pixels; no network, no labels."""

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch.nn import functional

LARGEST_SIDE = 16
EXPLAINED = 0.95
CHUNK = 4096


class PixelFeatures:
    """Maps images to principal components of their area-averaged pixels.

    Cheap enough to watch for collapse while a generator trains, and free of any classifier's opinion. Make it
    with `fit`. Components keep their own variance: scaled to one, those that hold noise would weigh as much as
    those that hold shape, and a generator that adds noise would pass for a diverse one.

    Parameters
    ----------
    pca
        A fitted PCA of the shrunken pixels.
    """

    def __init__(self, pca: PCA) -> None:
        self._pca = pca

    @classmethod
    def fit(cls, real: np.ndarray) -> "PixelFeatures":
        """Learn the components that hold 95 % of the variance of real images.

        Parameters
        ----------
        real
            uint8 images, (n, height, width, channels), at least two that differ.
        """
        return cls(PCA(EXPLAINED, svd_solver="covariance_eigh").fit(_shrunken(real)))

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return features, float32 (n, n_components), of uint8 images (n, height, width, channels)."""
        return self._pca.transform(_shrunken(images)).astype(np.float32)


def _shrunken(images: np.ndarray) -> np.ndarray:
    height, width = (min(side, LARGEST_SIDE) for side in images.shape[1:3])
    parts = []
    for start in range(0, len(images), CHUNK):
        chunk = torch.tensor(images[start : start + CHUNK]).permute(0, 3, 1, 2).float()
        parts.append(functional.adaptive_avg_pool2d(chunk, (height, width)).flatten(1))
    return torch.cat(parts).div_(255.0).numpy()
