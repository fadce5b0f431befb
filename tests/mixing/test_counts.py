"""Every way of saying how many becomes the same kind of dict."""

from typing import Any

import numpy as np
import pytest

from gan_augment.errors import ConfigError
from gan_augment.mixing.counts import resolve_counts, restrict_counts, share_counts

CLASSES = ("cat", "dog", "owl")
REAL = {"cat": 100, "dog": 40, "owl": 5}


@pytest.mark.parametrize(
    ("spec", "counts"),
    [
        (7, {"cat": 7, "dog": 7, "owl": 7}),
        (np.int64(7), {"cat": 7, "dog": 7, "owl": 7}),
        ({"owl": 3, "cat": np.int64(2)}, {"cat": 2, "owl": 3}),
        ("balance", {"dog": 60, "owl": 95}),
        (0.5, {"cat": 50, "dog": 20, "owl": 3}),
        (0.01, {"cat": 1, "dog": 1, "owl": 1}),
        (2.0, {"cat": 200, "dog": 80, "owl": 10}),
        (lambda real: {name: 50 - min(n, 50) for name, n in real.items()}, {"dog": 10, "owl": 45}),
    ],
)
def test_every_spelling_gives_positive_counts_in_label_order(spec: Any, counts: dict[str, int]) -> None:
    found = resolve_counts(spec, CLASSES, REAL)
    assert list(found.items()) == list(counts.items())
    assert all(type(count) is int for count in found.values())


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (0, "1 or more"),
        (-5, "1 or more"),
        ({"cat": 0}, "'cat' must be 1 or more"),
        ({"cat": 2.0}, "whole number"),
        ({"cat": True}, "whole number"),
        ({"cat": "3"}, "whole number"),
        (True, "whole number"),
        (None, "whole number"),
        ({"Dog": 3}, "Did you mean 'dog'"),
        ({}, "No class"),
        ("balanced", "Did you mean 'balance'"),
        (-0.5, "above 0"),
        (float("nan"), "above 0"),
        (lambda real: {"cat": -1}, "0 or more"),
        (lambda real: {"cta": 1}, "Did you mean 'cat'"),
        (lambda real: {}, "No class"),
    ],
)
def test_a_wrong_number_is_refused_in_a_sentence(spec: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        resolve_counts(spec, CLASSES, REAL)


def test_what_rests_on_real_counts_says_so_when_there_are_none() -> None:
    for spec in ("balance", 0.5, lambda real: real):
        with pytest.raises(ConfigError, match="class_counts"):
            resolve_counts(spec, CLASSES)


def test_balance_with_data_of_other_classes_names_the_stranger() -> None:
    with pytest.raises(ConfigError, match="'cow'"):
        resolve_counts("balance", CLASSES, {"cow": 3})


def test_balance_fills_a_class_that_has_no_real_sample() -> None:
    assert resolve_counts("balance", CLASSES, {"cat": 3, "dog": 1}) == {"dog": 2, "owl": 3}


def test_balancing_balanced_data_says_that_nothing_is_needed() -> None:
    with pytest.raises(ConfigError, match="balanced already"):
        resolve_counts("balance", CLASSES, dict.fromkeys(CLASSES, 4))


@pytest.mark.parametrize("total", [1, 2, 10, 99, 2000, 10**12 + 7])
def test_shares_sum_to_the_total_exactly_and_stay_within_one(total: int) -> None:
    counts = share_counts(total, REAL)
    assert sum(counts.values()) == total
    assert all(abs(counts.get(name, 0) * 145 - total * n) < 145 for name, n in REAL.items())


def test_shares_of_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match="1 or more"):
        share_counts(0, REAL)
    with pytest.raises(ConfigError, match="no real samples"):
        share_counts(5, {"cat": 0})


def test_restricting_keeps_label_order_and_refuses_strangers() -> None:
    assert list(restrict_counts(REAL, ["owl", "cat"], CLASSES)) == ["cat", "owl"]
    with pytest.raises(ConfigError, match="Did you mean 'owl'"):
        restrict_counts(REAL, ["owls"], CLASSES)
    with pytest.raises(ConfigError, match="No class"):
        restrict_counts({"cat": 3}, ["owl"], CLASSES)
