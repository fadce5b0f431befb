"""Configs: to and from plain data, and overrides by dotted key."""

import json
from dataclasses import dataclass, field

import numpy as np
import pytest

from gan_augment.config import FIXED, from_dict, override, parse_assignments, settings, to_dict
from gan_augment.errors import ConfigError


@dataclass(frozen=True)
class Inner:
    batch_size: int = 32
    betas: tuple[float, float] = (0.0, 0.9)
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ConfigError("batch_size must be at least 1.")


@dataclass(frozen=True)
class Outer:
    name: str = "a"
    rate: float = 1e-3
    flips: bool = False
    note: str | None = None
    train: Inner = field(default_factory=Inner)
    other: Inner | None = None
    stages: tuple[Inner, ...] = ()


FULL = Outer(note="x", other=Inner(1), stages=(Inner(2, limit=5), Inner(3)))


@pytest.mark.parametrize("config", [Outer(), FULL])
def test_plain_data_gives_the_same_config_back(config: Outer) -> None:
    assert from_dict(Outer, to_dict(config)) == config


def test_numbers_of_other_libraries_become_plain_ones() -> None:
    plain = to_dict(Outer(rate=np.float32(0.5), train=Inner(np.int64(8))))  # type: ignore[arg-type]
    assert json.dumps([plain["rate"], plain["train"]["batch_size"]]) == "[0.5, 8]"
    with pytest.raises(ConfigError, match="cannot be a setting"):
        to_dict(Outer(note=object()))  # type: ignore[arg-type]


def test_old_files_without_a_new_setting_take_its_default() -> None:
    assert from_dict(Outer, {"train": {"batch_size": 8}}) == Outer(train=Inner(8))


def test_unknown_setting_in_a_file_is_named() -> None:
    with pytest.raises(ConfigError, match=r"Unknown setting 'nam'. Did you mean 'name'"):
        from_dict(Outer, {"nam": "b"})


def test_missing_setting_without_a_default_is_named() -> None:
    @dataclass(frozen=True)
    class Needs:
        size: int

    with pytest.raises(ConfigError, match=r"Needs lacks the setting .size."):
        from_dict(Needs, {})


@pytest.mark.parametrize(
    ("key", "text", "read"),
    [
        ("train.batch_size", "64", lambda c: c.train.batch_size == 64),
        ("train.batch_size", "1e2", lambda c: c.train.batch_size == 100),
        ("train.betas", "[0.5, 0.99]", lambda c: c.train.betas == (0.5, 0.99)),
        ("train.limit", "7", lambda c: c.train.limit == 7),
        ("train.limit", "none", lambda c: c.train.limit is None),
        ("rate", "2e-4", lambda c: c.rate == 2e-4),
        ("rate", "1", lambda c: c.rate == 1.0 and isinstance(c.rate, float)),
        ("flips", "true", lambda c: c.flips is True),
        ("flips", "False", lambda c: c.flips is False),
        ("name", "64", lambda c: c.name == "64"),
        ("name", "none", lambda c: c.name == "none"),
        ("note", "None", lambda c: c.note is None),
        ("other.batch_size", "9", lambda c: c.other.batch_size == 9),
    ],
)
def test_text_is_read_as_the_type_of_its_field(key: str, text: str, read: object) -> None:
    config = override(FULL, {key: text})
    assert read(config)  # type: ignore[operator]
    assert FULL.train == Inner()


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("train.batch_size", "6.5", "int"),
        ("train.batch_size", "many", "int"),
        ("train.batch_size", "true", "int"),
        ("train.batch_size", "1e999", "int"),
        ("train.batch_size", "NaN", "int"),
        ("train.batch_size", "none", "int"),
        ("train.batch_size", "", "int"),
        ("train.batch_size", "null", "int"),
        ("train.limit", "x", "int or none"),
        ("train.betas", "0.5", "a list such as [0.5, 0.5]"),
        ("train.betas", '"ab"', "a list such as [0.5, 0.5]"),
        ("train.betas", "[0.5]", "a list such as [0.5, 0.5]"),
        ("train.betas", '[0.5, "x"]', "a list such as [0.5, 0.5]"),
        ("rate", "fast", "float"),
        ("flips", "1", "bool"),
        ("flips", "yes", "bool"),
    ],
)
def test_values_of_the_wrong_type_say_what_is_expected(key: str, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as info:
        override(Outer(), {key: text})
    message = str(info.value)
    assert message.startswith(f"Setting {key!r} cannot be {text!r}: expected {expected}")


@pytest.mark.parametrize(
    ("key", "guess"),
    [
        ("train.batchsize", "train.batch_size"),
        ("tran.batch_size", "train.batch_size"),
        ("batch_size", "train.batch_size"),
        ("nmae", "name"),
        ("train.batch_size.x", "train.batch_size"),
    ],
)
def test_misspelled_key_offers_the_nearest(key: str, guess: str) -> None:
    with pytest.raises(ConfigError, match=f"Unknown setting '{key}'. Did you mean '{guess}'"):
        override(Outer(), {key: "1"})


@pytest.mark.parametrize("key", ["train", "other.batch_size", "name.x", "train..x", "__class__"])
def test_keys_that_name_no_single_field(key: str) -> None:
    with pytest.raises(ConfigError, match="Unknown setting"):
        override(Outer(), {key: "1"})


def test_out_of_range_is_what_the_config_itself_says() -> None:
    with pytest.raises(ConfigError, match="batch_size must be at least 1"):
        override(Outer(), {"train.batch_size": "0"})


def test_every_setting_is_listed_by_its_dotted_name() -> None:
    found = settings(Outer())
    names = list(found)
    assert names[:4] == ["name", "rate", "flips", "note"]
    assert found["train.betas"] == Outer().train.betas
    assert "train.betas" in names
    assert "train" not in names


def test_assignments_are_split_at_the_first_equals_sign() -> None:
    assert parse_assignments(["a.b=1", " c = x=y "]) == {"a.b": "1", "c": "x=y"}
    for text in ("a", "=1", " =1", ""):
        with pytest.raises(ConfigError, match="KEY=VALUE"):
            parse_assignments([text])


@dataclass(frozen=True)
class Pair:
    low: int = 0
    high: int = 1
    name: str = field(default="a", metadata=FIXED)

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ConfigError("low must be below high.")


def test_values_that_are_legal_only_together_can_be_set_in_any_order() -> None:
    assert override(Pair(), {"low": "5", "high": "6"}) == Pair(5, 6)
    assert override(Pair(5, 6), {"high": "1", "low": "0"}) == Pair()


def test_a_refused_value_is_named_as_it_was_said() -> None:
    with pytest.raises(ConfigError, match=r"Cannot set train\.batch_size=0: batch_size must"):
        override(Outer(), {"train.batch_size": "0"})


def test_what_identifies_a_config_cannot_be_set() -> None:
    assert list(settings(Pair())) == ["low", "high"]
    with pytest.raises(ConfigError, match="Unknown setting 'name'"):
        override(Pair(), {"name": "b"})


def test_values_that_are_no_text_are_what_json_writes_for_them() -> None:
    assert override(Outer(), {"train.batch_size": 7}) == override(Outer(), {"train.batch_size": "7"})
    with pytest.raises(ConfigError, match="cannot be '7.5'"):
        override(Outer(), {"train.batch_size": 7.5})
