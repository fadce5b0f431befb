"""Class folders, parts and labels.csv, good and bad."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_augment.data.cache import allocate_images
from gan_augment.data.images import load_images
from gan_augment.errors import DataError

Save = Callable[..., Path]
MakeFolder = Callable[..., Path]


def noted(notes: tuple[str, ...], *words: str) -> bool:
    return any(all(word in note for word in words) for note in notes)


def test_labels_names_and_pixels_belong_together(make_folder: MakeFolder) -> None:
    data = load_images(make_folder())
    assert data.classes == ("cat", "dog")
    assert data.images.shape == (4, 8, 8, 1)
    assert data.images[:, 0, 0, 0].tolist() == [0, 1, 100, 101]
    assert data.labels.tolist() == [0, 0, 1, 1]
    assert list(data.names) == [
        os.path.join(*parts) for parts in (("cat", "0.png"), ("cat", "1.png"), ("dog", "0.png"), ("dog", "1.png"))
    ]
    assert data.notes == ()


def test_classes_and_files_sort_naturally(make_folder: MakeFolder) -> None:
    data = load_images(make_folder(classes=("10", "9", "-1", "b", "A"), n=11))
    assert data.classes == ("-1", "9", "10", "A", "b")
    assert [os.path.basename(name) for name in data.names[:11]] == [f"{i}.png" for i in range(11)]


def test_odd_class_names_are_kept(make_folder: MakeFolder) -> None:
    names = ("with space", "ünï", "a..b", "日本")
    assert set(load_images(make_folder(classes=names)).classes) == set(names)


def test_nested_folders_are_read_and_hidden_ones_are_not(make_folder: MakeFolder, save: Save) -> None:
    root = make_folder()
    save("photos/cat/inner/deep/x.PNG", np.full((8, 8), 7, np.uint8))
    for hidden in ("photos/cat/.trash/a.png", "photos/cat/.b.png", "photos/.git/c.png"):
        save(hidden, np.zeros((8, 8), np.uint8))
    data = load_images(root)
    assert data.class_counts() == {"cat": 3, "dog": 2}
    assert 7 in data.images[:, 0, 0, 0]
    assert noted(data.notes, "Hidden folders", "left out", ".git")


def test_links_in_a_circle_neither_hang_nor_bring_other_classes_in(make_folder: MakeFolder) -> None:
    root = make_folder()
    (root / "cat" / "self").symlink_to(root / "cat", target_is_directory=True)
    (root / "cat" / "up").symlink_to(root, target_is_directory=True)
    (root / "dog" / "nowhere").symlink_to("nowhere")
    assert load_images(root).class_counts() == {"cat": 2, "dog": 2}


def test_linked_class_folder_is_followed(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = make_folder()
    make_folder("elsewhere", classes=("x", "y"), n=3)
    (root / "fox").symlink_to(tmp_path / "elsewhere" / "x", target_is_directory=True)
    assert load_images(root).class_counts() == {"cat": 2, "dog": 2, "fox": 3}


def test_fit_takes_train_and_never_test(make_folder: MakeFolder) -> None:
    make_folder("photos/train", n=3)
    root = make_folder("photos/test", n=2).parent
    data = load_images(root)
    assert len(data) == 6
    assert noted(data.notes, "train/", "not used: test/")
    assert len(load_images(root, part="test")) == 4
    with pytest.raises(DataError, match=r"no val/"):
        load_images(root, part="val")
    make_folder("only/test")
    with pytest.raises(DataError, match=r"test/ but no train/"):
        load_images(root.parent / "only")


def test_valid_is_a_name_of_val(make_folder: MakeFolder) -> None:
    make_folder("photos/train", n=3)
    assert len(load_images(make_folder("photos/Valid").parent, part="val")) == 4


def test_folder_without_parts_is_taken_whole_with_a_note(make_folder: MakeFolder) -> None:
    data = load_images(make_folder(), part="test")
    assert noted(data.notes, "no test/", "all of it")


def test_a_class_named_train_stays_a_class(make_folder: MakeFolder) -> None:
    assert load_images(make_folder(classes=("train", "car"))).classes == ("car", "train")


def test_train_and_test_without_classes_are_not_taken_for_classes(make_folder: MakeFolder) -> None:
    with pytest.raises(DataError, match=r"test/ in .* holds no class folders"):
        load_images(make_folder(classes=("train", "test")))


def test_text_files_are_ignored_with_a_note(make_folder: MakeFolder) -> None:
    root = make_folder()
    (root / "cat" / "readme.txt").write_text("hello")
    (root / "notes.md").write_text("hello")
    data = load_images(root)
    assert len(data) == 4
    assert noted(data.notes, "not images", "2 (", "readme.txt")


def test_loose_images_and_empty_folders_are_noted(make_folder: MakeFolder, save: Save) -> None:
    root = make_folder()
    save("photos/loose.png", np.zeros((8, 8), np.uint8))
    (root / "empty").mkdir()
    data = load_images(root)
    assert data.classes == ("cat", "dog")
    assert noted(data.notes, "outside", ": 1.")
    assert noted(data.notes, "Folders without images", "empty")


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file or folder"):
        load_images(tmp_path / "nothing")


def test_misspelled_name_offers_the_nearest() -> None:
    with pytest.raises(DataError, match="Did you mean 'digits'"):
        load_images("digitz")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_impossible_paths_are_missing_ones(name: str) -> None:
    with pytest.raises(DataError, match="No such file or folder"):
        load_images(name)


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="empty or holds no images: expected a sub-folder for each class"):
        load_images(tmp_path)


def test_class_folders_without_images(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "dog").mkdir()
    with pytest.raises(DataError, match="No images in"):
        load_images(tmp_path)


def test_images_without_class_folders(save: Save, tmp_path: Path) -> None:
    save("a.png", np.zeros((8, 8), np.uint8))
    with pytest.raises(DataError, match="no class folders: expected a sub-folder for each class"):
        load_images(tmp_path)


def test_one_class_only(make_folder: MakeFolder) -> None:
    with pytest.raises(DataError, match="one class only, 'cat'"):
        load_images(make_folder(classes=("cat",)))


def test_class_with_one_image(make_folder: MakeFolder, save: Save) -> None:
    root = make_folder()
    save("photos/fox/a.png", np.zeros((8, 8), np.uint8))
    with pytest.raises(DataError, match="Class 'fox' has one image"):
        load_images(root)


def test_known_classes_give_the_order_and_may_be_missing(make_folder: MakeFolder, save: Save) -> None:
    root = make_folder(classes=("cat",))
    save("photos/dog/a.png", np.zeros((8, 8), np.uint8))
    data = load_images(root, classes=["fox", "dog", "cat"])
    assert data.class_counts() == {"fox": 0, "dog": 1, "cat": 2}


def test_unknown_class_is_named_with_the_nearest(make_folder: MakeFolder) -> None:
    with pytest.raises(DataError, match=r"Unknown class 'dog'. Did you mean 'dogs'\? Known classes: 'cat', 'dogs'"):
        load_images(make_folder(), classes=["cat", "dogs"])


def test_unreadable_images_are_skipped_listed_and_counted(make_folder: MakeFolder, save: Save) -> None:
    root = make_folder(n=25)
    (root / "cat" / "3.png").write_text("not a picture")
    cut = save("photos/dog/5.png", np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8))
    cut.write_bytes(cut.read_bytes()[:1500])
    data = load_images(root, image_size=(8, 8))
    assert data.class_counts() == {"cat": 24, "dog": 24}
    assert noted(data.notes, "2 of 50", "3.png (not an image)", "5.png (")
    levels = [100 * (name.startswith("dog")) + int(Path(name).stem) for name in data.names]
    assert data.images[:, 0, 0, 0].tolist() == levels


def test_more_than_five_percent_unreadable_is_an_error(make_folder: MakeFolder) -> None:
    root = make_folder(n=10)
    for name in ("1.png", "2.png"):
        (root / "cat" / name).write_bytes(b"")
    with pytest.raises(DataError, match=r"2 of 20 images cannot be read, more than the 5%.*cat.1.png \(not an image\)"):
        load_images(root)


def test_truncation_beyond_five_percent_is_found_while_decoding(make_folder: MakeFolder, save: Save) -> None:
    root = make_folder(n=2)
    cut = save("photos/dog/1.png", np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8))
    cut.write_bytes(cut.read_bytes()[:1500])
    with pytest.raises(DataError, match="1 of 4 images cannot be read"):
        load_images(root)


def test_bomb_is_skipped_with_its_reason_and_no_warning(
    make_folder: MakeFolder, save: Save, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    root = make_folder(n=30)
    save("photos/cat/big.png", Image.new("1", (150, 100)))
    save("photos/cat/bigger.png", Image.new("1", (300, 100)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    data = load_images(root)
    assert len(data) == 60
    assert noted(data.notes, "2 of 62", "big.png (a decompression bomb", "bigger.png (a decompression bomb")
    assert not [warning for warning in recwarn.list if "bomb" in str(warning.message)]


def test_broken_link_counts_as_unreadable(make_folder: MakeFolder) -> None:
    root = make_folder(n=20)
    (root / "cat" / "gone.png").symlink_to(root / "nowhere.png")
    assert noted(load_images(root).notes, "gone.png (no such file)")


def test_file_that_disappears_midway_counts_as_unreadable(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_folder(n=20)

    def remove_one(*args: object) -> np.ndarray:
        (root / "cat" / "4.png").unlink()
        return allocate_images(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("gan_augment.data.images.allocate_images", remove_one)
    data = load_images(root)
    assert data.class_counts() == {"cat": 19, "dog": 20}
    assert noted(data.notes, "4.png (no such file)")


def test_folder_that_may_not_be_listed(make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_folder()

    def refuse(folder: Path) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(DataError, match=r"Cannot list the folder .*Permission denied"):
        load_images(root)


def test_mixed_modes_become_colour_and_alpha_is_said(make_folder: MakeFolder, save: Save) -> None:
    root = make_folder()
    save("photos/cat/rgba.png", np.zeros((8, 8, 4), np.uint8))
    save("photos/cat/deep.png", np.full((8, 8), 51400, np.uint16))
    data = load_images(root)
    assert data.images.shape == (6, 8, 8, 3)
    by_name = {os.path.basename(name): image for name, image in zip(data.names, data.images, strict=True)}
    assert (by_name["rgba.png"] == 255).all()
    assert (by_name["deep.png"] == 200).all()
    assert noted(data.notes, "transparent", ": 1.")
    assert noted(data.notes, "more than 8 bits", ": 1.")


def test_parts_inside_of_classes_are_refused_rather_than_fitted_on(save: Save, tmp_path: Path) -> None:
    for name in ("cat/train/a.png", "cat/test/b.png", "dog/train/c.png", "dog/test/d.png"):
        save(name, np.zeros((8, 8), np.uint8))
    with pytest.raises(DataError, match=r"cat/ in .* holds test/: parts are the outer folders .*test/cat/"):
        load_images(tmp_path)


def test_images_in_other_formats_are_named_with_those_that_are_read(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.HEIC").write_bytes(b"")
    with pytest.raises(DataError, match=r"files there end in \.heic, and what is read ends in .*\.png"):
        load_images(tmp_path)


def test_a_class_may_have_training_images_in_a_folder_of_that_name(save: Save, tmp_path: Path) -> None:
    for name in ("cat/train/a.png", "cat/train/b.png", "dog/c.png", "dog/d.png"):
        save(name, np.zeros((8, 8), np.uint8))
    assert load_images(tmp_path).class_counts() == {"cat": 2, "dog": 2}
