"""Ways of using synthetic images: each does to a lesson what its name says, and keeps what the arm was."""

from dataclasses import replace

import numpy as np
import pytest

from gan_augment.data.schema import LabelledImages
from gan_augment.evaluation.choose import added_counts
from gan_augment.evaluation.draws import at_shares
from gan_augment.evaluation.images.arms import ARMS
from gan_augment.evaluation.images.material import ArmMaterial, n_per_class, to_balance
from gan_augment.evaluation.images.resampling import generated
from gan_augment.evaluation.images.usages import BALANCE, PLAIN, USAGES, longest
from gan_augment.metrics.lessons import Augmentation, Lesson
from gan_augment.mixing.plans import PLANS
from gan_augment.seeding import numpy_rng

from .conftest import few_of, material_of


def used(name: str, base: str, material: ArmMaterial) -> Lesson:
    rng = numpy_rng(0, "arm")
    return USAGES[name].add(ARMS[base].lesson_fn(material, rng), material, generated, rng)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("share 0.25", (0.25, 1.0, 0.0, 0.0)),
        ("share 0.5", (0.5, 1.0, 0.0, 0.0)),
        ("share 0.5, weight 0.5", (0.5, 0.5, 0.0, 0.0)),
        ("share 0.5, real last", (0.5, 1.0, 0.25, 0.0)),
        ("pretrain", (0.25, 1.0, 0.0, 1.0)),
        ("consistency", (1 / 3, 1.0, 0.0, 0.0)),
    ],
)
def test_a_usage_is_what_its_name_says(name: str, expected: tuple[float, ...], lopsided: LabelledImages) -> None:
    lesson = used(name, "classical", material_of(lopsided))
    assert (lesson.share, lesson.weight, lesson.last_real, lesson.pretrain) == expected
    assert lesson.consistency == (name == "consistency")
    assert lesson.augmentation is not None
    assert lesson.synthetic is not None
    assert np.bincount(lesson.synthetic.labels).tolist() == [13] * 7 + [3] * 3


def test_the_default_usage_of_an_arm_is_the_arm_with_synthetic_images(lopsided: LabelledImages) -> None:
    material, rng = material_of(lopsided), numpy_rng(0, "arm")
    for base, arm, usage in (
        ("none", "gan", PLAIN),
        ("classical", "classical+gan", PLAIN),
        ("none", "gan-balance", BALANCE),
    ):
        expected = ARMS[arm].lesson_fn(material, rng)
        found = usage.add(ARMS[base].lesson_fn(material, rng), material, generated, rng)
        assert found.synthetic is not None
        assert expected.synthetic is not None
        assert np.array_equal(found.synthetic.images, expected.synthetic.images)
        assert [found.share, found.weight, found.augmentation] == [
            expected.share,
            expected.weight,
            expected.augmentation,
        ]


def test_what_an_arm_adds_stays_among_its_real_images(lopsided: LabelledImages) -> None:
    material = material_of(lopsided)
    lesson = used("share 0.25", "oversample", material)
    assert lesson.real is not None
    assert np.bincount(lesson.real.labels).tolist() == [20] * 10
    lesson = used("share 0.25", "jitter", material)
    assert lesson.real is not None
    assert len(lesson.real) == 155 + round(155 / 3)


def test_balance_takes_the_place_of_what_evened_the_classes_out_before(lopsided: LabelledImages) -> None:
    material = material_of(lopsided)
    for base in ("none", "weights", "oversample", "smote", "bootstrap"):
        lesson = used("balance", base, material)
        assert lesson.real is material.real
        np.testing.assert_allclose(lesson.class_shares(10), 0.1)
    assert used("share 0.25", "weights", material).class_weights is not None


def test_balance_is_offered_where_classes_are_lopsided(balanced: LabelledImages, lopsided: LabelledImages) -> None:
    nearly = few_of(lopsided, [14] * 9 + [5])
    for data, offered in ((balanced, False), (lopsided, True), (few_of(lopsided, [7, 5, *[6] * 5, 5, 5, 5]), False)):
        assert (BALANCE.obstacle(material_of(data)) is None) == offered
    assert BALANCE.obstacle(material_of(nearly)) is None
    assert all(usage.obstacle(material_of(balanced)) is None for usage in USAGES.values() if not usage.balance)


def test_where_balance_asks_for_most_of_a_batch_images_weigh_more_instead(lopsided: LabelledImages) -> None:
    material = material_of(few_of(lopsided, [20, *[1] * 9]), n_pool=60)
    lesson = used("balance", "none", material)
    assert lesson.share == 0.5
    assert lesson.weight == pytest.approx(171 / 29)
    np.testing.assert_allclose(lesson.class_shares(10), 0.1, atol=1e-9)
    assert lesson.synthetic is not None
    assert np.bincount(lesson.synthetic.labels).tolist() == [0] + [6] * 9  # 60 at most


