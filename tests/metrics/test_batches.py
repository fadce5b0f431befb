"""What is in a batch: the same real images whatever comes on top, labels that are mixed, weights where they belong."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from gan_augment.losses.consistency import disagreement
from gan_augment.metrics.batches import batch_loss, draw_batches, mix_pairs, weighted_loss
from gan_augment.metrics.lessons import Augmentation, Labelled, Lesson

N_REAL, N_CLASSES = 12, 3


def levels(n: int, first: int, size: int = 8) -> Labelled:
    """Return images of one grey level each, from `first` on, so that a batch tells which are in it."""
    rng = np.random.default_rng(first)
    images = np.arange(first, first + n, dtype=np.uint8)[:, None, None, None] + np.zeros((n, size, size, 1), np.uint8)
    return Labelled(images, rng.integers(0, N_CLASSES, n))


REAL, ADDED = levels(30, 0), levels(30, 100)
PLAIN, MOVED = Lesson(REAL), Augmentation(flips=("horizontal",))
CONSISTENT = Lesson(REAL, ADDED, share=1 / 3, consistency=1.0, views=MOVED)
LESSONS = {
    "added": Lesson(REAL, ADDED, share=0.5),
    "few added, then real alone": Lesson(REAL, ADDED, share=0.1, last_real=0.5),
    "weighted": Lesson(REAL, ADDED, weight=0.5, class_weights=np.array([1.0, 2.0, 3.0])),
    "longer": replace(PLAIN, longer=2.0),
}


def batches(lesson: Lesson, n: int = 6, n_mixed: int = 6, seed: int = 0) -> list[tuple[torch.Tensor, torch.Tensor]]:
    drawn = draw_batches(
        lesson, n_classes=N_CLASSES, batch_size=N_REAL, n_mixed=n_mixed, seed=seed, device=torch.device("cpu")
    )
    return list(islice(drawn, n))


def grey(images: torch.Tensor) -> list[int]:
    return ((images[:, 0, 4, 4] + 1.0) * 127.5).round().int().tolist()


@pytest.mark.parametrize(
    "lesson",
    [*LESSONS.values(), *(replace(lesson, augmentation=MOVED) for lesson in LESSONS.values()), CONSISTENT],
)
def test_lessons_of_one_seed_see_the_same_real_images_moved_alike(lesson: Lesson) -> None:
    alone = replace(PLAIN, augmentation=lesson.augmentation)
    for (plain, _), (other, _) in zip(batches(alone), batches(lesson), strict=True):
        assert torch.equal(plain, other[:N_REAL])


def test_synthetic_images_come_on_top_until_real_ones_are_seen_alone() -> None:
    found = [len(images) for images, _ in batches(LESSONS["added"], n=5, n_mixed=3)]
    assert found == [24, 24, 24, 12, 12]
    (images, labels), *_ = batches(LESSONS["added"])
    assert all(level < 100 for level in grey(images)[:12])
    assert all(level >= 100 for level in grey(images)[12:])
    assert labels.tolist() == [*REAL.labels[grey(images)[:12]], *ADDED.labels[np.array(grey(images)[12:]) - 100]]


def test_a_lesson_of_synthetic_images_alone_has_full_batches_of_them_to_the_end() -> None:
    found = batches(Lesson(synthetic=ADDED), n=4, n_mixed=2)
    assert [len(images) for images, _ in found] == [N_REAL] * 4
    assert all(level >= 100 for images, _ in found for level in grey(images))


def test_every_real_image_comes_once_before_one_comes_twice() -> None:
    seen = [level for images, _ in batches(PLAIN, n=5) for level in grey(images)]
    assert sorted(seen[:30]) == list(range(30))
    assert sorted(seen[30:]) == list(range(30))


def test_another_seed_is_another_order() -> None:
    assert grey(batches(PLAIN)[0][0]) != grey(batches(PLAIN, seed=1)[0][0])


def test_class_weights_and_the_weight_of_synthetic_images_are_in_the_targets() -> None:
    images, targets = batches(LESSONS["weighted"])[0]
    plain = batches(replace(LESSONS["weighted"], weight=1.0, class_weights=None))[0]
    expected = plain[1].float() + 1.0
    expected[N_REAL:] *= 0.5
    assert torch.equal(images, plain[0])
    assert torch.equal(targets.sum(1), expected)
    assert torch.equal(targets.argmax(1), plain[1])


def test_mixup_blends_labels_as_it_blends_images() -> None:
    images, labels = batches(PLAIN)[0]
    mixed, targets = mix_pairs(images, torch.nn.functional.one_hot(labels).float(), 1.0, np.random.default_rng(1))
    again = np.random.default_rng(1)
    share, others = again.beta(1.0, 1.0), again.permutation(N_REAL)
    torch.testing.assert_close(mixed, share * images + (1 - share) * images[others])
    assert targets.sum(1).tolist() == pytest.approx([1.0] * N_REAL)
    (changed,) = np.nonzero(labels.numpy() != labels.numpy()[others])
    assert targets[changed, labels[changed]].tolist() == pytest.approx([share] * len(changed))
    assert 0.1 < share < 0.9


def test_mixed_images_are_the_plain_ones_in_pairs() -> None:
    mixed, plain = (batches(lesson)[0][0] for lesson in (Lesson(REAL, mixup=1.0), PLAIN))
    assert not torch.equal(mixed, plain)
    torch.testing.assert_close(mixed.mean(), plain.mean())


def test_views_are_of_the_images_that_would_have_had_labels() -> None:
    for (labelled, _), (consistent, _) in zip(
        batches(replace(CONSISTENT, consistency=0.0)), batches(CONSISTENT), strict=True
    ):
        assert grey(labelled)[12:18] == grey(consistent)[12:18]


@pytest.mark.parametrize("mixup", [0.0, 1.0])
def test_two_views_of_synthetic_images_come_behind_those_with_labels(mixup: float) -> None:
    lesson = replace(CONSISTENT, mixup=mixup)
    found = batches(lesson, n=4, n_mixed=3)
    assert [(len(images), len(targets)) for images, targets in found] == [(24, 12)] * 3 + [(12, 12)]
    for images, _ in found[:3]:
        first, second = grey(images)[12:18], grey(images)[18:]
        assert first == second
        assert min(first) >= 100


def test_the_two_views_are_moved_each_on_its_own() -> None:
    rng = np.random.default_rng(0)
    textured = Labelled(rng.integers(0, 256, (30, 8, 8, 1), dtype=np.uint8), ADDED.labels)
    images, _ = batches(replace(CONSISTENT, synthetic=textured))[0]
    assert (images[12:18] - images[18:]).abs().mean(dim=(1, 2, 3)).min() > 0.01


def test_views_cost_what_their_predictions_differ_by_and_teach_no_label() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(10, N_CLASSES, generator=generator), torch.arange(4) % N_CLASSES
    known, first, second = logits.split([4, 3, 3])
    expected = weighted_loss(known, labels) + 0.3 * disagreement(first, second)
    torch.testing.assert_close(batch_loss(logits, labels, 0.3), expected)
    torch.testing.assert_close(batch_loss(known, labels, 0.3), weighted_loss(known, labels))


def test_the_loss_is_the_cross_entropy_weighted_by_image_and_class() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(8, N_CLASSES, generator=generator), torch.arange(8) % N_CLASSES
    hard = torch.nn.functional.one_hot(labels, N_CLASSES).float()
    torch.testing.assert_close(weighted_loss(logits, hard), weighted_loss(logits, labels))
    by_class = torch.tensor([1.0, 2.0, 5.0])
    expected = torch.nn.functional.cross_entropy(logits, labels, weight=by_class)
    torch.testing.assert_close(weighted_loss(logits, hard * by_class), expected)
    torch.testing.assert_close(weighted_loss(logits, hard * 7.0), weighted_loss(logits, hard))
