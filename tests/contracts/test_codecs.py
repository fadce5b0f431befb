"""What every codec must do, so that networks and writers need not know which one they have."""

import json

import numpy as np
import pytest
import torch

from gan_augment.data.schema import ImageSchema
from gan_augment.seeding import numpy_rng, torch_rng
from gan_augment.transforms.codec import Codec
from gan_augment.transforms.image import ImageCodec
from gan_augment.transforms.spec import TensorSpec

N = 5
RANGES = {"tanh": (-1.0, 1.0)}


def images(height: int, width: int, channels: int) -> tuple[Codec, np.ndarray]:
    raw = numpy_rng("images").integers(0, 256, (N, height, width, channels), dtype=np.uint8)
    return ImageCodec(ImageSchema(height, width, channels, ("cat", "dog"))), raw


@pytest.fixture(params=[(8, 8, 1), (9, 12, 3)], ids=str)
def case(request: pytest.FixtureRequest) -> tuple[Codec, np.ndarray]:
    """Return a codec and raw samples that it understands."""
    return images(*request.param)


def test_it_has_the_face_that_the_seam_promises(case: tuple[Codec, np.ndarray]) -> None:
    codec, _ = case
    assert isinstance(codec, Codec)
    assert isinstance(codec.spec, TensorSpec)


def test_raw_samples_come_back_from_tensors_of_the_shape_the_spec_says(case: tuple[Codec, np.ndarray]) -> None:
    codec, raw = case
    encoded = codec.encode(raw)
    samples = codec.to_model(encoded, torch_rng(0))
    assert (len(encoded), samples.dtype) == (N, torch.float32)
    assert samples.shape == (N, *codec.spec.shape)
    np.testing.assert_array_equal(codec.decode(samples), raw)


def test_what_rests_is_never_changed(case: tuple[Codec, np.ndarray]) -> None:
    codec, raw = case
    encoded, before = codec.encode(raw), raw.copy()
    codec.decode(codec.to_model(encoded, torch_rng(0)))
    np.testing.assert_array_equal(raw, before)
    assert torch.equal(encoded, codec.encode(before))


def test_spans_divide_the_first_axis_and_their_activations_can_give_the_values(case: tuple[Codec, np.ndarray]) -> None:
    codec, raw = case
    samples, stop = codec.to_model(codec.encode(raw), torch_rng(0)), 0
    for span in codec.spec.spans:
        low, high = RANGES[span.activation]
        assert span.start == stop < span.stop
        assert low <= samples[:, span.start : span.stop].min() <= samples[:, span.start : span.stop].max() <= high
        stop = span.stop
    assert stop == codec.spec.shape[0]


def test_its_state_survives_json_and_rebuilds_it(case: tuple[Codec, np.ndarray]) -> None:
    codec, raw = case
    again = type(codec).from_state(json.loads(json.dumps(codec.state())))  # type: ignore[attr-defined]
    assert (again.kind, again.spec, again.state()) == (codec.kind, codec.spec, codec.state())
    assert torch.equal(again.encode(raw), codec.encode(raw))
