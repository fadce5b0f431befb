"""The page of a fitted run: what it is, how it was trained, what its samples look like."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_augment.files import CONFIG_FILE, SUMMARY_FILE
from gan_augment.report import charts
from gan_augment.report.page import Chart, Facts, Page, Section, Table
from gan_augment.report.results import read_json
from gan_augment.report.training import training_sections
from gan_augment.units import format_budget, format_duration

CAUTION = (
    "Nothing here says whether the samples help: gan-augment evaluate DATA --out RESULTS measures it, with a generator "
    "fitted anew in every split."
)


def run_page(run: Path, title: str) -> Page:
    """Return the page of a run of `fit`.

    Raises
    ------
    OutputError
        If its settings cannot be read.
    """
    settings = read_json(run / CONFIG_FILE)
    summary = read_json(run / SUMMARY_FILE) if (run / SUMMARY_FILE).exists() else {}
    state = "finished" if summary.get("finished") else "not finished: go on with gan-augment fit --resume"
    state = "stopped early, as scores got no better" if summary.get("stopped_early") else state
    return Page(
        title,
        f"A generator by the recipe {settings['recipe']['name']}, {state}.",
        advice=[*summary.get("warnings", ()), CAUTION],
        sections=[_diversity(summary), *training_sections(run), _facts(settings, summary)],
    )


def _diversity(summary: Mapping[str, Any]) -> Section:
    known = {name: value for name, value in summary.get("diversity", {}).items() if value is not None}
    if not known:
        return Section("", [])
    rows = [[name, f"{value:.2f}"] for name, value in known.items()]
    chart = Chart(
        charts.dots(
            list(known), {"synthetic samples": list(known.values())}, "variance within a class; 1 is as real ones"
        ),
        "Diversity of each class",
        data=Table(("class", "diversity"), rows),
    )
    return Section(
        "Diversity within each class", [chart], "Below 0.5 a class has collapsed: its samples are too alike."
    )


def _facts(settings: Mapping[str, Any], summary: Mapping[str, Any]) -> Section:
    recipe, budget = settings["recipe"], settings["budget"]
    items = [
        ("recipe", f"{recipe['name']}: {recipe['summary']} ({recipe['source']})"),
        ("budget", format_budget(budget)),
    ]
    if summary:
        spent = f"{summary['steps']:,} steps, {summary['samples_seen']:,} samples"
        items.append(("spent", f"{spent} in {format_duration(summary['seconds'])}"))
    items += [
        ("seed", str(settings["seed"])),
        ("device", settings["device"]),
        ("precision", settings["precision"]["name"]),
    ]
    items += [("data", f"digest {settings['data_digest']}")]
    return Section("What it is", [Facts(items)])
