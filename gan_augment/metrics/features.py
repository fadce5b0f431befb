"""Judge-free image features: principal components of shrunken pixels; no network, no labels."""

from collections.abc import Iterator

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch.nn import functional

LARGEST_SIDE = 16
EXPLAINED = 0.95
CHUNK = 4096
MOST_FITTED = 20_000


class PixelFeatures:
    """Maps images to principal components of their area-averaged pixels.

    Cheap enough to watch for collapse while a generator trains, and free of any classifier's opinion. Make it
    with `fit`. Components keep their own variance: scaled to one, those that hold noise would weigh as much as
    those that hold shape, and a generator that adds noise would pass for a diverse one.

    Parameters
    ----------
    mean, components
        Of the shrunken pixels, float32 (n_pixels,) and (n_components, n_pixels); what `state` gives.
    """

    def __init__(self, mean: np.ndarray, components: np.ndarray) -> None:
        self._mean, self._components = mean, components
        self._centre = mean[None] @ components.T

    @classmethod
    def fit(cls, real: np.ndarray) -> "PixelFeatures":
        """Learn the components that hold 95 % of the variance of real images.

        Parameters
        ----------
        real
            uint8 images, (n, height, width, channels), at least two that differ; every k-th of them is used where
            there are more than 20,000.
        """
        chosen = real[:: -(-len(real) // MOST_FITTED)]
        pca = PCA(EXPLAINED, svd_solver="covariance_eigh").fit(np.concatenate(list(_shrunken(chosen))))
        return cls(pca.mean_, pca.components_)

    def state(self) -> dict[str, np.ndarray]:
        """Return what makes these features again."""
        return {"mean": self._mean, "components": self._components}

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return features, float32 (n, n_components), of uint8 images (n, height, width, channels)."""
        parts = [pixels @ self._components.T - self._centre for pixels in _shrunken(images)]
        return np.concatenate(parts).astype(np.float32)


def _shrunken(images: np.ndarray) -> Iterator[np.ndarray]:
    height, width = (min(side, LARGEST_SIDE) for side in images.shape[1:3])
    for start in range(0, len(images), CHUNK):
        chunk = torch.tensor(images[start : start + CHUNK]).permute(0, 3, 1, 2).float()
        yield functional.adaptive_avg_pool2d(chunk, (height, width)).flatten(1).div_(255.0).numpy()
