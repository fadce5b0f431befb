"""The demo goes the whole way and leaves what it says it leaves."""

from pathlib import Path

import pandas as pd
import pytest

from gan_augment.demo import N_ROWS, PER_CLASS, run_demo, run_table_demo
from gan_augment.errors import OutputError
from gan_augment.evaluation.images.protocol import EvaluateConfig
from gan_augment.evaluation.tabular.protocol import TableEvaluateConfig
from gan_augment.metrics.classifiers import ClassifierConfig

TINY = EvaluateConfig(arms=("none", "gan-only"), seeds=1, per_class=10, classifier=ClassifierConfig(steps=2))


def test_the_demo_leaves_a_run_pictures_and_results(tmp_path: Path) -> None:
    result = run_demo(tmp_path / "demo", steps=2, config=TINY, progress=False)
    assert len(list(result.samples.glob("*/*.png"))) == 10 * PER_CLASS
    assert result.grid.is_file()
    assert result.evaluation.n_train + result.evaluation.n_test == 1797
    assert "gan-only accuracy" in result.text()
    assert (tmp_path / "demo" / "results" / "results.jsonl").is_file()


def test_the_demo_does_not_write_into_somebodys_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="--out"):
        run_demo(tmp_path, steps=2)


def test_the_demo_on_a_table_leaves_a_run_rows_and_results(tmp_path: Path) -> None:
    tiny = TableEvaluateConfig(arms=("none", "gan-only"), models=("logistic",), seeds=1)
    result = run_table_demo(tmp_path / "demo", steps=2, config=tiny, progress=False)
    assert len(pd.read_parquet(result.table)) == N_ROWS
    assert result.generator.class_counts["malignant"] == result.evaluation.class_counts["malignant"] == 40
    assert result.evaluation.n_test == 284
    assert "gan-only" in result.text()
    assert (tmp_path / "demo" / "results" / "results.jsonl").is_file()
    with pytest.raises(OutputError, match="--out"):
        run_table_demo(tmp_path / "demo", steps=2)
