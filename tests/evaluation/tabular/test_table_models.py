"""Models take every column as it comes, learn from their arm's rows alone, and do not flatter an arm by its size."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from gan_augment.data.table_schema import Column, LabelledTable
from gan_augment.errors import ConfigError
from gan_augment.evaluation.tabular.features import modelled, one_hot_features, to_features
from gan_augment.evaluation.tabular.material import FitInputs
from gan_augment.evaluation.tabular.models import (
    MODELS,
    accepts_weights,
    boosting,
    fit_model,
    logistic,
    mlp,
    new_model,
    resolve_models,
)

from .conftest import COLUMNS

MODELLED = modelled(COLUMNS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODELS)
def test_a_model_predicts_rows_with_levels_and_gaps_it_never_saw(name: str, train: LabelledTable) -> None:
    frame = to_features(train.frame, MODELLED)
    whole = frame.fillna({"amount": 0.0, "age": 30.0, "town": "Bonn"})
    model = fit_model(MODELS[name], FitInputs(whole, train.labels), MODELLED, seed=0)
    strange = frame.assign(town="Atlantis", amount=np.nan)
    probabilities = model.predict_proba(strange)
    assert np.isfinite(probabilities).all()
    assert probabilities.shape == (len(train), 2)


def test_more_levels_than_a_model_can_hold_are_pooled_not_refused() -> None:
    rng = np.random.default_rng(0)
    columns = [Column("word", "categorical", "object")]
    frame = pd.DataFrame({"word": pd.Series([f"w{i % 400}" for i in range(1200)], dtype=object)})
    labels = rng.integers(0, 2, 1200)
    for factory in (boosting, logistic):
        fit_model(factory, FitInputs(frame, labels), columns, seed=0)
    assert one_hot_features(columns).fit_transform(frame).shape[1] <= 50


def test_missing_values_and_levels_tell_a_model_something() -> None:
    columns = [Column("number", "numeric", "float64"), Column("word", "categorical", "object")]
    labels = np.arange(200) % 2
    rng = np.random.default_rng(0)
    gaps = pd.DataFrame({"number": np.where(labels, np.nan, rng.random(200)), "word": "a"}).astype({"word": object})
    words = pd.DataFrame({"number": rng.random(200), "word": np.where(labels, "a", "b").astype(object)})
    for frame in (gaps, words):
        for factory in (logistic, boosting):
            model = fit_model(factory, FitInputs(frame, labels), columns, seed=0)
            assert (model.predict(frame) == labels).mean() > 0.95


def test_a_tuned_cut_off_changes_what_is_predicted_and_no_probability(train: LabelledTable) -> None:
    frame = to_features(train.frame, MODELLED)
    plain = fit_model(logistic, FitInputs(frame, train.labels), MODELLED, seed=0)
    tuned = fit_model(logistic, FitInputs(frame, train.labels, tune_threshold=True), MODELLED, seed=0)
    np.testing.assert_allclose(tuned.predict_proba(frame), plain.predict_proba(frame))
    assert tuned.predict(frame).sum() > plain.predict(frame).sum()


def test_a_cut_off_can_be_tuned_on_two_rows_of_a_class(train: LabelledTable) -> None:
    chosen = np.concatenate([np.flatnonzero(train.labels == 0), np.flatnonzero(train.labels == 1)[:2]])
    inputs = FitInputs(to_features(train.frame.iloc[chosen], MODELLED), train.labels[chosen], tune_threshold=True)
    fit_model(logistic, inputs, MODELLED, seed=0)


@pytest.mark.parametrize("name", ["logistic", "boosting"])
def test_weights_reach_the_model_inside_its_pipeline(name: str, train: LabelledTable) -> None:
    frame = to_features(train.frame, MODELLED)
    weights = np.where(train.labels == 1, 20.0, 1.0)
    plain, weighted = (
        fit_model(MODELS[name], FitInputs(frame, train.labels, weight), MODELLED, seed=0) for weight in (None, weights)
    )
    assert weighted.predict_proba(frame)[:, 1].mean() > plain.predict_proba(frame)[:, 1].mean() + 0.01


def test_a_model_without_weights_is_known_before_it_is_fitted() -> None:
    assert accepts_weights(logistic(MODELLED, np.arange(2), 0))
    assert not accepts_weights(make_pipeline(one_hot_features(MODELLED), KNeighborsClassifier()))
    assert not accepts_weights(KNeighborsClassifier())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_added", [0, 1, 201, 5000])
@pytest.mark.parametrize("n_real", [150, 400, 2401])
def test_a_network_takes_as_many_steps_and_real_rows_whatever_comes_on_top(n_real: int, n_added: int) -> None:
    rng = np.random.default_rng(0)
    columns = [Column("number", "numeric", "float64")]
    alone = FitInputs(pd.DataFrame({"number": rng.random(n_real)}), np.arange(n_real) % 2)
    more = alone.joined(pd.DataFrame({"number": rng.random(n_added)}), np.arange(n_added) % 2)
    plain, found = (fit_model(mlp, inputs, columns, seed=0)[-1] for inputs in (alone, more))
    assert found._optimizer.t == plain._optimizer.t
    assert found.batch_size * n_real / (n_real + n_added) == pytest.approx(min(200, n_real), rel=0.02)
    assert plain._optimizer.t == pytest.approx(1000, rel=0.1)


@pytest.mark.filterwarnings("ignore")
def test_a_cut_off_is_never_tuned_on_rows_that_were_added(train: LabelledTable) -> None:
    frame = to_features(train.frame, MODELLED)
    seen: list[int] = []

    class Watching(LogisticRegression):
        def predict_proba(self, X: np.ndarray) -> np.ndarray:
            seen.append(len(X))
            return super().predict_proba(X)

    def watching(columns: object, labels: object, seed: int) -> object:
        return make_pipeline(one_hot_features(MODELLED), Watching(max_iter=200))

    inputs = FitInputs(frame, train.labels, tune_threshold=True).joined(frame, train.labels)
    fit_model(watching, inputs, MODELLED, seed=0)
    assert sum(seen) == len(train)


def test_a_model_without_probabilities_is_refused_in_one_line(train: LabelledTable) -> None:
    def svc(columns: object, labels: object, seed: int) -> object:
        return make_pipeline(one_hot_features(MODELLED), LinearSVC())

    with pytest.raises(ConfigError, match="CalibratedClassifierCV"):
        fit_model(svc, FitInputs(to_features(train.frame, MODELLED), train.labels), MODELLED, seed=0)


def test_models_are_picked_by_name_or_given() -> None:
    assert list(resolve_models(["mlp", "logistic"])) == ["logistic", "mlp"]
    assert resolve_models({"mine": logistic}) == {"mine": logistic}
    own = resolve_models({"mine": lambda: LogisticRegression()})["mine"]
    assert new_model(own, MODELLED, np.zeros(2), seed=3)[-1].random_state == 3
    with pytest.raises(ConfigError, match="'mine' is no function"):
        resolve_models({"mine": LogisticRegression()})
    with pytest.raises(ConfigError, match=r"LogisticRegression\(\) is no model's name"):
        resolve_models([LogisticRegression()])
    with pytest.raises(ConfigError, match="'boosting'"):
        resolve_models(["bosting"])
    with pytest.raises(ConfigError, match="at least one"):
        resolve_models([])
