"""Tables in a study: the same figures as in an evaluation, real rows that nobody trains on, and usages on every arm."""

import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from gan_augment.data.schema import ImageSchema, LabelledImages
from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import ConfigError, DataError
from gan_augment.evaluation.study.bench import Bench, Contest, Parts
from gan_augment.evaluation.tabular.arms import ARMS, TableArm
from gan_augment.evaluation.tabular.bench import TableBench
from gan_augment.evaluation.tabular.features import one_hot_features
from gan_augment.evaluation.tabular.material import FitInputs
from gan_augment.evaluation.tabular.models import MODELS
from gan_augment.evaluation.tabular.protocol import score_arms
from gan_augment.evaluation.tabular.usages import USAGES
from gan_augment.generation.generator import SampleBatch
from gan_augment.metrics.scores import SCORES, score_predictions

from .conftest import RepeatingGenerator, make_table

LOGISTIC = ("logistic",)


class Broken(ClassifierMixin, BaseEstimator):
    """Cannot be fitted."""

    def fit(self, X: Any, y: Any) -> None:
        raise ZeroDivisionError("no luck today")

    def predict_proba(self, X: Any) -> None: ...


def near(columns: Any, labels: Any, seed: int) -> Any:
    return make_pipeline(one_hot_features(columns), KNeighborsClassifier())


def broken(columns: Any, labels: Any, seed: int) -> Any:
    return Broken()


def no_generator(counts: Mapping[str, int], seed: int) -> SampleBatch:
    raise AssertionError("no synthetic rows were needed")


@pytest.fixture
def parts(train: LabelledTable, held_out: LabelledTable) -> Parts:
    return Parts(train, held_out)


@pytest.fixture
def contest(parts: Parts, generator: RepeatingGenerator) -> Contest:
    bench: Bench = TableBench(models=LOGISTIC)
    return bench.contest(parts, generator.sample)


def test_an_outcome_is_scored_as_the_row_of_an_evaluation(parts: Parts, generator: RepeatingGenerator) -> None:
    arms = ("none", "weights", "threshold", "smote", "gan", "gan-only")
    contest = TableBench(arms, LOGISTIC).contest(parts, generator.sample)
    rows = score_arms(generator.sample, parts.train, parts.test, 3, arms, LOGISTIC)  # type: ignore[arg-type]
    assert [(row.arm, row.model) for row in rows] == list(contest.entries)
    true = np.bincount(parts.train.labels) / len(parts.train)
    for row in rows:
        found = contest.outcome(row.arm, row.model, 3)
        predicted = found.probabilities, found.predictions
        scores = score_predictions(parts.test.labels, *predicted, true, found.trained_prior)
        assert scores == {name: getattr(row, name) for name in SCORES}
        assert found.n_samples == row.n_rows


def test_rows_are_drawn_once_for_all_that_needs_the_same_and_never_without_need(
    parts: Parts, generator: RepeatingGenerator
) -> None:
    contest = TableBench(models=("logistic", "boosting")).contest(parts, generator.sample)
    assert generator.asked == []
    for arm in ("none", "smote", "interpolate"):
        contest.outcome(arm, "logistic", 5)
    assert generator.asked == []
    for arm, model, usage in (
        ("gan", "logistic", None),
        ("gan", "boosting", None),
        ("none", "logistic", "balance"),
        ("gan-prior", "logistic", None),
        ("weights", "logistic", "rows 1"),
    ):
        contest.outcome(arm, model, 5, usage)
    assert generator.asked == [({"rare": 136}, 5), ({"common": 160, "rare": 24}, 5)]
    contest.outcome("gan", "logistic", 6)
    assert generator.asked[-1] == ({"rare": 136}, 6)


@pytest.mark.parametrize(
    ("usage", "added", "weight"),
    [
        ("rows 0.5", (80, 12), 1.0),
        ("rows 1", (160, 24), 1.0),
        ("rows 2", (320, 48), 1.0),
        ("rows 1, weight 0.5", (160, 24), 0.5),
    ],
)
def test_a_usage_adds_its_rows_to_those_of_the_arm(
    usage: str, added: tuple[int, int], weight: float, contest: Contest
) -> None:
    own, more = (contest.outcome("oversample", "logistic", 0, name) for name in (None, usage))
    assert (own.n_samples, more.n_samples) == (320, 320 + sum(added))
    weights = 160 + weight * np.array(added)
    np.testing.assert_allclose(more.trained_prior, weights / weights.sum())
    assert not np.allclose(more.probabilities, own.probabilities)


def test_balance_evens_out_whatever_the_arm_has(contest: Contest) -> None:
    assert contest.usages == tuple(USAGES)
    for arm, n_samples in (("none", 2 * 160), ("bootstrap", 2 * 320)):
        found = contest.outcome(arm, "logistic", 0, "balance")
        assert (found.n_samples, found.trained_prior.tolist()) == (n_samples, [0.5, 0.5])


def test_an_arm_that_tunes_its_cut_off_does_so_with_added_rows_too(contest: Contest) -> None:
    plain, tuned = (contest.outcome(arm, "logistic", 0, "rows 0.5") for arm in ("none", "threshold"))
    np.testing.assert_allclose(tuned.probabilities, plain.probabilities)
    assert not np.array_equal(tuned.predictions, plain.predictions)
    with pytest.raises(ConfigError, match="cut-off that is not tuned"):
        contest.outcome("threshold", "logistic", 0, "rows 1, weight 0.5")


