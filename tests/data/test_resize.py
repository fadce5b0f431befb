"""Resizing: where pixels end up, and what happens to levels."""

import numpy as np
import pytest

from gan_augment.data.resize import fit_pixels, shrink_to_cover


def thirds(height: int, width: int, axis: int) -> np.ndarray:
    """Return an image that is black, white, black along an axis."""
    line = np.zeros((width if axis else height), np.uint8)
    line[len(line) // 3 : 2 * len(line) // 3] = 255
    image = np.broadcast_to(line[None, :] if axis else line[:, None], (height, width))
    return np.ascontiguousarray(image)[:, :, None]


def test_same_size_is_untouched() -> None:
    image = np.random.default_rng(0).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    assert (fit_pixels(image, 9, 11, 3, "crop") == image).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_crop_keeps_the_middle(axis: int) -> None:
    image = thirds(96, 32, 0) if axis == 0 else thirds(32, 96, 1)
    assert (fit_pixels(image, 16, 16, 1, "crop")[2:-2, 2:-2] >= 250).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_pad_keeps_everything_and_fills_with_the_border(axis: int) -> None:
    shape = (32, 64) if axis else (64, 32)
    image = np.full((*shape, 3), (10, 20, 30), np.uint8)
    image[shape[0] // 2 - 4 : shape[0] // 2 + 4, shape[1] // 2 - 4 : shape[1] // 2 + 4] = 255
    fitted = fit_pixels(image, 32, 32, 3, "pad")
    assert (fitted[0, 0] == (10, 20, 30)).all()
    assert (fitted[-1, -1] == (10, 20, 30)).all()
    assert (fitted[15:17, 15:17] == 255).all()


def test_stretch_uses_the_whole_image() -> None:
    fitted = fit_pixels(thirds(30, 96, 1), 24, 24, 1, "stretch")[:, :, 0]
    assert (fitted[:, 11] == 255).all()
    assert (fitted[:, [1, 22]] <= 2).all()


def test_downscaling_is_antialiased() -> None:
    checks = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)[:, :, None]
    fitted = fit_pixels(checks, 16, 16, 1, "crop")
    assert abs(fitted[3:-3, 3:-3].astype(int) - 127).max() <= 3


def test_fine_levels_are_rounded_only_at_the_end() -> None:
    image = np.tile(np.array([[99.9, 100.7]], np.float32), (16, 8))[:, :, None]
    assert (fit_pixels(image, 8, 8, 1, "crop")[2:-2, 2:-2] == 100).all()
    assert fit_pixels(np.full((8, 8, 1), 100.6, np.float32), 8, 8, 1, "crop").flat[0] == 101


def test_overshoot_of_the_filter_is_clipped_not_wrapped() -> None:
    image = np.zeros((32, 32, 1), np.float32)
    image[:, 16:] = 255
    fitted = fit_pixels(image, 24, 24, 1, "crop").astype(int)
    assert fitted[:, :8].max() < 30
    assert fitted[:, 16:].min() > 225


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_channels_can_be_forced_either_way(dtype: type) -> None:
    red: np.ndarray = np.zeros((8, 8, 3), dtype)
    red[..., 0] = 200
    grey = fit_pixels(red, 8, 8, 1, "crop")
    assert grey.shape == (8, 8, 1)
    assert abs(int(grey[0, 0, 0]) - 0.299 * 200) <= 1
    assert (fit_pixels(red[..., :1], 8, 8, 3, "crop") == 200).all()


@pytest.mark.parametrize("shape", [(1, 500), (500, 1), (1, 1), (3, 7)])
@pytest.mark.parametrize("aspect", ["crop", "pad", "stretch"])
def test_extreme_proportions_are_no_accident(shape: tuple[int, int], aspect: str) -> None:
    fitted = fit_pixels(np.full((*shape, 3), 77, np.uint8), 8, 128, 3, aspect)
    assert fitted.shape == (8, 128, 3)
    assert (fitted == 77).all()


def test_shrinking_keeps_the_shorter_side_at_the_limit() -> None:
    assert shrink_to_cover(np.zeros((300, 100, 3), np.uint8), 50).shape == (150, 50, 3)
    small = np.zeros((300, 40, 3), np.uint8)
    assert shrink_to_cover(small, 50) is small
