"""What every codec must do, so that networks and writers need not know which one they have."""

import copy
import json
from typing import Any

import pytest
import torch

from gan_augment.seeding import torch_rng
from gan_augment.transforms.build import CODECS, codec_from_state
from gan_augment.transforms.codec import Codec
from gan_augment.transforms.spec import TensorSpec
from tests.contracts.kinds import Kind, images, rows

RANGES = {"tanh": (-1.0, 1.0), "softmax": (0.0, 1.0), "linear": (-4.001, 4.001), "gated": (-4.001, 4.001)}
CASES = [images(8, 8, 1), images(9, 12, 3), rows()]


@pytest.fixture(params=CASES, ids=lambda case: f"{case.codec.kind}{case.codec.spec.shape}")
def case(request: pytest.FixtureRequest) -> Kind:
    return request.param


def decode(case: Kind, samples: torch.Tensor, seed: int = 0) -> Any:
    return case.codec.decode(samples, torch.from_numpy(case.labels), torch_rng(seed))


def test_every_codec_goes_through_this_contract() -> None:
    assert {case.codec.kind for case in CASES} == set(CODECS)


def test_it_has_the_face_that_the_seam_promises(case: Kind) -> None:
    assert isinstance(case.codec, Codec)
    assert isinstance(case.codec.spec, TensorSpec)
    assert case.codec.schema.kind == case.codec.kind
    assert case.codec.spec.n_classes == len(case.codec.schema.classes)
    assert case.codec.block > 0


def test_raw_samples_come_back_from_tensors_of_the_shape_the_spec_says(case: Kind) -> None:
    encoded = case.codec.encode(case.raw)
    samples = case.codec.to_model(encoded, torch_rng(0))
    assert (len(encoded), samples.dtype) == (len(case.raw), torch.float32)
    assert samples.shape == (len(case.raw), *case.codec.spec.shape)
    case.check_same(decode(case, samples), case.raw)


def test_chunks_are_joined_in_their_order(case: Kind) -> None:
    samples = case.codec.to_model(case.codec.encode(case.raw), torch_rng(0))
    decoded = decode(case, samples)
    case.check_same(case.codec.join([decoded[:3], decoded[3:7], decoded[7:]]), case.raw)


def test_what_rests_is_never_changed(case: Kind) -> None:
    encoded, before = case.codec.encode(case.raw), copy.deepcopy(case.raw)
    kept = encoded.clone()
    decode(case, case.codec.to_model(encoded, torch_rng(0)))
    assert torch.equal(encoded, kept)
    assert torch.equal(case.codec.encode(case.raw), case.codec.encode(before))


def test_what_is_drawn_comes_from_the_rng_that_is_passed(case: Kind) -> None:
    encoded = case.codec.encode(case.raw)
    first, again = (case.codec.to_model(encoded, torch_rng(5)) for _ in range(2))
    assert torch.equal(first, again)
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    decoded, same = decode(case, first, seed=3), decode(case, first, seed=3)
    assert torch.equal(torch.rand(1), expected)
    assert decoded.equals(same) if case.codec.kind == "table" else (decoded == same).all()


def test_spans_divide_the_first_axis_and_their_activations_can_give_the_values(case: Kind) -> None:
    samples, stop = case.codec.to_model(case.codec.encode(case.raw), torch_rng(0)), 0
    for span in case.codec.spec.spans:
        low, high = RANGES[span.activation]
        assert span.start == stop < span.stop
        assert low <= samples[:, span.start : span.stop].min() <= samples[:, span.start : span.stop].max() <= high
        stop = span.stop
    assert stop == case.codec.spec.shape[0]


def test_its_state_survives_json_and_rebuilds_it(case: Kind) -> None:
    again = codec_from_state(json.loads(json.dumps(case.codec.state())))
    assert (again.kind, again.spec, again.state()) == (case.codec.kind, case.codec.spec, case.codec.state())
    assert torch.equal(again.encode(case.raw), case.codec.encode(case.raw))
