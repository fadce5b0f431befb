"""The models of an evaluation of tables: scikit-learn pipelines whose preprocessing is fitted with them."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.utils.validation import has_fit_parameter

from gan_augment.data.table_schema import Column
from gan_augment.errors import ConfigError
from gan_augment.evaluation.tabular.arms import FitInputs
from gan_augment.evaluation.tabular.features import number_names, word_names
from gan_augment.registry import lookup

RAREST_LEVEL, MOST_LEVELS = 5, 50  # of one-hot columns: rows that a level needs, levels with the pooled one
MOST_CODES = 255  # of histogram gradient boosting
MLP_STEPS, MLP_BATCH = 2000, 200
N_FOLDS = 5  # of the tuned cut-off

ModelFactory = Callable[[Sequence[Column], np.ndarray, int], Any]


def one_hot_features(columns: Sequence[Column]) -> ColumnTransformer:
    """Return preprocessing for models that want numbers of one scale.

    Numeric columns: median for missing values, a flag where there were any, standardised. Others: one-hot, missing
    as a level of its own, rare levels pooled.
    """
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    words = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=RAREST_LEVEL, max_categories=MOST_LEVELS, dtype=np.float64
    )
    return ColumnTransformer([("numbers", numbers, number_names(columns)), ("words", words, word_names(columns))])


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
    """Return a network of one hidden layer, trained for as many steps whatever the number of rows."""
    # Not stopped early: scikit-learn stops by accuracy, which on lopsided rows stands still from the first step on, so
    # that whatever evens the classes out would look good. A strong decay keeps it from learning rows by heart instead.
    n_epochs = math.ceil(MLP_STEPS * min(MLP_BATCH, len(labels)) / len(labels))
    classifier = MLPClassifier(alpha=1.0, batch_size=MLP_BATCH, max_iter=n_epochs, random_state=seed)
    return make_pipeline(one_hot_features(columns), classifier)


MODELS: dict[str, ModelFactory] = {"logistic": logistic, "boosting": boosting, "mlp": mlp}


def resolve_models(models: Sequence[str] | Mapping[str, ModelFactory]) -> dict[str, ModelFactory]:
    """Return model factories by name: those of `MODELS` in its order, or the caller's as they are.

    Raises
    ------
    ConfigError
        For an unknown name (the nearest is offered), or none at all.
    """
    if isinstance(models, Mapping):
        chosen = dict(models)
    else:
        for name in models:
            lookup(MODELS, name, "model")
        chosen = {name: factory for name, factory in MODELS.items() if name in models}
    if not chosen:
        raise ConfigError(f"Name at least one model to evaluate with out of: {', '.join(MODELS)}.")
    return chosen


def accepts_weights(model: Any) -> bool:
    """Tell whether a model, or the last step of its pipeline, can be fitted with a weight for each row."""
    return has_fit_parameter(model[-1] if isinstance(model, Pipeline) else model, "sample_weight")


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
        If the classifier gives no probabilities.
    """
    model = factory(columns, inputs.labels, seed)
    if not hasattr(model, "predict_proba"):
        raise ConfigError(
            f"{type(model).__name__} has no predict_proba: wrap it in scikit-learn's CalibratedClassifierCV."
        )
    if inputs.tune_threshold:
        n_folds = min(N_FOLDS, int(np.bincount(inputs.labels).min()))
        folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
        model = TunedThresholdClassifierCV(
            model, scoring="balanced_accuracy", response_method="predict_proba", cv=folds
        )
    if inputs.sample_weight is None:
        return model.fit(inputs.frame, inputs.labels)
    key = f"{model.steps[-1][0]}__sample_weight" if isinstance(model, Pipeline) else "sample_weight"
    return model.fit(inputs.frame, inputs.labels, **{key: inputs.sample_weight})
