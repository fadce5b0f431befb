"""Planted truths: wrong labels are found and named with what they look like, and a faithful generator is left alone."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gan_augment.data.schema import LabelledImages
from gan_augment.evaluation.images.protocol import EvaluateConfig, evaluate_run
from gan_augment.evaluation.images.quality import Quality, measure_quality
from gan_augment.generation.generator import SampleBatch
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.metrics.judge import Judge
from gan_augment.metrics.lessons import Labelled

from .conftest import NoisyGenerator

CLASSES = tuple("0123456789")
MISTAKEN = "Warning: synthetic images do not look like the class they were made for: "
Measure = Callable[[NoisyGenerator], Quality]


class ConfusedGenerator(NoisyGenerator):
    """Makes the images of some classes as if they were others."""

    def __init__(self, fitted: LabelledImages, made_as: Mapping[int, int], share: float = 1.0) -> None:
        super().__init__(fitted)
        self.made_as, self.share = made_as, share

    def sample(self, counts: int | Mapping[str, int], seed: int = 0) -> SampleBatch:
        batch = super().sample(counts, seed)
        images = batch.data.copy()
        for label, other in self.made_as.items():
            own, others = (np.flatnonzero(batch.labels == one) for one in (label, other))
            wrong = own[: round(self.share * len(own))]
            images[wrong] = batch.data[np.resize(others, len(wrong))]
        return replace(batch, data=images)


@pytest.fixture(scope="module")
def judge(halves: tuple[LabelledImages, LabelledImages]) -> Judge:
    held_out = Labelled(halves[1].images, halves[1].labels)
    return Judge.fit(held_out, n_classes=10, config=ClassifierConfig(steps=150, batch_size=32))


@pytest.fixture
def measure(judge: Judge, train: LabelledImages, held_out: LabelledImages) -> Measure:
    real = [Labelled(part.images, part.labels) for part in (held_out, train)]

    def measured(generator: NoisyGenerator) -> Quality:
        batch = generator.sample(40)
        return measure_quality(judge, real[0], Labelled(batch.data, batch.labels), real[1], 10)

    return measured


def test_two_swapped_classes_are_both_named_with_each_other(train: LabelledImages, measure: Measure) -> None:
    quality = measure(ConfusedGenerator(train, {2: 6, 6: 2}))
    assert quality.mislabelled == {2: 6, 6: 2}
    assert quality.warnings(CLASSES) == [f"{MISTAKEN}'2' and '6' look swapped."]


def test_a_class_made_as_another_is_named_and_the_other_is_not(train: LabelledImages, measure: Measure) -> None:
    quality = measure(ConfusedGenerator(train, {4: 0}))
    assert quality.mislabelled == {4: 0}
    (warning,) = quality.warnings(CLASSES)
    assert warning.startswith(MISTAKEN)
    assert warning.endswith("% of '4' are taken for '0'.")


def test_half_a_class_made_as_another_is_enough_to_be_named(train: LabelledImages, measure: Measure) -> None:
    assert measure(ConfusedGenerator(train, {4: 0}, share=0.5)).mislabelled == {4: 0}


def test_two_classes_of_which_some_are_mixed_up_are_not_called_swapped(train: LabelledImages, measure: Measure) -> None:
    quality = measure(ConfusedGenerator(train, {2: 6, 6: 2}, share=0.4))
    assert quality.mislabelled == {2: 6, 6: 2}
    (warning,) = quality.warnings(CLASSES)
    assert "of '2' are taken for '6'; " in warning
    assert warning.endswith("of '6' are taken for '2'.")


def test_one_picture_a_class_is_a_lack_of_diversity(train: LabelledImages, measure: Measure) -> None:
    quality = measure(NoisyGenerator(train, collapsed=True))
    assert quality.synthetic.collapsed() == list(range(10))
    assert quality.warnings(CLASSES)[0].endswith(
        "too alike (diversity under 0.5 of real): 0, 1, 2, 3, 4, 5, 6, 7, 8, 9."
    )


def test_a_faithful_generator_is_not_warned_of(generator: NoisyGenerator, measure: Measure) -> None:
    assert measure(generator).warnings(CLASSES) == []


def test_a_class_that_is_hard_in_the_real_training_images_too_is_not_the_generators_fault(
    judge: Judge, train: LabelledImages, held_out: LabelledImages
) -> None:
    hard = ConfusedGenerator(train, {4: 0}).sample(40)
    real, made = Labelled(held_out.images, held_out.labels), Labelled(hard.data, hard.labels)
    assert measure_quality(judge, real, made, made, 10).mislabelled == {}


def test_an_evaluation_warns_and_writes_down_the_confusion(
    train: LabelledImages, held_out: LabelledImages, tmp_path: Path
) -> None:
    classifier = ClassifierConfig(steps=120, batch_size=32)
    config = EvaluateConfig(arms=("gan-only",), seeds=1, per_class=40, classifier=classifier)
    result = evaluate_run(ConfusedGenerator(train, {2: 6, 6: 2}), train, held_out, tmp_path, config)
    assert f"{MISTAKEN}'2' and '6' look swapped." in result.warnings()
    written = json.loads((tmp_path / "summary.json").read_text())["quality"]["confusion"]
    assert written["classes"] == list(CLASSES)
    rows = np.array(written["rows"])
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, atol=1e-3)
    np.testing.assert_allclose(rows.diagonal(), result.quality.synthetic.label_fidelity, atol=1e-3)
