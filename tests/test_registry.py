"""Unknown names and their nearest spellings."""

import pytest

from gan_augment.errors import ConfigError
from gan_augment.registry import lookup, nearest, unknown

RECIPES = {"dcgan": 1, "hinge": 2, "r3": 3}


def test_known_name_gives_its_entry() -> None:
    assert lookup(RECIPES, "hinge", "recipe") == 2


@pytest.mark.parametrize(("name", "guess"), [("hing", "hinge"), ("dc-gan", "dcgan"), ("DCGAN", "dcgan"), ("R3", "r3")])
def test_misspelled_name_offers_the_nearest_and_lists_all(name: str, guess: str) -> None:
    with pytest.raises(ConfigError) as info:
        lookup(RECIPES, name, "recipe")
    assert str(info.value) == f"Unknown recipe {name!r}. Did you mean {guess!r}? Known: dcgan, hinge, r3."


def test_nothing_is_offered_where_nothing_is_close() -> None:
    assert nearest("xyzzy", RECIPES) is None
    assert unknown("recipe", "xyzzy", RECIPES) == "Unknown recipe 'xyzzy'. Known: dcgan, hinge, r3."


def test_message_stays_one_line_whatever_the_name() -> None:
    assert "\n" not in unknown("class", "a\nb", ["a"])
    assert nearest("a", []) is None


def test_case_matters_where_names_differ_by_it_alone() -> None:
    assert nearest("Cat", ["cat", "Cat"]) == "Cat"
    assert nearest("CAT", ["Dog", "Cat"]) == "Cat"
