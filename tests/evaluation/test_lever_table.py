"""The table of levers pairs rows of one draw, and says nothing where fewer than two are paired."""

import importlib
from pathlib import Path
from typing import Any

import pytest


def row(lever: str, seed: int, scores: dict[str, float]) -> dict[str, Any]:
    names = ("label_fidelity", "diversity_judge", "diversity_pixels", "coverage", "near_copies", "fit_seconds")
    arms = ("gan-only", "classical+gan-only", "classical+gan")
    about = {"dataset": "digits", "per_class": 20, "lever": lever, "seed": seed}
    return about | dict.fromkeys((*names, *arms), 0.5) | scores


def test_gains_are_those_over_rows_of_the_same_draw(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    levers = importlib.import_module("levers")
    real = {"none": 0.4, "classical-longer": 0.1}
    rows = [
        *(row("real images", seed, real | {"classical": 0.4 + seed / 10}) for seed in (0, 1)),
        *(row(levers.BASE, seed, {"gan-only": 0.5 + seed / 10}) for seed in (0, 1)),
        *(row("LeCam", seed, {"gan-only": 0.52 + seed / 10, "classical+gan": 0.43 + seed / 10}) for seed in (0, 1, 2)),
        row("geometry", 0, {}),
    ]
    base, lecam, geometry = (line.split(" | ") for line in levers.table(rows).splitlines()[2:])
    assert base[-3:-1] == ["", "40.0 / 45.0 / 10.0"]
    assert lecam[-3] == "+2.0 [+2.0, +2.0]"
    assert lecam[-1] == "+3.0 [+3.0, +3.0] |"
    assert geometry[-3:] == ["", "", " |"]
