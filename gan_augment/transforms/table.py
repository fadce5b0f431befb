"""Tables as tensors: shares and codes at rest, one-hot and normal in the step, exact columns and dtypes back."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch

from gan_augment import config
from gan_augment.data.table_schema import LabelledTable, TableSchema
from gan_augment.errors import DataError
from gan_augment.registry import lookup
from gan_augment.transforms.columns import CODECS, ColumnCodec, fit_column
from gan_augment.transforms.spec import Span, TensorSpec

CLIP = math.erf(4.0 / math.sqrt(2.0))
KINDS = ("gated", "linear", "softmax")
FEWEST_KNOTS, MOST_KNOTS, ALL_KNOTS = 32, 512, 200_000


class TableCodec:
    """Features of a labelled table to float tensors and back.

    Parameters
    ----------
    schema
        Columns and classes of the table.
    columns
        A codec for each of the schema's columns, in their order.

    Notes
    -----
    At rest every number takes two slots and every symbol one. `to_model` draws numbers from the intervals that tied
    values share, so that each is standard normal over all rows (within 4 deviations), and makes symbols one-hot.
    """

    kind = "table"
    block = 1024

    def __init__(self, schema: TableSchema, columns: Sequence[ColumnCodec]) -> None:
        self.schema = schema
        self._columns = list(columns)
        self._layout = layout = _layout(self._columns)
        spans = tuple(span for own in layout.spans for span in own)
        if not spans:
            raise DataError("No column can be learned: each holds one value or identifies rows. Add other columns.")
        self.spec = TensorSpec((spans[-1].stop,), spans, len(schema.classes))
        self._value_units = torch.tensor(layout.value_units, dtype=torch.int64)
        self._groups = torch.tensor(layout.groups, dtype=torch.int64).reshape(-1, 4).t().contiguous()

    @classmethod
    def fit(cls, table: LabelledTable, rng: np.random.Generator) -> "TableCodec":
        """Return the codec of `table`; `rng` draws the rows that distributions are read from.

        Raises
        ------
        DataError
            Where no column is left to learn.
        """
        schema = table.schema
        n_numbers = sum(column.kind in ("numeric", "datetime") for column in schema.columns)
        n_knots = min(max(ALL_KNOTS // max(n_numbers, 1), FEWEST_KNOTS), MOST_KNOTS)
        frame, labels = table.frame, table.labels
        return cls(schema, [fit_column(part, frame[part.name], labels, n_knots, rng) for part in schema.columns])

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "TableCodec":
        """Rebuild the codec that `state` described."""
        schema = config.from_dict(TableSchema, state["schema"])
        parts = zip(schema.columns, state["columns"], strict=True)
        codecs = [
            lookup(CODECS, own["kind"], "kind of column").from_state(column, own["state"]) for column, own in parts
        ]
        return cls(schema, codecs)

    def state(self) -> dict[str, Any]:
        """Return what `from_state` needs, as plain JSON data."""
        columns = [{"kind": codec.kind, "state": codec.state()} for codec in self._columns]
        return {"kind": self.kind, "schema": config.to_dict(self.schema), "columns": columns}

    def join(self, chunks: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """Return several chunks of rows as one."""
        return pd.concat(chunks, ignore_index=True)

    def encode(self, raw: pd.DataFrame) -> torch.Tensor:
        """Return rows compactly, float32 of shape (n, n_slots): levels never seen fall back, numbers are clipped."""
        slots = np.empty((self._layout.n_slots, len(raw)), np.float32)
        for codec, places in zip(self._columns, self._layout.slots, strict=True):
            for place, values in zip(places, codec.encode(raw[codec.column.name]), strict=True):
                slots[place] = values
        return torch.from_numpy(np.ascontiguousarray(slots.T))

    def to_model(self, encoded: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        """Return float32 rows (n, width) on the device of `encoded`; numbers are drawn anew from their intervals."""
        device, n_numbers, n_gated = encoded.device, len(self._layout.value_units), self._layout.n_gated
        # Kept where the data is: from the second batch on, nothing moves.
        self._value_units, self._groups = self._value_units.to(device), self._groups.to(device)
        centre, half, codes = encoded.tensor_split((n_numbers, 2 * n_numbers), dim=1)
        noise = torch.rand(centre.shape, generator=rng).to(device)
        share = torch.addcmul(centre, half, noise.mul_(2.0).sub_(1.0)).clamp_(-CLIP, CLIP)
        z = torch.erfinv(share).mul_(math.sqrt(2.0))
        z[:, :n_gated].mul_(codes[:, :n_gated] == 0)
        source, shift, mask, first = self._groups
        hot = (codes.to(torch.int64).index_select(1, source) >> shift & mask) + first
        model = torch.zeros(len(encoded), *self.spec.shape, device=device)
        return model.index_copy_(1, self._value_units, z).scatter_(1, hot, 1.0)

    def decode(self, samples: torch.Tensor, labels: torch.Tensor, rng: torch.Generator) -> pd.DataFrame:
        """Return the features of rows (n, width) of the classes `labels` (n,), int64, as the schema has them.

        `rng` draws pooled levels and identifiers.
        """
        units, classes = samples.detach().cpu().float().numpy(), labels.cpu().numpy()
        decoded = {}
        for codec, spans in zip(self._columns, self._layout.spans, strict=True):
            own = units[:, spans[0].start : spans[-1].stop] if spans else units[:, :0]
            decoded[codec.column.name] = codec.decode(own, classes, rng)
        return pd.DataFrame(decoded)


@dataclass(frozen=True)
class _Layout:
    """Where columns lie: at rest as centres, half-widths, codes of gated columns, codes of others; then in units.

    Parameters
    ----------
    spans
        Of each column, in its order.
    slots
        Of each column: where its codec's slots rest.
    value_units
        The units of numbers, those of gated columns first.
    n_gated, n_slots
        How many columns are gated, how many slots there are.
    groups
        (code, shift, mask, first unit) of each one-hot: unit ``(code >> shift & mask) + first`` is the hot one.
    """

    spans: list[list[Span]]
    slots: list[list[int]]
    value_units: list[int]
    n_gated: int
    n_slots: int
    groups: list[tuple[int, int, int, int]]


def _layout(columns: Sequence[ColumnCodec]) -> _Layout:
    spans = _spans(columns)
    by_kind = {kind: [i for i, own in enumerate(spans) if own and own[0].activation == kind] for kind in KINDS}
    gated, numbers = by_kind["gated"], by_kind["gated"] + by_kind["linear"]
    slots: list[list[int]] = [[] for _ in columns]
    for block in (numbers, numbers, gated, by_kind["softmax"]):
        n_slots = sum(map(len, slots))
        for place, column in enumerate(block, start=n_slots):
            slots[column].append(place)
    groups = []
    for column in (*gated, *by_kind["softmax"]):
        code, own = slots[column][-1] - 2 * len(numbers), spans[column]
        groups += [_group(code, bit, span, len(own) > 1) for bit, span in enumerate(own)]
    value_units = [spans[column][0].start for column in numbers]
    return _Layout(spans, slots, value_units, len(gated), sum(map(len, slots)), groups)


def _group(code: int, bit: int, span: Span, binary: bool) -> tuple[int, int, int, int]:
    return (code, bit, 1, span.start) if binary else (code, 0, -1, span.start + (span.activation == "gated"))


def _spans(columns: Sequence[ColumnCodec]) -> list[list[Span]]:
    spans, start = [], 0
    for codec in columns:
        ends = [start, *(start + np.cumsum(codec.sizes, dtype=int)).tolist()]
        spans.append([Span(*pair, codec.activation) for pair in pairwise(ends)])
        start = ends[-1]
    return spans
