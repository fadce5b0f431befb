"""A classifier of the user's own as a model for tables: an estimator of scikit-learn, or a torch module."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline, make_pipeline
from torch import nn

from gan_augment.data.table_schema import Column
from gan_augment.errors import ConfigError
from gan_augment.evaluation.factories import settle_chance
from gan_augment.evaluation.tabular.features import one_hot_features
from gan_augment.evaluation.tabular.module_classifier import ModuleClassifier

ESTIMATOR, MODULE = ("columns", "labels", "seed"), ("n_features", "n_classes")


@dataclass(frozen=True)
class OwnModel:
    """Makes models with a function or class of the user's; a model factory.

    Parameters
    ----------
    name
        Where it was found, for messages.
    factory
        Gives an unfitted scikit-learn classifier, with as many of `columns`, `labels` and `seed` as it has parameters
        of these names, or as ``factory(columns, labels, seed)`` where it needs three; or, as
        ``factory(n_features, n_classes)``, a torch module from standardised and one-hot features (n, n_features) to
        logits (n, n_classes). A pipeline is given the columns as they are, any other estimator such features.

    Notes
    -----
    Wherever an estimator has a ``random_state`` of None, it becomes the seed.
    """

    name: str
    factory: Callable[..., Any]

    def __call__(self, columns: Sequence[Column], labels: np.ndarray, seed: int) -> Any:
        """Return an unfitted classifier.

        Raises
        ------
        ConfigError
            If the factory fails, needs other parameters, or gives something else.
        """
        taken = self._taken()
        if taken == MODULE:
            return make_pipeline(one_hot_features(columns), ModuleClassifier(self.factory, seed))
        given = dict(zip(ESTIMATOR, (columns, labels, seed), strict=True))
        named = {key: given[key] for key in taken or ()}
        try:
            model = self.factory(*given.values()) if taken is None else self.factory(**named)
        except Exception as error:
            said = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
            raise ConfigError(f"The classifier {self.name} could not be made: {said}") from error
        if isinstance(model, nn.Module):
            raise ConfigError(f"{self.name} gives a torch module: it must take (n_features, n_classes).")
        if isinstance(model, type) or not hasattr(model, "fit"):
            raise ConfigError(f"{self.name} gives {model!r}: it must give a scikit-learn classifier or a torch module.")
        settle_chance(model, seed)
        return model if isinstance(model, Pipeline) else make_pipeline(one_hot_features(columns), model)

    def _taken(self) -> tuple[str, ...] | None:
        """Return the names of the parameters to give, `MODULE` for a torch module; None for three by their places."""
        names, needed = _parameters(self.factory)
        if set(MODULE) <= set(names) or (len(needed) == 2 and not set(needed) & set(ESTIMATOR)):
            return MODULE
        if set(needed) <= set(ESTIMATOR):
            return tuple(name for name in ESTIMATOR if name in names)
        if len(needed) == len(ESTIMATOR):
            return None
        raise ConfigError(
            f"{self.name} needs {', '.join(needed)}: what makes a classifier is given {', '.join(ESTIMATOR)}, "
            f"what makes a torch module {', '.join(MODULE)}."
        )


def _parameters(factory: Callable[..., Any]) -> tuple[list[str], list[str]]:
    """Return the names of all parameters, and of those without a default."""
    try:
        found = inspect.signature(factory).parameters.values()
    except ValueError:  # it is written in C and says nothing
        return [], []
    plain = [one for one in found if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    return [one.name for one in plain], [one.name for one in plain if one.default is one.empty]
