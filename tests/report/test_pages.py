"""What a page says is what was found; what it cannot say it leaves out."""

import json
import re
import shutil
from pathlib import Path

import pytest

import gan_augment as ga
from gan_augment.errors import ConfigError, OutputError
from gan_augment.report.build import page_of, write_report
from gan_augment.report.page import Chart, Page, PictureTable, Slider, Table

MEGABYTE = 1_000_000


def section(page: Page, title: str) -> list[object]:
    return next(list(found.blocks) for found in page.sections if found.title == title)


def titles(page: Page) -> list[str]:
    return [found.title for found in page.sections]


def test_the_page_of_a_study_of_images_shows_all_of_it(image_study: Path) -> None:
    page = page_of(image_study)
    assert titles(page) == [
        "Did it help?",
        "What synthetic samples are worth",
        "Accuracy per class",
        "How many synthetic samples?",
        "Real and synthetic, side by side",
        "Are the labels right, and do samples differ?",
        "Nearest training images",
        "Does it copy?",
        "How far are they from real samples?",
        "Training",
        "How it was measured",
        "Provenance",
    ]
    summary = json.loads((image_study / "summary.json").read_text())
    assert [verdict.sentence for verdict in page.verdicts] == [summary["models"]["cnn"]["sentence"]]
    assert page.verdicts[0].word == "no verdict"
    assert any("8 replicates" in sentence for sentence in page.advice)
    training = next(found for found in page.sections if found.title == "Training")
    assert training.lead.startswith("The generator of the first replicate. A loss that falls")


def test_the_page_of_a_study_of_rows_shows_columns_instead_of_pictures(table_study: Path) -> None:
    page = page_of(table_study)
    assert {
        "Columns, real and synthetic",
        "Columns by class",
        "How columns go together",
        "Nearest training rows",
    } <= set(titles(page))
    (gallery,) = section(page, "Columns, real and synthetic")
    assert len(gallery.charts) == 4  # type: ignore[attr-defined]
    (table,) = section(page, "How far are they from real samples?")
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == [
        "told from real by a classifier (AUC)",
        "likeness of columns",
        "likeness of pairs of columns",
    ]


def test_gains_on_the_page_are_those_of_the_summary(table_study: Path) -> None:
    chart = section(page_of(table_study), "Did it help?")[0]
    assert isinstance(chart, Chart)
    assert chart.data is not None
    said = {row[0]: (float(row[1]), float(row[2])) for row in chart.data.rows}
    found = json.loads((table_study / "summary.json").read_text())["models"]["logistic"]
    assert set(said) == set(found["arms"]) - set(found["baselines"])
    for arm, (score, points) in said.items():
        own = found["arms"][arm]
        assert score == pytest.approx(own["mean"]["average_precision"], abs=5e-4)
        assert points == pytest.approx(100 * own["differences"]["average_precision"]["mean"], abs=5e-3)


def test_every_class_has_real_images_beside_synthetic_ones(image_study: Path) -> None:
    (table,) = section(page_of(image_study), "Real and synthetic, side by side")
    assert isinstance(table, PictureTable)
    assert [row[0] for row in table.rows] == [str(digit) for digit in range(10)]
    real, synthetic = table.rows[3][1:]
    assert real.alt == "real images of class 3"  # type: ignore[union-attr]
    assert real.content != synthetic.content  # type: ignore[union-attr]


def test_a_study_without_an_exhibit_or_a_run_still_has_a_page(image_study: Path, tmp_path: Path) -> None:
    shutil.copytree(image_study, tmp_path / "bare", ignore=shutil.ignore_patterns("exhibit", "runs", "quality.jsonl"))
    page = page_of(tmp_path / "bare")
    assert "Did it help?" in titles(page)
    assert not {"Training", "Does it copy?", "Real and synthetic, side by side"} & set(titles(page))


def test_a_page_is_light(image_study: Path, table_study: Path, tmp_path: Path) -> None:
    for name, study in (("images", image_study), ("rows", table_study)):
        out = write_report(study, tmp_path / f"{name}.html")
        assert out.stat().st_size < 3 * MEGABYTE


def test_a_run_shows_its_curves_and_its_samples_over_time(run: Path) -> None:
    page = page_of(run, "My run")
    assert page.title == "My run"
    slider = section(page, "Training")[-1]
    assert isinstance(slider, Slider)
    assert slider.frames[-1].caption == "40 steps"
    assert not page.verdicts
    assert "gan-augment evaluate" in page.advice[-1]


