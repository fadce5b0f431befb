"""The size that is chosen when the user names none."""

import pytest

from gan_augment.data.sizes import describe_shapes, infer_size
from gan_augment.data.sources import Shape


def shapes(*sizes: tuple[int, int]) -> list[Shape]:
    return [Shape(height, width, 1) for height, width in sizes]


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (32, 24), (64, 64), (17, 53)])
def test_one_shape_is_kept(size: tuple[int, int]) -> None:
    assert infer_size(shapes(size, size, size), "crop") == size


@pytest.mark.parametrize(
    ("size", "expected"), [((480, 640), (48, 64)), ((5, 5), (8, 8)), ((2000, 20), (64, 8)), ((65, 65), (64, 64))]
)
def test_one_shape_out_of_range_is_scaled_in_proportion(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert infer_size(shapes(size, size), "crop") == expected


def test_mixed_sizes_give_a_standard_square_above_most() -> None:
    assert infer_size(shapes((20, 40), (21, 30), (25, 26), (300, 400)), "crop") == (28, 28)
    assert infer_size(shapes((200, 300), (640, 480)), "crop") == (64, 64)
    assert infer_size(shapes((3, 4), (4, 3)), "crop") == (8, 8)


def test_padding_goes_by_the_longer_side() -> None:
    assert infer_size(shapes((20, 40), (20, 38), (38, 20), (40, 20)), "pad") == (40, 40)


def test_a_side_that_half_of_the_images_share_is_taken_as_it_is() -> None:
    assert infer_size(shapes(*[(30, 30)] * 9, (31, 29)), "crop") == (30, 30)


def test_sizes_are_described_from_smallest_to_largest() -> None:
    assert describe_shapes(shapes((28, 28), (28, 28))) == "28x28"
    assert describe_shapes(shapes((480, 640), (10, 20), (30, 30))) == "10x20 to 480x640"
