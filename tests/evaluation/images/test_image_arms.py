"""The arms are what the names say, each beside the one it must beat."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from gan_augment.data.schema import LabelledImages
from gan_augment.errors import ConfigError
from gan_augment.evaluation.images import pretrained
from gan_augment.evaluation.images.arms import ARMS, RUN_ARMS, ImageArm, resolve_arms
from gan_augment.evaluation.images.material import ArmMaterial
from gan_augment.evaluation.images.resampling import generated
from gan_augment.evaluation.images.usages import USAGES
from gan_augment.metrics.lessons import Labelled, Lesson
from gan_augment.seeding import numpy_rng

from .conftest import few_of, material_of

CONSISTENT = {"classical+consistency": "classical-longer", "classical+mixup+consistency": "classical+mixup"}
LOPSIDED = ("weights", "oversample", "smote", "gan-balance")  # those that need classes of different sizes


def lesson_of(name: str, material: ArmMaterial, seed: int = 0) -> Lesson:
    return ARMS[name].lesson_fn(material, numpy_rng(seed, "arm"))


def counts(data: Labelled | None) -> list[int]:
    return [] if data is None else np.bincount(data.labels, minlength=10).tolist()


def is_drawn(data: Labelled) -> np.ndarray:
    """Tell which images are of the fake generator: their levels lie within 10 of each other."""
    return np.ptp(data.images.reshape(len(data), -1), axis=1) < 10


@pytest.fixture
def material(lopsided: LabelledImages, held_out: LabelledImages) -> ArmMaterial:
    return material_of(lopsided, held_out)


def test_every_arm_is_compared_with_arms_that_see_only_real_images() -> None:
    for name, arm in ARMS.items():
        assert arm.name == name
        assert (arm.baselines == ()) == (name == "none")
        assert not any(ARMS[baseline].synthetic for baseline in arm.baselines)
        assert arm.info.eligible == (not arm.synthetic and name != "oracle")


def test_an_arm_is_compared_with_one_of_the_same_augmentation(material: ArmMaterial) -> None:
    for name, arm in ARMS.items():
        if arm.synthetic:
            moved = lesson_of(name, material).augmentation
            assert all(lesson_of(baseline, material).augmentation == moved for baseline in arm.baselines)


def test_arms_with_synthetic_images_ask_for_them_and_no_others_do(material: ArmMaterial) -> None:
    for name, arm in ARMS.items():
        asked: list[int] = []

        def ask(wanted: np.ndarray, asked: list[int] = asked) -> Labelled:
            asked.append(int(wanted.sum()))
            return material.synthetic_fn(wanted)

        lesson_of(name, replace(material, synthetic_fn=ask))
        assert bool(asked) == arm.synthetic


def test_all_arms_but_replacing_ones_see_the_real_images_as_they_are(material: ArmMaterial) -> None:
    for name in ARMS:
        lesson = lesson_of(name, material)
        if "only" in name:
            assert lesson.real is None
        else:
            assert lesson.real is material.real


def test_what_stands_in_for_synthetic_images_has_their_number_share_and_classes(material: ArmMaterial) -> None:
    gan = lesson_of("gan", material)
    assert counts(gan.synthetic) == [13, 13, 13, 13, 13, 13, 13, 3, 3, 3]  # 100 at the shares of 20 and 5 of 155
    for name in ("bootstrap", "jitter", "interpolate"):
        lesson = lesson_of(name, material)
        assert counts(lesson.synthetic) == counts(gan.synthetic)
        assert (lesson.share, lesson.weight, lesson.augmentation) == (gan.share, 1.0, None)
    assert counts(lesson_of("gan-only", material).synthetic) == counts(gan.synthetic)


def test_what_evens_the_classes_out_makes_them_weigh_the_same(material: ArmMaterial) -> None:
    for name in LOPSIDED:
        np.testing.assert_allclose(lesson_of(name, material).class_shares(10), 0.1)
    for name in ("oversample", "smote", "gan-balance"):
        assert counts(lesson_of(name, material).synthetic) == [0] * 7 + [15] * 3


def test_each_arm_adds_what_it_says(material: ArmMaterial) -> None:
    added = {name: lesson_of(name, material).synthetic for name in ARMS}
    real = {image.tobytes() for image in material.real.images}
    for name, images in added.items():
        if images is not None:
            n_copies = sum(image.tobytes() in real for image in images.images)
            assert (n_copies == len(images)) == (name in ("bootstrap", "oversample", *CONSISTENT)), name
            assert is_drawn(images).all() == ARMS[name].synthetic, name
    jittered, bootstrap = added["jitter"], added["bootstrap"]
    assert jittered is not None
    assert bootstrap is not None
    distance = np.abs(jittered.images.astype(int) - bootstrap.images)  # the same draw of the same images
    assert 1 < distance.mean() < 10


@pytest.mark.parametrize("name", CONSISTENT)
def test_what_asks_real_images_for_consistency_does_it_as_the_usage_does(name: str, material: ArmMaterial) -> None:
    material = replace(material, longest=2.0)
    arm, base = lesson_of(name, material), lesson_of(CONSISTENT[name], material)
    usage = USAGES["consistency"].add(base, material, generated, numpy_rng(0, "arm"))
    assert arm.synthetic is material.real
    assert replace(arm, synthetic=None, consistency=0.0) == replace(usage, synthetic=None, consistency=0.0)
    assert (arm.consistency, arm.share, arm.longer) == (usage.consistency, usage.share, 1.0)
    synthetic = lesson_of(name.replace("consistency", "gan-consistency"), material)
    assert synthetic.synthetic is not None
    assert is_drawn(synthetic.synthetic).all()
    assert replace(synthetic, synthetic=arm.synthetic) == arm  # nothing but the images differs


def test_between_two_images_lies_what_is_between_them(lopsided: LabelledImages) -> None:
    two = few_of(lopsided, [2] * 10)
    lesson = lesson_of("interpolate", material_of(two, n_pool=200))
    assert lesson.synthetic is not None
    for label in range(10):
        pair = two.images[two.labels == label]
        images = lesson.synthetic.images[lesson.synthetic.labels == label]
        assert (images >= pair.min(axis=0)).all()
        assert (images <= pair.max(axis=0)).all()
        assert len(np.unique(images, axis=0)) > 5


def test_copies_and_their_kin_differ_from_seed_to_seed(material: ArmMaterial) -> None:
    for name in ("bootstrap", "oversample", "smote", "jitter", "interpolate", "oracle"):
        first, again, other = (lesson_of(name, material, seed).synthetic for seed in (0, 0, 1))
        assert first is not None
        assert again is not None
        assert other is not None
        assert np.array_equal(first.images, again.images)
        assert not np.array_equal(first.images, other.images)


def test_the_oracle_has_fresh_real_images_in_place_of_synthetic_ones(
    material: ArmMaterial, held_out: LabelledImages
) -> None:
    lesson = lesson_of("oracle", material)
    assert lesson.synthetic is not None
    assert counts(lesson.synthetic) == counts(lesson_of("gan", material).synthetic)
    fresh = {image.tobytes() for image in held_out.images}
    assert {image.tobytes() for image in lesson.synthetic.images} <= fresh
    assert len(np.unique(lesson.synthetic.images.reshape(len(lesson.synthetic), -1), axis=0)) > 95  # no copies


def test_a_few_spare_images_of_one_class_do_not_fill_a_quarter_of_every_batch(
    lopsided: LabelledImages, held_out: LabelledImages
) -> None:
    lesson = lesson_of("oracle", material_of(lopsided, few_of(held_out, [0] * 9 + [10]), n_pool=400))
    assert counts(lesson.synthetic) == [0] * 9 + [10]
    assert lesson.share == pytest.approx(10 / 165)
    shares = lesson.class_shares(10)
    assert shares[9] == pytest.approx(15 / 165)


def test_longer_is_as_long_as_the_arm_with_most_samples(material: ArmMaterial) -> None:
    assert lesson_of("none-longer", replace(material, longest=2.0)).longer == 2.0
    assert lesson_of("none-longer", material).longer == pytest.approx(4 / 3)


@pytest.mark.parametrize("name", LOPSIDED)
def test_balancing_balanced_classes_is_left_out(name: str, balanced: LabelledImages, material: ArmMaterial) -> None:
    assert ARMS[name].obstacle_fn(material) is None
    assert ARMS[name].obstacle_fn(material_of(balanced)) == "the classes are of one size already"


def test_arms_that_lack_something_say_what(lopsided: LabelledImages, material: ArmMaterial) -> None:
    assert ARMS["smote"].obstacle_fn(material_of(few_of(lopsided, [5] * 9 + [1]))) == "a class has a single image"
    assert ARMS["oracle"].obstacle_fn(material_of(lopsided)) == "there are no real images left over"
    assert ARMS["oracle"].obstacle_fn(material) is None


@pytest.mark.parametrize(("shape", "fits"), [((32, 32, 3), True), ((31, 64, 3), False), ((64, 64, 1), False)])
def test_pretrained_features_are_for_photographs(
    shape: tuple[int, int, int], fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrained, "find_spec", lambda name: True)
    images = Labelled(np.zeros((4, *shape), np.uint8), np.arange(4) % 2)
    material = ArmMaterial(images, 2, 10, lambda counts: images)
    said = ARMS["pretrained"].obstacle_fn(material)
    assert said == (None if fits else "it is for RGB photographs of at least 32 pixels")
    if fits:
        monkeypatch.setattr(pretrained, "find_spec", lambda name: None)
        assert "gan-augment[pretrained]" in str(ARMS["pretrained"].obstacle_fn(material))


def test_arms_come_in_one_order_and_once_and_then_the_callers_own() -> None:
    own = ImageArm("mine", "nothing new", ARMS["none"].lesson_fn)
    assert [arm.name for arm in resolve_arms(["gan", own, "none", "gan"])] == ["none", "gan", "mine"]
    with pytest.raises(ConfigError, match="'none'"):
        resolve_arms(["none", replace(own, name="none")])


def test_arms_can_be_sent_to_other_processes(material: ArmMaterial) -> None:
    for name, arm in ARMS.items():
        sent = pickle.loads(pickle.dumps(arm))
        assert sent == arm
        assert counts(sent.lesson_fn(material, numpy_rng(0)).synthetic) == counts(lesson_of(name, material).synthetic)


def test_an_unknown_arm_is_refused_with_the_nearest_spelling() -> None:
    with pytest.raises(ConfigError, match="gan-only"):
        resolve_arms(["gan_only"])
    with pytest.raises(ConfigError, match="at least one"):
        resolve_arms([])


def test_a_run_is_evaluated_with_six_arms_unless_told_otherwise() -> None:
    assert [arm.name for arm in resolve_arms(RUN_ARMS)] == list(RUN_ARMS)
    assert len(RUN_ARMS) == 6
