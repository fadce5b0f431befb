"""A generator of wrong labels or of one row a class is found out; a good one, or a judge that knows nothing, is not."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

from gan_augment.data.table_schema import Column, LabelledTable, TableSchema
from gan_augment.evaluation.study.bench import Parts
from gan_augment.evaluation.tabular.bench import TableBench
from gan_augment.evaluation.tabular.quality import table_quality
from gan_augment.generation.generator import SampleBatch

from .conftest import COLUMNS, RepeatingGenerator, make_table


def by_class(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the figure of each class of synthetic rows."""
    return found["synthetic"][name]["per_class"]


def halves(load_fn: Callable[..., Any]) -> tuple[LabelledTable, LabelledTable]:
    """Return what comes with scikit-learn in two parts of every other row of each class."""
    features, labels = load_fn(return_X_y=True)
    names = [f"x{number}" for number in range(features.shape[1])]
    columns, classes = tuple(Column(name, "numeric", "float64") for name in names), tuple("abc"[: labels.max() + 1])
    schema = TableSchema(columns, Column("kind", "categorical", "object"), len(columns), classes, classes)
    table = LabelledTable(pd.DataFrame(features, columns=names), labels.astype(np.int64), schema)
    order = np.argsort(labels, kind="stable")
    return table.subset(order[::2]), table.subset(order[1::2])


class Renaming(RepeatingGenerator):
    """Gives rows of another class under the name of one."""

    def __init__(self, fitted: LabelledTable, names: Mapping[str, str]) -> None:
        super().__init__(fitted)
        self.names = names

    def sample(self, counts: Mapping[str, int], seed: int = 0) -> SampleBatch:
        parts = [super(Renaming, self).sample({self.names.get(name, name): n}, seed).data for name, n in counts.items()]
        labels = np.repeat([self.classes.index(name) for name in counts], list(counts.values()))
        return SampleBatch(pd.concat(parts, ignore_index=True), labels, self.classes)


@pytest.mark.parametrize("load_fn", [load_iris, load_breast_cancer])
def test_real_rows_are_what_they_are_called_and_as_different_as_real_rows(load_fn: Callable[..., Any]) -> None:
    train, test = halves(load_fn)
    found = table_quality(train, test, RepeatingGenerator(train).sample, 0)
    assert found["warnings"] == []
    assert found["judge_accuracy"]["mean"] > 0.85
    for name in test.classes:
        assert by_class(found, "label_fidelity")[name] > found["judge_accuracy"]["per_class"][name] - 0.1
        assert 0.6 < by_class(found, "diversity")[name] < 1.6


def test_swapped_classes_are_found_out() -> None:
    train, test = halves(load_breast_cancer)
    found = table_quality(train, test, Renaming(train, {"a": "b", "b": "a"}).sample, 0)
    assert all(by_class(found, "label_fidelity")[name] < 0.2 for name in "ab")
    said = [warning for warning in found["warnings"] if "do not look like" in warning]
    assert all(warning.startswith("Warning: ") for warning in said)  # as advice knows them by
    assert [warning[-22:] for warning in said] == ["'a' are taken for 'b'.", "'b' are taken for 'a'."]
    assert np.diagonal(found["confusion"]["rows"]).tolist() == pytest.approx(
        list(by_class(found, "label_fidelity").values()), abs=1e-4
    )


def test_a_class_that_a_generator_does_not_know_is_named_and_no_other() -> None:
    train, test = halves(load_iris)
    found = table_quality(train, test, Renaming(train, {"b": "a"}).sample, 0)
    assert by_class(found, "label_fidelity")["b"] < 0.1
    (warning,) = found["warnings"]
    assert "'b'" in warning


def test_one_row_a_class_is_found_out_though_its_label_is_right() -> None:
    train, test = halves(load_iris)
    found = table_quality(train, test, RepeatingGenerator(train.subset([0, 30, 60])).sample, 0)
    assert all(fidelity == 1.0 for fidelity in by_class(found, "label_fidelity").values())
    assert all(diversity < 1e-9 for diversity in by_class(found, "diversity").values())
    assert [warning for warning in found["warnings"] if "vary 0% as much" in warning] == found["warnings"]
    assert all(warning.startswith("Warning: ") for warning in found["warnings"])
    assert len(found["warnings"]) == 3


