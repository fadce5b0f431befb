"""What people would do with photographs: a linear model on the features of a network that has seen millions."""

from functools import partial
from importlib.util import find_spec

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from gan_augment.errors import ConfigError
from gan_augment.evaluation.images.material import ArmMaterial
from gan_augment.networks.classifiers import Shape
from gan_augment.networks.efficientnet import NOT_INSTALLED, PACKAGE, published_features

SMALLEST = 32
BATCH = 64


def pretrained(n_classes: int, shape: Shape) -> Pipeline:
    """Return logistic regression on frozen EfficientNet-Lite0 features of flattened RGB images in [0, 1].

    Raises
    ------
    ConfigError
        If the weights are not installed.
    """
    if not find_spec(PACKAGE):
        raise ConfigError(f"Cannot use a pretrained network: {NOT_INSTALLED}.")
    features = FunctionTransformer(partial(_features, shape))
    return make_pipeline(features, StandardScaler(), LogisticRegression(max_iter=1000))


def pretrained_obstacle(material: ArmMaterial) -> str | None:
    """Return why the features cannot be had of these images, or None."""
    _, height, width, channels = material.real.images.shape
    if channels != 3 or min(height, width) < SMALLEST:
        return f"it is for RGB photographs of at least {SMALLEST} pixels"
    return None if find_spec(PACKAGE) else NOT_INSTALLED


def _features(shape: Shape, rows: np.ndarray) -> np.ndarray:
    """Return features, float32 (n, 1280), of flattened images, (n, height * width * channels) in [0, 1]."""
    found = []
    for start in range(0, len(rows), BATCH):
        pixels = torch.tensor(rows[start : start + BATCH], dtype=torch.float32).reshape(-1, *shape)
        found.append(published_features(pixels.permute(0, 3, 1, 2).mul(2.0).sub(1.0)).numpy())
    return np.concatenate(found)
