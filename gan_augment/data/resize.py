"""Brings pixels to one size and number of channels: crop, pad or stretch, with an antialiasing filter."""

import numpy as np
from PIL import Image

Box = tuple[float, float, float, float]


def fit_pixels(pixels: np.ndarray, height: int, width: int, channels: int, aspect: str) -> np.ndarray:
    """Return an image as uint8 of shape (height, width, channels).

    Parameters
    ----------
    pixels
        Array (h, w, 1 or 3), uint8 or float32 in 0 to 255; floats are rounded only at the end.
    height, width, channels
        What is wanted; colour becomes grey by the weights of ITU-R BT.601, grey becomes colour by repeating.
    aspect
        ``crop`` covers the frame and cuts the middle out, ``pad`` fits inside and fills with the median of the
        image's border, ``stretch`` ignores proportions.
    """
    pixels = _with_channels(pixels, channels)
    if pixels.shape[:2] != (height, width):
        pixels = _FITS[aspect](pixels, height, width)
    return pixels if pixels.dtype == np.uint8 else np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def shrink_to_cover(pixels: np.ndarray, side: int) -> np.ndarray:
    """Return an image with its shorter side brought down to `side`, or as it is where that is no longer."""
    height, width = pixels.shape[:2]
    if min(height, width) <= side:
        return pixels
    scale = side / min(height, width)
    return _resample(pixels, max(side, round(height * scale)), max(side, round(width * scale)), None)


def _crop(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    h, w = pixels.shape[:2]
    scale = max(height / h, width / w)
    top, left = (h - height / scale) / 2, (w - width / scale) / 2
    # rounding may put an edge a hair outside the image, which Pillow refuses
    box = (max(left, 0.0), max(top, 0.0), min(w - left, float(w)), min(h - top, float(h)))
    return _resample(pixels, height, width, box)


def _pad(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    h, w = pixels.shape[:2]
    scale = min(height / h, width / w)
    inner = _resample(pixels, min(height, max(1, round(h * scale))), min(width, max(1, round(w * scale))), None)
    border = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])
    frame = np.empty((height, width, pixels.shape[2]), pixels.dtype)
    frame[:] = np.rint(np.median(border, axis=0)).astype(pixels.dtype)
    top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
    frame[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return frame


def _stretch(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    return _resample(pixels, height, width, None)


_FITS = {"crop": _crop, "pad": _pad, "stretch": _stretch}


def _resample(pixels: np.ndarray, height: int, width: int, box: Box | None) -> np.ndarray:
    if box is None and pixels.shape[:2] == (height, width):
        return pixels
    if pixels.dtype == np.uint8 and pixels.shape[2] == 3:
        return np.asarray(_lanczos(pixels, height, width, box))
    planes = [np.asarray(_lanczos(pixels[:, :, i], height, width, box)) for i in range(pixels.shape[2])]
    return np.stack(planes, axis=-1)


def _lanczos(plane: np.ndarray, height: int, width: int, box: Box | None) -> Image.Image:
    image = Image.fromarray(np.ascontiguousarray(plane))
    return image.resize((width, height), Image.Resampling.LANCZOS, box=box)


def _with_channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    if pixels.shape[2] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels, 3, axis=2)
    if pixels.dtype == np.uint8:
        return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))[:, :, None]
    return (pixels @ np.array([0.299, 0.587, 0.114], np.float32))[:, :, None]
