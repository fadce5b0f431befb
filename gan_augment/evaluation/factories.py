"""Finds a caller's own classifier by the text that names it, ``module:factory``; knows nothing of what it makes."""

import importlib
import os
import sys
from collections.abc import Callable
from functools import reduce
from typing import Any

from gan_augment.errors import ConfigError
from gan_augment.registry import nearest


def load_factory(text: str) -> Callable[..., Any]:
    """Return what a text such as ``my_models:make_classifier`` names.

    Parameters
    ----------
    text
        A module as in an import statement, a colon, and the name of a function or class in it (``name.inner`` for one
        inside a class). Modules are looked for where Python looks for them and in the current directory, which is
        added to the end of `sys.path` for that, so that processes started later find them too.

    Raises
    ------
    ConfigError
        If the text has no colon, the module cannot be imported, has nothing of that name, or it cannot be called.
    """
    module_name, colon, path = text.partition(":")
    if not (module_name and colon and path):
        raise ConfigError(f"Cannot read the classifier {text!r}: write MODULE:FACTORY, such as my_models:make_net.")
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    module = _imported(module_name)
    try:
        found = reduce(getattr, path.split("."), module)
    except AttributeError as error:
        guess = nearest(path, [name for name in vars(module) if not name.startswith("_")])
        hint = f" Did you mean {guess!r}?" if guess else ""
        raise ConfigError(f"The module {module_name!r} has no {path!r}.{hint}") from error
    if not callable(found):
        raise ConfigError(f"{text!r} is no function or class: name one that makes a classifier.")
    return found


def settle_chance(model: Any, seed: int) -> None:
    """Give an estimator, and those inside of it, a seed where they have none of their own."""
    parameters = model.get_params() if hasattr(model, "get_params") else {}
    unset = {name: seed for name, value in parameters.items() if name.endswith("random_state") and value is None}
    if unset:
        model.set_params(**unset)


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise ConfigError(f"The module {name!r} needs {error.name!r}, which is not installed.") from error
        message = f"There is no module {name!r}: start where it lies, or install it (a path is no module)."
        raise ConfigError(message) from error
    except Exception as error:  # a module of the caller's own may raise anything
        said = (str(error).splitlines() or [""])[0]
        raise ConfigError(f"The module {name!r} cannot be imported: {type(error).__name__}: {said}") from error
