"""What is made of X for a generator, and back: no training, the plain rows themselves stand for new ones."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from gan_augment.errors import DataError
from gan_augment.mixing.raw_arrays import raw_data
from tests.mixing.tables import LABELS, NUMBERS, N, everything


def kinds(X, columns=()):
    return [column.kind for column in raw_data(X, LABELS, dict(columns)).data.schema.columns]


def doubled(X, columns=()):
    """Return X with the plain rows that were made of it below."""
    raw = raw_data(X, LABELS, dict(columns))
    return raw.extended(raw.data.raw)


def test_every_column_of_a_table_comes_back_as_it_was():
    given = everything()
    pd.testing.assert_frame_equal(doubled(given), pd.concat([given, given], ignore_index=True))


def test_objects_of_an_array_come_back_as_they_were():
    given = everything()[["gaps", "integer", "python_text", "mixed", "numbers"]].to_numpy(object)
    new = doubled(given)[N:]
    assert [[type(value) for value in row] for row in new] == [[type(value) for value in row] for row in given]
    pd.testing.assert_frame_equal(pd.DataFrame(new), pd.DataFrame(given))


def test_a_sparse_matrix_is_doubled_as_a_dense_one():
    given = np.random.default_rng(0).poisson(0.5, (N, 4)).astype(np.float32)
    both = doubled(sparse.csc_array(given))
    assert (both.format, both.dtype) == ("csc", np.float32)
    np.testing.assert_array_equal(both.toarray(), np.concatenate([given, given]))


@pytest.mark.parametrize("counts", [[30, 29, 1], [24, 10, 10, 10, 1, 1, 1, 1, 1, 1]])
def test_numbers_of_few_values_are_categories_even_those_seen_once(counts):
    assert kinds(np.repeat(np.arange(len(counts)) * 1.25 + 0.5, counts)[:, None]) == ["categorical"]


def test_numbers_of_many_values_are_numbers():
    many = np.resize(np.arange(11) * 1.25, (N, 1))
    assert kinds(many) == ["numeric"]
    few_rows = np.repeat(np.arange(7) * 1.25, [2, 2, 2, 2, 2, 2, 1])[:, None]
    assert raw_data(few_rows, np.arange(13) % 2, {}).data.schema.columns[0].kind == "numeric"


def test_what_looks_like_an_identifier_is_learned_unless_asked_otherwise():
    given = pd.DataFrame({"id": np.arange(N), "key": [f"k{i}" for i in range(N)]})
    assert kinds(given) == ["numeric", "categorical"]
    assert kinds(given, {"key": "identifier"}.items()) == ["numeric", "identifier"]


def test_values_known_by_their_text_are_never_made_up():
    spans = pd.DataFrame({"month": pd.period_range("2020-01", periods=N, freq="M"), "x": NUMBERS[:, 0]})
    assert kinds(spans) == ["categorical", "numeric"]


def test_an_asked_kind_wins_over_mixed_types():
    given = pd.DataFrame({"mixed": pd.Series(["1.5", 2.5, 4] * (N // 3), dtype=object), "x": NUMBERS[:, 0]})
    assert kinds(given) == ["categorical", "numeric"]
    assert kinds(given, {"mixed": "numeric"}.items()) == ["numeric", "numeric"]
    assert doubled(given, {"mixed": "numeric"}.items())["mixed"][N:].tolist() == [1.5, 2.5, 4.0] * (N // 3)


@pytest.mark.parametrize("names", [["target", "target_", "y"], ["", "a", "b"], [0, "0", 1.5], ["a", "a", "b"]], ids=str)
def test_names_inside_are_text_and_differ(names):
    inside = raw_data(pd.DataFrame(NUMBERS, columns=names), LABELS, {}).data.schema.names
    assert all(isinstance(name, str) and name for name in inside)
    assert len(set(inside)) == len(inside) == 4


def test_large_images_are_not_made_smaller():
    images = np.zeros((N, 70, 8), np.uint8)
    images[:, 0] = 255
    raw = raw_data(images, LABELS, {})
    assert raw.data.raw.shape == (N, 70, 8, 1)
    np.testing.assert_array_equal(raw.extended(raw.data.raw)[N:], images)


@pytest.mark.parametrize("shape", [(N, 3, 8, 8), (N, 8, 8, 4), (N, 8, 8, 1, 1)])
def test_images_with_channels_elsewhere_are_refused(shape):
    with pytest.raises(DataError, match="channels"):
        raw_data(np.zeros(shape), LABELS, {})


@pytest.mark.parametrize(
    ("low", "high", "kind"), [(0, 1, np.uint8), (0, 12, np.uint8), (0, 4000, np.uint16), (-3, 2.5, float)]
)
def test_images_of_any_range_come_back_in_it(low: float, high: float, kind: type) -> None:
    X = np.linspace(low, high, 4 * 64).reshape(4, 8, 8).astype(kind)
    images = raw_data(X, np.array([0, 1, 0, 1]), {})
    assert (images.data.raw.min(), images.data.raw.max()) == (0, 255)
    extended = images.extended(np.array([[0, 255] * 32], np.uint8).reshape(1, 8, 8, 1))
    assert extended.dtype == X.dtype
    assert (extended[:4] == X).all()
    assert sorted(np.unique(extended[4]).tolist()) == [X.min(), X.max()]