def test_synthetic_rows_take_the_place_of_what_evened_the_classes_out(contest: Contest) -> None:
    expected = contest.outcome("none", "logistic", 0, "balance")
    for arm in ("oversample", "weights", "jitter"):
        found = contest.outcome(arm, "logistic", 0, "balance")
        np.testing.assert_array_equal(found.probabilities, expected.probabilities)
        assert (found.n_samples, found.trained_prior.tolist()) == (320, [0.5, 0.5])


def test_a_model_without_weights_gets_no_usage_with_weights(parts: Parts, generator: RepeatingGenerator) -> None:
    alone = TableBench(("none", "weights"), {"near": near, "logistic": MODELS["logistic"]})
    contest = alone.contest(parts, generator.sample)
    assert contest.notes == ("Left out weights with near: this model takes no weights.",)
    assert contest.entries == (("none", "near"), ("none", "logistic"), ("weights", "logistic"))
    with pytest.raises(ConfigError, match="model that takes them"):
        contest.outcome("none", "near", 0, "rows 1, weight 0.5")
    contest.outcome("none", "near", 0, "rows 1")
    only = TableBench(("none",), {"near": near}).contest(parts, no_generator)
    assert "rows 1, weight 0.5" not in only.usages


def test_oracle_has_what_is_left_over_and_is_left_out_where_nothing_is(parts: Parts) -> None:
    bench = TableBench(("none", "oracle"), LOGISTIC)
    spare = make_table({"common": 500, "rare": 9}, seed=4)
    found = bench.contest(replace(parts, spare=spare), no_generator).outcome("oracle", "logistic", 0)
    assert found.n_samples == 184 + 160 + 9
    without = bench.contest(parts, no_generator)
    assert without.entries == (("none", "logistic"),)
    assert without.notes == ("Left out oracle: there are no real rows left over.",)


def test_more_real_rows_help_where_there_are_few() -> None:
    train, test, spare = (make_table({"common": n, "rare": n}, seed) for seed, n in ((1, 5), (2, 300), (3, 400)))
    contest = TableBench(("none", "oracle"), LOGISTIC, n_prior=600).contest(Parts(train, test, spare), no_generator)
    none, oracle = (contest.outcome(arm, "logistic", 0) for arm in ("none", "oracle"))
    assert (none.n_samples, oracle.n_samples) == (10, 610)
    gained = np.log(oracle.probabilities / none.probabilities)[np.arange(600), test.labels]
    assert gained.mean() > 0.03


def test_the_same_seed_gives_the_same_outcome_and_another_another(contest: Contest) -> None:
    first, again, other = (contest.outcome("jitter", "logistic", seed) for seed in (0, 0, 1))
    assert np.array_equal(first.probabilities, again.probabilities)
    assert not np.array_equal(first.probabilities, other.probabilities)


def test_arms_and_models_of_the_callers_own_take_part(parts: Parts) -> None:
    half = TableArm("half", "every other row", lambda frame, labels, rng, material: FitInputs(frame[::2], labels[::2]))
    bench = TableBench(("none", half), {"near": near})
    assert bench.arms["half"].eligible
    assert bench.models == ("near",)
    assert bench.contest(parts, no_generator).outcome("half", "near", 0).n_samples == 92


def test_what_a_model_raises_comes_through(parts: Parts) -> None:
    contest = TableBench(("none",), {"broken": broken}).contest(parts, no_generator)
    with pytest.raises(ZeroDivisionError, match="no luck today"):
        contest.outcome("none", "broken", 0)


def test_names_that_are_not_there_are_refused(contest: Contest, parts: Parts) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'gan'"):
        contest.outcome("gann", "logistic", 0)
    with pytest.raises(ConfigError, match="Unknown model"):
        contest.outcome("gan", "boosting", 0)
    with pytest.raises(ConfigError, match="Did you mean 'rows 1'"):
        contest.outcome("none", "logistic", 0, "row 1")
    for wrong in ({"arms": ("gann",)}, {"models": ("svm",)}, {"chief": "log_loss"}, {"n_prior": 0}):
        with pytest.raises(ConfigError):
            TableBench(**wrong)  # type: ignore[arg-type]


def test_parts_that_are_no_tables_or_lack_a_class_are_refused(parts: Parts) -> None:
    images = LabelledImages(np.zeros((2, 8, 8, 1), np.uint8), np.arange(2), ImageSchema(8, 8, 1, ("a", "b")))
    with pytest.raises(ConfigError, match="Rows of a table are needed"):
        TableBench().contest(Parts(images, images), no_generator)
    common = parts.test.subset(np.flatnonzero(parts.test.labels == 0))
    with pytest.raises(DataError, match="No test row has the class 'rare'"):
        TableBench().contest(replace(parts, test=common), no_generator)


def test_a_study_may_ask_for_more_arms_and_models_later() -> None:
    few, many = TableBench(("none",), LOGISTIC).settings(), TableBench().settings()
    assert few == many == json.loads(json.dumps(few))
    assert TableBench(n_prior=9).settings() != TableBench(chief="roc_auc").settings() != few


def test_a_bench_can_be_sent_to_another_process() -> None:
    bench = TableBench(models=[*MODELS, "sklearn.linear_model:LogisticRegression"], chief="balanced_accuracy")
    copy = pickle.loads(pickle.dumps(bench))
    assert (copy.arms, copy.models, copy.chief) == (bench.arms, bench.models, "balanced_accuracy")
    assert tuple(copy.arms) == tuple(ARMS)
