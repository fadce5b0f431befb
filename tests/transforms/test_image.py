import numpy as np
import pytest
import torch

from gan_augment.data.schema import ImageSchema
from gan_augment.networks.config import halvings
from gan_augment.seeding import torch_rng
from gan_augment.transforms.image import ImageCodec, n_doublings

SIZES = [(8, 8), (28, 28), (9, 13), (63, 70), (128, 8), (126, 128), (100, 80), (15, 31), (15, 18), (60, 72)]


def decoded(codec, tensor):
    return codec.decode(tensor, torch.zeros(len(tensor), dtype=torch.int64), torch_rng(0))


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_round_trip_gives_every_pixel_back(height, width, channels):
    codec = ImageCodec(ImageSchema(height, width, channels, ("a", "b")))
    raw = np.random.default_rng(0).integers(0, 256, (3, height, width, channels), dtype=np.uint8)
    tensor = codec.to_model(codec.encode(raw), torch_rng(0))
    assert tensor.shape[1:] == codec.spec.shape
    assert tensor.min() >= -1
    assert tensor.max() <= 1
    np.testing.assert_array_equal(decoded(codec, tensor), raw)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_padding_leaves_a_grid_networks_can_double_up_to(height, width):
    _, padded_height, padded_width = ImageCodec(ImageSchema(height, width, 1, ("a",))).spec.shape
    levels = halvings(padded_height, padded_width)
    assert levels >= n_doublings(height, width) >= 1
    assert min(padded_height, padded_width) >> levels <= 8
    assert padded_height - height < height / 2
    assert padded_width - width < width / 2


def test_common_sizes_need_no_padding():
    for side in (8, 16, 28, 32, 64, 128):
        assert ImageCodec(ImageSchema(side, side, 1, ("a",))).spec.shape == (1, side, side)


def test_flips_mirror_about_half_and_only_along_allowed_axes():
    raw = np.zeros((400, 8, 8, 1), np.uint8)
    raw[:, 0, 0] = 255
    schema = ImageSchema(8, 8, 1, ("a",))
    flipped = ImageCodec(schema, ("horizontal",))
    images = decoded(flipped, flipped.to_model(flipped.encode(raw), torch_rng(1)))
    mirrored = (images[:, 0, 7, 0] == 255).mean()
    assert 0.4 < mirrored < 0.6
    assert images[:, 7].max() == 0
    plain = ImageCodec(schema)
    assert (decoded(plain, plain.to_model(plain.encode(raw), torch_rng(1))) == raw).all()


def test_state_rebuilds_the_same_codec():
    codec = ImageCodec(ImageSchema(9, 13, 3, ("a", "b"), "pad"), ("vertical",))
    again = ImageCodec.from_state(codec.state())
    assert (again.schema, again.flips, again.spec) == (codec.schema, codec.flips, codec.spec)


def test_decoding_clips_instead_of_wrapping_around():
    codec = ImageCodec(ImageSchema(8, 8, 1, ("a",)))
    assert decoded(codec, torch.full((1, 1, 8, 8), 1.5)).min() == 255
    assert decoded(codec, torch.full((1, 1, 8, 8), -1.5)).max() == 0
