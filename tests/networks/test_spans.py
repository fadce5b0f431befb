"""All spans at once must be what each span is alone; draws must have the softmax's frequencies."""

import pytest
import torch

from gan_augment.networks import spans
from gan_augment.networks.spans import SpanActivation, gumbel, segmented_log_softmax
from gan_augment.seeding import torch_rng
from gan_augment.transforms.spec import Span, TensorSpec

SPEC = TensorSpec((9,), (Span(0, 3, "softmax"), Span(3, 4, "linear"), Span(4, 7, "gated"), Span(7, 9, "softmax")), 2)
SOFT = [slice(0, 3), slice(5, 7), slice(7, 9)]


def randn(*shape, seed=0):
    return torch.randn(shape, generator=torch_rng(seed))


def log_softmax_of(logits):
    activation = SpanActivation(SPEC, tau=1.0)
    return segmented_log_softmax(logits, activation.segments, activation.membership)


@pytest.fixture(params=[0, 1000], ids=["scattered", "multiplied"])
def way(request, monkeypatch):
    """Sum over segments in one of the two ways."""
    monkeypatch.setattr(spans, "MOST_MULTIPLIED", request.param)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("scale", [1.0, 40.0, 500.0])
def test_all_segments_at_once_are_the_log_softmax_of_each(scale):
    logits = scale * randn(50, 7)
    logits[0], logits[1] = scale, torch.tensor([-500.0, 500, 0, 500, -500, 500, 500])
    expected = torch.cat([part.log_softmax(1) for part in logits.split([3, 2, 2], dim=1)], dim=1)
    found = log_softmax_of(logits)
    assert found.isfinite().all()
    assert torch.allclose(found, expected, atol=1e-4, rtol=1e-5)


@pytest.mark.usefixtures("way")
def test_gradients_of_all_segments_are_those_of_each_even_at_extremes():
    logits = torch.tensor([[-500.0, 500, 0, 500, -500, 1, 2]], requires_grad=True)
    weights = torch.arange(7.0)
    (log_softmax_of(logits).exp() * weights).sum().backward()
    again = logits.detach().clone().requires_grad_()
    parts = [part.softmax(1) for part in again.split([3, 2, 2], dim=1)]
    (torch.cat(parts, dim=1) * weights).sum().backward()
    assert torch.allclose(logits.grad, again.grad, atol=1e-6)


def test_gumbel_values_are_finite_and_have_the_moments_of_their_distribution():
    drawn = gumbel(randn(200_000))
    assert float(drawn.mean()) == pytest.approx(0.5772, abs=0.01)
    assert float(drawn.var()) == pytest.approx(torch.pi**2 / 6, abs=0.02)
    assert gumbel(torch.tensor([-9.0, 9.0])).isfinite().all()


def test_the_largest_unit_is_drawn_as_often_as_the_softmax_says():
    raw = torch.tensor([0.0, 1.0, 2.0, 7.0, 3.0, -1.0, 0.5, 0.0, 3.0]).expand(40_000, -1)
    rows = SpanActivation(SPEC, tau=0.2)(raw, randn(40_000, 7))
    for part in SOFT:
        width = part.stop - part.start
        drawn = torch.bincount(rows[:, part].argmax(1), minlength=width) / len(rows)
        assert torch.allclose(drawn, raw[0, part].softmax(0), atol=0.01)


def test_a_lower_temperature_makes_categories_harder():
    raw, noise = randn(500, 9), randn(500, 7, seed=1)
    soft, hard = (SpanActivation(SPEC, tau)(raw, noise)[:, 0:3].amax(1).mean() for tau in (1.0, 0.1))
    assert soft < 0.75 < 0.95 < hard


def test_a_value_that_may_be_absent_is_switched_by_its_gate():
    raw = torch.zeros(2, 9)
    raw[:, 4] = 3.0
    raw[0, 5], raw[1, 6] = 100.0, 100.0  # present; absent
    rows = SpanActivation(SPEC, tau=0.2)(raw, torch.zeros(2, 7))
    assert rows[:, 4].tolist() == pytest.approx([3.0, 0.0])
    between = SpanActivation(SPEC, tau=0.2)(torch.full((1, 9), 2.0), torch.zeros(1, 7))
    assert between[0, 4].item() == pytest.approx(2.0 * 0.5)


def test_numbers_pass_as_they_are():
    raw = 10 * randn(5, 9)
    assert torch.equal(SpanActivation(SPEC, tau=0.2)(raw, randn(5, 7))[:, 3], raw[:, 3])
    plain = TensorSpec((2,), (Span(0, 1, "linear"), Span(1, 2, "linear")), 2)
    activation = SpanActivation(plain, tau=0.2)
    assert activation.n_units == 0
    assert torch.equal(activation(raw[:, :2], torch.empty(5, 0)), raw[:, :2])


def test_values_are_told_from_units_of_a_softmax():
    activation = SpanActivation(SPEC, tau=0.2)
    assert activation.is_value.tolist() == [0, 0, 0, 1, 1, 0, 0, 0, 0]
    assert (activation.values.tolist(), activation.gates.tolist()) == ([4], [5])
    assert activation.units.tolist() == [0, 1, 2, 5, 6, 7, 8]
    assert not activation.state_dict()  # all of it follows from the spec
