"""How many samples of each class: every way of saying it becomes one ``{class: count}`` dict in label order."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

from gan_augment.errors import ConfigError
from gan_augment.registry import unknown

Counts = dict[str, int]
CountsSpec = int | float | str | Mapping[str, int] | Callable[[Counts], Mapping[str, int]]
BALANCE = "balance"


def resolve_counts(spec: CountsSpec, classes: Sequence[str], class_counts: Mapping[str, int] | None = None) -> Counts:
    """Return how many samples to make of each class, in the order of `classes`, without classes that get none.

    Parameters
    ----------
    spec
        ``5000``: of every class; ``{"cat": 10}``: of these classes; ``"balance"``: what lifts every class to the
        largest; ``0.5`` (a float): this share of each class's real count, rounded, at least 1; a function that is
        given the real counts and returns a mapping, in which 0 leaves a class out.
    classes
        The classes that can be made, in label order.
    class_counts
        Real samples of each class; needed by all but the first two ways.

    Raises
    ------
    ConfigError
        For a number below 1 or not whole, an unknown class, or a result without any sample.
    """
    if isinstance(spec, str):
        if spec != BALANCE:
            raise ConfigError(unknown("way to count samples", spec, [BALANCE]))
        counts = _balance(_known(class_counts, classes), classes)
    elif isinstance(spec, Mapping):
        counts = {name: _at_least(1, count, name) for name, count in _checked(spec, classes).items()}
    elif callable(spec):
        made = _checked(spec(dict(_known(class_counts, classes))), classes)
        counts = {name: _at_least(0, count, name) for name, count in made.items()}
    elif isinstance(spec, Real) and not isinstance(spec, Integral):
        counts = _ratio(float(spec), _known(class_counts, classes))
    else:
        counts = {name: _at_least(1, spec, name) for name in classes}
    return _ordered(counts, classes)


def share_counts(total: int, class_counts: Mapping[str, int]) -> Counts:
    """Divide `total` samples by the classes' own shares, so that the parts sum to it exactly (largest remainder).

    Raises
    ------
    ConfigError
        If `total` is below 1 or not whole, or there are no real samples to take shares from.
    """
    total = _at_least(1, total)
    n_real = sum(class_counts.values())
    if n_real < 1:
        raise ConfigError("There are no real samples to take class shares from: give the counts by class instead.")
    exact = {name: Fraction(total * count, n_real) for name, count in class_counts.items()}
    counts = {name: math.floor(part) for name, part in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    return _ordered(counts, list(class_counts))


def restrict_counts(counts: Mapping[str, int], chosen: Iterable[str], classes: Sequence[str]) -> Counts:
    """Return the counts of the chosen classes alone, in the order of `classes`.

    Raises
    ------
    ConfigError
        For a chosen class that is not in `classes`, or when none of the chosen ones gets any sample.
    """
    wanted = set(_checked(dict.fromkeys(chosen, 0), classes))
    return _ordered({name: count for name, count in counts.items() if name in wanted}, classes)


def _balance(class_counts: Mapping[str, int], classes: Sequence[str]) -> Counts:
    largest = max(class_counts.values(), default=0)
    counts = {name: largest - class_counts.get(name, 0) for name in classes}
    if not any(counts.values()):
        raise ConfigError("The classes are balanced already: nothing needs to be added.")
    return counts


def _ratio(ratio: float, class_counts: Mapping[str, int]) -> Counts:
    if not (math.isfinite(ratio) and ratio > 0):
        raise ConfigError(f"The ratio of synthetic to real samples must be above 0, not {ratio:g}.")
    return {name: max(1, math.floor(ratio * count + 0.5)) if count else 0 for name, count in class_counts.items()}


def _known(class_counts: Mapping[str, int] | None, classes: Sequence[str]) -> Mapping[str, int]:
    if class_counts is None:
        raise ConfigError("This way to count needs the real samples of each class: pass class_counts.")
    return _checked(class_counts, classes)


def _checked(by_class: Mapping[str, Any], classes: Sequence[str]) -> Mapping[str, Any]:
    for name in by_class:
        if name not in classes:
            raise ConfigError(unknown("class", name, classes))
    return by_class


def _at_least(least: int, count: Any, name: str | None = None) -> int:
    whose = f" of class {name!r}" if name is not None else ""
    if isinstance(count, bool) or not isinstance(count, Integral):
        raise ConfigError(f"The number of samples{whose} must be a whole number, not {count!r}.")
    if count < least:
        raise ConfigError(f"The number of samples{whose} must be {least} or more, not {count}.")
    return int(count)


def _ordered(counts: Mapping[str, int], classes: Sequence[str]) -> Counts:
    result = {name: counts[name] for name in classes if counts.get(name)}
    if not result:
        raise ConfigError("No class would get any sample: ask for at least one.")
    return result
