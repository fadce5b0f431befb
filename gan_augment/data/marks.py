"""Recognises samples that are marked as synthetic, by what lies in them or beside them; trusts no file name."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
from PIL import Image

from gan_augment.data.folder import PARTS
from gan_augment.data.table_files import part_tables
from gan_augment.errors import DataError
from gan_augment.files import MANIFEST, read_jsonl

N_LOOKED_AT = 3  # images of a class at either end: where real ones lie beside them, `augment` names these otherwise


def require_real(data: Any, what: str) -> None:
    """Raise a `DataError` if samples are marked as synthetic.

    Parameters
    ----------
    data
        Any form of data; only paths can be marked.
    what
        What they are to be, such as ``test``.
    """
    if isinstance(data, (str, Path)) and is_marked(Path(data)):
        raise DataError(
            f"{data} is marked as synthetic, wholly or in part, and figures on it would say little: give real samples "
            f"for the {what}."
        )


@dataclass(frozen=True)
class Origin:
    """Where marked samples come from, as far as their manifest tells.

    Parameters
    ----------
    n_synthetic
        How many of them are synthetic; None where no manifest says it.
    generators, seeds
        Digests of the generators that made them, and the seeds.
    """

    n_synthetic: int | None
    generators: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()


def origin(path: Path) -> Origin | None:
    """Return where the samples of a folder or file come from; None where nothing marks them as synthetic."""
    if not is_marked(path):
        return None
    manifest = path / MANIFEST if path.is_dir() else beside(path, MANIFEST)
    rows = [row for row in read_jsonl(manifest) if row.get("synthetic")] if manifest.is_file() else []
    if not rows:
        return Origin(None)
    generators, seeds = (tuple(dict.fromkeys(row[key] for row in rows if key in row)) for key in ("generator", "seed"))
    return Origin(sum(int(row.get("n", 1)) for row in rows), generators, seeds)


def image_marks(path: Path) -> dict[str, str]:
    """Return what the text chunks of one image say of it; empty where they do not mark it as synthetic.

    Raises
    ------
    DataError
        If it is no image.
    """
    try:
        with Image.open(path) as image:
            image.load()
            marks = {str(key): value for key, value in image.info.items() if isinstance(value, str)}
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read as an image ({error}): give an image, a table or a folder.") from error
    return marks if marks.get("Synthetic") == "true" else {}


def beside(path: Path, name: str) -> Path:
    """Return ``STEM.name`` beside a file, such as ``rows.manifest.jsonl`` beside ``rows.csv`` or ``rows.CSV.GZ``."""
    plain = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return path.with_name(f"{plain.rpartition('.')[0]}.{name}")


def is_marked(path: Path) -> bool:
    """Tell whether a folder or file says of itself, or its manifest of it, that it holds synthetic samples."""
    path = path.expanduser()
    if path.is_dir():
        names = {name for names in PARTS.values() for name in names}
        parts = [path, *(part for part in path.iterdir() if part.is_dir() and part.name.lower() in names)]
        if any(_says_synthetic(part / MANIFEST) or _has_marked_image(part) for part in parts):
            return True
        return any(is_marked(table) for table in part_tables(path).values())
    if not path.is_file():
        return False
    if _says_synthetic(beside(path, MANIFEST)):
        return True
    readers = {".parquet": _is_marked_parquet, ".pq": _is_marked_parquet, ".npz": _is_marked_npz}
    reader = readers.get(path.suffix.lower())
    return reader is not None and reader(path)


def _says_synthetic(manifest: Path) -> bool:
    return manifest.is_file() and any(row.get("synthetic") for row in read_jsonl(manifest))


def _has_marked_image(folder: Path) -> bool:
    """Look at the first and last images of each class: copied without their manifest they still carry their marks."""
    for own in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        files = sorted(own.glob("*.png"))
        for file in (*files[:N_LOOKED_AT], *files[N_LOOKED_AT:][-N_LOOKED_AT:]):
            try:
                with Image.open(file) as image:
                    if image.info.get("Synthetic") == "true":
                        return True
            except (OSError, ValueError, Image.DecompressionBombError):
                continue  # the reader of the images says what is wrong with it
    return False


def _is_marked_parquet(path: Path) -> bool:
    try:
        metadata = pyarrow.parquet.read_metadata(path).metadata or {}
    except (OSError, pyarrow.ArrowInvalid):
        return False  # as above
    return metadata.get(b"synthetic") in (b"true", b"partly")


def _is_marked_npz(path: Path) -> bool:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return "synthetic" in arrays.files and bool(np.any(arrays["synthetic"]))
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        return False  # as above
