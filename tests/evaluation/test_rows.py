"""Finished rows survive an interruption and are never mixed with those of other settings."""

from pathlib import Path

import pytest

from gan_augment.errors import OutputError
from gan_augment.evaluation.rows import Ledger, Row
from gan_augment.files import RESULTS_FILE

SETTINGS = {"generator": "abc", "seed": 0, "classifier": {"steps": None, "lr": 0.003}}
ROW = Row("none", 0, 10, 0.9, 0.8, (0.9, 0.7))


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    Ledger(tmp_path / "out", SETTINGS, Row).add(ROW)
    assert Ledger(tmp_path / "out", SETTINGS, Row, resume=True).rows == {("none", 0): ROW}


def test_a_line_that_was_cut_off_is_dropped_and_not_glued_to_the_next(tmp_path: Path) -> None:
    Ledger(tmp_path, SETTINGS, Row).add(ROW)
    path = tmp_path / RESULTS_FILE
    path.write_text(path.read_text() + '{"arm": "gan", "se')
    other = Row("gan", 1, 10, 0.5, 0.5, (0.5, 0.5))
    Ledger(tmp_path, SETTINGS, Row, resume=True).add(other)
    assert Ledger(tmp_path, SETTINGS, Row, resume=True).rows == {("none", 0): ROW, ("gan", 1): other}


def test_a_folder_in_use_is_refused_without_resume(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    for resume in (False, True):
        with pytest.raises(OutputError):
            Ledger(tmp_path, SETTINGS, Row, resume=resume)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_rows_of_other_settings_are_refused_and_kept(tmp_path: Path) -> None:
    Ledger(tmp_path, SETTINGS, Row).add(ROW)
    with pytest.raises(OutputError, match="another generator"):
        Ledger(tmp_path, SETTINGS | {"generator": "other"}, Row, resume=True)
    assert len((tmp_path / RESULTS_FILE).read_text().splitlines()) == 1


@pytest.mark.parametrize("line", ["not json\n", '{"arm": "none"}\n', '{"arm": "none", "per_class": 3, "x": 1}\n'])
def test_a_damaged_result_is_an_error_in_one_line(tmp_path: Path, line: str) -> None:
    Ledger(tmp_path, SETTINGS, Row)
    (tmp_path / RESULTS_FILE).write_text(line)
    with pytest.raises(OutputError, match="choose another"):
        Ledger(tmp_path, SETTINGS, Row, resume=True)
