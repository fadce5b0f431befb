"""The measuring classifier learns, repeats itself, and sees what its arm allows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gan_augment.errors import ConfigError, DataError
from gan_augment.metrics import classifiers
from gan_augment.metrics.classifiers import (
    Augmentation,
    ClassifierConfig,
    Labelled,
    extract_features,
    predict_probabilities,
    train_classifier,
)

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


def test_it_learns_from_real_from_synthetic_and_from_both() -> None:
    data, unseen = stripes(150), stripes(60, seed=1)
    config = ClassifierConfig(steps=30, batch_size=16)
    for real, synthetic in ((data, None), (None, data), (data, data)):
        net = train_classifier(real, synthetic, n_classes=3, config=config)
        assert (predict_probabilities(net, unseen.images).argmax(1) == unseen.labels).mean() > 0.95


def test_a_seed_fixes_the_network_whatever_the_global_state() -> None:
    data = stripes(30)

    def trained(seed: int, state: int) -> torch.Tensor:
        torch.manual_seed(state)
        return weights(train_classifier(data, n_classes=3, config=SHORT, augmentation=Augmentation(), seed=seed))

    assert torch.equal(trained(5, 0), trained(5, 1))
    assert not torch.equal(trained(5, 0), trained(6, 0))


def test_global_random_state_is_left_alone() -> None:
    before = torch.random.get_rng_state(), np.random.get_state(legacy=True)
    train_classifier(stripes(30), n_classes=3, config=SHORT, augmentation=Augmentation())
    assert torch.equal(before[0], torch.random.get_rng_state())
    np.testing.assert_equal(np.random.get_state(legacy=True), before[1])


@pytest.mark.parametrize(
    ("real", "synthetic", "expected"), [(True, False, (48, 0)), (True, True, (48, 16)), (False, True, (0, 48))]
)
def test_synthetic_images_come_on_top_of_the_same_number_of_real_ones(
    real: bool, synthetic: bool, expected: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bright, dark = (Labelled(np.full((9, 8, 8, 1), level, np.uint8), np.arange(9) % 3) for level in (255, 0))
    seen: list[tuple[int, int]] = []

    def record(images: torch.Tensor, *_: Any) -> torch.Tensor:
        seen.append((int((images[:, 0, 0, 0] > 0).sum()), int((images[:, 0, 0, 0] < 0).sum())))
        return images

    monkeypatch.setattr(classifiers, "augment", record)
    config = ClassifierConfig(steps=2, batch_size=48, share=0.25)
    train_classifier(
        bright if real else None, dark if synthetic else None, n_classes=3, config=config, augmentation=Augmentation()
    )
    assert seen == [expected] * 2


def test_arms_of_one_seed_see_the_real_images_in_the_same_order() -> None:
    data, config = stripes(30), ClassifierConfig(steps=3, batch_size=4)

    def order(synthetic: Labelled | None) -> list[np.ndarray]:
        batches = classifiers._batches(data, synthetic, config, 0, torch.device("cpu"))
        return [next(batches)[0][:4].numpy() for _ in range(12)]

    assert all(np.array_equal(*pair) for pair in zip(order(None), order(stripes(9, seed=2)), strict=True))


def test_the_number_of_steps_follows_the_data_within_limits() -> None:
    config = ClassifierConfig()
    assert [config.n_steps(n) for n in (10, 3200, 10**6)] == [300, 1000, 2000]
    assert ClassifierConfig(steps=7).n_steps(10**6) == 7


def test_one_step_and_few_images_are_enough_to_run() -> None:
    net = train_classifier(stripes(3), n_classes=3, config=ClassifierConfig(steps=1))
    assert extract_features(net, stripes(5).images).shape == (5, 128)


def test_probabilities_do_not_depend_on_the_other_images() -> None:
    net = train_classifier(stripes(30), n_classes=3, config=SHORT)
    images = stripes(12).images
    all_at_once, alone = predict_probabilities(net, images), predict_probabilities(net, images[:2])
    np.testing.assert_allclose(all_at_once[:2], alone, atol=1e-5)
    np.testing.assert_allclose(all_at_once.sum(1), 1.0, atol=1e-5)


@pytest.mark.parametrize("setting", [{"steps": 0}, {"batch_size": 1}, {"lr": 0.0}, {"share": 1.0}])
def test_settings_out_of_range_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ClassifierConfig(**setting)


def test_images_are_used_where_they_lie_and_read_only_ones_without_a_warning(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    np.save(tmp_path / "images.npy", stripes(30).images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert classifiers._resting(mapped, torch.device("cpu")).data_ptr() == mapped.ctypes.data
    net = train_classifier(Labelled(mapped, stripes(30).labels), n_classes=3, config=SHORT, augmentation=Augmentation())
    again = train_classifier(stripes(30), n_classes=3, config=SHORT, augmentation=Augmentation())
    assert torch.equal(weights(net), weights(again))
    np.testing.assert_array_equal(predict_probabilities(net, mapped[::-1]), predict_probabilities(net, mapped)[::-1])
    np.testing.assert_array_equal(mapped, stripes(30).images)
    assert [str(warning.message) for warning in recwarn if "writable" in str(warning.message)] == []


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(DataError):
        train_classifier(None, n_classes=3)
    with pytest.raises(DataError, match="a label for each"):
        Labelled(np.zeros((2, 8, 8, 1), np.uint8), np.zeros(1, np.int64))
