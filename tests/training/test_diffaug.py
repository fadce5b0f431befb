import pytest
import torch

from gan_augment.errors import ConfigError
from gan_augment.seeding import torch_rng
from gan_augment.training.diffaug import OPERATIONS, DiffAugConfig, augment

IMAGES = torch.rand(40, 3, 12, 16, generator=torch_rng(0)) * 2 - 1


@pytest.mark.parametrize("name", OPERATIONS)
def test_probability_one_changes_nearly_all_and_none_changes_nothing(name):
    always = augment(IMAGES, [name], 1.0, torch_rng(1))
    changed = (always != IMAGES).flatten(1).any(1).float().mean()
    assert changed > 0.9
    assert augment(IMAGES, [name], 0.0, torch_rng(1)) is IMAGES


@pytest.mark.parametrize("name", OPERATIONS)
def test_half_the_probability_leaves_about_half_alone(name):
    half = augment(IMAGES, [name], 0.5, torch_rng(1))
    # all operations but translation round when they put an image together again
    changed = (half - IMAGES).abs().flatten(1).amax(1).gt(1e-5).float().mean()
    assert 0.25 < changed < 0.75


@pytest.mark.parametrize("name", OPERATIONS)
def test_gradients_reach_the_generator(name):
    images = IMAGES.clone().requires_grad_()
    augment(images, [name], 1.0, torch_rng(1)).square().sum().backward()
    assert images.grad.abs().sum() > 0


def test_the_ramp_starts_with_untouched_images():
    config = DiffAugConfig(probability=0.4, ramp=0.5)
    assert [config.probability_at(p) for p in (0.0, 0.25, 0.5, 1.0)] == pytest.approx([0.0, 0.2, 0.4, 0.4])


def test_translation_moves_content_by_at_most_an_eighth_and_repeats_the_edge():
    images = torch.zeros(64, 1, 16, 16)
    images[:, :, :, 8] = 1.0
    moved = augment(images, ["translation"], 1.0, torch_rng(2))
    columns = moved[:, 0, 0].argmax(1)
    assert set(columns.tolist()) == {6, 7, 8, 9, 10}
    edge = augment(torch.ones(8, 1, 16, 16), ["translation"], 1.0, torch_rng(2))
    assert edge.min() == 1.0


def test_unknown_operation_and_bad_probability_are_refused():
    with pytest.raises(ConfigError, match="translation"):
        DiffAugConfig("translatoin")
    with pytest.raises(ConfigError, match="between 0 and 1"):
        DiffAugConfig(probability=1.5)


def test_geometry_moves_little_and_turns_about_the_centre_whatever_the_sides():
    images = torch.zeros(64, 1, 16, 32)
    images[:, :, 5:11, 13:19] = 1.0  # the middle stays where it is
    turned = augment(images, ["geometry"], 1.0, torch_rng(3))
    places = torch.stack(torch.meshgrid(torch.arange(16.0), torch.arange(32.0), indexing="ij"))
    centres = (turned * places).sum((2, 3)) / turned.sum((2, 3))
    assert torch.allclose(centres, torch.tensor([7.5, 15.5]).expand(64, 2), atol=0.05)
    sizes = turned.sum((1, 2, 3)) / 36
    assert 0.65 < sizes.min() < 0.8
    assert 1.2 < sizes.max() < 1.5
    flat = torch.full((8, 1, 16, 32), 0.7)
    assert torch.allclose(augment(flat, ["geometry"], 1.0, torch_rng(3)), flat)
