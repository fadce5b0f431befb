"""An evaluation of a table refuses a test that would flatter, and lives with rows that are alike by nature."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_schema import LabelledTable
from gan_augment.errors import DataError
from gan_augment.evaluation.tabular.inputs import check_inputs, check_tables

from .conftest import COLUMNS, RepeatingGenerator, make_table


def joined(first: LabelledTable, second: LabelledTable) -> LabelledTable:
    frame = pd.concat([first.frame, second.frame], ignore_index=True)
    return replace(first, frame=frame, labels=np.concatenate([first.labels, second.labels]))


def test_parts_that_share_nothing_are_accepted_without_a_word(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable
) -> None:
    assert check_inputs(generator, train, held_out) == ()


def test_a_few_twins_are_told_and_most_of_a_test_is_refused(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable
) -> None:
    (note,) = check_inputs(generator, train, joined(held_out, train.subset(np.arange(7))))
    assert note.startswith("7 of 127 test rows have an exact twin")
    with pytest.raises(DataError, match="184 of 304 test rows have an exact twin"):
        check_inputs(generator, train, joined(held_out, train))


def of_words(n: int, levels: int, seed: int) -> LabelledTable:
    """Return rows of two words out of so many each: the fewer there are, the more rows are alike by nature."""
    rng = np.random.default_rng(seed)
    table = make_table({"common": n - n // 4, "rare": n // 4}, columns=COLUMNS[3:5])
    frame = pd.DataFrame(
        {name: pd.Series(rng.integers(0, levels, n).astype(str), dtype=object) for name in table.frame}
    )
    return replace(table, frame=frame)


def test_rows_of_a_few_words_are_alike_by_nature_and_are_told_not_refused() -> None:
    for levels in (3, 14):  # nearly all rows have a twin, or two of three
        train, test = of_words(200, levels, 1), of_words(100, levels, 2)
        (note,) = check_inputs(RepeatingGenerator(train), train, test)
        assert "of 100 test rows have an exact twin" in note
        assert "of those among themselves: some are alike by nature" in note


@pytest.mark.parametrize(("levels", "n_test"), [(14, 100), (30, 100), (10, 1000)])
def test_rows_that_are_alike_by_nature_do_not_hide_a_leak(levels: int, n_test: int) -> None:
    train = of_words(200, levels, 1)
    leaked = train.subset(np.random.default_rng(0).integers(0, 200, n_test))
    with pytest.raises(DataError, match=f"{n_test} of {n_test} test rows have an exact twin"):
        check_inputs(RepeatingGenerator(train), train, leaked)


def test_rows_that_nearly_all_have_twins_are_not_refused_by_bad_luck() -> None:
    train = of_words(200, 10, 1)
    lucky = train.subset(np.arange(20))
    assert len(check_inputs(RepeatingGenerator(train), train, lucky)) == 1


def test_a_leak_counts_even_if_the_training_rows_given_are_others(
    train: LabelledTable, held_out: LabelledTable
) -> None:
    fitted = RepeatingGenerator(joined(train, held_out))
    with pytest.raises(DataError, match="120 of 120"):
        check_inputs(fitted, train, held_out)


def test_training_rows_the_run_never_saw_are_refused_if_all_and_told_if_some(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable
) -> None:
    others = make_table({"common": 30, "rare": 10}, seed=3)
    with pytest.raises(DataError, match="None of the training rows"):
        check_inputs(generator, others, held_out)
    (note,) = check_inputs(generator, joined(train, others), held_out)
    assert note.startswith("40 of 224 training rows were not")


def test_other_classes_and_columns_are_refused_by_name(
    generator: RepeatingGenerator, train: LabelledTable, held_out: LabelledTable
) -> None:
    with pytest.raises(DataError, match="'no', 'yes'"):
        check_tables(train, make_table({"no": 9, "yes": 9}))
    with pytest.raises(DataError, match="the column 'since'"):
        check_tables(
            train, make_table({"common": 9, "rare": 9}, columns=train.schema.columns[:6] + train.schema.columns[7:])
        )
    recast = tuple(replace(c, kind="numeric") if c.name == "member" else c for c in train.schema.columns)
    with pytest.raises(DataError, match="'member'"):
        check_tables(train, replace(held_out, schema=replace(held_out.schema, columns=recast)))
    renamed = make_table({"no": 160, "yes": 24}, seed=1)
    with pytest.raises(DataError, match="the run 'common', 'rare'"):
        check_inputs(generator, renamed, make_table({"no": 9, "yes": 9}))


@pytest.mark.parametrize("part", ["training", "test"])
def test_a_class_without_rows_is_refused_by_name(part: str, train: LabelledTable, held_out: LabelledTable) -> None:
    parts = {"training": train, "test": held_out}
    parts[part] = parts[part].subset(np.flatnonzero(parts[part].labels == 0))
    with pytest.raises(DataError, match=f"No {part} row has the class 'rare'"):
        check_tables(parts["training"], parts["test"])
