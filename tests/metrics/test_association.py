"""How columns go together is a known figure for each pair of kinds, and nothing where nothing is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal, spearmanr
from scipy.stats.contingency import association as contingency_association

from gan_augment.metrics.association import association

from .made_tables import COLUMNS, numbers, shuffled, table, words

pytestmark = pytest.mark.filterwarnings("error")


def test_association_is_that_of_scipy_and_near_nothing_for_columns_that_have_nothing_to_do_with_each_other() -> None:
    frame = table(0, n=2000, missing=0.0)
    found = association(frame, COLUMNS)
    assert found[0, 1] == pytest.approx(spearmanr(frame["length"], frame["count"].astype(int)).statistic)
    n = len(frame)
    cells = pd.crosstab(frame["colour"], frame["shape"]).to_numpy()
    squared = contingency_association(cells, method="cramer", correction=False) ** 2 * 2
    corrected = (squared - 4 / (n - 1)) / (2 - 4 / (n - 1))
    assert found[2, 3] == pytest.approx(np.sqrt(corrected))
    explained = kruskal(*(part["length"] for _, part in frame.groupby("colour"))).statistic / (n - 1)
    assert found[0, 2] == pytest.approx(np.sqrt(1.0 - (1.0 - explained) * (n - 1) / (n - 3)))
    assert (np.abs(association(shuffled(frame), COLUMNS)[np.triu_indices(6, 1)]) < 0.08).all()
    assert (found == found.T).all()
    assert (found.diagonal() == 1.0).all()


def test_many_levels_alone_do_not_make_an_association() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300), "y": rng.integers(0, 100, 300), "z": rng.integers(0, 100, 300)})
    assert association(frame, [numbers("x"), words("y"), words("z")])[np.triu_indices(3, 1)].max() < 0.3
    same = association(frame.assign(z=frame["y"]), [numbers("x"), words("y"), words("z")])
    assert same[1, 2] == pytest.approx(1.0)


def test_association_is_not_defined_for_columns_of_one_value_or_of_too_few_rows() -> None:
    columns = [numbers("x"), words("y"), words("z")]
    for frame in (
        pd.DataFrame({"x": [1.0, 1.0, 1.0], "y": ["a", "a", "a"], "z": ["b", "b", "b"]}),
        pd.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"], "z": ["a", "b"]}),
        pd.DataFrame({"x": [np.nan] * 3, "y": [None] * 3, "z": ["a", "a", "b"]}),
        pd.DataFrame({"x": [1.0], "y": ["a"], "z": ["b"]}),
    ):
        assert np.isnan(association(frame, columns)[np.triu_indices(3, 1)]).all()
