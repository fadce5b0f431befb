"""Classical augmentation moves images a little, alike at every size, and never flips unasked."""

import pytest
import torch

from gan_augment.errors import ConfigError
from gan_augment.transforms.classical import ClassicalConfig, augment

STILL = ClassicalConfig(rotation=0.0, shift=0.0, scale=0.0, shear=0.0)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("size", [(8, 8), (9, 14), (128, 128)])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_no_movement_gives_the_same_images(size: tuple[int, int], dtype: torch.dtype) -> None:
    images = torch.randint(0, 256, (5, 3, *size), generator=rng()).to(dtype)
    moved = augment(images, rng(), STILL)
    assert moved.dtype == dtype
    torch.testing.assert_close(moved, images, atol=0.02, rtol=0)


def test_the_same_generator_state_gives_the_same_images_and_each_image_its_own_move() -> None:
    images = torch.rand(1, 1, 16, 16, generator=rng()).repeat(6, 1, 1, 1)
    first, second, other = augment(images, rng(3)), augment(images, rng(3)), augment(images, rng(4))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert len({image.numpy().tobytes() for image in first}) == 6


def test_global_random_state_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    augment(torch.rand(2, 1, 8, 8, generator=rng()), rng())
    assert torch.equal(before, torch.random.get_rng_state())


def test_images_are_never_mirrored_unless_allowed() -> None:
    image = torch.arange(16.0).reshape(1, 1, 4, 4).repeat(64, 1, 1, 1)
    mirrored = {"horizontal": image[0].flip(2), "vertical": image[0].flip(1), "both": image[0].flip(1, 2)}

    def found(flips: tuple[str, ...]) -> set[str]:
        moved = augment(image, rng(), STILL, flips)
        return {name for name, flipped in mirrored.items() if any(torch.allclose(m, flipped, atol=1e-4) for m in moved)}

    assert found(()) == set()
    assert found(("horizontal",)) == {"horizontal"}
    assert found(("vertical",)) == {"vertical"}
    assert found(("horizontal", "vertical")) == {"horizontal", "vertical", "both"}


def test_the_border_is_repeated_so_that_no_black_frame_gives_augmented_images_away() -> None:
    bright = torch.full((8, 3, 12, 12), 200, dtype=torch.uint8)
    assert torch.equal(augment(bright, rng(), ClassicalConfig(rotation=45.0, shift=0.3)), bright)


@pytest.mark.parametrize("size", [8, 128])
def test_shifts_are_a_share_of_the_side(size: int) -> None:
    ramp = torch.linspace(0, 1, size).expand(64, 1, size, size)
    moved = augment(ramp, rng(), ClassicalConfig(rotation=0.0, shift=0.25, scale=0.0, shear=0.0))
    middle = (moved - ramp)[:, 0, size // 2, size // 2 - 1 : size // 2 + 1].mean(dim=1)
    assert 0.2 < float(middle.abs().max()) <= 0.25 * size / (size - 1) + 1e-4


def test_a_turn_keeps_right_angles_in_images_that_are_not_square() -> None:
    rows = torch.arange(64.0).view(1, 1, 64, 1).expand(1, 1, 64, 16)
    columns = torch.arange(16.0).view(1, 1, 1, 16).expand(1, 1, 64, 16)
    turn = ClassicalConfig(rotation=20.0, shift=0.0, scale=0.0, shear=0.0)
    y, x = (augment(ramp, rng(), turn)[0, 0, 28:36, 6:10] for ramp in (rows, columns))
    slopes = torch.tensor([[float(v.diff(dim=d).mean()) for d in (0, 1)] for v in (y, x)])
    torch.testing.assert_close(slopes @ slopes.T, torch.eye(2), atol=1e-3, rtol=0)


@pytest.mark.parametrize("amount", [{"rotation": -1.0}, {"shift": 2.0}, {"shear": 90.0}, {"scale": float("nan")}])
def test_impossible_amounts_are_refused(amount: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(amount))):
        ClassicalConfig(**amount)


def test_an_unknown_flip_is_refused() -> None:
    with pytest.raises(ConfigError, match="horizontal"):
        augment(torch.zeros(1, 1, 8, 8), rng(), flips=("horizontl",))
