"""Marks in PNG files."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from gan_augment.generation.png import SOURCE_TYPE, XMP_KEYWORD, encode_png, synthetic_marks

IMAGE = np.arange(8 * 9 * 3, dtype=np.uint8).reshape(8, 9, 3)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("image", [IMAGE, IMAGE[..., :1]])
def test_pixels_survive_in_their_own_number_of_channels(image: np.ndarray) -> None:
    back = np.asarray(opened(encode_png(image, synthetic_marks("cat", 0, 0, "f00"))))
    assert np.array_equal(back, image if image.shape[-1] == 3 else image[..., 0])


@pytest.mark.parametrize("name", ["cat", "猫", "a\nb\0\udcff"])
def test_a_synthetic_image_says_so_to_people(name: str) -> None:
    text = opened(encode_png(IMAGE, synthetic_marks(name, 7, 3, "f00"))).text
    assert text["Synthetic"] == "true"
    assert (text["Index"], text["Seed"], text["Generator"]) == ("7", "3", "f00")
    assert text["Class"].startswith(name[0])


def test_a_synthetic_image_says_so_to_programs_that_read_xmp() -> None:
    packet = opened(encode_png(IMAGE, synthetic_marks("cat", 7, 3, "f00"))).text[XMP_KEYWORD]
    tree = ElementTree.fromstring(packet)
    found = tree.findall(".//{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType")
    assert [element.text for element in found] == [SOURCE_TYPE]


def test_a_real_image_is_not_marked() -> None:
    assert opened(encode_png(IMAGE)).text == {}


def test_equal_images_give_equal_bytes() -> None:
    first, second = (encode_png(IMAGE, synthetic_marks("cat", 7, 3, "f00")) for _ in range(2))
    assert first == second
