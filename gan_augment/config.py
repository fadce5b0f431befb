"""Reads and changes frozen dataclass configs: to and from plain dicts, and ``key=value`` overrides."""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, TypeVar

from gan_augment.errors import ConfigError
from gan_augment.registry import unknown

C = TypeVar("C")
FIXED = {"settable": False}  # metadata of a field that `override` leaves alone


def to_dict(config: Any) -> dict[str, Any]:
    """Return a config, nested ones included, as plain JSON data."""
    return json.loads(json.dumps(dataclasses.asdict(config), default=_plain))


def from_dict(cls: type[C] | types.UnionType, values: Mapping[str, Any]) -> C:
    """Build a config from what `to_dict` gave; nested dataclasses and tuples come back as such.

    Where `cls` is a union of config classes, the first that has all of these fields is taken.
    """
    kind: Any = _member(cls, values) if isinstance(cls, types.UnionType) else cls
    hints = _hints(kind)
    extra = set(values) - set(hints)
    if extra:
        raise ConfigError(unknown("setting", sorted(extra)[0], hints))
    missing = [name for name in _required(kind) if name not in values]
    if missing:
        raise ConfigError(f"{kind.__name__} lacks the setting {missing[0]!r}.")
    return kind(**{key: _restore(hints[key], value) for key, value in values.items()})


def override(config: C, assignments: Mapping[str, Any]) -> C:
    """Return a copy of `config` with dotted keys replaced, each text value read as its field's type.

    A value that is no text counts as what JSON writes for it.

    Raises
    ------
    ConfigError
        For a key that names no field (the nearest spelling is offered), a value of the wrong type, or values that
        the config itself refuses. All are set at once: what two of them allow only together does not fail between.
    """
    known = settings(config)
    for key in assignments:
        if key not in known:
            raise ConfigError(unknown("setting", key, known))
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in assignments.items()}
    return _replace(config, texts)


def settings(config: Any, prefix: str = "") -> dict[str, Any]:
    """Return every field that `override` can set, by its dotted name."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(config):
        if not field.metadata.get("settable", True):
            continue
        value = getattr(config, field.name)
        name = f"{prefix}{field.name}"
        found |= settings(value, f"{name}.") if dataclasses.is_dataclass(value) else {name: value}
    return found


def parse_assignments(texts: typing.Iterable[str]) -> dict[str, str]:
    """Split ``["train.batch_size=64"]`` into a dict; raises `ConfigError` where the ``=`` is missing."""
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"Cannot read {text!r}: write KEY=VALUE, for example train.batch_size=64.")
        pairs[key.strip()] = value.strip()
    return pairs


def _plain(value: Any) -> int | float:
    """Return a number that is none of Python's own, such as NumPy's, as one of these."""
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    raise ConfigError(f"{value!r} cannot be a setting: give text, a number, or a list of them.")


def _hints(cls: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def _member(union: types.UnionType, values: Mapping[str, Any]) -> Any:
    members = [member for member in typing.get_args(union) if set(values) <= set(_hints(member))]
    if not members:
        names = " or ".join(member.__name__ for member in typing.get_args(union))
        raise ConfigError(f"These settings are not those of a {names}: {', '.join(values)}.")
    return members[0]


def _required(cls: Any) -> list[str]:
    absent = dataclasses.MISSING
    return [field.name for field in dataclasses.fields(cls) if field.default is field.default_factory is absent]


def _replace(config: Any, assignments: Mapping[str, str], prefix: str = "") -> Any:
    hints = typing.get_type_hints(type(config))
    changed: dict[str, Any] = {}
    for name in dict.fromkeys(key.partition(".")[0] for key in assignments):
        if name in assignments:
            changed[name] = _parse(hints[name], assignments[name], prefix + name)
        else:
            start = f"{name}."
            inner = {key.removeprefix(start): text for key, text in assignments.items() if key.startswith(start)}
            changed[name] = _replace(getattr(config, name), inner, prefix + start)
    try:
        return dataclasses.replace(config, **changed)
    except ConfigError as error:
        said = ", ".join(f"{prefix}{key}={text}" for key, text in assignments.items())
        raise ConfigError(f"Cannot set {said}: {error}") from error


def _parse(hint: Any, text: str, key: str) -> Any:
    if _allows_none(hint) and text.lower() in ("none", "null"):
        return None
    try:
        return _restore(hint, _read(_strip_none(hint), text), strict=True)
    except (ValueError, TypeError, OverflowError) as error:
        raise ConfigError(f"Setting {key!r} cannot be {text!r}: expected {_describe(hint)}.") from error


def _read(kind: Any, text: str) -> Any:
    if kind in (str, float):  # float reads .5 and 5e-4 as people write them; JSON would refuse the first
        return kind(text)
    return json.loads(text.lower() if text in ("True", "False") else text)


def _restore(hint: Any, value: Any, strict: bool = False) -> Any:
    if value is None and not strict:
        return None
    if _is_choice(hint):
        return from_dict(hint, value)
    hint = _strip_none(hint)
    if dataclasses.is_dataclass(hint):
        return from_dict(typing.cast(type, hint), value)
    if typing.get_origin(hint) is tuple:
        return _restore_tuple(hint, value, strict)
    if strict and hint in (int, float, bool):
        return _scalar(hint, value)
    return value


def _restore_tuple(hint: Any, value: Any, strict: bool) -> tuple[Any, ...]:
    kinds = typing.get_args(hint)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if not isinstance(value, (list, tuple)) or len(value) != len(kinds):
        raise ValueError(value)
    return tuple(_restore(kind, item, strict) for kind, item in zip(kinds, value, strict=True))


def _scalar(kind: type, value: Any) -> Any:
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, (int, float)):
        raise ValueError(value)
    if kind is int and value != int(value):
        raise ValueError(value)
    return kind(value)


def _is_choice(hint: Any) -> bool:
    """Whether a hint is a union of config classes."""
    return isinstance(hint, types.UnionType) and all(map(dataclasses.is_dataclass, typing.get_args(hint)))


def _strip_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def _allows_none(hint: Any) -> bool:
    return type(None) in typing.get_args(hint)


def _describe(hint: Any) -> str:
    kind, kinds = _strip_none(hint), typing.get_args(_strip_none(hint))
    if typing.get_origin(kind) is tuple and Ellipsis not in kinds:
        name = f"a list such as {json.dumps([0.5] * len(kinds))}"
    else:
        name = getattr(kind, "__name__", str(hint))
    return name + (" or none" if _allows_none(hint) else "")
