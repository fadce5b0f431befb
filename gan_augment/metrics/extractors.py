"""Networks that turn images into features, for the distances of `gan_augment.metrics.distributions`.

None of them has learnt the images at hand. A judge's penultimate layer, which has, is a further choice:
`gan_augment.metrics.classifiers.extract_features`.
"""

import hashlib
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from gan_augment.errors import ConfigError, DataError
from gan_augment.metrics.batches import scaled
from gan_augment.networks.efficientnet import PACKAGE, SIDE, published_features, published_network
from gan_augment.registry import lookup
from gan_augment.seeding import numpy_rng

BATCH = 64
DIGITS = 16  # of a digest: enough that no two are the same by chance
WIDTH, MOST_LAYERS, FEWEST_CELLS = 32, 6, 8
WEIGHT_STEPS = 4096
GREY_OR_RGB = (1, 3)
TORCH_FIDELITY = ("inception-v3-compat", "vgg16", "clip-vit-b-32", "dinov2-vit-s-14", "dinov2-vit-b-14")


class Extractor(Protocol):
    """Maps images to features, one image at a time, always the same."""

    @property
    def name(self) -> str:
        """What the extractor is called in `EXTRACTORS`."""

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change with its weights or settings; features of two digests do not compare."""

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return features, float32 (n, d), of uint8 images (n, height, width, channels)."""


