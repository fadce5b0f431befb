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
        Names out of `known` and ``module:factory`` texts; or factories by name, those of `known` among them.
    known
        Factories by name; those that are picked come in this order, before ``module:factory`` ones.
    own_fn
        ``(its name, what the caller gave or the text names) ->`` a factory.

    Raises
    ------
    ConfigError
        For an unknown name (the nearest is offered), what is no factory or cannot be imported, or none at all.
    """
    if isinstance(models, Mapping):
        uncalled = next((name for name, factory in models.items() if not callable(factory)), None)
        if uncalled is not None:
            raise ConfigError(f"The model {uncalled!r} is no function or class: give one that makes a classifier.")
        chosen = {name: made if made in known.values() else own_fn(name, made) for name, made in models.items()}
    else:
        other = next((model for model in models if not isinstance(model, str)), None)
        if other is not None:
            raise ConfigError(f"{other!r} is no model's name: give what makes it by a name, such as {{'mine': make}}.")
        own = {text: own_fn(text, load_factory(text)) for text in models if ":" in text}
        named = {name: lookup(known, name, "model") for name in models if name not in own}
        chosen = {name: factory for name, factory in known.items() if name in named} | own
    if not chosen:
        raise ConfigError(f"Name at least one model to evaluate with out of: {', '.join(known)}.")
    return chosen
