"""A torch module as a classifier of scikit-learn, trained for as many steps whatever the number of rows."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np
import torch
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from torch import nn
from torch.nn.functional import cross_entropy

from gan_augment.errors import ConfigError
from gan_augment.seeding import derive_seed, numpy_rng

STEPS, BATCH, RATE = 2000, 200, 1e-3


class ModuleClassifier(ClassifierMixin, BaseEstimator):
    """Trains a module with AdamW and cross-entropy, in shuffled batches.

    Parameters
    ----------
    module_fn
        ``(n_features, n_classes) ->`` a module from float32 (n, n_features) to logits (n, n_classes).
    random_state
        Of the initial weights, the order of rows and everything that the module draws while it is trained.
    steps
        Optimiser steps, each on 200 rows, or on all where there are fewer; rows that come on top of the real ones are
        on top of these, too.
    """

    def __init__(self, module_fn: Callable[[int, int], nn.Module], random_state: int = 0, steps: int = STEPS) -> None:
        self.module_fn, self.random_state, self.steps = module_fn, random_state, steps

    def fit(self, X: Any, y: np.ndarray, sample_weight: np.ndarray | None = None, n_added: int = 0) -> Self:
        """Train the module on features (n, n_features), dense or sparse.

        Parameters
        ----------
        X, y, sample_weight
            As everywhere in scikit-learn.
        n_added
            How many of the rows, the last ones, come on top of the real ones. The order of the real ones does not
            depend on them.

        Raises
        ------
        ConfigError
            If `module_fn` gives no module, or the module no logits of this shape.
        """
        features = _tensor(X)
        self.classes_, targets = np.unique(y, return_inverse=True)
        weights = np.ones(len(targets)) if sample_weight is None else np.asarray(sample_weight)
        weight = torch.from_numpy(weights / weights.mean()).float()
        # `torch.manual_seed` would also reseed every accelerator, which `fork_rng` over no device does not undo.
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(derive_seed(self.random_state, "module"))
            self.module_ = self._made(features)
            self._train(features, torch.from_numpy(targets), weight, n_added)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities of `classes_`, float64 (n, n_classes)."""
        self.module_.eval()
        with torch.inference_mode():
            logits = torch.cat([self.module_(part) for part in _tensor(X).split(1024)])
        return logits.double().softmax(dim=1).numpy()

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable of `classes_` for each row, (n,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _made(self, features: torch.Tensor) -> nn.Module:
        n_classes = len(self.classes_)
        module = self.module_fn(features.shape[1], n_classes)
        if not isinstance(module, nn.Module):
            raise ConfigError(
                f"A factory called with (n_features, n_classes) must give a torch module, not {module!r}: name its "
                "parameters columns, labels or seed if it makes a scikit-learn classifier."
            )
        with torch.no_grad():
            found = tuple(module.eval()(features[:2]).shape)
        wanted = (len(features[:2]), n_classes)
        if found != wanted:
            raise ConfigError(f"The torch module gives {found} for {wanted[0]} rows: logits must be {wanted}.")
        return module

    def _train(self, features: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor, n_added: int) -> None:
        n_real = len(features) - n_added
        size = min(BATCH, n_real)
        real, added = _turns(n_real, self.random_state, "rows"), _turns(n_added, self.random_state, "added rows")
        # Rows on top are as many as their proportion asks for over all steps, even where that is under one a step.
        ends = np.arange(self.steps + 1) * size * n_added // n_real
        optimizer = torch.optim.AdamW(self.module_.parameters(), RATE)
        self.module_.train()
        for n_on_top in np.diff(ends):
            drawn = [*itertools.islice(real, size), *(n_real + row for row in itertools.islice(added, n_on_top))]
            rows = torch.tensor(drawn)
            losses = cross_entropy(self.module_(features[rows]), targets[rows], reduction="none")
            optimizer.zero_grad()
            (weight[rows] * losses).mean().backward()
            optimizer.step()


def _turns(n_rows: int, seed: int, purpose: str) -> Iterator[int]:
    """Yield all of so many rows in turn, shuffled for each turn, without end."""
    rng = numpy_rng(seed, purpose)
    while n_rows:
        yield from rng.permutation(n_rows).tolist()


def _tensor(X: Any) -> torch.Tensor:
    return torch.from_numpy(np.asarray(X.toarray() if issparse(X) else X, dtype=np.float32))