def test_words_that_never_change_count_against_diversity(train: LabelledTable, held_out: LabelledTable) -> None:
    words = [column for column in train.schema.columns if column.kind in ("categorical", "boolean")]

    class Monotonous(RepeatingGenerator):
        def sample(self, counts: Mapping[str, int], seed: int = 0) -> SampleBatch:
            batch = super().sample(counts, seed)
            return SampleBatch(batch.data.assign(town="Bonn", rank="low", member=True), batch.labels, self.classes)

    def table_of_words(table: LabelledTable) -> LabelledTable:
        schema = TableSchema(tuple(words), table.schema.target, len(words), table.classes, table.classes)
        return LabelledTable(table.frame[[column.name for column in words]], table.labels, schema)

    train, held_out = table_of_words(train), table_of_words(held_out)
    whole, same = (table_quality(train, held_out, made(train).sample, 0) for made in (RepeatingGenerator, Monotonous))
    assert by_class(whole, "diversity")["common"] > 0.8
    assert by_class(same, "diversity")["common"] == 0.0


def test_a_judge_that_knows_nothing_says_so_and_accuses_no_one(held_out: LabelledTable) -> None:
    rng = np.random.default_rng(0)
    shuffled = LabelledTable(held_out.frame, rng.permutation(held_out.labels), held_out.schema)
    found = table_quality(shuffled, shuffled, RepeatingGenerator(shuffled).sample, 0)
    assert found["judge_accuracy"]["per_class"]["rare"] < 0.5
    assert any("cannot tell real rows of" in warning and "'rare'" in warning for warning in found["warnings"])
    assert not any("do not look like" in warning for warning in found["warnings"])


def test_a_judge_is_as_attentive_to_a_rare_class_and_needs_not_be_right_most_of_the_time() -> None:
    train, test = (make_table({"common": 600, "rare": 60}, seed, COLUMNS[2:4]) for seed in (1, 2))
    found = table_quality(train, test, RepeatingGenerator(train).sample, 0)
    assert 0.2 < found["judge_accuracy"]["per_class"]["rare"] < 0.5
    assert found["warnings"] == []


def test_a_class_with_one_test_row_leaves_the_judge_unknown_and_the_rest_known() -> None:
    train, test = make_table({"common": 60, "rare": 20}, 1), make_table({"common": 40, "rare": 1}, 2)
    found = table_quality(train, test, RepeatingGenerator(train).sample, 0)
    assert by_class(found, "label_fidelity") == found["judge_accuracy"]["per_class"] == {"common": None, "rare": None}
    assert found["judge_accuracy"]["mean"] is None
    assert by_class(found, "diversity")["rare"] is None
    assert by_class(found, "diversity")["common"] > 0.5


def test_a_large_test_is_looked_at_in_part(train: LabelledTable) -> None:
    generator, sizes = RepeatingGenerator(train), []
    large = make_table({"common": 3000, "rare": 40}, 2)

    def sample(counts: Mapping[str, int], seed: int) -> SampleBatch:
        sizes.append(sum(counts.values()))
        return generator.sample(counts, seed)

    found = table_quality(train, large, sample, 0)
    assert sizes == [2000]
    for name, n_seen in (("rare", 40), ("common", 1000)):
        n_right = found["judge_accuracy"]["per_class"][name] * n_seen
        assert n_right == pytest.approx(round(n_right))


def test_a_study_is_told_in_plain_data_the_same_for_the_same_seed() -> None:
    train, test = halves(load_iris)
    first, again, other = (
        TableBench().quality(Parts(train, test), RepeatingGenerator(train).sample, seed) for seed in (0, 0, 1)
    )
    assert first == again == json.loads(json.dumps(first, allow_nan=False))
    assert first != other
