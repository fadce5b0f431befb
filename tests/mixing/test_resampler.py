import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

from gan_augment.errors import GanAugmentError
from gan_augment.fitting import fit
from gan_augment.generation.generator import SampleBatch
from gan_augment.mixing import resampler
from gan_augment.mixing.resampler import GanOverSampler
from gan_augment.training.schedules import Clock

N_MANY, N_FEW = 40, 10
LABELS = np.array([0] * N_MANY + [1] * N_FEW)
ROWS = np.random.default_rng(0).normal(size=(len(LABELS), 3)) + LABELS[:, None]


def sampler(**settings):
    return GanOverSampler(**{"steps": 2, "random_state": 0} | settings)


@pytest.mark.parametrize(
    "strategy",
    ["auto", "minority", "not majority", "not minority", "all", 0.5, {1: 17}, {0: 45, 1: 20}, lambda y: {1: 30}],
)
def test_every_spelling_of_the_strategy_counts_as_in_imbalanced_learn(strategy):
    X, y = sampler(sampling_strategy=strategy).fit_resample(ROWS, LABELS)
    _, expected = SMOTE(sampling_strategy=strategy).fit_resample(ROWS, LABELS)
    np.testing.assert_array_equal(np.bincount(y), np.bincount(expected))
    np.testing.assert_array_equal(X[: len(ROWS)], ROWS)
    np.testing.assert_array_equal(y[: len(LABELS)], LABELS)
    assert not (X[len(ROWS) :, None] == ROWS).all(axis=2).any(), "a copy of a real row"


class KnowingGenerator:
    """Makes the mean of the real rows of each class; keeps what it was asked."""

    def __init__(self, data, asked):
        self.data, self.asked = data, asked

    def sample(self, counts, seed):
        self.asked["sample"] = seed
        labels = np.repeat(np.arange(len(self.data.classes)), [counts[name] for name in self.data.classes])
        means = self.data.frame.groupby(self.data.labels).mean()
        return SampleBatch(means.loc[labels].reset_index(drop=True), labels, self.data.classes)


def test_a_new_row_is_of_the_class_that_it_is_labelled_as(monkeypatch):
    asked = {}

    def fake_fit(data, *, seed, **settings):
        asked["fit"] = seed
        return KnowingGenerator(data, asked)

    monkeypatch.setattr(resampler, "fit", fake_fit)
    # Classes sort as numbers inside, and as text by numpy.
    labels = np.repeat(["10", "2", "30"], [25, 20, 11])
    rows = np.column_stack([labels.astype(float), np.arange(len(labels)) % 13])
    X, y = sampler(sampling_strategy={"2": 30, "30": 14}).fit_resample(rows, labels)
    assert y[len(labels) :].tolist() == ["2"] * 10 + ["30"] * 3
    np.testing.assert_array_equal(X[len(labels) :, 0], y[len(labels) :].astype(float))
    assert asked["fit"] == asked["sample"]
    first = asked["fit"]
    sampler(random_state=1).fit_resample(rows, labels)
    assert asked["fit"] == asked["sample"] != first


def test_an_integer_decides_everything_bit_for_bit_and_another_one_differs():
    X = np.random.default_rng(1).normal(size=(300, 4))
    y = np.repeat([0, 1], [240, 60])
    first, same = (GanOverSampler(steps=40, random_state=3).fit_resample(X, y)[0] for _ in range(2))
    np.testing.assert_array_equal(first, same)
    other, _ = GanOverSampler(steps=40, random_state=4).fit_resample(X, y)
    assert not (other[300:] == first[300:]).any()


def test_how_fast_the_machine_is_decides_nothing(monkeypatch):
    seconds, kept = Clock.seconds, []
    for speed in (1e-4, 1e4):
        monkeypatch.setattr(Clock, "seconds", lambda clock, speed=speed: seconds(clock) * speed)
        kept.append(sampler(steps=100).fit_resample(ROWS, LABELS)[0])
    np.testing.assert_array_equal(*kept)


def test_a_random_state_object_and_the_global_one_are_drawn_from():
    state = np.random.RandomState(5)
    first, second = (sampler(random_state=state).fit_resample(ROWS, LABELS)[0] for _ in range(2))
    assert (first != second).any()
    again, _ = sampler(random_state=np.random.RandomState(5)).fit_resample(ROWS, LABELS)
    np.testing.assert_array_equal(again, first)
    drawn = []
    for _ in range(2):
        np.random.seed(5)
        drawn.append(sampler(random_state=None).fit_resample(ROWS, LABELS)[0])
    np.testing.assert_array_equal(*drawn)


def test_the_generator_learns_from_all_rows_and_is_kept():
    one = sampler(sampling_strategy={1: 12}).fit(ROWS, LABELS)
    assert not hasattr(one, "generator_")
    one.fit_resample(ROWS, LABELS)
    assert one.generator_.class_counts == {"0": N_MANY, "1": N_FEW}
    assert one.generator_.recipe == "tabular"
    assert one.sampling_strategy_ == {1: 2}


