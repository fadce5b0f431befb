"""What adapting augmentation keeps back of images: a share of classes that can spare it, and nothing unasked."""

import numpy as np
import pytest

from gan_augment import fitting
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import DataError
from gan_augment.seeding import torch_rng

CLASSES = ("few", "many", "some")
ADAPT = {"diffaug.target": "0.3"}


def images_of(*counts):
    n = sum(counts)
    pixels = np.random.default_rng(0).integers(0, 256, (n, 8, 8, 1), np.uint8)
    return LabelledImages(pixels, np.repeat(np.arange(3), counts), ImageSchema(8, 8, 1, CLASSES))


def plan_of(data, overrides=ADAPT, seed=0):
    settings = {"device": "cpu", "precision": "float32", "overrides": overrides, "seed": seed}
    return fitting.plan(data, recipe="r3", steps=2, **settings)


def test_a_tenth_of_each_class_that_can_spare_it_is_kept_back():
    plan = plan_of(images_of(19, 50, 20))
    fitted_on, held_out = plan.parts
    assert held_out.class_counts() == {"few": 0, "many": 5, "some": 2}
    assert fitted_on.class_counts() == {"few": 19, "many": 45, "some": 18}
    known = {row.tobytes() for row in fitted_on.fingerprints()}
    assert not any(row.tobytes() in known for row in held_out.fingerprints())
    assert any("keeps 7 images back: 82 are left" in note for note in plan.notes)


def test_what_is_compared_has_the_same_classes_as_often():
    streams = plan_of(images_of(50, 40, 19)).streams
    train, known = (streams[name].class_weights.tolist() for name in ("train", "known"))
    assert known == [*train[:2], 0.0]
    assert train[2] > 0
    labels = streams["known"].draw(torch_rng(0)).labels
    assert streams["held_out"].draw(torch_rng(1), labels).labels.tolist() == labels.tolist()


def test_copies_of_training_images_are_not_kept_back():
    data = images_of(40, 40, 40)
    data.images[:40] = data.images[0]  # one image forty times
    fitted_on, held_out = plan_of(data).parts
    assert held_out.class_counts()["few"] == 0
    assert fitted_on.class_counts()["few"] == 40


def test_images_that_all_have_copies_are_refused_in_a_clear_line():
    data = images_of(40, 40, 40)
    data.images[60:] = data.images[:60]
    data.images[:] = data.images[:1]
    with pytest.raises(DataError, match="copies"):
        plan_of(data).parts  # noqa: B018


def test_nothing_is_kept_back_unasked_and_the_seed_decides_what_is():
    data = images_of(30, 30, 30)
    plain = plan_of(data, {})
    assert plain.parts == (plain.data, plain.data)
    assert list(plain.streams) == ["train"]
    first, same, other = (plan_of(data, seed=seed).parts[1].images for seed in (0, 0, 1))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_classes_too_small_to_spare_any_are_refused_in_a_clear_line():
    plan = plan_of(images_of(19, 19, 5))
    with pytest.raises(DataError, match=r"diffaug\.target needs images to keep back, .* fewer than 20"):
        _ = plan.streams
