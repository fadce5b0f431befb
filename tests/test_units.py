"""Durations and sizes as people write them."""

import pytest

from gan_augment.errors import ConfigError
from gan_augment.units import format_duration, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("2h", 7200), ("45", 45), ("1.5m", 90), ("1H 5s", 3605), (12.5, 12.5)],
)
def test_a_duration_reads_as_people_write_it(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "10 minutes", "m", "5d", "30m1h", "-5m", "0", "0s", -3, "nan"])
def test_a_wrong_duration_is_refused_in_a_sentence(text: str | float) -> None:
    with pytest.raises(ConfigError, match=r"duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(9, "9s"), (125, "2m05s"), (3600, "1h00m"), (5400.4, "1h30m"), (59.7, "1m00s")]
)
def test_a_duration_is_written_as_it_is_read(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
    assert parse_duration(text) == pytest.approx(seconds, abs=30)


@pytest.mark.parametrize(
    ("text", "size"), [("32", (32, 32)), ("32x48", (32, 48)), (" 8X10 ", (8, 10)), (28, (28, 28)), ((8, 9), (8, 9))]
)
def test_a_size_is_height_then_width(text: str | int | tuple[int, int], size: tuple[int, int]) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "32x", "x32", "32x48x3", "-8", "3.5"])
def test_a_wrong_size_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match="image size"):
        parse_size(text)
