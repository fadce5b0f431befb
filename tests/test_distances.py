"""Distances in chunks are the distances, whatever the chunk."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from gan_augment import distances
from gan_augment.distances import iter_squared_distances, nearest_radii
from gan_augment.errors import ConfigError


@pytest.mark.parametrize("cells", [1, 50, 10_000_000])
def test_the_chunk_size_changes_nothing(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "CHUNK_CELLS", cells)
    rng = np.random.default_rng(0)
    points, others = rng.normal(size=(23, 4)), rng.normal(size=(17, 4))
    chunks = list(iter_squared_distances(points, others))
    np.testing.assert_allclose(np.concatenate([part for _, part in chunks]), cdist(points, others) ** 2)
    assert [rows.start for rows, _ in chunks] == [0, *(rows.stop for rows, _ in chunks)][:-1]


def test_points_far_from_the_origin_keep_their_digits() -> None:
    points = np.random.default_rng(0).normal(size=(20, 3))
    (_, near), (_, far) = (next(iter_squared_distances(cloud, cloud)) for cloud in (points, points + 1e6))
    np.testing.assert_allclose(far, near, atol=1e-6)


def test_a_point_is_not_its_own_neighbour_even_among_copies() -> None:
    points = np.array([[0.0], [0.0], [3.0], [10.0]])
    np.testing.assert_allclose(nearest_radii(points, 1), [0.0, 0.0, 3.0, 7.0])
    np.testing.assert_allclose(nearest_radii(points, 2), [3.0, 3.0, 3.0, 10.0])


def test_too_few_points_for_k_neighbours_are_refused() -> None:
    with pytest.raises(ConfigError, match="lower k"):
        nearest_radii(np.zeros((5, 2)), 5)
