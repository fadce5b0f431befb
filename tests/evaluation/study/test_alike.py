import numpy as np
import pytest

from gan_augment.evaluation.copying import copying_warnings
from gan_augment.evaluation.images.quality import FIGURES, ImageQuality, Quality
from gan_augment.evaluation.study.alike import gathered


def of_images(confusion, diversity=(1.0, 1.0, 1.0), mislabelled=None, classes=("cat", "dog", "o'hare")):
    """Return the warnings of a look at synthetic images of three classes."""
    made = ImageQuality(np.array(confusion), *[np.array(diversity)] * (len(FIGURES) - 1))
    return Quality(np.ones(3), made, made, mislabelled or {}).warnings(classes)


def copied(share, z=-9.0):
    found = {"copied": share, "copied_held_out": 0.0, "identical": 0.0, "identical_held_out": 0.0, "z": z}
    return copying_warnings(found)


TWO_TAKEN = [[0.5, 0.5, 0.0], [0.0, 0.6, 0.4], [0.0, 0.0, 1.0]]
ONE_TAKEN = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.7, 0.0, 0.3]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (of_images(TWO_TAKEN, mislabelled={0: 1, 1: 2}), of_images(ONE_TAKEN, mislabelled={2: 0})),
        (of_images(np.eye(3), (0.1, 0.2, 1.0)), of_images(np.eye(3), (1.0, 0.3, 1.0))),
        (copied(0.14), copied(0.03)),
        (copied(0.0, -6.1), copied(0.0, -3.5)),
        (
            ["It cannot tell 'a', 'b' and 2 more: fidelity says nothing."],
            ["It cannot tell 'c': fidelity says nothing."],
        ),
        (['DataError: Class "it\'s" has 3 images.'], ["DataError: Class 'b' has 4 images."]),
    ],
)
def test_sentences_that_differ_in_details_are_said_once(one, other):
    assert len(one) == len(other) == 1
    assert one != other
    (common,) = gathered([one, [], other])
    assert common.of(3) == f"{one[0]} (so, or with other figures or names, in 2 of 3 replicates)"
    (common,) = gathered([one, one, one])
    assert common.of(3) == f"{one[0]} (3 of 3 replicates)"


def test_what_differs_in_words_is_said_apart_most_frequent_first():
    said = ["Warning: 3% are near-copies.", "Warning: 3% are training samples again."]
    found = gathered([said[:1], said, said[1:], said[1:]])
    assert [(common.text, common.n) for common in found] == [(said[1], 3), (said[0], 2)]
    errors = ["RuntimeError: 3 images are missing.", "RuntimeError: can't read 'x'.", "KeyError: 'x'"]
    assert len(gathered([errors[:1], errors[1:2], errors[2:]])) == 3
    assert gathered([[], []]) == []


def test_the_replicate_that_has_most_in_common_with_the_others_speaks_for_all():
    rare, often = "Not their class: 17% of 'bird' are 'frog'.", "Not their class: 9% of 'horse' are 'deer'."
    (common,) = gathered([[rare], [often], [often.replace("9", "8")]])
    assert (common.text, common.n, common.same) == (often, 3, False)


def test_what_is_alike_in_one_replicate_counts_once():
    rows = ["Rows of 'a' vary 30% as much.", "Rows of 'b' vary 40% as much."]
    (common,) = gathered([rows, rows[1:]])
    assert (common.text, common.n, common.same) == (" ".join(rows), 2, False)