class NetworkFeatures:
    """An `Extractor` that runs a frozen network, a batch of images at a time.

    Parameters
    ----------
    name
        What it is called.
    network
        Gives features (n, d) of uint8 images (n, channels, height, width), each for itself.
    channels
        Numbers of channels that it takes.
    settings
        What its features depend on besides its weights; enters the digest.
    """

    def __init__(self, name: str, network: nn.Module, channels: tuple[int, ...], settings: str = "") -> None:
        self.name, self.digest = name, weights_digest(network, f"{name} {settings}")
        self._network, self._channels = network.eval().requires_grad_(False), channels

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return features, float32 (n, d), of uint8 images (n, height, width, channels).

        Raises
        ------
        DataError
            If there are no images, or they are of another kind or number of channels.
        """
        if images.dtype != np.uint8 or images.ndim != 4 or not len(images) or images.shape[3] not in self._channels:
            wanted = " or ".join(map(str, self._channels))
            raise DataError(
                f"Give {self.name!r} uint8 images (n, height, width, channels) of {wanted} channels, "
                f"not {images.dtype} {images.shape}."
            )
        # Copied, since torch takes neither a view that runs backwards nor, without a warning, one that is read-only.
        chunks = (images[start : start + BATCH].copy() for start in range(0, len(images), BATCH))
        with torch.inference_mode():
            found = [self._network(torch.from_numpy(chunk).permute(0, 3, 1, 2)).float().numpy() for chunk in chunks]
        return np.concatenate(found)


def random_convolutions(channels: int, seed: int = 0) -> NetworkFeatures:
    """Return features of a network that has learnt nothing: fixed random convolutions, pooled to 128 numbers.

    Convolutions with orthonormal filters, the absolute values of what they give, and means over 2 x 2 cells take turns
    until 4 to 7 cells are left, much like a scattering transform (Mallat 2012). Such features know nothing of what is
    in a picture, but see noise, blur, wrong levels and missing modes, on any kind of images and without a download.

    Parameters
    ----------
    channels
        Channels of the images, which may have any size (made for 8 to 128 pixels).
    seed
        Fixes the filters.
    """
    return NetworkFeatures("random", _RandomConvolutions(channels, seed), (channels,))


def efficientnet() -> NetworkFeatures:
    """Return the 1,280 features of EfficientNet-Lite0, which has seen the photographs of ImageNet.

    Grey images are taken as RGB ones, and any size is scaled to 128 pixels.

    Raises
    ------
    ConfigError
        If the extra `pretrained` is not installed.
    """
    return NetworkFeatures("efficientnet", _Published(), GREY_OR_RGB, f"side {SIDE}")


def torch_fidelity(name: str = "inception-v3-compat") -> NetworkFeatures:
    """Return the features that torch-fidelity takes for its Fréchet distance, so that figures compare with papers'.

    Parameters
    ----------
    name
        Any of torch-fidelity's extractors; it downloads their weights on first use. Grey images are taken as RGB ones.

    Raises
    ------
    ConfigError
        If torch-fidelity is not installed, knows no such extractor, or cannot get the weights.
    """
    try:
        registry, creating = (import_module(f"torch_fidelity.{part}") for part in ("registry", "utils"))
    except ImportError as error:
        raise ConfigError(f"Features of {name!r} need another package: pip install torch-fidelity.") from error
    kind = lookup(registry.FEATURE_EXTRACTORS_REGISTRY, name, "extractor of torch-fidelity")
    layer = kind.get_default_feature_layer_for_metric("fid")
    try:
        network = creating.create_feature_extractor(name, [layer], cuda=False, verbose=False)
    except OSError as error:
        raise ConfigError(f"Cannot get the weights of {name!r}, which torch-fidelity downloads: {error}.") from error
    return NetworkFeatures(name, _FirstOutput(network), GREY_OR_RGB, f"layer {layer}")


def weights_digest(network: nn.Module, settings: str = "") -> str:
    """Return 16 hexadecimal digits of the SHA-256 of a network's weights, their names and shapes, and `settings`."""
    found = hashlib.sha256(settings.encode())
    for name, value in network.state_dict().items():
        found.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        found.update(value.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()[:DIGITS]


def extractor(name: str, channels: int) -> Extractor:
    """Return an extractor of `EXTRACTORS` by its name.

    Parameters
    ----------
    name
        ``random``, ``efficientnet``, or one of torch-fidelity's.
    channels
        Channels of the images, 1 or 3.

    Raises
    ------
    ConfigError
        If the name is unknown, the number of channels another, or what the extractor needs is not installed.
    """
    make_fn = lookup(EXTRACTORS, name, "feature extractor")
    if channels not in GREY_OR_RGB:
        raise ConfigError(f"Features are of grey or RGB images, with 1 or 3 channels, not {channels}.")
    return make_fn(channels)


def require_extractor(name: str) -> None:
    """Raise a `ConfigError` for an unknown name, or where the package that it needs is not installed."""
    lookup(EXTRACTORS, name, "feature extractor")
    package, extra = PACKAGES.get(name, ("torch_fidelity", "torch-fidelity"))
    if name != "random" and find_spec(package) is None:
        raise ConfigError(f"Features of {name!r} need another package: pip install 'gan-augment[{extra}]'.")


class _RandomConvolutions(nn.Module):
    def __init__(self, channels: int, seed: int) -> None:
        super().__init__()
        rng = numpy_rng(seed, "random convolutions", channels)
        self.filters = nn.ParameterList(
            _orthonormal(rng, channels if not layer else WIDTH) for layer in range(MOST_LAYERS)
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        maps = scaled(images)
        for filters in self.filters:
            maps = functional.conv2d(functional.pad(maps, (1, 1, 1, 1), mode="replicate"), filters).abs()
            if min(maps.shape[2:]) < FEWEST_CELLS:
                break
            maps = functional.avg_pool2d(maps, 2)
        return functional.adaptive_avg_pool2d(maps, 2).flatten(1)


class _Published(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.network = published_network()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return published_features(scaled(_rgb(images)))


class _FirstOutput(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> Any:
        return self.network(_rgb(images))[0]


def _orthonormal(rng: np.random.Generator, n_in: int) -> nn.Parameter:
    """Return 3 x 3 filters, (32, n_in, 3, 3), that keep the power of what they are given."""
    n = 9 * n_in
    found, triangle = np.linalg.qr(rng.normal(size=(max(n, WIDTH), min(n, WIDTH))))
    # Signs and last digits are a matter of the linear algebra at hand, on which neither features nor digest depend.
    found = found * np.sign(np.diag(triangle)) * max(1.0, WIDTH / n) ** 0.5
    rounded = np.round(found * WEIGHT_STEPS) / WEIGHT_STEPS
    rows = rounded if n < WIDTH else rounded.T
    return nn.Parameter(torch.tensor(rows.reshape(WIDTH, n_in, 3, 3), dtype=torch.float32), requires_grad=False)


def _rgb(images: torch.Tensor) -> torch.Tensor:
    return images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images


def _of_torch_fidelity(name: str) -> Callable[[int], Extractor]:
    return lambda channels: torch_fidelity(name)


PACKAGES = {"efficientnet": (PACKAGE, "pretrained")}
EXTRACTORS: dict[str, Callable[[int], Extractor]] = {
    "random": random_convolutions,
    "efficientnet": lambda channels: efficientnet(),
    **{name: _of_torch_fidelity(name) for name in TORCH_FIDELITY},
}
