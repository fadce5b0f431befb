"""Every form that X may have comes back as it went in, with rows that cannot be told by their looks."""

import datetime
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from gan_augment.mixing.resampler import GanOverSampler
from tests.mixing.tables import COUNTS, LABELS, N_FEW, N_MANY, NUMBERS, N, everything

RNG = np.random.default_rng(1)


def resampled(X, **settings):
    return GanOverSampler(steps=2, random_state=0, **settings).fit_resample(X, LABELS)[0]


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr"])
@pytest.mark.parametrize("kind", ["matrix", "array"])
@pytest.mark.filterwarnings("error:Can't check")
def test_a_sparse_matrix_keeps_its_format_and_gets_the_rows_of_a_dense_one(form, kind):
    given = getattr(sparse, f"{form}_{kind}")(COUNTS)
    X = resampled(given)
    assert type(X) is type(given)
    assert X.dtype == given.dtype
    np.testing.assert_array_equal(X.toarray(), resampled(COUNTS))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint16", "int64", "bool"])
def test_an_array_keeps_its_dtype(dtype):
    given = np.abs(NUMBERS).astype(dtype) if dtype != "bool" else NUMBERS > 0
    X = resampled(given)
    assert X.dtype == given.dtype
    np.testing.assert_array_equal(X[:N], given)


def test_few_different_numbers_stay_the_only_ones():
    given = np.column_stack([
        RNG.choice([0, 1], N),
        RNG.choice([0, 7, 30], N),
        (RNG.choice([0, 1], N) - 0.3) / 0.46,  # a flag that was standardised
        RNG.choice([0.5, 1.0, 4.25, np.nan], N),
    ])  # fmt: skip
    X = resampled(given)
    for seen, new in zip(given.T, X[N:].T, strict=True):
        assert set(new[~np.isnan(new)]) <= set(seen[~np.isnan(seen)])


def test_identifiers_do_not_tell_synthetic_rows_from_real_ones():
    given = pd.DataFrame({"id": np.arange(N), "key": [f"k{i}" for i in range(N)]})
    new = resampled(given)[N:]
    assert new["id"].between(0, N - 1).all()
    assert set(new["key"]) <= set(given["key"][N_MANY:])
    fresh = resampled(given.assign(x=NUMBERS[:, 0]), columns={"key": "identifier"})[N:]
    assert not set(fresh["key"]) & set(given["key"])


def test_a_table_of_everything_keeps_dtypes_order_and_values():
    given = everything().set_index(pd.Index(range(100, 100 + N), name="row"))
    X = resampled(given)
    pd.testing.assert_frame_equal(X[:N], given.reset_index(drop=True))
    pd.testing.assert_series_equal(X.dtypes, given.dtypes)
    pd.testing.assert_index_equal(X.index, pd.RangeIndex(N + N_MANY - N_FEW))
    words = [
        "flag",
        "maybe",
        "text",
        "python_text",
        "string",
        "category",
        "mixed",
        "period",
        "interval",
        "bins",
        "spans",
    ]
    for name in words:
        assert set(X[name][N:].dropna()) <= set(given[name].dropna()), name
    assert {type(value) for value in X["python_date"]} == {datetime.date}
    assert {type(value) for value in X["numbers"]} == {int, type(None)}
    assert X["integer"].between(given["integer"].min(), given["integer"].max()).all()


def test_missing_values_come_back_in_the_way_that_the_column_says_it():
    given = pd.DataFrame({"none": pd.Series([None, "a", "b"] * (N // 3), dtype=object), "x": NUMBERS[:, 0]})
    X = resampled(given)
    assert {type(value) for value in X["none"][N:]} == {str, type(None)}


def test_an_array_of_objects_keeps_them():
    given = everything()[["gaps", "integer", "text", "mixed"]].to_numpy(object)
    X = resampled(given)
    assert X.dtype == object
    assert {type(value) for value in X[N:, 1]} == {int}
    assert set(X[N:, 3]) <= set(given[:, 3])


def test_an_array_of_text_comes_back_as_text():
    given = RNG.choice(["a", "bb"], (N, 2))
    X = resampled(given)
    assert X.dtype == given.dtype
    assert set(X.ravel()) == {"a", "bb"}


@pytest.mark.parametrize(
    "names",
    [[0, 1, 2], [2, 0, 1], pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]), ["target", "target_", "y"]],
    ids=["integers", "shuffled", "levels", "target"],
)
def test_names_come_back_whatever_they_are(names):
    given = pd.DataFrame(NUMBERS, columns=names)
    X = resampled(given)
    pd.testing.assert_index_equal(X.columns, given.columns)
    np.testing.assert_array_equal(X.to_numpy(), resampled(NUMBERS))


@pytest.mark.parametrize("name", [1, "amount"])
def test_a_kind_is_asked_for_by_name_in_a_table_and_by_position_in_an_array(name):
    numbers = np.round(NUMBERS)
    given = numbers if name == 1 else pd.DataFrame(numbers, columns=["a", "amount", "b"])
    sampler = GanOverSampler(steps=2, random_state=0, columns={name: "categorical"})
    sampler.fit_resample(given, LABELS)
    assert [column.kind for column in sampler.generator_.schema.columns] == ["numeric", "categorical", "numeric"]


PICTURES = RNG.integers(0, 256, (N, 8, 10)).astype(np.uint8)
IMAGES = {
    "grey": PICTURES,
    "one channel": PICTURES[..., None],
    "colour": np.repeat(PICTURES[..., None], 3, axis=3),
    "shares": (PICTURES / 255).astype(np.float32),
    "centred": PICTURES / 127.5 - 1,
    "sixteenths": np.round(PICTURES / 16),
    "black or white": PICTURES > 127,
}


@pytest.mark.parametrize("given", IMAGES.values(), ids=IMAGES)
def test_images_keep_shape_dtype_and_range(given):
    sampler = GanOverSampler(steps=1, random_state=0, recipe="dcgan")
    X, y = sampler.fit_resample(given, LABELS)
    assert X.shape == (2 * N_MANY, *given.shape[1:])
    assert X.dtype == given.dtype
    assert sampler.n_features_in_ == given[0].size
    np.testing.assert_array_equal(X[:N], given)
    new = X[N:].astype(float)
    low, high = float(given.min()), float(given.max())
    assert low <= new.min() < new.max() <= high
    assert low + 0.2 * (high - low) < new.mean() < high - 0.2 * (high - low)
    if not (given.astype(float) % 1).any():
        assert not (new % 1).any()
    np.testing.assert_array_equal(y[N:], 1)


def test_a_fitted_sampler_can_be_sent_to_another_process():
    sampler = GanOverSampler(steps=2, random_state=0)
    sampler.fit_resample(NUMBERS, LABELS)
    copy = pickle.loads(pickle.dumps(sampler))
    pd.testing.assert_frame_equal(copy.generator_.sample(3).data, sampler.generator_.sample(3).data)
