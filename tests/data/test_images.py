"""The door to the data room: settings, passing through, memory."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan_augment.data import cache
from gan_augment.data.images import load_images
from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.errors import ConfigError, DataError, OutputError

MakeFolder = Callable[..., Path]
PIXELS = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)
PAIR = (PIXELS, ["b", "a"] * 3)


@pytest.mark.parametrize("size", [(8, 128), (128, 8), (28, 20)])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_size_and_channels_asked_for_come_out(size: tuple[int, int], channels: int) -> None:
    data = load_images(PAIR, image_size=size, channels=channels)
    assert data.images.shape == (6, *size, channels)
    assert (data.schema.height, data.schema.width, data.schema.channels) == (*size, channels)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image_size": (7, 8)}, "8 to 128"),
        ({"image_size": (8, 129)}, "8 to 128"),
        ({"image_size": 32}, "height, width"),
        ({"image_size": (8.5, 8)}, "8 to 128"),
        ({"channels": 2}, "1 .grey. or 3"),
        ({"aspect": "cropp"}, "Did you mean 'crop'"),
        ({"part": "trian"}, "Did you mean 'train'"),
    ],
)
def test_bad_settings_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_images(PAIR, **options)


def test_the_aspect_is_remembered_and_said() -> None:
    data = load_images((PIXELS[:, :, :12], PAIR[1]), image_size=(8, 8), aspect="pad")
    assert data.schema.aspect == "pad"
    assert "16x12" in data.notes[0]
    assert "8x8 (pad)" in data.notes[0]


class TestPassingThrough:
    def test_fitting_images_are_not_copied(self) -> None:
        data = load_images(PAIR)
        assert load_images(data) is data
        assert load_images(data, image_size=(16, 16), channels=3, classes=("a", "b")) is data

    def test_other_sizes_and_channels_are_brought_about(self) -> None:
        data = load_images(PAIR)
        smaller = load_images(data, image_size=(8, 8), channels=1)
        assert smaller.images.shape == (6, 8, 8, 1)
        assert smaller.classes == data.classes
        assert smaller.labels.tolist() == data.labels.tolist()

    def test_dark_images_are_not_rescaled(self) -> None:
        data = load_images(PAIR)
        dark = replace(data, images=data.images // 100)
        assert load_images(dark, image_size=(16, 24), aspect="pad").images.max() <= 2

    @pytest.mark.parametrize("size", [None, (8, 8)])
    def test_labels_follow_the_known_classes(self, size: tuple[int, int] | None) -> None:
        data = load_images(load_images(PAIR), image_size=size, classes=("x", "b", "a"))
        assert data.classes == ("x", "b", "a")
        assert data.labels.tolist() == [1, 2, 1, 2, 1, 2]
        with pytest.raises(DataError, match="Unknown class 'b'"):
            load_images(load_images(PAIR), image_size=size, classes=("a",))

    @pytest.mark.parametrize("size", [None, (8, 8)])
    def test_a_subset_that_lost_a_class_is_refused(self, size: tuple[int, int] | None) -> None:
        part = load_images(PAIR).subset(np.array([0, 2, 4]))
        with pytest.raises(DataError, match="Class 'a' has fewer than two"):
            load_images(part, image_size=size)
        with pytest.raises(DataError, match="no images"):
            load_images(part.subset(np.array([], dtype=int)))


def test_fingerprints_tell_equal_images() -> None:
    data = load_images((np.concatenate([PIXELS, PIXELS[:2]]), ["a", "b"] * 4))
    prints = data.fingerprints()
    assert prints.shape == (8, 16)
    assert (prints[6:] == prints[:2]).all()
    assert len(np.unique(prints, axis=0)) == 6


class TestMemory:
    def test_many_images_lie_in_a_file_that_vanishes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_folder: MakeFolder
    ) -> None:
        root = make_folder(n=30)
        expected = load_images(root)
        (root / "cat" / "7.png").write_bytes(b"")
        monkeypatch.setattr(cache, "MEMORY_LIMIT", 100)
        data = load_images(root, cache_dir=tmp_path / "scratch")
        assert isinstance(data.images, np.memmap)
        kept = [i for i in range(60) if i != 7]
        assert (data.images == expected.images[kept]).all()
        assert data.labels.tolist() == expected.labels[kept].tolist()
        del data
        assert list((tmp_path / "scratch").iterdir()) == []

    def test_datasets_wait_on_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cache, "MEMORY_LIMIT", 100)
        data = load_images(list(zip(*PAIR, strict=True)), cache_dir=tmp_path)
        assert (data.images == PIXELS).all()

    @pytest.mark.parametrize("form", [PAIR, list(zip(*PAIR, strict=True))])
    def test_no_room_is_one_clear_line(self, form: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").write_text("")
        monkeypatch.setattr(cache, "MEMORY_LIMIT", 100)
        with pytest.raises(OutputError, match="Cannot make the folder"):
            load_images(form, cache_dir=tmp_path / "file" / "inside")

    def test_full_disk_is_noticed_before_decoding(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*args: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(cache, "MEMORY_LIMIT", 100)
        monkeypatch.setattr(cache, "_claim", full)
        with pytest.raises(OutputError, match=r"scratch file of .*No space left"):
            load_images(PAIR, cache_dir=tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_progress_goes_to_stderr_and_only_when_asked(capfd: pytest.CaptureFixture[str]) -> None:
    load_images(PAIR)
    assert capfd.readouterr() == ("", "")
    load_images(PAIR, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "Decoding" in err


def test_digest_knows_pixels_labels_and_order_and_not_where_they_lie() -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), dtype=np.uint8)
    data = LabelledImages(images, np.array([0, 0, 1, 1]), ImageSchema(8, 8, 1, ("cat", "dog")))
    same = replace(data, images=images.copy(), labels=data.labels.astype(np.int32), names=("a", "b", "c", "d"))
    others = (replace(data, images=255 - images), replace(data, labels=data.labels[::-1]), data.subset(np.arange(3)))
    assert len(data.digest()) == 64
    assert same.digest() == data.digest() == data.subset(np.arange(4)).digest()
    assert data.digest() not in {other.digest() for other in (*others, data.subset(np.array([1, 0, 2, 3])))}
