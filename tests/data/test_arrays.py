"""Arrays, tensors and npz: layouts, ranges, labels."""

from pathlib import Path

import numpy as np
import pytest
import torch

from gan_augment.data.images import load_images
from gan_augment.errors import DataError

Y = np.array([0, 1, 0, 1])
PIXELS = np.random.default_rng(0).integers(0, 256, (4, 8, 9, 3), dtype=np.uint8)


@pytest.mark.parametrize("wrap", [np.array, torch.tensor])
def test_grey_without_a_channel_axis(wrap: object) -> None:
    data = load_images((wrap(PIXELS[..., 0]), Y))  # type: ignore[operator]
    assert (data.images == PIXELS[..., :1]).all()


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("wrap", [np.array, torch.tensor])
def test_channels_may_come_first_or_last(wrap: object, first: bool) -> None:
    pixels = PIXELS.transpose(0, 3, 1, 2) if first else PIXELS
    data = load_images((wrap(pixels), Y))  # type: ignore[operator]
    assert (data.images == PIXELS).all()


def test_a_layout_that_could_be_either_is_said() -> None:
    both = np.zeros((4, 3, 32, 3), np.uint8)
    assert load_images((both, Y), image_size=(8, 32)).schema.channels == 3
    assert "last axis" in load_images((both, Y), image_size=(8, 8)).notes[0]
    assert "first axis" in load_images((torch.tensor(both), Y), image_size=(8, 8)).notes[0]


def test_fourth_channel_is_alpha() -> None:
    pixels = np.concatenate([PIXELS, np.zeros((4, 8, 9, 1), np.uint8)], axis=3)
    data = load_images((pixels, Y))
    assert data.images.shape == (4, 8, 9, 3)
    assert (data.images == 255).all()
    assert "transparent" in data.notes[0]


@pytest.mark.parametrize(
    ("convert", "words"),
    [
        (lambda x: (x / 255).astype(np.float32), "0 (black) to 1 (white)"),
        (lambda x: x / 127.5 - 1, "-1 (black) to 1 (white)"),
        (lambda x: x.astype(np.float64), "0 (black) to 255 (white)"),
        (lambda x: x.astype(np.int64), "0 (black) to 255 (white)"),
        (lambda x: x.astype(np.uint16) * 257, "0 (black) to 65535 (white)"),
        (lambda x: torch.tensor(x / 255, requires_grad=True), "0 (black) to 1 (white)"),
    ],
)
def test_ranges_come_back_to_the_same_bytes(convert: object, words: str) -> None:
    data = load_images((convert(PIXELS), Y))  # type: ignore[operator]
    assert (data.images == PIXELS).all()
    assert words in data.notes[0]


def test_digit_levels_and_booleans_are_spread_out() -> None:
    digits = np.tile(np.array([0.0, 8.0, 16.0, 4.0]), (4, 8, 2))
    assert load_images((digits, Y)).images[0, 0, :4, 0].tolist() == [0, 128, 255, 64]
    assert set(np.unique(load_images((digits > 5, Y)).images)) == {0, 255}


@pytest.mark.parametrize("kind", [np.uint16, np.int64, np.float64])
@pytest.mark.parametrize(("high", "white"), [(1, 1), (12, 16), (200, 255), (60000, 65535)])
def test_other_types_are_read_by_the_range_of_their_levels(kind: type, high: int, white: int) -> None:
    data = load_images((np.full((4, 8, 8), high, kind), Y))
    assert data.images.min() == data.images.max() == round(255 * high / white)
    assert f"0 (black) to {white} (white)." in data.notes[0]


def test_fractions_of_any_range_are_read_by_it_but_not_those_just_above_1() -> None:
    assert load_images((np.full((4, 8, 8), 15.5), Y)).images.max() == round(255 * 15.5 / 16)
    with pytest.raises(DataError, match="clip what resizing overshot"):
        load_images((np.full((4, 8, 8), 1.3), Y))


@pytest.mark.parametrize(
    ("kind", "high", "white"),
    [(np.uint8, 1, 255), (np.uint8, 16, 255), (np.uint16, 4095, 65535), (float, 0.05, 1), (float, 20, 255)],
)
def test_images_that_would_be_almost_black_are_refused_with_what_to_do(kind: type, high: float, white: int) -> None:
    with pytest.raises(DataError, match=f"above {high:g} where {white} is white.* Scale all of them alike"):
        load_images((np.full((4, 8, 8), high, kind), Y))
    assert not load_images((np.zeros((4, 8, 8), kind), Y)).images.any()


