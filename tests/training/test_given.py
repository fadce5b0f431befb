"""A condition must mark what the real row holds, about half of the time, and ask for nothing else."""

import pytest
import torch

from gan_augment.seeding import torch_rng
from gan_augment.training import given
from gan_augment.training.given import CategoryCondition
from gan_augment.training.method import Batch
from gan_augment.transforms.spec import Span, TensorSpec

SPEC = TensorSpec((9,), (Span(0, 3, "softmax"), Span(3, 4, "linear"), Span(4, 7, "gated"), Span(7, 9, "softmax")), 2)
N = 4000


@pytest.fixture(scope="module")
def batch():
    rng = torch_rng(0)
    rows = torch.randn(N, 9, generator=rng)
    for start, width in ((0, 3), (5, 2), (7, 2)):
        rows[:, start : start + width] = torch.eye(width)[torch.randint(width, (N,), generator=rng)]
    return Batch(rows, torch.randint(2, (N,), generator=rng))


def test_the_label_is_always_given(batch):
    drawn = CategoryCondition(SPEC).draw(batch, torch_rng(1))
    assert drawn.shape == (N, 2 + 7)
    assert torch.equal(drawn[:, :2].argmax(1), batch.labels)
    assert torch.equal(drawn[:, :2].sum(1), torch.ones(N))


def test_one_category_of_the_real_row_is_marked_of_about_half_of_the_rows(batch):
    condition = CategoryCondition(SPEC)
    marks = condition.draw(batch, torch_rng(1))[:, 2:]
    assert set(marks.sum(1).tolist()) == {0.0, 1.0}
    assert marks.sum(1).mean().item() == pytest.approx(0.5, abs=0.03)
    assert (batch.samples[:, condition.activation.units][marks == 1] == 1).all()


def test_columns_are_drawn_equally_often_however_many_categories_they_have(batch):
    marks = CategoryCondition(SPEC).draw(batch, torch_rng(1))[:, 2:]
    by_column = torch.stack([part.sum() for part in marks.split([3, 2, 2], dim=1)]) / marks.sum()
    assert torch.allclose(by_column, torch.full((3,), 1 / 3), atol=0.03)


def test_the_loss_is_the_cross_entropy_of_what_was_asked_for_alone():
    condition = CategoryCondition(SPEC)
    fake, asked = torch.zeros(3, 9), torch.zeros(3, 9)
    fake[:, 0:3] = torch.tensor([0.2, 0.5, 0.3])
    fake[1, 7:9] = torch.tensor([0.9, 0.1])
    asked[:, 0] = 1.0  # the label
    asked[0, 2 + 1] = asked[1, 2 + 6] = 1.0  # nothing is asked of the last row
    expected = -(torch.tensor(0.5).log() + torch.tensor(0.1).log()) / 2
    assert condition.loss(fake, asked).item() == pytest.approx(expected.item())
    asked[:, 2:] = 0.0
    assert condition.loss(fake, asked).item() == 0.0


def test_a_category_that_is_not_made_at_all_costs_no_more_than_the_lowest_probability():
    asked = torch.zeros(1, 9)
    asked[0, 2] = 1.0
    fake = torch.zeros(1, 9, requires_grad=True)
    loss = CategoryCondition(SPEC).loss(fake, asked)
    loss.backward()
    assert loss.item() == pytest.approx(-torch.tensor(given.LOWEST).log().item())
    assert fake.grad.isfinite().all()


def test_rows_without_categories_are_given_their_label_alone():
    spec = TensorSpec((2,), (Span(0, 1, "linear"), Span(1, 2, "linear")), 3)
    batch = Batch(torch.randn(5, 2, generator=torch_rng(0)), torch.tensor([0, 1, 2, 1, 0]))
    condition = CategoryCondition(spec)
    drawn = condition.draw(batch, torch_rng(1))
    assert torch.equal(drawn, torch.eye(3)[batch.labels])
    assert condition.loss(batch.samples, drawn).item() == 0.0
