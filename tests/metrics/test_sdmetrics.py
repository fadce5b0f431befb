"""The scores of SDMetrics are asked for with what our columns are, and what to install is said where it is missing."""

import sys
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from gan_augment.data.table_schema import Column
from gan_augment.errors import ConfigError
from gan_augment.metrics.sdmetrics import sdmetrics_scores

COLUMNS = [
    Column("id", "identifier", "int64"),
    Column("day", "datetime", "str", format="%Y-%m-%d"),
    Column("word", "categorical", "str"),
    Column("one", "constant", "float64"),
    Column("flag", "boolean", "bool"),
    Column("number", "numeric", "float64"),
]


def test_without_sdmetrics_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sdmetrics", None)
    monkeypatch.setitem(sys.modules, "sdmetrics.reports", None)
    monkeypatch.setitem(sys.modules, "sdmetrics.reports.single_table", None)
    with pytest.raises(ConfigError, match="pip install sdmetrics"):
        sdmetrics_scores(pd.DataFrame(), pd.DataFrame(), COLUMNS)


def test_each_report_gets_both_tables_and_the_kind_of_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[str], list[str], dict[str, Any]]] = []

    def report(score: float) -> type:
        def generate(self: object, real: pd.DataFrame, fake: pd.DataFrame, metadata: Any, verbose: bool) -> None:
            asked.append((list(real), list(fake), metadata["columns"]))

        return type("Report", (), {"generate": generate, "get_score": lambda self: score})

    package = ModuleType("sdmetrics.reports.single_table")
    package.QualityReport, package.DiagnosticReport = report(0.75), report(0.5)  # type: ignore[attr-defined]
    for name in ("sdmetrics", "sdmetrics.reports"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "sdmetrics.reports.single_table", package)
    names = [column.name for column in COLUMNS]
    frame = pd.DataFrame([[None] * 7], columns=[*names[::-1], "other"])
    assert sdmetrics_scores(frame, frame, COLUMNS) == {"quality": 0.75, "diagnostic": 0.5}
    kinds = ["id", "datetime", "categorical", "categorical", "boolean", "numerical"]
    for real, fake, described in asked:
        assert real == fake == list(described) == names
        assert [each["sdtype"] for each in described.values()] == kinds
        assert [each.get("datetime_format") for each in described.values()] == [None, "%Y-%m-%d", *[None] * 4]
    assert len(asked) == 2
