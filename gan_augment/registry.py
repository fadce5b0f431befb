"""Looks a name up in a plain dict; an unknown one becomes an error with the nearest spelling."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from gan_augment.errors import ConfigError

T = TypeVar("T")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name spelled most like `name`, or None when none is close; case counts only to break ties."""
    by_folded: dict[str, str] = {}
    for candidate in map(str, known):
        if candidate == name or candidate.casefold() not in by_folded:
            by_folded[candidate.casefold()] = candidate
    matches = get_close_matches(str(name).casefold(), list(by_folded), n=1, cutoff=0.5)
    return by_folded[matches[0]] if matches else None


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """One sentence that names an unknown thing, its nearest spelling and every legal one."""
    names = list(known)
    guess = nearest(name, names)
    hint = f" Did you mean {guess!r}?" if guess else ""
    return f"Unknown {kind} {name!r}.{hint} Known: {', '.join(names)}."


def lookup(registry: Mapping[str, T], name: str, kind: str) -> T:
    """Return ``registry[name]``.

    Raises
    ------
    ConfigError
        If the name is not registered; the message offers the nearest spelling.
    """
    if name not in registry:
        raise ConfigError(unknown(kind, name, registry))
    return registry[name]
