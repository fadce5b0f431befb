"""Any classifier of the user's takes part: whatever its factory takes, and with one clear line where it cannot."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC
from torch import nn

from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import ConfigError
from gan_augment.evaluation.tabular.features import modelled, one_hot_features, to_features
from gan_augment.evaluation.tabular.material import FitInputs
from gan_augment.evaluation.tabular.models import MODELS, accepts_weights, fit_model, new_model, resolve_models
from gan_augment.evaluation.tabular.module_classifier import ModuleClassifier
from gan_augment.evaluation.tabular.own_models import OwnModel

from .conftest import COLUMNS

MODELLED = modelled(COLUMNS)
LABELS = np.array([0, 1])


class Net(nn.Module):
    """A small network with dropout, so that chance has a part in its training too."""

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(n_features, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, n_classes))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.layers(features)


def by_place(n_in: int, n_out: int) -> nn.Module:
    return nn.Linear(n_in, n_out)


def wide_pipeline(columns: Any, labels: Any, seed: int) -> Pipeline:
    return make_pipeline(one_hot_features(columns), KNeighborsClassifier())


def unnamed(first: Any, second: Any, third: int) -> LogisticRegression:
    return LogisticRegression(C=len(first) + len(second), random_state=third)


def own(factory: Callable[..., Any]) -> OwnModel:
    return OwnModel("mine:make", factory)


def inputs(table: LabelledTable) -> FitInputs:
    return FitInputs(to_features(table.frame, MODELLED), table.labels)


def quick_module(module_fn: Callable[[int, int], nn.Module] = Net, seed: int = 0, steps: int = 150) -> Pipeline:
    return make_pipeline(one_hot_features(MODELLED), ModuleClassifier(module_fn, seed, steps))


def test_a_text_names_a_model_beside_those_that_come_along(train: LabelledTable) -> None:
    name = "sklearn.linear_model:LogisticRegression"
    chosen = resolve_models([name, "mlp", "logistic"])
    assert list(chosen) == ["logistic", "mlp", name]
    model = fit_model(chosen[name], inputs(train), MODELLED, seed=7)
    assert model[-1].random_state == 7
    assert model.score(inputs(train).frame, train.labels) > 0.8
    with pytest.raises(ConfigError, match="has no 'LogisticRegresion'"):
        resolve_models(["sklearn.linear_model:LogisticRegresion"])


@pytest.mark.parametrize(
    ("factory", "expected"),
    [
        (lambda: LogisticRegression(C=3), {"C": 3, "random_state": 5}),
        (lambda seed: LogisticRegression(C=seed + 1), {"C": 6}),
        (lambda labels, columns: LogisticRegression(C=10 * len(labels) + len(columns)), {"C": 26}),
        (lambda columns, depth=4: LogisticRegression(C=len(columns) + depth), {"C": 10}),
        (lambda **options: LogisticRegression(C=2 + len(options)), {"C": 2}),
        (unnamed, {"C": 8, "random_state": 5}),
    ],
)
def test_a_factory_is_given_what_it_takes_and_no_more(factory: Callable[..., Any], expected: dict[str, Any]) -> None:
    model = own(factory)(MODELLED, LABELS, 5)
    assert {name: model[-1].get_params()[name] for name in expected} == expected


def test_a_seed_that_was_set_is_kept() -> None:
    assert own(lambda: LogisticRegression(random_state=3))(MODELLED, LABELS, 5)[-1].random_state == 3
    nested = own(lambda: VotingClassifier([("one", LogisticRegression())]))(MODELLED, LABELS, 5)
    assert nested[-1].get_params()["one__random_state"] == 5


def test_a_pipeline_is_given_the_columns_as_they_are(train: LabelledTable) -> None:
    model = own(wide_pipeline)(MODELLED, train.labels, 0)
    assert len(model) == 2
    assert fit_model(own(wide_pipeline), inputs(train), MODELLED, 0).n_features_in_ == len(MODELLED)


@pytest.mark.parametrize("factory", [Net, by_place])
def test_a_torch_module_is_told_its_features_and_classes(factory: Any, train: LabelledTable) -> None:
    model = own(factory)(MODELLED, train.labels, 0)
    assert accepts_weights(model)
    model[-1].steps = 400
    model.fit(inputs(train).frame, train.labels)
    probabilities = model.predict_proba(inputs(train).frame)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert roc_auc_score(train.labels, probabilities[:, 1]) > 0.8


def test_the_seed_alone_decides_what_a_module_learns(train: LabelledTable) -> None:
    frame = inputs(train).frame
    found = []
    for seed in (0, 0, 1):
        torch.rand(3)  # what was drawn before must not matter
        before = torch.get_rng_state()
        found.append(quick_module(seed=seed).fit(frame, train.labels).predict_proba(frame))
        assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])


def test_weights_reach_a_module(train: LabelledTable) -> None:
    frame, weights = inputs(train).frame, np.where(train.labels == 1, 20.0, 1.0)
    plain, weighted = (
        quick_module().fit(frame, train.labels, moduleclassifier__sample_weight=weight) for weight in (None, weights)
    )
    assert weighted.predict_proba(frame)[:, 1].mean() > plain.predict_proba(frame)[:, 1].mean() + 0.05


@pytest.mark.parametrize("n_rows", [30, 184, 500])
def test_a_module_takes_as_many_steps_on_few_rows_as_on_many(n_rows: int, train: LabelledTable) -> None:
    sizes = []

    class Counting(Net):
        def forward(self, features: torch.Tensor) -> torch.Tensor:
            if self.training:
                sizes.append(len(features))
            return super().forward(features)

    rows = np.arange(n_rows) % len(train)
    quick_module(Counting, steps=11).fit(inputs(train).frame.iloc[rows], train.labels[rows])
    assert sizes == [min(n_rows, 200)] * 11


def test_rows_on_top_leave_a_module_its_real_rows_in_their_order(train: LabelledTable) -> None:
    seen: list[torch.Tensor] = []

    class Watching(Net):
        def forward(self, features: torch.Tensor) -> torch.Tensor:
            if self.training:
                seen.append(features)
            return super().forward(features)

    frame, n_real = inputs(train).frame, len(train)
    plain = quick_module(Watching, steps=7)
    features = plain[0].fit_transform(frame)
    plain[-1].fit(features, train.labels)
    alone = seen.copy()
    seen.clear()
    on_top = np.concatenate([features, features[: n_real // 2] + 1.0])
    labels = np.concatenate([train.labels, train.labels[: n_real // 2]])
    plain[-1].fit(on_top, labels, n_added=n_real // 2)
    assert sum(map(len, seen)) == 7 * len(alone[0]) + 7 * len(alone[0]) * (n_real // 2) // n_real
    for first, second in zip(alone, seen, strict=True):
        assert torch.equal(first, second[: len(first)])
    seen.clear()
    plain[-1].set_params(steps=n_real).fit(on_top[: n_real + 1], labels[: n_real + 1], n_added=1)
    assert sum(map(len, seen)) == n_real * len(alone[0]) + len(alone[0])  # one row is seen as often as any other


def test_labels_may_be_any_and_a_class_may_be_missing(train: LabelledTable) -> None:
    frame = inputs(train).frame
    model = quick_module(steps=50).fit(frame, np.where(train.labels == 1, 7, 3))
    assert model.classes_.tolist() == [3, 7]
    assert set(model.predict(frame)) <= {3, 7}


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (LinearSVC, "LinearSVC has no predict_proba: wrap it"),
        (VotingClassifier, "mine:make needs estimators: what makes a classifier is given columns, labels, seed"),
        (lambda seed: 1 / 0, "could not be made: ZeroDivisionError: division by zero"),
        (lambda: "svm", "'svm': it must give a scikit-learn classifier or a torch module"),
        (lambda: LogisticRegression, "it must give a scikit-learn classifier"),
        (lambda: nn.Linear(3, 2), r"must take \(n_features, n_classes\)"),
    ],
)
def test_a_factory_of_no_use_is_refused_before_anything_is_fitted(factory: Callable[..., Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        new_model(own(factory), MODELLED, LABELS, 0)


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (lambda n_features, n_classes: LogisticRegression(), "must give a torch module, not LogisticRegression"),
        (lambda n_features, n_classes: nn.Linear(n_features, 5), r"gives \(2, 5\) for 2 rows: logits must be \(2, 2\)"),
    ],
)
def test_a_module_that_gives_no_logits_is_refused_before_it_is_trained(
    factory: Callable[..., Any], said: str, train: LabelledTable
) -> None:
    with pytest.raises(ConfigError, match=said):
        fit_model(own(factory), inputs(train), MODELLED, 0)


def test_an_error_of_the_callers_own_module_comes_through(train: LabelledTable) -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        fit_model(own(lambda n_features, n_classes: nn.Linear(99, n_classes)), inputs(train), MODELLED, 0)


def test_a_named_model_can_be_sent_to_another_process() -> None:
    chosen = resolve_models(["sklearn.linear_model:LogisticRegression"])
    assert list(pickle.loads(pickle.dumps(chosen | MODELS))) == [*chosen, *MODELS]
