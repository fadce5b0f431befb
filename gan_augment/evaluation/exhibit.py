"""What is kept for a page to show: some real and synthetic samples beside each other, in a folder of small files."""

from collections.abc import Mapping
from pathlib import Path

from gan_augment.files import write_atomically

EXHIBIT, EXHIBIT_FILE = "exhibit", "exhibit.json"


def write_exhibit(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files in their order, each whole; ``exhibit.json``, which says what they are, must come last."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(folder / name, content)
