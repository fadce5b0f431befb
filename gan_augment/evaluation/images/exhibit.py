"""Images for a page: some of each class, real and synthetic; and synthetic ones beside the training images nearest."""

import json

import numpy as np
from PIL import Image

from gan_augment.data.schema import LabelledImages
from gan_augment.evaluation.exhibit import EXHIBIT_FILE, suspects
from gan_augment.generation.png import encode_png
from gan_augment.metrics.features import PixelFeatures
from gan_augment.metrics.lessons import Labelled
from gan_augment.seeding import numpy_rng

MOST_CLASSES, MOST_COLUMNS, N_NEIGHBOURS = 20, 8, 12
NOTHING = 128
MOST_PIXELS, MOST_SIDE = 150_000, 64  # of a sheet, and of a side of an image


def image_exhibit(train: LabelledImages, synthetic: Labelled, seed: int) -> dict[str, bytes]:
    """Return sheets of images as PNG, and what is on them.

    Parameters
    ----------
    train
        Real training images.
    synthetic
        Images of a generator fitted on them.
    seed
        Fixes which are shown.

    Returns
    -------
    dict
        ``real.png`` and ``synthetic.png``: a row a class, a column an image. ``neighbours.png``: the synthetic images
        that look most like copies, above their originals: see `suspects`. ``exhibit.json``: ``classes`` shown, of
        ``n_classes``, ``columns``, ``height`` and ``width`` of an image as shown, and of each neighbour its class, that
        of the training image, their ``distance``, and its ``ratio`` to that of the second nearest one.
    """
    height, width = train.images.shape[1:3]
    factor = min(1.0, MOST_SIDE / max(height, width))
    shown_height, shown_width = (max(1, round(factor * side)) for side in (height, width))
    n_rows = max(1, min(MOST_CLASSES, len(train.classes), MOST_PIXELS // (4 * shown_height * shown_width)))
    n_columns = max(2, min(MOST_COLUMNS, MOST_PIXELS // (n_rows * shown_height * shown_width)))
    sides = {"real": Labelled(train.images, train.labels), "synthetic": synthetic}
    files = {
        f"{name}.png": _sheet(_some(side, n_rows, n_columns, seed), shown_height, shown_width)
        for name, side in sides.items()
    }
    pairs, neighbours = _neighbours(train, synthetic)
    files["neighbours.png"] = _sheet(pairs, shown_height, shown_width)
    about = {
        "kind": "image",
        "classes": list(train.classes[:n_rows]),
        "n_classes": len(train.classes),
        "columns": n_columns,
        "height": shown_height,
        "width": shown_width,
        "neighbours": neighbours,
    }
    return files | {EXHIBIT_FILE: json.dumps(about).encode()}


def _some(side: Labelled, n_rows: int, n_columns: int, seed: int) -> np.ndarray:
    """Return images of the first classes, (n_rows, n_columns, h, w, channels), grey where there are too few."""
    rng = numpy_rng(seed, "exhibit")
    found = np.full((n_rows, n_columns, *side.images.shape[1:]), NOTHING, np.uint8)
    for label in range(n_rows):
        own = rng.permutation(np.flatnonzero(side.labels == label))[:n_columns]
        found[label, : len(own)] = side.images[np.sort(own)]
    return found


def _neighbours(train: LabelledImages, synthetic: Labelled) -> tuple[np.ndarray, list[dict[str, object]]]:
    features = PixelFeatures.fit(train.images)
    found = suspects(features(train.images), features(synthetic.images), synthetic.labels, N_NEIGHBOURS)
    fake, real = [pair[0] for pair in found], [pair[1] for pair in found]
    told: list[dict[str, object]] = [
        {
            "class": train.classes[synthetic.labels[row]],
            "real_class": train.classes[train.labels[other]],
            "distance": round(distance, 4),
            "ratio": round(ratio, 4),
        }
        for row, other, distance, ratio in found
    ]
    return np.stack([synthetic.images[fake], train.images[real]]), told


def _sheet(images: np.ndarray, height: int, width: int) -> bytes:
    """Return images (rows, columns, h, w, channels) as one PNG without gaps, each shrunken to height and width."""
    rows, columns, *_, channels = images.shape
    small = np.stack([_shrunken(image, height, width) for image in images.reshape(-1, *images.shape[2:])])
    cells = small.reshape(rows, columns, height, width, channels)
    return encode_png(cells.swapaxes(1, 2).reshape(rows * height, columns * width, channels))


def _shrunken(image: np.ndarray, height: int, width: int) -> np.ndarray:
    if image.shape[:2] == (height, width):
        return image
    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    return np.asarray(picture.resize((width, height), Image.Resampling.LANCZOS)).reshape(height, width, -1)
