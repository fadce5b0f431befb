"""The measuring classifier learns, repeats itself, and sees what its arm allows."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gan_augment.errors import ConfigError
from gan_augment.metrics import classifiers
from gan_augment.metrics.batches import resting
from gan_augment.metrics.classifiers import (
    ClassifierConfig,
    extract_features,
    predict_probabilities,
    train_classifier,
)
from gan_augment.metrics.lessons import Augmentation, Labelled, Lesson
from gan_augment.networks.classifiers import Shape, WideResNet

SHORT = ClassifierConfig(steps=3, batch_size=16)


def stripes(n: int, seed: int = 0) -> Labelled:
    """Return noise with a bright half: left, right or top."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    bright = np.zeros((3, 8, 8, 1), np.uint8)
    bright[0, :, :4], bright[1, :, 4:], bright[2, :4] = 120, 120, 120
    return Labelled(rng.integers(0, 120, (n, 8, 8, 1), dtype=np.uint8) + bright[labels], labels)


def weights(net: torch.nn.Module) -> torch.Tensor:
    return torch.cat([value.float().flatten() for value in net.state_dict().values()])


MOVED = Lesson(stripes(30), augmentation=Augmentation())


def test_it_learns_from_real_from_synthetic_and_from_both() -> None:
    data, unseen = stripes(150), stripes(60, seed=1)
    config = ClassifierConfig(steps=30, batch_size=16)
    for lesson in (Lesson(data), Lesson(synthetic=data), Lesson(data, data)):
        net = train_classifier(lesson, n_classes=3, config=config)
        assert (predict_probabilities(net, unseen.images).argmax(1) == unseen.labels).mean() > 0.95


def test_a_seed_fixes_the_network_whatever_the_global_state() -> None:
    def trained(seed: int, state: int) -> torch.Tensor:
        torch.manual_seed(state)
        return weights(train_classifier(MOVED, n_classes=3, config=SHORT, seed=seed))

    assert torch.equal(trained(5, 0), trained(5, 1))
    assert not torch.equal(trained(5, 0), trained(6, 0))


def test_global_random_state_is_left_alone() -> None:
    before = torch.random.get_rng_state(), np.random.get_state(legacy=True)
    train_classifier(MOVED, n_classes=3, config=SHORT)
    assert torch.equal(before[0], torch.random.get_rng_state())
    np.testing.assert_equal(np.random.get_state(legacy=True), before[1])


def test_lessons_of_one_seed_start_from_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[torch.Tensor] = []

    def record(*args: Any) -> torch.nn.Module:
        net = new_net(*args)
        started.append(weights(net))
        return net

    new_net = classifiers._new_net
    monkeypatch.setattr(classifiers, "_new_net", record)
    added = Lesson(stripes(30), stripes(9, seed=2), mixup=0.3, augmentation=Augmentation())
    for lesson, seed in ((MOVED, 0), (added, 0), (MOVED, 1)):
        train_classifier(lesson, n_classes=3, config=SHORT, seed=seed)
    assert torch.equal(started[0], started[1])
    assert not torch.equal(started[0], started[2])


def test_batch_statistics_are_those_of_real_images_even_if_most_that_were_seen_are_not() -> None:
    data = stripes(60)
    white = Labelled(np.full_like(data.images, 255), data.labels)
    config = ClassifierConfig(steps=12, batch_size=16)

    def first_mean(lesson: Lesson) -> torch.Tensor:
        net = train_classifier(lesson, n_classes=3, config=config)
        convolution, norm = net.body[0][0], net.body[0][1]
        images = resting(data.images, torch.device("cpu")).float() / 127.5 - 1.0
        with torch.no_grad():
            of_real = convolution(images).mean(dim=(0, 2, 3))
        return (norm.running_mean - of_real).abs().max()

    assert first_mean(Lesson(data, white, share=0.8)) < 0.02
    assert first_mean(Lesson(synthetic=white)) > 0.2


def test_the_statistics_see_real_images_in_every_lesson_that_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def record(net: torch.nn.Module, passes: list[Any]) -> None:
        net.register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
        for run in passes:
            run()

    monkeypatch.setattr(classifiers, "reestimate_batch_statistics", record)
    train_classifier(Lesson(stripes(30), stripes(30, seed=1), share=0.5), n_classes=3, config=SHORT)
    assert seen == [16] * classifiers.STATISTICS_BATCHES
    train_classifier(MOVED, n_classes=3, config=SHORT)
    train_classifier(Lesson(synthetic=stripes(30)), n_classes=3, config=SHORT)
    assert seen == [16] * 3 * classifiers.STATISTICS_BATCHES


