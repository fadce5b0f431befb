"""A generator as an over-sampler of imbalanced-learn: fitted on all samples, it adds what each class lacks."""

from collections.abc import Mapping
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from scipy import sparse
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import validate_data

from gan_augment.errors import ConfigError, DataError, InputError
from gan_augment.fitting import fit
from gan_augment.generation.generator import TrainedGenerator
from gan_augment.mixing.raw_arrays import n_features, raw_data

LARGEST_SEED = np.iinfo(np.int32).max


class GanOverSampler(BaseOverSampler):
    """Over-samples with rows or images of a class-conditional generator.

    Each `fit_resample` trains a generator on all samples given, and appends to them as many new ones as each class
    lacks; the real ones come first, unchanged. `fit` only checks X and y.

    Parameters
    ----------
    sampling_strategy
        How many samples the classes are to have, as in all over-samplers of imbalanced-learn: ``"auto"`` lifts every
        class to the largest; other strings name the classes to lift; a float is the wanted ratio of the minority to
        the majority class; a dict gives numbers by class; a callable makes such a dict of y.
    recipe
        A key of `RECIPES` for the kind of data, or ``auto``.
    steps
        Training steps. None is the budget of `fit`: 600 to 4,000 steps for rows, depending on how many there are, and
        ten minutes for images.
    columns
        Kinds of columns of a table that overrule what is told from their values, such as ``{"age": "numeric"}``: by
        name in a DataFrame, by position in an array. See `load_table`.
    device
        ``auto``, or a name as torch has it.
    random_state
        An int, a ``RandomState``, or None for numpy's global one.
    verbose
        Whether to show plan and progress on stderr.

    Attributes
    ----------
    sampling_strategy_ : dict
        How many samples are added to each class.
    generator_ : TrainedGenerator or None
        The generator of the last `fit_resample`; None where no class lacked any sample.
    n_features_in_ : int
        Number of features; of pixels times channels for images.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X is a DataFrame and all are strings.

    Raises
    ------
    InputError
        A `GanAugmentError` and a `ValueError`: X, y or a setting cannot be used, such as a class of one sample.

    Notes
    -----
    X may be a dense array, a sparse matrix (which is made dense for training), a DataFrame of any mixture of columns,
    with missing values, or images: (n, height, width) or (n, height, width, channels) with 1 or 3 channels. It comes
    back in its own form, format and dtypes; a DataFrame with an index from 0.

    An int as `random_state` decides the result bit for bit on one machine with the same number of threads, unless
    images are given ten minutes instead of `steps`.

    New rows hold nothing that would tell them apart: identifiers are numbers within the range seen, or text that was
    seen. Kind ``identifier`` in `columns` makes fresh ones.

    Examples
    --------
    >>> from gan_augment import GanOverSampler
    >>> from sklearn.datasets import load_breast_cancer
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X_resampled, y_resampled = GanOverSampler(steps=20, random_state=0).fit_resample(X, y)
    >>> len(y), len(y_resampled)
    (569, 714)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseOverSampler._parameter_constraints,
        "recipe": [str],
        "steps": [Integral, None],
        "columns": [Mapping, None],
        "device": [str],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        recipe: str = "auto",
        steps: int | None = None,
        columns: Mapping[Any, str] | None = None,
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool | int = False,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.recipe = recipe
        self.steps = steps
        self.columns = columns
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = None) -> tuple[Any, np.ndarray, bool]:
        y, is_one_vs_all = check_target_type(y, indicate_one_vs_all=True)
        if sparse.issparse(X):
            check_array(X.tocsr(), accept_sparse="csr", dtype=None, ensure_all_finite="allow-nan")
        elif not isinstance(X, pd.DataFrame):
            X = check_array(X, dtype=None, ensure_all_finite="allow-nan", allow_nd=True)
        check_consistent_length(X, y)
        validate_data(self, X, y, skip_check_array=True)
        self.n_features_in_ = n_features(X)
        return X, y, is_one_vs_all

    def _fit_resample(self, X: Any, y: np.ndarray) -> tuple[Any, np.ndarray]:
        seed = int(check_random_state(self.random_state).randint(LARGEST_SEED))
        self.generator_: TrainedGenerator | None = None
        if not any(self.sampling_strategy_.values()):
            return X.copy(), y.copy()
        try:
            return self._extended(X, y, seed)
        except (DataError, ConfigError) as error:
            raise InputError(str(error)) from error

    def _extended(self, X: Any, y: np.ndarray, seed: int) -> tuple[Any, np.ndarray]:
        raw = raw_data(X, y, self.columns or {})
        _, firsts = np.unique(raw.data.labels, return_index=True)
        classes = y[firsts]  # in label order, which need not be the order of the values
        lacking = [int(self.sampling_strategy_.get(value, 0)) for value in classes]
        generator = fit(
            raw.data, recipe=self.recipe, steps=self.steps, device=self.device, seed=seed, progress=bool(self.verbose)
        )
        batch = generator.sample(dict(zip(raw.data.classes, lacking, strict=True)), seed)
        self.generator_ = generator
        return raw.extended(batch.data), np.concatenate([y, classes[batch.labels]])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.three_d_array = True
        return tags
