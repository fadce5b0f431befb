"""`gan-augment report`: a page where it is asked for, one line where there is nothing to report on."""

from pathlib import Path

import pytest

from tests.cli.calling import Call


def test_a_page_lies_in_the_folder_where_nothing_else_is_said(call: Call, fitted: Path) -> None:
    done = call("report", fitted)
    assert done.code == 0
    assert done.last_line == f"The page lies in {fitted / 'report.html'}"
    assert (fitted / "report.html").read_text().startswith("<!doctype html>")


def test_format_and_title_are_those_asked_for(call: Call, fitted: Path, tmp_path: Path) -> None:
    done = call("report", fitted, "--out", tmp_path / "page.md", "--title", "Mine", "--json")
    assert done.json["bytes"] == (tmp_path / "page.md").stat().st_size
    assert (tmp_path / "page.md").read_text().startswith("# Mine\n")
    assert call("report", fitted, "--format", "json", "--out", tmp_path / "page").code == 0
    assert (tmp_path / "page").read_text().startswith("{")


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_what_is_no_result_is_one_line(name: str, call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = call("report", tmp_path / name)
    assert "holds no results that are finished, and no run" in done.error
    assert not list(tmp_path.rglob("report.html"))


def test_a_run_has_no_gains_to_draw(call: Call, fitted: Path, tmp_path: Path) -> None:
    assert "no gains to draw" in call("report", fitted, "--out", tmp_path / "gains.png").error
