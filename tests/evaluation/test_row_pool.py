"""Rows of benchmarks are kept as they come, whatever becomes of the other tasks."""

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def row_pool(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("row_pool")


def halved(number: int) -> list[dict[str, Any]]:
    return [{"number": number, "half": 12 // number}]


def test_a_task_that_fails_costs_no_other_its_rows(row_pool: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    with pytest.raises(ZeroDivisionError):
        row_pool.make_rows(file, halved, [(0,), (2,), (3,)], jobs=1, reuse=True)
    found = sorted(json.loads(line)["half"] for line in file.read_text().splitlines())
    assert found == [4, 6]