def test_images_of_ours_may_be_dark(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", X=np.full((4, 8, 8), 3, np.uint8), y=Y, synthetic=np.ones(4, bool))
    assert (load_images(tmp_path / "set.npz").images == 3).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite(bad: float) -> None:
    pixels = PIXELS / 255
    pixels[1, 2, 3] = bad
    with pytest.raises(DataError, match="3 pixel values are NaN or infinite"):
        load_images((pixels, Y))


def test_normalised_values_are_not_guessed_at() -> None:
    with pytest.raises(DataError, match="undo any normalisation"):
        load_images((np.random.default_rng(0).normal(size=(4, 8, 8)), Y))


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([10, 9, 10, 9], ("9", "10")),
        (torch.tensor([3, -1, 3, -1]), ("-1", "3")),
        (np.array([True, False, True, False]), ("False", "True")),
        (["b", "a", "b", "a"], ("a", "b")),
        (np.array(["b", "a", "b", "a"], dtype=object), ("a", "b")),
        (np.array([2.0, 1.0, 2.0, 1.0]), ("1", "2")),
        (np.array([[2], [1], [2], [1]]), ("1", "2")),
        (np.array([b"y", b"x", b"y", b"x"]), ("x", "y")),
    ],
)
def test_labels_of_any_kind_are_named_and_sorted(labels: object, classes: tuple[str, ...]) -> None:
    data = load_images((PIXELS, labels))
    assert data.classes == classes
    assert data.labels.tolist() == [1, 0, 1, 0]
    assert data.labels.dtype == np.int64


@pytest.mark.parametrize("labels", [[0, 1, None, None], np.array([0, 1, np.nan, np.nan]), ["a", "b", float("nan"), ""]])
def test_missing_labels_are_counted(labels: object) -> None:
    with pytest.raises(DataError, match=r"2 of 4 labels are missing \(first: item 2\)"):
        load_images((PIXELS, labels))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((PIXELS, Y[:3]), "X has 4 images but y has 3 labels"),
        ((PIXELS.reshape(4, -1), Y), "a table"),
        ((PIXELS[:0], Y[:0]), "n > 0"),
        ((PIXELS[..., :2], Y), "1, 3 or 4 channels"),
        ((PIXELS, np.eye(4)), "one label an image"),
        ((PIXELS, [0.5, 1, 1, 0]), "a fraction"),
        (([PIXELS[0], PIXELS[1, :5]], [0, 1]), "ragged"),
        ((PIXELS.astype(object), Y), "Python objects"),
        ((PIXELS.astype(str), Y), "numbers or booleans"),
        ((PIXELS, Y, Y), "tuple of 3"),
        (PIXELS, "without labels"),
        (3.5, "a float"),
        ({"X": PIXELS}, "a table"),
    ],
)
def test_arrays_that_cannot_be_used_say_why(data: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        load_images(data)


def test_a_dataframe_is_a_table() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(DataError, match="DataFrame, a table"):
        load_images(pandas.DataFrame({"a": [1]}))


class TestNpz:
    def test_round_trip(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", X=PIXELS, y=np.array(["b", "a", "b", "a"]))
        data = load_images(tmp_path / "a.npz")
        assert (data.images == PIXELS).all()
        assert data.classes == ("a", "b")

    def test_class_names_in_the_file_name_integer_labels(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", X=PIXELS, y=Y, classes=np.array(["zebra", "ant", "none"]))
        data = load_images(tmp_path / "a.npz")
        assert data.classes == ("zebra", "ant")
        assert "'none'" in data.notes[-1]

    def test_missing_array(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", X=PIXELS, labels=Y)
        with pytest.raises(DataError, match="needs the arrays X and y; it holds X, labels"):
            load_images(tmp_path / "a.npz")

    def test_labels_in_a_column_are_named_too(self, tmp_path: Path) -> None:
        labels, names = np.array([[0], [0], [1], [1], [1]]), np.array(["cat", "dog"])
        np.savez(tmp_path / "a.npz", X=np.zeros((5, 8, 8), np.uint8), y=labels, classes=names)
        assert load_images(tmp_path / "a.npz").class_counts() == {"cat": 2, "dog": 3}

    def test_object_labels_say_how_to_save_them(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", X=PIXELS, y=np.array(["a", "b", "a", "b"], dtype=object))
        with pytest.raises(DataError, match=r"y=np.array\(labels, dtype=str\)"):
            load_images(tmp_path / "a.npz")

    @pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04junk"])
    def test_damaged_file(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.npz").write_bytes(content)
        with pytest.raises(DataError, match="damaged or of another kind"):
            load_images(tmp_path / "a.npz")

    def test_truncated_file(self, tmp_path: Path) -> None:
        np.savez_compressed(tmp_path / "a.npz", X=PIXELS, y=Y)
        whole = (tmp_path / "a.npz").read_bytes()
        (tmp_path / "a.npz").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(DataError, match="damaged"):
            load_images(tmp_path / "a.npz")

    def test_flipped_bytes_inside(self, tmp_path: Path) -> None:
        np.savez_compressed(tmp_path / "a.npz", X=PIXELS, y=Y)
        whole = bytearray((tmp_path / "a.npz").read_bytes())
        whole[200:260] = bytes(60)
        (tmp_path / "a.npz").write_bytes(whole)
        with pytest.raises(DataError, match="damaged"):
            load_images(tmp_path / "a.npz")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_table_file_is_called_one(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="is a table: image data is expected"):
        load_images(tmp_path / name)


def test_any_other_file_lists_the_forms(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("")
    with pytest.raises(DataError, match=r"expected a folder of class folders.*npz"):
        load_images(str(tmp_path / "a.zip"))
