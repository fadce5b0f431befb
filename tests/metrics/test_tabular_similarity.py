"""Two tables are as alike as their columns and pairs are, beside what real rows and shuffled columns reach."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, spearmanr

from gan_augment.data.table_schema import Column
from gan_augment.errors import DataError
from gan_augment.metrics import tabular
from gan_augment.metrics.association import MOST_PAIRED, association, paired_columns
from gan_augment.metrics.table_levels import Levels, joint_codes, tenths
from gan_augment.metrics.tabular import (
    TableSimilarity,
    column_similarity,
    pair_similarity,
    table_similarity,
)

from .made_tables import COLUMNS, numbers, shuffled, table, words

pytestmark = pytest.mark.filterwarnings("error")


def alike(real: list[object], fake: list[object], column: Column) -> float:
    """Return the similarity of a single column."""
    frames = (pd.DataFrame({column.name: pd.Series(values, dtype=column.dtype)}) for values in (real, fake))
    return column_similarity(*frames, [column])[column.name]


def mean_pair(matrix: np.ndarray) -> float:
    return float(matrix[np.triu_indices(len(matrix), 1)].mean())


def test_identical_tables_are_alike_in_all_columns_and_pairs() -> None:
    real = table(0)
    assert set(column_similarity(real, real, COLUMNS).values()) == {1.0}
    assert (pair_similarity(real, real, COLUMNS) == 1.0).all()


def test_the_order_of_rows_and_of_the_columns_of_a_frame_is_no_difference() -> None:
    real, fake = table(0), table(1, n=300)
    moved = fake.sample(frac=1.0, random_state=0)[list(fake)[::-1]]
    assert column_similarity(real, moved, COLUMNS) == column_similarity(real, fake, COLUMNS)
    assert np.allclose(pair_similarity(real, moved, COLUMNS), pair_similarity(real, fake, COLUMNS), atol=1e-12)


def test_shuffled_columns_are_alike_but_their_pairs_are_not() -> None:
    real = table(0)
    fake = shuffled(real)
    assert set(column_similarity(real, fake, COLUMNS).values()) == {1.0}
    pairs = pair_similarity(real, fake, COLUMNS)
    assert (pairs[np.triu_indices(len(COLUMNS), 1)] < 0.85).all()
    assert (pairs == pairs.T).all()
    assert (pairs.diagonal() == 1.0).all()


@pytest.mark.parametrize("name", [column.name for column in COLUMNS])
def test_the_one_column_that_changed_is_the_one_named(name: str) -> None:
    real, fake = table(0), table(0)
    chosen = fake[name].dropna().iloc[0]
    fake[name] = pd.Series([chosen] * len(fake), dtype=fake[name].dtype)
    found = column_similarity(real, fake, COLUMNS)
    assert found.pop(name) < 0.8
    assert set(found.values()) == {1.0}
    position = list(real).index(name)
    differs = pair_similarity(real, fake, COLUMNS) < 1.0
    assert differs[position].sum() == len(COLUMNS) - 1
    assert differs.sum() == 2 * (len(COLUMNS) - 1)


@pytest.mark.parametrize("seed", range(5))
def test_numbers_are_as_far_apart_as_by_the_kolmogorov_smirnov_statistic(seed: int) -> None:
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=50).round(1), rng.normal(0.5, 2.0, size=31).round(1)
    statistic = ks_2samp(real, fake).statistic
    assert alike(real.tolist(), fake.tolist(), numbers()) == pytest.approx(1.0 - statistic, abs=1e-12)


def test_words_are_as_far_apart_as_by_total_variation() -> None:
    assert alike(list("aabb"), list("aaab"), words()) == 0.75
    assert alike(list("aabb"), list("aacc"), words()) == 0.5  # a level that only the synthetic rows have
    assert alike(list("aabc"), list("aabb"), words()) == 0.75  # and one that only the real ones have
    assert alike(list("ab"), list("cd"), words()) == 0.0


@pytest.mark.parametrize("column", [numbers(), words()])
def test_a_difference_in_missing_values_counts_in_full(column: Column) -> None:
    value = 1.0 if column.kind == "numeric" else "a"
    assert alike([value] * 4, [value, value, value, None], column) == 0.75
    assert alike([value] * 4, [None] * 4, column) == 0.0
    assert alike([None] * 4, [value], column) == 0.0
    assert alike([None] * 4, [None] * 2, column) == 1.0


def test_numbers_that_are_missing_at_one_end_do_not_hide_behind_those_that_are_there() -> None:
    # The present values are the same half each, but the upper or the lower one has moved to the missing ones.
    assert alike([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, None, None], numbers()) == 0.5
    assert alike([1.0, 2.0, 3.0, 4.0], [3.0, 4.0, None, None], numbers()) == 0.5
    assert alike([1.0, 2.0, None, None], [None, None, 1.0, 2.0], numbers()) == 1.0
    # 40 % of the rows have moved to one end from the middle and from the missing ones: to be seen at either end.
    assert alike([1.0, 1.0, 1.0, 2.0, None], [1.0, 1.0, 2.0, 2.0, 2.0], numbers()) == pytest.approx(0.6)
    assert alike([2.0, 2.0, 2.0, 1.0, None], [2.0, 2.0, 1.0, 1.0, 1.0], numbers()) == pytest.approx(0.6)


def test_infinite_numbers_count_as_missing_and_do_not_break_anything() -> None:
    assert alike([1.0, 2.0, np.inf], [1.0, 2.0, None], numbers()) == 1.0


def test_dates_are_told_apart_as_text_and_as_datetimes_and_across_time_zones() -> None:
    written = Column("day", "datetime", "str", format="%Y-%m-%d")
    real = pd.DataFrame({"day": ["2020-01-01", "2020-01-02", None, "2020-01-04"]})
    moments = pd.DataFrame({"day": pd.to_datetime(real["day"])})
    assert column_similarity(real, real.iloc[:2], [written]) == {"day": 0.5}
    assert column_similarity(moments, moments.iloc[:2], [replace(written, dtype="datetime64[ns]", format="")]) == {
        "day": 0.5
    }
    zoned = Column("day", "datetime", "datetime64[ns, Asia/Tokyo]")
    here = moments.assign(day=moments["day"].dt.tz_localize("UTC"))
    there = here.assign(day=here["day"].dt.tz_convert("Asia/Tokyo"))
    assert column_similarity(here, there, [zoned]) == {"day": 1.0}


def test_pairs_of_numbers_are_compared_by_rank_correlation_over_rows_that_have_both() -> None:
    real, fake = table(0), table(1, n=150, missing=0.4)
    chosen = (COLUMNS[0], COLUMNS[1])
    rhos = [
        spearmanr(*frame[["length", "count"]].astype("float64").dropna().to_numpy().T).statistic
        for frame in (real, fake)
    ]
    expected = 1.0 - abs(rhos[0] - rhos[1]) / 2.0
    assert pair_similarity(real, fake, chosen)[0, 1] == pytest.approx(expected, abs=1e-12)


def test_reversed_numbers_are_as_far_apart_as_can_be() -> None:
    real = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]})
    pairs = pair_similarity(real, real.assign(y=[3.0, 2.0, 1.0]), [numbers("x"), numbers("y")])
    assert pairs[0, 1] == pytest.approx(0.0, abs=1e-12)


def test_pairs_of_words_are_compared_by_their_contingency_tables_with_missing_values_as_levels() -> None:
    real = pd.DataFrame({"x": ["a", "a", "b", None], "y": ["c", "c", "d", None]}, dtype=object)
    fake = pd.DataFrame({"x": ["a", "a", "b", None], "y": ["c", "e", None, "d"]}, dtype=object)
    assert pair_similarity(real, fake, [words("x"), words("y")])[0, 1] == 0.25


def test_a_number_and_a_word_are_compared_over_tenths_of_the_real_rows() -> None:
    real = pd.DataFrame({"x": np.arange(20.0), "y": ["a"] * 10 + ["b"] * 10})
    columns = [numbers("x"), words("y")]
    within = real.assign(x=[*np.arange(20.0).reshape(10, 2)[:, ::-1].ravel()])  # other values of the same tenths
    assert pair_similarity(real, within, columns)[0, 1] == 1.0
    assert pair_similarity(real, real.assign(y=["b"] * 10 + ["a"] * 10), columns)[0, 1] == 0.0


@pytest.mark.parametrize("reverse", [False, True])
def test_a_value_that_most_rows_share_is_a_bin_of_its_own_at_either_end(reverse: bool) -> None:
    codes = np.array([0] * 95 + [1, 2, 3, 4, 5])
    found = tenths(5 - codes if reverse else codes, 5 - codes if reverse else codes, 6)
    assert len(set(found[:95].tolist())) == 1
    assert found[0] not in found[95:]
    assert tenths(np.array([-1]), codes, 6).tolist() == [-1]


def test_tables_of_many_levels_are_counted_without_their_empty_cells() -> None:
    rng = np.random.default_rng(0)
    wide = [rng.integers(-1, 5000, 300) for _ in range(4)]
    cells, n_cells = joint_codes(wide[:2], wide[2:])
    assert n_cells <= 600
    pairs = [
        list(zip(one.tolist(), other.tolist(), strict=True)) for one, other in zip(wide[:2], wide[2:], strict=True)
    ]
    assert len(set(pairs[0] + pairs[1])) == n_cells
    assert [len(set(part.tolist())) for part in cells] == [len(set(part)) for part in pairs]


def test_a_column_that_collapsed_in_synthetic_rows_cannot_drop_out_of_the_figure() -> None:
    x = np.arange(50.0)
    real, columns = pd.DataFrame({"x": x, "y": x}), [numbers("x"), numbers("y")]
    assert pair_similarity(real, real.assign(y=1.0), columns)[0, 1] == 0.5
    assert pair_similarity(real, real.assign(y=np.nan), columns)[0, 1] == 0.5


@pytest.mark.parametrize("value", [1.0, np.nan])
def test_columns_without_variety_in_real_rows_have_no_pairs(value: float) -> None:
    real = table(0).assign(length=value)
    pairs = pair_similarity(real, table(1), COLUMNS)
    assert np.isnan(pairs[0, 1:]).all()
    assert not np.isnan(pairs[1:, 1:]).any()
    assert pairs[0, 0] == 1.0


def test_identifiers_are_no_columns_to_compare_and_constants_have_no_pairs() -> None:
    columns = (Column("id", "identifier", "int64"), *COLUMNS, Column("one", "constant", "str"))
    real, fake = (table(seed).assign(id=np.arange(400) + seed, one="1") for seed in (0, 1))
    assert list(column_similarity(real, fake, columns)) == [*real.columns[:6], "one"]
    pairs = pair_similarity(real, fake, columns)
    assert np.isnan(pairs[0, 1:]).all()
    assert np.isnan(pairs[-1, :-1]).all()
    assert (pairs[1:7, 1:7] == pair_similarity(real, fake, COLUMNS)).all()
    assert table_similarity(real, fake, columns).pairs == table_similarity(real, fake, COLUMNS).pairs


def test_pairs_of_a_wide_table_stay_few() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(30, MOST_PAIRED + 5)))
    frame.columns = [f"c{position}" for position in frame]
    columns = [Column("id", "constant", "str"), *(numbers(name) for name in frame)]
    frame["id"] = "1"
    assert [column.name for column in paired_columns(columns)] == list(frame)[:MOST_PAIRED]
    for matrix in (pair_similarity(frame, frame, columns), association(frame, columns)):
        assert matrix.shape == (len(columns), len(columns))
        known = ~np.isnan(matrix)
        assert known[1 : MOST_PAIRED + 1, 1 : MOST_PAIRED + 1].all()
        assert known.sum() == MOST_PAIRED**2 + 6


def test_other_real_rows_sit_at_the_ceiling_and_shuffled_ones_at_the_floor() -> None:
    real = table(0, n=600)
    good, bad = table_similarity(real, table(1, n=600), COLUMNS), table_similarity(real, shuffled(real), COLUMNS)
    assert good.pairs == pytest.approx(good.ceiling_pairs, abs=0.02)
    assert good.mean_columns == pytest.approx(good.ceiling_columns, abs=0.02)
    assert bad.pairs == pytest.approx(bad.floor_pairs, abs=0.02)
    assert good.floor_pairs < good.ceiling_pairs - 0.2
    assert (good.ceiling_pairs, good.floor_pairs) == (bad.ceiling_pairs, bad.floor_pairs)
    assert bad.floor_columns == bad.ceiling_columns
    assert dict(good.column_ceilings) == dict(good.column_floors)


@pytest.mark.parametrize(("n_real", "n_fake", "n_rows"), [(100, 400, 50), (101, 30, 30), (100, 50, 50)])
def test_figure_floor_and_ceiling_are_of_as_many_rows_so_that_more_rows_alone_do_not_look_better(
    n_real: int, n_fake: int, n_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[Levels]] = []
    look = tabular._pairs_alike
    monkeypatch.setattr(tabular, "_pairs_alike", lambda levels: seen.append(levels) or look(levels))  # type: ignore[func-returns-value]
    real = pd.DataFrame({"x": np.arange(n_real, dtype=float), "y": np.arange(n_real, dtype=float)})
    fake = pd.DataFrame({"x": 1000.0 + np.arange(n_fake), "y": 1000.0 + np.arange(n_fake)})
    found = table_similarity(real, fake, [numbers("x"), numbers("y")])
    assert found.n_rows == n_rows
    assert len(seen) == 3 * found.n_splits
    assert {len(codes) for levels in seen for each in levels for codes in each.codes} == {n_rows}
    made, other, floor = (seen[number * found.n_splits] for number in range(3))
    assert (made[0].codes[1] >= n_real).all()
    for against in (other, floor):
        assert not set(against[0].codes[0]) & set(against[0].codes[1])
    assert (other[0].codes[1] == other[1].codes[1]).all()
    assert (floor[0].codes[1] != floor[1].codes[1]).any()


def test_a_large_table_is_looked_at_in_part_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert table_similarity(table(0, 100), table(1, 100), COLUMNS).n_splits == tabular.MOST_SPLITS
    monkeypatch.setattr(tabular, "MOST_ROWS", 100)
    monkeypatch.setattr(tabular, "ROWS_IN_ALL", 100)
    found = table_similarity(table(0), table(1), COLUMNS)
    assert (found.n_rows, found.n_splits) == (100, 1)


def test_the_seed_decides_and_nothing_else_is_touched() -> None:
    real, fake, state = table(0), table(1), np.random.get_state()[1].tolist()  # type: ignore[index]
    found = [table_similarity(real, fake, COLUMNS, seed).to_dict() for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert np.random.get_state()[1].tolist() == state  # type: ignore[index]


@pytest.mark.parametrize(("n_real", "n_fake"), [(2, 1), (3, 2), (2, 50), (50, 1)])
def test_tiny_tables_give_figures_or_none_in_json(n_real: int, n_fake: int) -> None:
    found = table_similarity(table(0, n_real), table(1, n_fake), COLUMNS)
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert json.loads(text)["columns"].keys() == {column.name for column in COLUMNS}
    assert found.n_rows == min(n_real // 2, n_fake)


def test_what_is_not_known_is_none_in_json_and_all_else_is_a_number() -> None:
    real = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    found = table_similarity(real, real, [numbers()])
    assert isinstance(found, TableSimilarity)
    assert np.isnan([found.pairs, found.floor_pairs, found.ceiling_pairs]).all()
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert [key for key, value in plain.items() if value is None] == ["pairs", "ceiling_pairs", "floor_pairs"]
    assert plain["n_rows"] == 2
    assert 0.0 <= plain["columns"]["x"] <= 1.0


def test_what_cannot_be_compared_is_refused_with_what_to_do() -> None:
    real = table(0, 10)
    with pytest.raises(DataError, match="lacks the column 'sold'"):
        column_similarity(real, real.drop(columns="sold"), COLUMNS)
    with pytest.raises(DataError, match="at least one row"):
        pair_similarity(real, real.iloc[:0], COLUMNS)
    with pytest.raises(DataError, match="at least two"):
        table_similarity(real.iloc[:1], real, COLUMNS)
