"""The models of an evaluation of tables: scikit-learn pipelines whose preprocessing is fitted with them."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from sklearn.utils.validation import has_fit_parameter

from gan_augment.data.table_schema import Column
from gan_augment.errors import ConfigError
from gan_augment.evaluation.selection import pick_models
from gan_augment.evaluation.tabular.features import number_names, one_hot_features, word_names
from gan_augment.evaluation.tabular.material import FitInputs
from gan_augment.evaluation.tabular.own_models import OwnModel

MOST_CODES = 255  # of histogram gradient boosting
MLP_STEPS, MLP_BATCH = 1000, 200
N_FOLDS = 5  # of the tuned cut-off

ModelFactory = Callable[[Sequence[Column], np.ndarray, int], Any]


class SteadyMLP(MLPClassifier):
    """A network that takes as many steps, with as many real rows in each, however many rows come on top of them."""

    def fit(self, X: Any, y: np.ndarray, sample_weight: np.ndarray | None = None, n_added: int = 0) -> Self:
        """Train on rows of which the last `n_added` come on top of the real ones."""
        n_real = len(y) - n_added
        n_drawn = min(MLP_BATCH, n_real)
        n_batches = math.ceil(n_real / n_drawn)
        # What is left over after whole batches is a batch of its own: rounding must neither add nor save one.
        fewest = math.ceil(len(y) / n_batches)
        most = math.ceil(len(y) / (n_batches - 1)) - 1 if n_batches > 1 else len(y)
        batch_size = int(np.clip(round(n_drawn * len(y) / n_real), fewest, most))
        self.set_params(batch_size=batch_size, max_iter=math.ceil(MLP_STEPS * n_drawn / n_real))
        return super().fit(X, y, sample_weight)


def logistic(columns: Sequence[Column], labels: np.ndarray, seed: int) -> Pipeline:
    """Return logistic regression."""
    return make_pipeline(one_hot_features(columns), LogisticRegression(max_iter=1000, random_state=seed))


def boosting(columns: Sequence[Column], labels: np.ndarray, seed: int) -> Pipeline:
    """Return histogram gradient boosting, with missing values and levels as they are."""
    words = word_names(columns)
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
        max_categories=MOST_CODES,
    )
    features = ColumnTransformer([("words", codes, words), ("numbers", "passthrough", number_names(columns))])
    # It would stop early above 10,000 rows only: arms would differ in more than their rows.
    classifier = HistGradientBoostingClassifier(
        categorical_features=list(range(len(words))), early_stopping=False, random_state=seed
    )
    return make_pipeline(features, classifier)


def mlp(columns: Sequence[Column], labels: np.ndarray, seed: int) -> Pipeline:
    """Return a network of one hidden layer."""
    # Never stopped early: by accuracy, which on lopsided rows stands still from the first step on, whatever evens the
    # classes out would look good; by the loss, whatever adds rows. A strong decay keeps it from learning rows by heart.
    return make_pipeline(one_hot_features(columns), SteadyMLP(alpha=1.0, n_iter_no_change=math.inf, random_state=seed))


MODELS: dict[str, ModelFactory] = {"logistic": logistic, "boosting": boosting, "mlp": mlp}


def resolve_models(models: Sequence[str] | Mapping[str, ModelFactory]) -> dict[str, ModelFactory]:
    """Return factories out of `MODELS`, those of `OwnModel`, or the caller's own; see `pick_models`."""
    return pick_models(models, MODELS, OwnModel)


def accepts_weights(model: Any) -> bool:
    """Tell whether a model, or the last step of its pipeline, can be fitted with a weight for each row."""
    return _fits_with(model, "sample_weight")


def new_model(factory: ModelFactory, columns: Sequence[Column], labels: np.ndarray, seed: int) -> Any:
    """Return an unfitted classifier; one that gives no probabilities is a `ConfigError`."""
    model = factory(columns, labels, seed)
    if not hasattr(model, "predict_proba"):
        name = type(model[-1] if isinstance(model, Pipeline) else model).__name__
        raise ConfigError(f"{name} has no predict_proba: wrap it in scikit-learn's CalibratedClassifierCV.")
    return model


def fit_model(factory: ModelFactory, inputs: FitInputs, columns: Sequence[Column], seed: int) -> Any:
    """Return a model fitted on what an arm trains on.

    Parameters
    ----------
    factory
        ``(columns, labels, seed) ->`` an unfitted classifier that takes a frame in the form of `to_features`.
    inputs
        Of the arm.
    columns
        Of the frame.
    seed
        Of the model, and of the folds of a tuned cut-off.

    Raises
    ------
    ConfigError
        If the classifier gives no probabilities; or if rows have weights, and it takes none or its cut-off is tuned.
    """
    model = new_model(factory, columns, inputs.labels, seed)
    weights = inputs.sample_weight
    if weights is not None and (inputs.tune_threshold or not accepts_weights(model)):
        raise ConfigError("Rows with weights need a model that takes them, and a cut-off that is not tuned inside.")
    if inputs.tune_threshold:
        scoring, folds = "balanced_accuracy", _folds_of_real(inputs, seed)
        model = TunedThresholdClassifierCV(model, scoring=scoring, response_method="predict_proba", cv=folds)
    given: dict[str, Any] = {} if weights is None else {"sample_weight": weights}
    if inputs.n_added and _fits_with(model, "n_added"):
        given |= {"n_added": inputs.n_added}
    prefix = f"{model.steps[-1][0]}__" if isinstance(model, Pipeline) else ""
    return model.fit(inputs.frame, inputs.labels, **{prefix + name: value for name, value in given.items()})


def _folds_of_real(inputs: FitInputs, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (training, validation) indices to tune a cut-off by: added rows are trained on, never tuned on."""
    n_real = len(inputs.labels) - inputs.n_added
    real, added = inputs.labels[:n_real], np.arange(n_real, len(inputs.labels))
    folds = StratifiedKFold(min(N_FOLDS, int(np.bincount(real).min())), shuffle=True, random_state=seed)
    return [(np.concatenate([fitted, added]), held_out) for fitted, held_out in folds.split(real, real)]


def _fits_with(model: Any, parameter: str) -> bool:
    return has_fit_parameter(model[-1] if isinstance(model, Pipeline) else model, parameter)
