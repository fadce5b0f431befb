"""File formats and colour modes: expected pixels, not shapes alone."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_augment.data.decode import probe_file, read_file
from gan_augment.data.sources import Unreadable

RED = np.zeros((6, 4, 3), np.uint8)
RED[..., 0] = 200
RAMP = np.arange(24, dtype=np.uint8).reshape(6, 4) * 10
Save = Callable[..., Path]


def agree(path: Path, expected: np.ndarray, tolerance: float = 0, remark: str = "") -> None:
    """Check pixels, and that the header promised the shape that came out."""
    picture = read_file(path, 1000)
    assert tuple(probe_file(path)) == picture.pixels.shape == expected.shape
    np.testing.assert_allclose(picture.pixels.astype(float), expected.astype(float), atol=tolerance)
    assert picture.remark == remark


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "gif", "ppm"])
def test_lossless_colour_survives(save: Save, suffix: str) -> None:
    agree(save(f"a.{suffix}", RED), RED)


@pytest.mark.parametrize(("suffix", "tolerance"), [("jpg", 4), ("webp", 6)])
def test_lossy_colour_stays_close(save: Save, suffix: str, tolerance: float) -> None:
    agree(save(f"a.{suffix}", RED, quality=95), RED, tolerance)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "gif", "pgm"])
def test_grey_stays_one_channel(save: Save, suffix: str) -> None:
    agree(save(f"a.{suffix}", RAMP), RAMP[:, :, None])


def test_one_bit_becomes_black_and_white(save: Save) -> None:
    agree(save("a.png", RAMP > 100), np.where(RAMP > 100, 255, 0)[:, :, None])


def test_palette_gives_its_colours(save: Save) -> None:
    agree(save("a.png", Image.fromarray(RED).quantize(4)), RED)


def test_transparent_palette_entry_is_white_not_its_hidden_colour(save: Save) -> None:
    indices = np.tile(np.array([0, 1], np.uint8), (4, 2))
    image = Image.fromarray(indices).convert("P")
    image.putpalette([255, 0, 0, 0, 0, 255])
    expected = np.where(indices[..., None] == 0, 255, np.array([0, 0, 255]))
    agree(save("a.png", image, transparency=0), expected, remark="alpha")


def test_alpha_is_composited_on_white(save: Save) -> None:
    half = np.dstack([RED, np.full(RED.shape[:2], 128, np.uint8)])
    expected = RED * (128 / 255) + 255 * (127 / 255)
    agree(save("a.png", half), expected, 1, "alpha")


def test_grey_with_alpha_stays_grey_and_opaque_alpha_needs_no_remark(save: Save) -> None:
    clear = np.dstack([RAMP, np.zeros_like(RAMP)])
    agree(save("a.png", clear), np.full((6, 4, 1), 255), remark="alpha")
    agree(save("b.png", np.dstack([RAMP, np.full_like(RAMP, 255)])), RAMP[:, :, None])


def test_transparent_grey_level_is_white(save: Save) -> None:
    expected = np.where(RAMP == 50, 255, RAMP)[:, :, None]
    agree(save("a.png", RAMP, transparency=50), expected, remark="alpha")


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bits_are_scaled_not_clipped(save: Save, suffix: str) -> None:
    levels = np.linspace(0, 65535, 24).reshape(6, 4).astype(np.uint16)
    agree(save(f"a.{suffix}", levels), levels[:, :, None] / 257, 1e-3, "deep")


def test_16_bit_images_that_use_12_bits_are_remarked_on(save: Save) -> None:
    levels = np.full((4, 4), 4095, np.uint16)
    agree(save("a.png", levels), np.full((4, 4, 1), 4095 / 257), 1e-3, "dark")


def test_32_bit_integers_are_taken_as_16_bit_levels(save: Save) -> None:
    levels = np.full((4, 4), 51400, np.int32)
    agree(save("a.tif", levels), np.full((4, 4, 1), 200), 1e-3, "deep")


@pytest.mark.parametrize("white", [1, 255, 65535])
def test_float_levels_find_their_range(save: Save, white: int) -> None:
    levels = np.array([[0, 0.25], [0.5, 1]], np.float32) * white
    agree(save("a.tif", levels), levels[:, :, None] * (255 / white), 1e-2, "deep")


@pytest.mark.parametrize("bad", [np.nan, -3.0, 1e9])
def test_float_levels_that_mean_nothing_are_unreadable(save: Save, bad: float) -> None:
    path = save("a.tif", np.array([[0, bad]], np.float32))
    with pytest.raises(Unreadable, match=r"levels|NaN"):
        read_file(path, 100)


def test_cmyk_becomes_rgb(save: Save) -> None:
    ink = np.zeros((8, 8, 4), np.uint8)
    ink[..., 1:3] = 255  # magenta and yellow make red
    agree(save("a.tif", Image.fromarray(ink, mode="CMYK")), np.broadcast_to([255, 0, 0], (8, 8, 3)))


def test_gif_gives_its_first_frame(save: Save) -> None:
    frames = [Image.fromarray(np.full((4, 4), level, np.uint8)) for level in (30, 200)]
    path = save("a.gif", frames[0], save_all=True, append_images=frames[1:])
    assert np.unique(read_file(path, 100).pixels).tolist() == [30]


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize(("orientation", "turns"), [(3, 2), (6, 3), (8, 1)])
def test_exif_rotation_is_applied(save: Save, suffix: str, orientation: int, turns: int) -> None:
    stored = np.zeros((16, 32), np.uint8)
    stored[:, :16] = 240
    exif = Image.Exif()
    exif[274] = orientation
    path = save(f"a.{suffix}", Image.fromarray(stored).convert("RGB"), exif=exif)
    expected = np.repeat(np.rot90(stored, turns)[:, :, None], 3, axis=2)
    agree(path, expected, 16)


def test_mirrored_exif_orientation_is_undone(save: Save) -> None:
    exif = Image.Exif()
    exif[274] = 5
    agree(save("a.png", RAMP, exif=exif), RAMP.T[:, :, None])


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_lose_the_picture(save: Save) -> None:
    agree(save("a.png", RAMP, exif=b"Exif\x00\x00MM\x00*\x00\x00\xff\xffgarbage"), RAMP[:, :, None])


def test_large_jpeg_is_decoded_small_but_not_below_what_is_needed(save: Save) -> None:
    path = save("a.jpg", np.full((800, 400, 3), 90, np.uint8))
    assert read_file(path, 50).pixels.shape == (100, 50, 3)
    assert abs(float(read_file(path, 50).pixels.mean()) - 90) < 2


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("factor", [1.5, 3])
def test_decompression_bomb_is_never_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (100, int(100 * factor))).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("decoded"))
    for attempt in (probe_file, lambda path: read_file(path, 100)):
        with pytest.raises(Unreadable, match="bomb"):
            attempt(path)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "not an image"), (b"hello", "not an image"), (b"\x89PNG\r\n\x1a\n", "not an image")]
)
def test_files_that_are_no_images_say_so(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=reason):
        probe_file(path)


def test_truncated_file_is_unreadable_not_half_grey(save: Save) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for suffix in ("png", "jpg"):
        path = save(f"a.{suffix}", noise)
        path.write_bytes(path.read_bytes()[:2000])
        with pytest.raises(Unreadable):
            read_file(path, 64)


def test_file_that_disappears_is_unreadable(tmp_path: Path) -> None:
    for attempt in (probe_file, lambda path: read_file(path, 8)):
        with pytest.raises(Unreadable, match="no such file"):
            attempt(tmp_path / "gone.png")


def test_a_pipe_named_like_an_image_does_not_hang(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(Unreadable):
        probe_file(tmp_path / "a.png")