@pytest.mark.parametrize(
    ("lesson", "sizes"),
    [
        (Lesson(stripes(30)), [16] * 8),
        (Lesson(stripes(30), longer=1.5), [16] * 12),
        (Lesson(stripes(30), stripes(30), share=0.5), [32] * 8),
        (Lesson(stripes(30), stripes(30), share=0.5, last_real=0.25), [32] * 6 + [16] * 2),
        (Lesson(stripes(30), stripes(30), share=0.5, widened=1.5), [40] * 8),
        (Lesson(stripes(30), stripes(30), pretrain=0.5), [16] * (4 + 8)),
        (
            Lesson(stripes(30), stripes(30), share=0.5, consistency=1.0, last_real=0.25, views=Augmentation()),
            [48] * 6 + [16] * 2,
        ),
        (Lesson(synthetic=stripes(30)), [16] * 8),
    ],
)
def test_a_lesson_is_as_long_as_it_says_and_ends_as_it_says(lesson: Lesson, sizes: list[int]) -> None:
    seen: list[int] = []

    class Recording(WideResNet):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            if self.training:
                seen.append(len(images))
            return super().forward(images)

    config = ClassifierConfig(steps=8, batch_size=16)
    train_classifier(lesson, n_classes=3, config=config, net_fn=Recording)
    assert seen == sizes


def test_views_move_the_weights_of_a_network_by_what_their_predictions_differ() -> None:
    lesson = Lesson(stripes(30), stripes(30, seed=1), share=0.5, views=Augmentation())
    nets = [
        train_classifier(replace(lesson, consistency=consistency), n_classes=3, config=SHORT)
        for consistency in (1e-9, 1e-9, 1.0)
    ]
    plain, again, consistent = map(weights, nets)
    assert torch.equal(plain, again)
    assert not torch.allclose(plain, consistent, atol=1e-3)


def test_class_weights_move_predictions_to_the_rare_class() -> None:
    data = stripes(90)
    few = data.subset(np.flatnonzero((data.labels != 2) | (np.arange(90) < 12)))
    config = ClassifierConfig(steps=4, batch_size=16)

    def rare_share(class_weights: np.ndarray | None) -> float:
        net = train_classifier(Lesson(few, class_weights=class_weights), n_classes=3, config=config)
        return float(predict_probabilities(net, stripes(60, seed=1).images)[:, 2].mean())

    assert rare_share(np.array([1.0, 1.0, 10.0])) > 1.3 * rare_share(None)


def test_any_network_is_trained_and_its_dropout_follows_the_seed() -> None:
    def net_fn(n_classes: int, shape: Shape) -> torch.nn.Module:
        n_pixels = shape[0] * shape[1] * shape[2]
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(0.5), torch.nn.Linear(n_pixels, n_classes))

    def trained(seed: int, state: int) -> torch.Tensor:
        torch.manual_seed(state)
        return weights(train_classifier(MOVED, n_classes=3, config=SHORT, net_fn=net_fn, seed=seed))

    assert torch.equal(trained(0, 0), trained(0, 1))
    assert not torch.equal(trained(0, 0), trained(1, 0))


def test_half_precision_trains_float32_weights_that_a_seed_fixes() -> None:
    def trained(precision: str) -> torch.Tensor:
        config = ClassifierConfig(steps=30, batch_size=16, precision=precision)
        net = train_classifier(Lesson(stripes(150)), n_classes=3, config=config)
        assert (predict_probabilities(net, stripes(60, seed=1).images).argmax(1) == stripes(60, seed=1).labels).all()
        return weights(net)

    half = trained("bf16")
    assert half.dtype == torch.float32
    assert torch.equal(half, trained("bf16"))
    assert 0.0 < (half - trained("float32")).abs().mean() < 0.05


def test_the_number_of_steps_follows_the_data_within_limits() -> None:
    config = ClassifierConfig()
    assert [config.n_steps(n) for n in (10, 3200, 10**6)] == [300, 1000, 2000]
    assert ClassifierConfig(steps=7).n_steps(10**6) == 7


def test_one_step_and_few_images_are_enough_to_run() -> None:
    net = train_classifier(Lesson(stripes(3)), n_classes=3, config=ClassifierConfig(steps=1))
    assert extract_features(net, stripes(5).images).shape == (5, 128)


def test_probabilities_do_not_depend_on_the_other_images() -> None:
    net = train_classifier(Lesson(stripes(30)), n_classes=3, config=SHORT)
    images = stripes(12).images
    all_at_once, alone = predict_probabilities(net, images), predict_probabilities(net, images[:2])
    np.testing.assert_allclose(all_at_once[:2], alone, atol=1e-5)
    np.testing.assert_allclose(all_at_once.sum(1), 1.0, atol=1e-5)


@pytest.mark.parametrize(
    "setting", [{"steps": 0}, {"batch_size": 1}, {"lr": 0.0}, {"weight_decay": -1.0}, {"precision": "fp8"}]
)
def test_settings_out_of_range_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ClassifierConfig(**setting)


def test_images_are_used_where_they_lie_and_read_only_ones_without_a_warning(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    np.save(tmp_path / "images.npy", stripes(30).images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert resting(mapped, torch.device("cpu")).data_ptr() == mapped.ctypes.data
    lesson = Lesson(Labelled(mapped, stripes(30).labels), augmentation=Augmentation())
    net, again = (train_classifier(own, n_classes=3, config=SHORT) for own in (lesson, MOVED))
    assert torch.equal(weights(net), weights(again))
    np.testing.assert_array_equal(predict_probabilities(net, mapped[::-1]), predict_probabilities(net, mapped)[::-1])
    np.testing.assert_array_equal(mapped, stripes(30).images)
    assert [str(warning.message) for warning in recwarn if "writable" in str(warning.message)] == []
