"""An evaluation refuses a test that would flatter, and data that does not belong to the run."""

from dataclasses import replace

import numpy as np
import pytest

from gan_augment.data.schema import LabelledImages
from gan_augment.errors import DataError
from gan_augment.evaluation.images.inputs import check_inputs

from .conftest import NoisyGenerator


def joined(first: LabelledImages, second: LabelledImages) -> LabelledImages:
    return replace(
        first,
        images=np.concatenate([first.images, second.images]),
        labels=np.concatenate([first.labels, second.labels]),
        names=(*first.names, *second.names),
    )


def test_halves_that_share_nothing_are_accepted(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages
) -> None:
    assert check_inputs(generator, train, held_out) == ()


def test_a_test_image_the_generator_was_fitted_on_is_refused_by_name(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages
) -> None:
    leaking = joined(held_out, train.subset(np.array([7, 9, 11, 13])))
    with pytest.raises(DataError, match=r"shares 4 of its 304 images .* fitted on.*'7.png' is '7.png', '9.png'"):
        check_inputs(generator, train, leaking)
    unnamed = replace(leaking, names=())
    with pytest.raises(DataError, match="'image 300' is '7.png'"):
        check_inputs(generator, train, unnamed)


def test_many_shared_images_are_counted_some_named_and_what_to_do_is_said(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages
) -> None:
    copied = joined(held_out, train.subset(np.arange(100, 130)))
    with pytest.raises(DataError) as info:
        check_inputs(generator, train.subset(np.arange(100, 300)), copied)
    said = str(info.value)
    assert "shares 30 of its 330 images" in said
    assert "'109.png' is '109.png'; and 20 more" in said
    assert "remove them from the test, or fit anew" in said
    with pytest.raises(DataError, match=r"\('5.png'\)"):  # fitted on, but not among the training images given
        check_inputs(generator, train.subset(np.arange(100, 300)), joined(held_out, train.subset(np.array([5]))))


def test_a_test_image_among_the_training_images_is_refused_even_if_the_generator_never_saw_it(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages
) -> None:
    with pytest.raises(DataError, match="the training images"):
        check_inputs(generator, joined(train, held_out.subset(np.array([3]))), held_out)


def test_training_images_the_run_never_saw_are_refused_if_all_and_told_if_some(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages
) -> None:
    first, second = held_out.subset(np.arange(150)), held_out.subset(np.arange(150, 300))
    with pytest.raises(DataError, match="None of the training images"):
        check_inputs(generator, first, second)
    (note,) = check_inputs(generator, joined(train, first), second)
    assert note.startswith("150 of 450 training images were not")


def test_other_classes_sizes_and_missing_classes_are_refused(
    generator: NoisyGenerator, train: LabelledImages, held_out: LabelledImages
) -> None:
    renamed = replace(held_out, schema=replace(held_out.schema, classes=tuple("abcdefghij")))
    with pytest.raises(DataError, match="test images have the classes 'a', 'b', 'c' and 7 more"):
        check_inputs(generator, train, renamed)
    larger = replace(held_out, schema=replace(held_out.schema, height=16))
    with pytest.raises(DataError, match="16x8x1, the run's 8x8x1"):
        check_inputs(generator, train, larger)
    incomplete = held_out.subset(np.flatnonzero(held_out.labels != 4))
    with pytest.raises(DataError, match="too few of '4'"):
        check_inputs(generator, train, incomplete)
