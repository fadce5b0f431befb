"""How many files a way of adding synthetic samples comes to, and which ways are settled by files."""

import pytest

from gan_augment.errors import ConfigError
from gan_augment.evaluation.choose import added_counts, is_of_files


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ("share 0.5", {"cat": 60, "dog": 30, "owl": 10}),
        ("share 0.5, real last", {"cat": 60, "dog": 30, "owl": 10}),
        ("share 0.2", {"cat": 15, "dog": 8, "owl": 2}),
        ("rows 1", {"cat": 60, "dog": 30, "owl": 10}),
        ("rows 2.0", {"cat": 120, "dog": 60, "owl": 20}),
        ("rows 0.5, weight 0.5", {"cat": 30, "dog": 15, "owl": 5}),
        ("balance", {"dog": 30, "owl": 50}),
        ("rare, share 0.2", {"dog": 9, "owl": 16}),
        ("rare, share 0.5", {"dog": 30, "owl": 50}),
        ("rare, share 0.2, curated", {"dog": 9, "owl": 16}),
    ],
)
def test_a_usage_is_so_many_samples_on_the_disk(usage, expected):
    assert added_counts(usage, {"cat": 60, "dog": 30, "owl": 10}) == expected


def test_rows_on_the_disk_are_as_many_as_were_tried():
    assert sum(added_counts("rows 2", {"a": 30_000, "b": 300}).values()) == 20_000
    assert sum(added_counts("share 0.5", {"a": 30_000, "b": 300}).values()) == 30_300


def test_a_tiny_share_is_still_one_sample():
    assert sum(added_counts("share 0.1", {"a": 2, "b": 1}).values()) == 1


@pytest.mark.parametrize(
    "usage", ["share 1", "share 0", "share 1.5", "rows 0", "rows", "rows -1", "share 0.2.5", "shares 0.25", "share x"]
)
def test_what_is_no_usage_is_said(usage):
    with pytest.raises(ConfigError, match="Cannot tell how many samples"):
        added_counts(usage, {"cat": 60, "dog": 30})


def test_files_say_nothing_of_weights_and_of_an_order():
    of_files = (
        "share 0.25",
        "rows 1",
        "balance",
        "rare, share 0.25",
        "share 0.25, curated",
        "rare, share 0.25, curated",
    )
    assert all(map(is_of_files, of_files))
    assert not any(map(is_of_files, ("share 0.5, real last", "share 0.5, weight 0.5", "pretrain", "consistency")))