def test_images_of_the_rare_may_be_a_quarter_of_a_batch_and_not_even_the_classes_out(lopsided: LabelledImages) -> None:
    lesson = used("rare, share 0.25", "weights", material_of(few_of(lopsided, [20, 20, *[2] * 8])))
    assert (lesson.share, lesson.weight, lesson.class_weights) == (0.25, 1.0, None)
    assert lesson.synthetic is not None
    counts = np.bincount(lesson.synthetic.labels, minlength=10)
    assert counts[:2].tolist() == [0, 0]
    assert len(set(counts[2:].tolist())) == 1
    shares = lesson.class_shares(10)
    assert 2 / 56 < shares[2] < 0.1 < shares[0]


def test_where_the_classes_lack_little_they_get_no_more_than_evens_them_out(balanced: LabelledImages) -> None:
    lesson = used("rare, share 0.25", "none", material_of(few_of(balanced, [10, *[8] * 9])))
    np.testing.assert_allclose(lesson.class_shares(10), 0.1, atol=1e-9)


@pytest.mark.parametrize("name", ["share 0.25", "share 0.5", "rare, share 0.25", "balance"])
def test_for_files_no_more_images_are_tried_than_they_would_hold(name: str, lopsided: LabelledImages) -> None:
    real = few_of(lopsided, [20, 20, *[4] * 8])
    material = replace(material_of(real, n_pool=500), of_files=True)
    lesson, written = used(name, "classical", material), added_counts(name, real.class_counts())
    assert lesson.synthetic is not None
    tried = np.bincount(lesson.synthetic.labels, minlength=10)
    np.testing.assert_allclose(tried, [written.get(label, 0) for label in real.classes], atol=1)
    pooled = used(name, "classical", replace(material, of_files=False))
    assert pooled.synthetic is not None
    assert len(pooled.synthetic.labels) > len(lesson.synthetic.labels) or name == "balance"
    assert (pooled.share, pooled.weight) == (lesson.share, lesson.weight)


def test_no_way_of_adding_sees_more_than_the_longest_arm(balanced: LabelledImages) -> None:
    material = replace(material_of(balanced), longest=longest(material_of(balanced)))
    for base in ("classical-longer", "classical+mixup", "classical+consistency", "classical+mixup+consistency"):
        for name, plan in PLANS.items():
            assert used(name, base, material).longer * plan.longer == pytest.approx(material.longest)
    assert {used(name, "classical", material).longer for name in PLANS} == {1.0}


def test_balance_takes_no_less_time_on_an_arm_of_consistent_views(lopsided: LabelledImages) -> None:
    material = replace(material_of(lopsided), longest=longest(material_of(lopsided)))
    for name in ("balance", "rare, share 0.25"):
        plain, consistent = (used(name, f"classical{end}", material) for end in ("-longer", "+consistency"))
        assert consistent.longer == pytest.approx(plain.longer)
        assert consistent.consistency == 0.0


def test_as_long_as_the_longest_counts_arms_and_usages(balanced: LabelledImages, lopsided: LabelledImages) -> None:
    assert longest(material_of(balanced)) == 2.0
    assert longest(replace(material_of(balanced), share=0.75)) == 4.0
    assert longest(material_of(few_of(lopsided, [20, *[1] * 9]))) == 2.0


def test_numbers_follow_the_classes_own_shares() -> None:
    assert at_shares(np.array([90, 9, 1]), 200).tolist() == [180, 18, 2]
    assert at_shares(np.array([1000, 1]), 10).tolist() == [10, 0]
    assert to_balance(np.array([90, 9, 1]), 1000).tolist() == [0, 81, 89]
    assert to_balance(np.array([90, 9, 1]), 17).tolist() == [0, 8, 8]


@pytest.mark.parametrize(("side", "expected"), [(8, 1000), (64, 162), (128, 40)])
def test_many_classes_of_large_images_do_not_fill_the_memory_with_synthetic_ones(side: int, expected: int) -> None:
    images = np.broadcast_to(np.uint8(0), (100_000, side, side, 3))
    counts = np.full(100, 1000)
    assert n_per_class(images, counts) == expected
    assert n_per_class(images, counts, 2000) == 2000


def test_the_number_of_synthetic_images_follows_the_largest_class() -> None:
    images = np.zeros((1, 8, 8, 1), np.uint8)
    assert [n_per_class(images, np.array([n, 3])) for n in (10, 100, 900)] == [200, 400, 1000]


def test_views_are_moved_as_the_caller_asked_also_where_nothing_else_is(balanced: LabelledImages) -> None:
    material = replace(material_of(balanced), augmentation=Augmentation(flips=("horizontal",)))
    for base, augmentation in (("none", None), ("classical", material.augmentation)):
        lesson = used("consistency", base, material)
        assert (lesson.views, lesson.augmentation) == (material.augmentation, augmentation)
    assert used("share 0.5", "none", material).views is None
