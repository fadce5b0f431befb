import pytest
import torch

from gan_augment.losses.penalties import lecam_penalty
from gan_augment.training.lecam import LogitAnchors

REAL, FAKE = torch.tensor([1.0, 3.0]), torch.tensor([-1.0, 0.0])
CPU = torch.device("cpu")


def test_centred_anchors_see_the_gap_and_not_the_level_that_a_paired_loss_leaves_free():
    low, high = LogitAnchors(CPU, centred=True), LogitAnchors(CPU, centred=True)
    for step in range(5):
        drift = 10.0 * step
        assert float(high.penalty(REAL + drift, FAKE + drift)) == pytest.approx(float(low.penalty(REAL, FAKE)))
    assert torch.allclose(low.values, high.values, atol=1e-5)
    assert low.values[0] == pytest.approx(-low.values[1])


def test_centred_lecam_pulls_the_two_sides_together_and_leaves_the_level_alone():
    anchors = LogitAnchors(CPU, centred=True)
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    anchors.penalty(real, fake).backward()
    assert real.grad.sum() > 0 > fake.grad.sum()
    assert float(real.grad.sum() + fake.grad.sum()) == pytest.approx(0.0, abs=1e-6)


def test_plain_anchors_hold_on_to_the_logits_themselves():
    anchors = LogitAnchors(CPU)
    assert float(anchors.penalty(REAL, FAKE)) == pytest.approx(float(lecam_penalty(REAL, FAKE, *torch.zeros(2))))
    assert anchors.values.tolist() == pytest.approx([0.02, -0.005])