def test_nothing_is_trained_where_nothing_is_lacking(monkeypatch):
    monkeypatch.setattr(resampler, "fit", None)
    one = sampler()
    rows = ROWS[: 2 * N_FEW]
    X, y = one.fit_resample(rows, np.arange(2 * N_FEW) % 2)
    assert one.generator_ is None
    np.testing.assert_array_equal(X, rows)
    assert not np.shares_memory(X, rows)
    assert len(y) == len(X)


@pytest.mark.parametrize("verbose", [False, True])
def test_parameters_reach_the_fit_and_progress_is_shown_on_demand_only(monkeypatch, verbose):
    asked = {}

    def fake_fit(data, **settings):
        asked.update(settings)
        return fit(data, steps=2, progress=False)

    monkeypatch.setattr(resampler, "fit", fake_fit)
    sampler(recipe="tvae", steps=None, device="cuda:3", verbose=verbose).fit_resample(ROWS, LABELS)
    assert isinstance(asked.pop("seed"), int)
    assert asked == {"recipe": "tvae", "steps": None, "device": "cuda:3", "progress": verbose}


@pytest.mark.parametrize(
    ("settings", "X", "y", "message"),
    [
        ({"recipe": "tabula"}, ROWS, LABELS, "'tabular'"),
        ({"recipe": "r3"}, ROWS, LABELS, "tvae"),
        ({"steps": 0}, ROWS, LABELS, "positive"),
        ({"columns": {7: "numeric"}}, ROWS, LABELS, "no column '7'"),
        ({"columns": {0: "number"}}, ROWS, LABELS, "'numeric'"),
        ({}, ROWS, np.array([0] * (len(ROWS) - 1) + [1]), "one row"),
        ({}, pd.DataFrame(ROWS).replace(ROWS[0, 0], np.inf), LABELS, "infinite"),
        ({}, np.ones_like(ROWS), LABELS, "[Nn]o column"),
        ({}, np.zeros((len(LABELS), 8, 8, 4)), LABELS, "channels"),
        ({"columns": {0: "numeric"}}, np.zeros((len(LABELS), 8, 8)), LABELS, "columns"),
    ],
)
def test_what_cannot_be_used_is_an_error_of_both_worlds(settings, X, y, message):
    with pytest.raises(ValueError, match=message) as raised:
        sampler(**settings).fit_resample(X, y)
    assert isinstance(raised.value, GanAugmentError)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinite_numbers_in_an_array_are_refused_before_training(bad):
    with pytest.raises(ValueError, match="infinity"):
        sampler().fit(np.where(ROWS[0, 0] == ROWS, bad, ROWS), LABELS)


@pytest.mark.parametrize("X", [ROWS, pd.DataFrame(ROWS)], ids=["array", "table"])
def test_labels_of_another_length_are_refused_before_training(X):
    with pytest.raises(ValueError, match="inconsistent"):
        sampler().fit(X, LABELS[1:])


def test_it_works_in_pipelines_and_searches():
    pipeline = make_pipeline(sampler(), LogisticRegression())
    scores = cross_val_score(pipeline, ROWS, LABELS, cv=2, error_score="raise")
    assert scores.shape == (2,)
    grid = {"ganoversampler__steps": np.array([1, 2]), "ganoversampler__sampling_strategy": [0.5]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(ROWS, LABELS)
    assert len(search.best_estimator_.predict(ROWS)) == len(ROWS)
    assert search.best_estimator_[0].sampling_strategy_ == {1: N_MANY // 2 - N_FEW}


def test_a_clone_keeps_the_settings_alone():
    one = sampler(columns={0: "numeric"}, recipe="tvae")
    one.fit_resample(ROWS, LABELS)
    copy = clone(one)
    assert copy.get_params() == one.get_params()
    assert not hasattr(copy, "generator_")


LABEL_FORMS = {
    "text": np.where(LABELS, "yes", "no"),
    "objects": np.where(LABELS, "yes", "no").astype(object),
    "boolean": LABELS == 1,
    "float": LABELS.astype(np.float32),
    "large": LABELS + 2**60,
    "series": pd.Series(LABELS, name="class", index=range(7, 7 + len(LABELS))),
    "category": pd.Series(np.where(LABELS, "yes", "no"), dtype="category"),
    "nullable": pd.Series(LABELS, dtype="Int64"),
}


@pytest.mark.parametrize("y", LABEL_FORMS.values(), ids=LABEL_FORMS)
def test_labels_come_back_as_they_are(y):
    _, resampled = sampler().fit_resample(ROWS, y)
    assert type(resampled) is type(y)
    assert resampled.dtype == y.dtype
    assert getattr(resampled, "name", None) == getattr(y, "name", None)
    assert np.unique(resampled, return_counts=True)[1].tolist() == [N_MANY, N_MANY]
    np.testing.assert_array_equal(np.asarray(resampled)[: len(y)], np.asarray(y))
    assert (np.asarray(resampled)[len(y) :] == np.asarray(y)[-1]).all()


def test_one_column_a_class_comes_back_as_such():
    labels = np.arange(len(ROWS)) % 7 // 3
    _, y = sampler().fit_resample(ROWS, np.eye(3, dtype=int)[labels])
    assert y.shape[1] == 3
    assert len(set(y.sum(axis=0))) == 1
