"""A table must come back as it was, columns, dtypes, shares and all; networks must see what its spec says."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import kstest

from gan_augment.data.table_schema import Column, LabelledTable
from gan_augment.errors import DataError
from gan_augment.seeding import numpy_rng, torch_rng
from gan_augment.transforms import table as table_module
from gan_augment.transforms.table import TableCodec
from tests.transforms.tables import labels_of, make_table, mixed_table

WORD = Column("word", "categorical", "str")
NUMBER = Column("number", "numeric", "float64")


@pytest.fixture(scope="module")
def table() -> LabelledTable:
    return mixed_table()


@pytest.fixture(scope="module")
def codec(table: LabelledTable) -> TableCodec:
    return TableCodec.fit(table, numpy_rng(0))


@pytest.fixture(scope="module")
def rows(table: LabelledTable, codec: TableCodec) -> torch.Tensor:
    return codec.to_model(codec.encode(table.frame), torch_rng(0))


def noise(codec: TableCodec, n: int = 3000) -> pd.DataFrame:
    samples = torch.randn(n, *codec.spec.shape, generator=torch_rng("noise"))
    return codec.decode(samples, torch.from_numpy(labels_of(n)), torch_rng(1))


def test_rows_come_back_with_columns_order_dtypes_and_gaps(
    table: LabelledTable, codec: TableCodec, rows: torch.Tensor
) -> None:
    decoded = codec.decode(rows, torch.from_numpy(table.labels), torch_rng(1))
    exact = table.frame.columns.drop(["id", "score"])
    untied = table.frame["amount"].map(table.frame["amount"].value_counts()) == 1
    pd.testing.assert_frame_equal(decoded[exact][~untied], table.frame[exact][~untied])
    assert list(decoded) == list(table.frame)
    assert (decoded.dtypes == table.frame.dtypes).all()
    assert float((decoded["score"] - table.frame["score"]).abs().quantile(0.9)) < 0.05
    assert not decoded["id"].isin(table.frame["id"]).any()


def test_spans_cover_the_width_in_order_and_mean_what_they_say(codec: TableCodec, rows: torch.Tensor) -> None:
    spans = codec.spec.spans
    assert [span.start for span in spans] == [0, *[span.stop for span in spans[:-1]]]
    assert codec.spec.shape == (spans[-1].stop,) == rows.shape[1:]
    assert [span.activation for span in spans[:7]] == ["linear", "gated", "linear", "gated", *["softmax"] * 3]
    for span in spans:
        units = rows[:, span.start : span.stop]
        if span.activation == "linear":
            assert span.stop - span.start == 1
            continue
        hot = units[:, 1:] if span.activation == "gated" else units
        assert set(hot.unique().tolist()) == {0.0, 1.0}
        assert (hot.sum(dim=1) == 1).all()
        assert span.activation == "softmax" or ((units[:, 0] != 0) == (units[:, 1] == 1)).all()


def test_many_levels_are_never_one_hot(codec: TableCodec) -> None:
    assert [span.stop - span.start for span in codec.spec.spans[-7:]] == [2] * 7


def test_rest_is_compact(table: LabelledTable, codec: TableCodec) -> None:
    encoded = codec.encode(table.frame)
    assert encoded.dtype == torch.float32
    assert encoded.is_contiguous()
    assert encoded.shape == (len(table), 2 * 5 + 2 + 5)


@pytest.mark.parametrize(
    "values",
    [
        np.repeat([1.0, 2.0, 7.0], [5000, 3000, 2000]),
        np.random.default_rng(0).poisson(3.0, 10_000).astype(float),
        np.random.default_rng(0).integers(0, 4000, 10_000).astype(float),
        np.random.default_rng(0).lognormal(size=10_000),
    ],
)
def test_numbers_look_standard_normal_however_many_are_tied(values: np.ndarray) -> None:
    column = Column("number", "numeric", "float64", integer=bool((values % 1 == 0).all()))
    codec = TableCodec.fit(make_table(pd.DataFrame({"number": values}), labels_of(10_000), [column]), numpy_rng(0))
    z = codec.to_model(codec.encode(pd.DataFrame({"number": values})), torch_rng(0))[:, 0].numpy()
    assert kstest(z, "norm").statistic < 0.02
    assert np.abs(z).max() < 4.001


def test_ties_are_drawn_anew_in_every_step_and_the_rng_decides_all(table: LabelledTable, codec: TableCodec) -> None:
    encoded = codec.encode(table.frame)
    first, same, other = (codec.to_model(encoded, torch_rng(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, same)
    assert not torch.equal(first[:, 0], other[:, 0])
    assert torch.equal(encoded, codec.encode(table.frame))
    labels = torch.from_numpy(table.labels)
    pd.testing.assert_frame_equal(codec.decode(first, labels, torch_rng(5)), codec.decode(first, labels, torch_rng(5)))
    fresh = codec.decode(first, labels, torch_rng(6))["id"]
    assert not fresh.equals(codec.decode(first, labels, torch_rng(5))["id"])


def test_global_random_state_is_left_alone(table: LabelledTable, codec: TableCodec) -> None:
    before = torch.random.get_rng_state()
    codec.decode(codec.to_model(codec.encode(table.frame), torch_rng(0)), torch.from_numpy(table.labels), torch_rng(1))
    assert torch.equal(before, torch.random.get_rng_state())


def test_whatever_a_network_puts_out_only_seen_values_come_back(table: LabelledTable, codec: TableCodec) -> None:
    drawn = noise(codec)
    for name in ("colour", "member", "agreed", "size", "country", "town"):
        assert set(drawn[name].dropna()) <= set(table.frame[name].dropna()), name
    for name in ("age", "amount", "score", "visits", "joined"):
        assert table.frame[name].min() <= drawn[name].min() <= drawn[name].max() <= table.frame[name].max(), name
    has_gaps = table.frame.isna().any()
    assert not drawn.loc[:, ~has_gaps].isna().any().any()
    assert drawn.loc[:, has_gaps].isna().any().all()


def test_the_state_rebuilds_a_codec_that_decodes_the_same_bytes(table: LabelledTable, codec: TableCodec) -> None:
    state = json.loads(json.dumps(codec.state(), allow_nan=False))
    again = TableCodec.from_state(state)
    assert (again.spec, again.schema, again.state()) == (codec.spec, codec.schema, state)
    pd.testing.assert_frame_equal(noise(again), noise(codec))
    assert torch.equal(again.encode(table.frame), codec.encode(table.frame))


def test_wide_tables_share_the_knots_that_a_state_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(900, 8)), columns=list("abcdefgh"))
    columns = [Column(name, "numeric", "float64") for name in frame]
    sizes = []
    for most in (200_000, 8 * 64):
        monkeypatch.setattr(table_module, "ALL_KNOTS", most)
        codec = TableCodec.fit(make_table(frame, labels_of(900), columns), numpy_rng(0))
        sizes.append(len(json.dumps(codec.state())))
    assert sizes[1] < sizes[0] / 6


@pytest.mark.parametrize("columns", [[WORD], [NUMBER], [NUMBER, WORD]])
def test_two_rows_a_class_and_one_kind_of_column_are_enough(columns: list[Column]) -> None:
    frame = pd.DataFrame({"number": [1.0, 2.5, 2.5, 4.0], "word": pd.Series(["a", "b", "a", "c"], dtype="str")})
    frame = frame[[column.name for column in columns]]
    codec = TableCodec.fit(make_table(frame, labels_of(4), columns), numpy_rng(0))
    rows = codec.to_model(codec.encode(frame), torch_rng(0))
    decoded = codec.decode(rows, torch.tensor([0, 1, 0, 1]), torch_rng(1))
    assert rows.isfinite().all()
    assert decoded.shape == frame.shape
    if "word" in frame:
        assert decoded["word"].tolist() == frame["word"].tolist()


def test_a_table_with_nothing_to_learn_is_refused() -> None:
    frame = pd.DataFrame({"word": pd.Series(["a"] * 4, dtype="str")})
    with pytest.raises(DataError, match="Add other columns"):
        TableCodec.fit(make_table(frame, labels_of(4), [WORD]), numpy_rng(0))


def test_joined_chunks_keep_dtypes_and_count_rows_from_0(codec: TableCodec) -> None:
    drawn = noise(codec, 50)
    joined = codec.join([drawn[30:], drawn[:30]])
    assert joined.index.tolist() == list(range(50))
    pd.testing.assert_frame_equal(joined[20:].reset_index(drop=True), drawn[:30])


def test_no_rows_give_an_empty_table_of_the_same_dtypes(table: LabelledTable, codec: TableCodec) -> None:
    empty = codec.decode(torch.zeros(0, *codec.spec.shape), torch.zeros(0, dtype=torch.int64), torch_rng(0))
    assert len(empty) == 0
    assert (empty.dtypes == table.frame.dtypes).all()
