"""The judge rates only what it was not trained on, and sees wrong labels, collapse and strangers."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from gan_augment.errors import DataError
from gan_augment.metrics import judge as judge_module
from gan_augment.metrics.classifiers import ClassifierConfig, train_classifier
from gan_augment.metrics.judge import Judge
from gan_augment.metrics.lessons import Labelled, Lesson

CONFIG = ClassifierConfig(steps=60, batch_size=32)


@pytest.fixture(scope="module")
def digits() -> Labelled:
    data = load_digits()
    return Labelled((data.images * 15.9).astype(np.uint8)[..., None], data.target.astype(np.int64))


@pytest.fixture(scope="module")
def judge(digits: Labelled) -> Judge:
    return Judge.fit(Labelled(digits.images[:900], digits.labels[:900]), n_classes=10, config=CONFIG)


def test_the_judge_is_good_enough_to_judge(judge: Judge) -> None:
    assert judge.own_accuracy().mean() > 0.9


def test_fresh_real_images_are_faithful_diverse_and_covered(judge: Judge, digits: Labelled) -> None:
    opinion = judge.opinion(digits.images[900:], digits.labels[900:])
    assert opinion.label_fidelity.mean() > 0.88
    assert 0.7 < opinion.diversity.mean() < 1.4
    assert opinion.coverage.mean() > 0.8


def test_shuffled_labels_lower_fidelity(judge: Judge, digits: Labelled) -> None:
    shuffled = np.random.default_rng(0).permutation(digits.labels[900:])
    assert judge.opinion(digits.images[900:], shuffled).label_fidelity.mean() < 0.3


def test_one_perfect_picture_a_class_is_faithful_but_not_diverse(judge: Judge, digits: Labelled) -> None:
    _, first = np.unique(digits.labels[900:], return_index=True)
    chosen = np.repeat(first + 900, 40)
    opinion = judge.opinion(digits.images[chosen], digits.labels[chosen])
    assert opinion.label_fidelity.mean() > 0.8
    assert opinion.diversity.max() < 1e-6
    assert opinion.coverage.mean() < 0.3


def test_no_member_rates_an_image_it_was_trained_on(digits: Labelled, monkeypatch: pytest.MonkeyPatch) -> None:
    trained_on: list[set[bytes]] = []

    def record(lesson: Lesson, **settings: object) -> object:
        trained_on.append({image.tobytes() for image in lesson.main.images})
        return train_classifier(lesson, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(judge_module, "train_classifier", record)
    small = Labelled(digits.images[:120], digits.labels[:120])
    fitted = Judge.fit(small, n_classes=10, config=ClassifierConfig(steps=1))
    held_out = [{image.tobytes() for image in member.held_out.images} for member in fitted._members]
    assert all(not seen & own for seen, own in zip(trained_on, held_out, strict=True))
    assert set.union(*held_out) == {image.tobytes() for image in small.images}


def test_a_class_with_one_image_is_refused(digits: Labelled) -> None:
    lone = np.append(np.flatnonzero(digits.labels == 0)[:5], np.flatnonzero(digits.labels == 1)[0])
    with pytest.raises(DataError, match="two held-out images"):
        Judge.fit(Labelled(digits.images[lone], digits.labels[lone]), n_classes=2, config=CONFIG)


def test_what_a_class_is_taken_for_is_the_members_mean(judge: Judge, digits: Labelled) -> None:
    labels = digits.labels[900:].copy()
    labels[digits.labels[900:] == 3] = 7
    confusion = judge.opinion(digits.images[900:], labels).confusion
    n_threes, n_sevens = ((digits.labels[900:] == label).sum() for label in (3, 7))
    assert np.isnan(confusion[3]).all()
    assert confusion[7, 3] == pytest.approx(n_threes / (n_threes + n_sevens), abs=0.1)
    np.testing.assert_allclose(np.delete(confusion, 3, axis=0).sum(axis=1), 1.0)
