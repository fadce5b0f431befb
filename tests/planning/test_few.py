"""Where a class has few samples, the plan says what to expect; the command line and samplers add nothing unasked."""

import numpy as np
import pytest

from gan_augment import fitting
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.planning.few import few_notes, very_few_images, why_not_unasked
from tests.fitting.tiny import SETTINGS
from tests.planning.test_plan import table_of


def images(*counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    classes = tuple(f"class {i}" for i in range(len(counts)))
    return LabelledImages(np.zeros((len(labels), 8, 8, 1), np.uint8), labels, ImageSchema(8, 8, 1, classes))


@pytest.mark.parametrize(
    ("counts", "named", "unasked"),
    [
        ((50, 60), None, False),
        ((50, 49), "'class 1'", False),
        ((20, 20), "'class 0', 'class 1'", False),
        ((80, 19), "'class 1'", True),
    ],
)
def test_under_50_images_of_a_class_a_sentence_says_what_to_expect(counts, named, unasked):
    notes = few_notes(images(*counts))
    assert len(notes) == (named is not None)
    if named is not None:
        assert f"Fewer than 50 images of class {named}: " in notes[0]
        lopsided = max(counts) >= 4 * min(counts)
        assert ("twenty times as large" in notes[0]) == lopsided
        assert ("rarely improves on classical augmentation" in notes[0]) == (not lopsided)
        assert "gan-augment evaluate" in notes[0]
        assert ("augment adds none" in notes[0]) is unasked


def test_the_plan_shows_it_to_people_and_to_programs():
    settled = fitting.plan(images(30, 60), steps=2, **SETTINGS)
    assert "Note       Fewer than 50 images of class 'class 0'" in settled.text()
    assert any("Fewer than 50" in note for note in settled.as_dict()["notes"])


def test_rows_have_a_sentence_of_their_own():
    assert "Interpolation (SMOTE)" in few_notes(table_of(50, 19))[0]
    assert few_notes(table_of(50, 20)) == ()


def test_under_20_images_of_a_class_nothing_is_added_unasked():
    assert why_not_unasked(images(20, 20)) is None
    assert why_not_unasked(table_of(5, 5)) is None
    said = why_not_unasked(images(20, 19, 3))
    assert said is not None
    assert "'class 1', 'class 2'" in said
    assert "--strategy auto" in said
    assert very_few_images({"cat": 20}) is None
    assert "'cat'" in (very_few_images({"cat": 19}) or "")
