"""The score of images must tell variety and right labels from their lack, and follow from steps, not from a clock."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.generation import image_score
from gan_augment.generation.image_score import ImageScore
from gan_augment.seeding import numpy_rng
from gan_augment.training.schedules import BudgetConfig
from gan_augment.transforms.image import ImageCodec

CLASSES = ("across", "down")


def stripes(labels, rng):
    """Return grey images whose stripes run as the label says, with noise and a phase of their own."""
    phase, noise = rng.uniform(0, 6, len(labels)), rng.normal(0, 30, (len(labels), 8, 8))
    waves = 127 + 100 * np.sin(np.arange(8)[None] * 1.6 + phase[:, None])
    images = np.where(labels[:, None, None] == 0, waves[:, None, :], waves[:, :, None]) + noise
    return images.clip(0, 255).astype(np.uint8)[..., None]


@pytest.fixture
def score():
    labels = np.repeat([0, 1], 60)
    data = LabelledImages(stripes(labels, numpy_rng(0)), labels, ImageSchema(8, 8, 1, CLASSES))
    return ImageScore(ImageCodec(data.schema), data, seed=0)


@pytest.fixture
def scored(monkeypatch, score):
    """Return the score where the generator's images of labels are what a function gives."""

    def look(images_fn, score=score):
        monkeypatch.setattr(image_score, "settle_average", lambda trainer, seed: None)

        def made(trainer, labels, rng):
            pixels = torch.from_numpy(images_fn(labels.numpy())).permute(0, 3, 1, 2)
            return pixels.float() / 127.5 - 1

        monkeypatch.setattr(image_score, "sample_average", made)
        return score.look(SimpleNamespace())["score"]

    return look


def test_images_like_the_real_ones_score_best_and_wrong_labels_worst(scored):
    rng = numpy_rng(1)
    right, mixed = scored(lambda y: stripes(y, rng)), scored(lambda y: stripes(rng.integers(0, 2, len(y)), rng))
    wrong = scored(lambda y: stripes(1 - y, rng))
    assert right < 0.3 < 0.6 < mixed < wrong


def test_a_class_of_one_image_scores_worse_than_one_of_many(scored):
    rng = numpy_rng(2)
    one = stripes(np.array([0, 1]), rng)
    assert scored(lambda y: stripes(y, rng)) < scored(lambda y: one[y]) - 0.05


def test_a_rare_class_counts_as_much_as_a_common_one(scored):
    rng, labels = numpy_rng(3), np.repeat([0, 1], [200, 6])
    real = LabelledImages(stripes(labels, rng), labels, ImageSchema(8, 8, 1, CLASSES))
    lopsided = ImageScore(ImageCodec(real.schema), real, seed=0)
    without_rare, without_common = (
        scored(lambda y, lost=lost: stripes(np.where(rng.random(len(y)) < 0.5, y, lost), rng), lopsided)
        for lost in (0, 1)
    )
    assert without_rare == pytest.approx(without_common, rel=0.5)


def test_images_of_all_classes_are_scored_on_whatever_their_number():
    labels = np.repeat([0, 1, 2], [5000, 3000, 4])
    chosen = image_score._chosen(labels, numpy_rng(0))
    assert np.bincount(labels[chosen]).tolist() == [998, 998, 4]
    assert (np.diff(chosen) > 0).all()
    assert image_score._chosen(labels[-50:], numpy_rng(0)).tolist() == list(range(50))


@pytest.mark.parametrize(
    ("steps", "expected"), [(60, []), (400, [120, 240, 360]), (4000, [200 * n for n in range(1, 20)])]
)
def test_looks_follow_from_the_budget(monkeypatch, score, steps, expected):
    seen = []
    monkeypatch.setattr(score, "look", lambda trainer: seen.append(trainer.step) or {"score": 1.0})
    clock = SimpleNamespace(budget=BudgetConfig(steps=steps), seconds=lambda: 1e9)
    for step in range(20, steps, 20):
        trainer = SimpleNamespace(step=step, over=step >= steps, clock=clock, config=SimpleNamespace(log_every=20))
        score.on_log(trainer, {})
        score.on_report(trainer, {})
    assert seen == expected
