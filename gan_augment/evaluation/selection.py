"""Picks arms and models by name: those that are known, in their order, then the caller's own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from gan_augment.errors import ConfigError
from gan_augment.evaluation.factories import load_factory
from gan_augment.registry import lookup


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """What it is asked for by."""
        ...


A = TypeVar("A", bound=Named)
F = TypeVar("F", bound=Callable[..., Any])


def pick_arms(arms: Sequence[str | A], known: Mapping[str, A]) -> tuple[A, ...]:
    """Return arms by name in the order of `known`, then the caller's own.

    Raises
    ------
    ConfigError
        For an unknown name (the nearest is offered), a name that two arms have, or none at all.
    """
    named = {lookup(known, arm, "arm").name for arm in arms if isinstance(arm, str)}
    own = [arm for arm in arms if not isinstance(arm, str)]
    chosen = [arm for name, arm in known.items() if name in named] + own
    if not chosen:
        raise ConfigError(f"Name at least one arm to evaluate out of: {', '.join(known)}.")
    names = [arm.name for arm in chosen]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ConfigError(f"Two arms have the name {twice[0]!r}: give one of them another.")
    return tuple(chosen)


def pick_models(
    models: Sequence[str] | Mapping[str, F],
    known: Mapping[str, F],
    own_fn: Callable[[str, Callable[..., Any]], F],
) -> dict[str, F]:
    """Return model factories by name.

    Parameters
    ----------
    models
        Names out of `known` and ``module:factory`` texts; or the caller's own by name, which are taken as they are.
    known
        Factories by name; those that are picked come in this order, before ``module:factory`` ones.
    own_fn
        ``(text, what it names) ->`` a factory.

    Raises
    ------
    ConfigError
        For an unknown name (the nearest is offered), a factory that cannot be imported, or none at all.
    """
    if isinstance(models, Mapping):
        chosen = dict(models)
    else:
        own = {text: own_fn(text, load_factory(text)) for text in models if ":" in text}
        named = {name: lookup(known, name, "model") for name in models if name not in own}
        chosen = {name: factory for name, factory in known.items() if name in named} | own
    if not chosen:
        raise ConfigError(f"Name at least one model to evaluate with out of: {', '.join(known)}.")
    return chosen
