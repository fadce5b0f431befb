"""Folders that are no classes, though they lie beside them: what this program wrote, and hidden ones."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gan_augment.data.images import load_images
from gan_augment.errors import DataError

MakeFolder = Callable[..., Path]


@pytest.mark.parametrize("mark", ["metrics.jsonl", "results.jsonl", "manifest.jsonl"])
def test_what_was_written_beside_the_classes_is_none_of_them(mark: str, make_folder: MakeFolder) -> None:
    root = make_folder()
    before = load_images(root)
    make_folder("photos/run", classes=("samples",))
    (root / "run" / mark).touch()
    (root / before.classes[0] / mark).touch()  # beside images, it is somebody else's
    data = load_images(root)
    assert data.classes == before.classes
    assert any("are left out: 'run'" in note for note in data.notes)


def test_class_folders_with_a_leading_dot_do_not_vanish_without_a_word(make_folder: MakeFolder) -> None:
    data = load_images(make_folder(classes=("cat", "dog", ".net", ".hidden")))
    assert data.classes == ("cat", "dog")
    assert any("left out" in note and "'.hidden', '.net'" in note for note in data.notes)
    with pytest.raises(DataError, match="hidden folders do not count"):
        load_images(make_folder("dots", classes=(".net", ".org")))