def test_fit_and_generate_leave_their_own_page(run: Path, tmp_path: Path) -> None:
    assert "<title>run</title>" in (run / "report.html").read_text()
    from gan_augment.cli.main import main

    assert main(["generate", str(run), "--per-class", "3", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    written = (tmp_path / "out" / "report.html").read_text()
    assert "30 synthetic samples of 10 classes" in written
    assert written.count('alt="Synthetic images of class') == 10


def test_every_format_says_the_verdict(image_study: Path, tmp_path: Path) -> None:
    sentence = json.loads((image_study / "summary.json").read_text())["models"]["cnn"]["sentence"]
    markdown = write_report(image_study, tmp_path / "page.md").read_text()
    assert f"- **no verdict**: {sentence}" in markdown
    assert markdown.startswith("# results\n")
    assert not re.search(r"<[a-z]+[ >]", markdown)
    data = json.loads(write_report(image_study, tmp_path / "page.json").read_text())
    assert data["verdicts"][0]["sentence"] == sentence
    assert {found["title"] for found in data["sections"]} == set(titles(page_of(image_study)))
    assert write_report(image_study, tmp_path / "gains.png").read_bytes().startswith(b"\x89PNG")


def test_tables_of_markdown_have_as_many_cells_as_columns(table_study: Path, tmp_path: Path) -> None:
    text = write_report(table_study, tmp_path / "page.md").read_text()
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1, block


def test_the_page_says_what_gains_are_over(image_study: Path, tmp_path: Path) -> None:
    assert "Each arm against none, the only arm" in write_report(image_study, tmp_path / "alone.md").read_text()
    rivals = shutil.copytree(image_study, tmp_path / "rivals")
    summary = json.loads((rivals / "summary.json").read_text())
    summary["models"]["cnn"]["unrivalled"] = False
    (rivals / "summary.json").write_text(json.dumps(summary))
    assert "which inner folds chose in each replicate" in write_report(rivals, tmp_path / "rivals.md").read_text()


def test_a_study_of_one_arm_has_no_gains_to_draw(image_study: Path, tmp_path: Path) -> None:
    alone = shutil.copytree(image_study, tmp_path / "alone")
    summary = json.loads((alone / "summary.json").read_text())
    own = summary["models"]["cnn"]
    own["arms"], own["baselines"] = {"none": own["arms"]["none"]}, {"none": 1}
    (alone / "summary.json").write_text(json.dumps(summary))
    with pytest.raises(ConfigError, match="no gains to draw"):
        write_report(alone, tmp_path / "x.png")


def test_the_format_may_differ_from_the_ending(image_study: Path, tmp_path: Path) -> None:
    assert write_report(image_study, tmp_path / "page.txt", format="md").read_text().startswith("# ")
    with pytest.raises(ConfigError, match="Did you mean 'html'"):
        write_report(image_study, tmp_path / "page.htm")


def test_what_has_no_page_is_said_and_nothing_is_written(run: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(OutputError, match="holds no results"):
        write_report(tmp_path / "empty", tmp_path / "x.html")
    (tmp_path / "empty" / "summary.json").write_text("{")
    with pytest.raises(OutputError, match="cannot be read"):
        write_report(tmp_path / "empty", tmp_path / "x.html")
    (tmp_path / "empty" / "summary.json").write_text('{"something": 1}')
    with pytest.raises(OutputError, match="something else"):
        write_report(tmp_path / "empty", tmp_path / "x.html")
    with pytest.raises(ConfigError, match="no gains"):
        write_report(run, tmp_path / "x.png")
    assert not list(tmp_path.glob("x.*"))


def test_a_page_that_cannot_be_written_leaves_the_old_one(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "page.html"
    out.write_text("the old one")

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gan_augment.files.os.replace", full)
    with pytest.raises(OutputError):
        write_report(run, out)
    assert out.read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_the_library_has_it_under_its_public_name(run: Path, tmp_path: Path) -> None:
    assert ga.write_report(run, tmp_path / "page.html") == tmp_path / "page.html"


def test_matplotlib_is_left_as_the_user_has_it(run: Path, tmp_path: Path) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    write_report(run, tmp_path / "page.html")
    assert dict(mpl.rcParams) == before


def test_a_judged_run_has_a_page_with_its_training(judged: Path, run: Path) -> None:
    page = page_of(judged, run=run)
    assert page.subtitle == "One generator, fitted on 179 images and judged on 1,618 that it never saw."
    (verdict,) = page.verdicts
    assert "classical+gan" in verdict.sentence
    assert "over classical, for this one fit" in verdict.sentence
    assert {"Did it help?", "Real and synthetic, side by side", "Does it copy?", "Training"} <= set(titles(page))
    assert "Training" not in titles(page_of(judged))


def test_a_run_that_is_none_is_said(judged: Path, image_study: Path, run: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no run of gan-augment fit"):
        write_report(judged, tmp_path / "x.html", run=tmp_path)
    for own in (image_study, run):
        with pytest.raises(ConfigError, match="leave out the run"):
            write_report(own, tmp_path / "x.html", run=run)


def test_a_file_of_another_program_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(OutputError, match="does not hold what evaluate or fit writes"):
        write_report(tmp_path, tmp_path / "x.html")


def test_odd_names_of_classes_break_neither_drawings_nor_tables(image_study: Path, tmp_path: Path) -> None:
    shutil.copytree(image_study, tmp_path / "odd", ignore=shutil.ignore_patterns("runs"))
    path = tmp_path / "odd" / "summary.json"
    summary = json.loads(path.read_text())
    odd = ["a\x1bb", "line\nbreak", "<b>|bold|</b>", "\ud800", "\u732b", *"56789"]
    summary["about"]["classes"] = dict(zip(odd, summary["about"]["classes"].values(), strict=True))
    path.write_text(json.dumps(summary))
    written = write_report(tmp_path / "odd", tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<b>|bold" not in written
    text = write_report(tmp_path / "odd", tmp_path / "page.md").read_text(encoding="utf-8")
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block


def test_a_page_says_that_more_divisions_were_chosen_on_than_it_shows(image_study: Path, tmp_path: Path) -> None:
    shutil.copytree(image_study, tmp_path / "study", ignore=shutil.ignore_patterns("runs"))

    def caption() -> str:
        (chart,) = section(page_of(tmp_path / "study"), "How many synthetic samples?")
        assert isinstance(chart, Chart)
        return chart.caption

    assert "From these, and from other tasks" in caption()
    path = tmp_path / "study" / "results.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        if row["arm"] == "auto":
            row["choice"]["divisions"] = 3 - row["replicate"]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert "the most promising were tried on up to 3 divisions." in caption()
