"""A copying generator is named as one, distances stand beside their floors, and a page gets honest pictures."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import ConfigError
from gan_augment.evaluation.copying import copying_warnings
from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.images.exhibit import image_exhibit
from gan_augment.evaluation.images.likeness import copying, distances, likeness
from gan_augment.evaluation.layout import without_nan
from gan_augment.metrics.classifiers import ClassifierConfig
from gan_augment.metrics.judge import Judge
from gan_augment.metrics.lessons import Labelled
from gan_augment.seeding import numpy_rng

QUICK = ClassifierConfig(steps=60, batch_size=32)


def labelled(data: LabelledImages) -> Labelled:
    return Labelled(data.images, data.labels)


def test_mirrored_copies_are_found_where_images_may_be_mirrored(
    train: LabelledImages, held_out: LabelledImages
) -> None:
    half = np.arange(len(train)) % 2 == 0
    mirrored = np.where(half[:, None, None, None], train.images, train.images[:, :, ::-1])
    fresh = [labelled(held_out.subset(np.arange(first, 300, 2))) for first in (0, 1)]
    made = Labelled(mirrored, train.labels)
    found = {flips: copying(labelled(train), fresh[0], made, 10, 0, flips)["copied"] for flips in ((), ("horizontal",))}
    assert found[()] < 0.7
    assert found["horizontal",] == 1.0
    assert copying(labelled(train), fresh[0], fresh[1], 10, 0, ("horizontal",))["copied"] < 0.01


@pytest.fixture
def judge(held_out: LabelledImages) -> Judge:
    return Judge.fit(labelled(held_out), n_classes=10, config=QUICK, seed=1)


def test_copies_of_training_images_are_found_and_fresh_real_ones_are_not(
    train: LabelledImages, held_out: LabelledImages
) -> None:
    fresh = held_out.subset(np.arange(0, 300, 2)), held_out.subset(np.arange(1, 300, 2))
    copied = copying(labelled(train), labelled(fresh[0]), labelled(train), 10, seed=0)
    honest = copying(labelled(train), labelled(fresh[0]), labelled(fresh[1]), 10, seed=0)
    assert copied["copied"] == copied["identical"] == 1.0
    assert copied["z"] < -5
    assert honest["copied"] < 0.01
    assert abs(honest["z"]) < 3


def test_distances_of_real_images_are_at_the_floor_and_of_noise_far_above(train: LabelledImages, judge: Judge) -> None:
    rng = numpy_rng(0, "noise")
    noise = rng.integers(0, 256, train.images.shape, dtype=np.uint8)
    real, far = (distances(judge.feature_pairs(images), seed=0) for images in (train.images, noise))
    assert real["frechet"]["value"] < 1.4 * real["frechet"]["floor"]
    assert far["frechet"]["value"] > 3 * far["frechet"]["floor"]
    assert far["kernel"]["mean"] > 10 * abs(real["kernel"]["mean"])
    assert real["recall"] > 0.7 > 0.3 > far["recall"]
    assert far["two_sample_auc"] > 0.95 > real["two_sample_auc"]


def test_figures_say_in_which_features_they_were_taken(
    train: LabelledImages, held_out: LabelledImages, judge: Judge
) -> None:
    parts = labelled(train), labelled(held_out), labelled(train)
    own, other = (likeness(judge, name, *parts, 10, seed=0)["distances"] for name in ("judge", "random"))
    assert (own["features"], other["features"]) == ("judge", "random")
    assert own["digest"] == judge.digest != other["digest"]
    assert own["frechet"]["value"] != other["frechet"]["value"]


def test_unknown_features_are_refused_before_anything_is_trained() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'efficientnet'"):
        ImageBench(features="efficientnett")
    assert "features" not in ImageBench().settings()  # results of before go on
    assert ImageBench(features="random").settings()["features"] == "random"


def test_an_exhibit_shows_real_beside_synthetic_images_and_the_nearest_ones(train: LabelledImages) -> None:
    fake = labelled(train.subset(np.arange(40)))
    fake = Labelled(np.clip(fake.images.astype(int) + 9, 0, 255).astype(np.uint8), fake.labels)
    files = image_exhibit(train, fake, seed=0)
    assert list(files)[-1] == "exhibit.json"  # what comes last says that all is there
    about = json.loads(files["exhibit.json"])
    assert about["classes"] == list("0123456789")
    sheets = {name: Image.open(io.BytesIO(files[f"{name}.png"])) for name in ("real", "synthetic", "neighbours")}
    assert sheets["real"].size == sheets["synthetic"].size == (8 * about["columns"], 80)
    assert sheets["neighbours"].size == (8 * len(about["neighbours"]), 16)
    ratios = [pair["ratio"] for pair in about["neighbours"]]
    assert ratios == sorted(ratios)
    assert max(ratios) < 0.5
    assert all(pair["class"] == pair["real_class"] for pair in about["neighbours"])
    assert len({pair["class"] for pair in about["neighbours"]}) >= 6  # not of one class that is dense
    pairs = np.asarray(sheets["neighbours"]).astype(int)
    assert np.abs(pairs[:8] - pairs[8:]).max() <= 9  # each stands above the image that it was made from


def test_an_exhibit_of_many_large_images_stays_small() -> None:
    classes = tuple(f"class {number}" for number in range(60))
    rng = numpy_rng(0, "large")
    images = rng.integers(0, 256, (180, 128, 128, 3), dtype=np.uint8)
    data = LabelledImages(images, np.arange(180) % 60, ImageSchema(128, 128, 3, classes))
    files = image_exhibit(data, labelled(data), seed=0)
    about = json.loads(files["exhibit.json"])
    assert sum(map(len, files.values())) < 2_000_000
    assert (about["height"], about["width"]) == (64, 64)
    assert len(about["classes"]) < about["n_classes"] == 60


def test_the_look_at_samples_holds_all_of_it_as_json(train: LabelledImages, held_out: LabelledImages) -> None:
    judged = Judge.fit(labelled(held_out), n_classes=10, config=QUICK, seed=1)
    found = without_nan(likeness(judged, "judge", labelled(train), labelled(held_out), labelled(train), 10, seed=0))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found) == {"distances", "memorisation"}


def test_an_image_keeps_its_shape_when_it_is_shrunken() -> None:
    images = numpy_rng(0, "wide").integers(0, 256, (6, 32, 128, 1), dtype=np.uint8)
    data = LabelledImages(images, np.arange(6) % 2, ImageSchema(32, 128, 1, ("a", "b")))
    about = json.loads(image_exhibit(data, labelled(data), seed=0)["exhibit.json"])
    assert (about["height"], about["width"]) == (16, 64)


def test_features_of_a_package_that_is_not_there_are_refused_before_anything_is_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gan_augment.metrics.extractors.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'gan-augment\[torch-fidelity\]'"):
        ImageBench(features="vgg16")
    ImageBench(features="random")


def test_a_generator_that_copies_is_warned_of(train: LabelledImages, held_out: LabelledImages) -> None:
    held, fresh = labelled(held_out.subset(np.arange(0, 300, 2))), labelled(held_out.subset(np.arange(1, 300, 2)))
    copied, honest = (copying(labelled(train), held, fake, 10, seed=0) for fake in (labelled(train), fresh))
    said = copying_warnings(copied)
    assert "100% of synthetic samples are near-copies" in said[0]
    assert copying_warnings(honest) == []
    near = {**honest, "z": -4.0}
    assert "nearer to training samples" in copying_warnings(near)[0]
