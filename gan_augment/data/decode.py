"""Image files of any mode to plain pixels, by Pillow; the one place that knows file formats and colour modes."""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from gan_augment.data.sources import Picture, Shape, Unreadable

SUFFIXES = frozenset(
    ".png .jpg .jpeg .jpe .jfif .bmp .dib .webp .tif .tiff .gif .pgm .ppm .pbm .pnm".split()  # noqa: SIM905
)
FORMATS = ("PNG", "JPEG", "BMP", "DIB", "WEBP", "TIFF", "GIF", "PPM")
_GREY_MODES = frozenset({"1", "L", "LA", "La", "I", "F"})
_ALPHA_MODES = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
_ORIENTATION_TAG = 274
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DARK_16_BIT = 4095


def probe_file(path: Path) -> Shape:
    """Return the shape of the upright image in a file from its header alone; raises `Unreadable`."""
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise Unreadable("no such file")
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
            _refuse_bomb(image)
            width, height = image.size[::-1] if _lies_on_its_side(image) else image.size
            return Shape(height, width, 1 if is_grey(image) else 3)
    except Exception as error:  # malformed files make Pillow raise almost anything
        raise Unreadable(_reason(error)) from error


def read_file(path: Path, side: int) -> Picture:
    """Return the upright first frame of an image file.

    Parameters
    ----------
    path
        The file.
    side
        A JPEG may be decoded at a fraction of its size, its sides no shorter than this many pixels.

    Raises
    ------
    Unreadable
        If the file is gone, truncated, of an unknown format or a decompression bomb.
    """
    try:
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
            _refuse_bomb(image)
            image.draft(None, (side, side))
            image.load()
            turn = _UPRIGHT.get(_orientation(image))
            return to_picture(image if turn is None else image.transpose(turn))
    except Exception as error:  # as above
        raise Unreadable(_reason(error)) from error


def to_picture(image: Image.Image) -> Picture:
    """Return the pixels of a Pillow image of any mode; raises `Unreadable` for levels it cannot place.

    Transparent parts are composited on white. Levels of 16 bits are scaled, not clipped.
    """
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _deep_picture(image)
    grey = is_grey(image)
    remark = ""
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        image, remark = _on_white(image)
    image = image if image.mode == ("L" if grey else "RGB") else image.convert("L" if grey else "RGB")
    pixels = np.asarray(image)
    return Picture(pixels[:, :, None] if grey else pixels, remark)


def is_grey(image: Image.Image) -> bool:
    """Tell by mode and palette, not by pixels, whether an image is grey."""
    if image.mode.startswith("I;16") or image.mode in _GREY_MODES:
        return True
    return image.mode in ("P", "PA") and _grey_palette(image)


def _grey_palette(image: Image.Image) -> bool:
    palette = image.palette
    layout = "" if palette is None else palette.rawmode or palette.mode
    if palette is None or layout not in ("RGB", "BGR", "RGBX", "BGRX", "RGBA", "BGRA"):
        return False
    entries = np.frombuffer(bytes(palette.palette), np.uint8)
    colours = entries[: len(entries) // len(layout) * len(layout)].reshape(-1, len(layout))[:, :3]
    return len(colours) > 0 and bool((colours == colours[:, :1]).all())


def _on_white(image: Image.Image) -> tuple[Image.Image, str]:
    if image.mode == "La":
        image = image.convert("LA")
    image = image.convert("RGBA")
    if image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB"), ""
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image).convert("RGB"), "alpha"


def _deep_picture(image: Image.Image) -> Picture:
    levels = np.asarray(image).astype(np.float64)
    if not np.isfinite(levels).all():
        raise Unreadable("pixels are NaN or infinite")
    low, high = levels.min(), levels.max()
    if low < 0 or high > 65535:
        raise Unreadable(f"levels run from {low:g} to {high:g}, 0 to 65535 at most are expected")
    white = 65535.0
    if image.mode == "F":
        white = 1.0 if high <= 1 else 255.0 if high <= 255 else 65535.0
    dark = white == 65535 and 0 < high <= _DARK_16_BIT
    return Picture((levels * (255.0 / white)).astype(np.float32)[:, :, None], "dark" if dark else "deep")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # broken EXIF data does not make the picture unreadable
        return 1


def _lies_on_its_side(image: Image.Image) -> bool:
    # Pillow turns a TIFF by itself, and would decode a whole PNG to look for EXIF data behind its pixels
    if image.format == "TIFF" or (image.format == "PNG" and "exif" not in image.info):
        return False
    return _orientation(image) >= 5


def _refuse_bomb(image: Image.Image) -> None:
    # Pillow only warns up to twice its limit, and warnings cannot be turned into errors one thread at a time.
    width, height = image.size
    if Image.MAX_IMAGE_PIXELS is not None and width * height > Image.MAX_IMAGE_PIXELS:
        raise Image.DecompressionBombError(f"{width}x{height} pixels")


def _reason(error: Exception) -> str:
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return "a decompression bomb, far too many pixels"
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:80]
