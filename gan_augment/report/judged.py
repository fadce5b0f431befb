"""The page of one judged run: what `evaluate --run` found, of images or of rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_augment.evaluation.exhibit import EXHIBIT
from gan_augment.evaluation.tabular.result import CHIEF
from gan_augment.report import charts
from gan_augment.report.drawing import to_png
from gan_augment.report.exhibits import sample_sections
from gan_augment.report.page import Chart, Facts, Page, Prose, Section, Table, Verdict
from gan_augment.report.tones import TONES, tone_of
from gan_augment.report.training import training_sections

ONE_FIT = (
    "One fit and one division: the intervals hold the classifier's seed as the only chance. For an answer that holds "
    "for the data, run a study: gan-augment evaluate DATA --out RESULTS."
)
ADDED = ("classical+gan", "gan-prior", "gan")  # what is asked about, before anything is known: the first that there is
Arms = Mapping[str, Mapping[str, Any]]  # by name: mean score, differences to baselines


def judged_page(path: Path, summary: Mapping[str, Any], title: str, run: Path | None = None) -> Page:
    """Return the page of the results of `evaluate --run`.

    Parameters
    ----------
    path
        Their folder.
    summary
        Its ``summary.json``.
    title
        What stands on top.
    run
        The run that was judged, whose training is to be shown.
    """
    by_model, score = _by_model(summary)
    things, numbers = ("images", summary["images"]) if "images" in summary else ("rows", summary["rows"])
    quality = [summary["quality"]] if "quality" in summary else []
    classes = list(quality[0]["confusion"]["classes"]) if quality else list(summary.get("class_counts", ()))
    return Page(
        title,
        f"One generator, fitted on {numbers['train']:,} {things} and judged on {numbers['test']:,} that it never saw.",
        [found for model, arms in by_model.items() if (found := _verdict(model, arms, score))],
        [*(note for note in summary["notes"] if note.startswith("Warning")), ONE_FIT],
        [
            Section("Did it help?", [_chart(model, arms, score) for model, arms in by_model.items()],
                    "Each arm against what it adds to; a dot is a mean over the classifier's seeds."),
            *sample_sections(path / EXHIBIT, quality, classes),
            *training_sections(run),
            Section("How it was measured", [Prose([ONE_FIT, *summary["notes"]]), Facts(_facts(summary["settings"]))]),
        ],
    )  # fmt: skip


def judged_pictures(summary: Mapping[str, Any]) -> list[bytes]:
    """Return the charts of gains as PNG, one a model."""
    by_model, score = _by_model(summary)
    return [to_png(charts.forest_figure(_spans(arms, score), _axis(model, score)))
            for model, arms in by_model.items()]  # fmt: skip


def _by_model(summary: Mapping[str, Any]) -> tuple[dict[str, Arms], str]:
    """Return mean scores and differences by model and arm, and the score that decides."""
    if "images" in summary:
        own = {arm: {"mean": found["accuracy"], "difference": found["difference"]}
               for arm, found in summary["arms"].items()}  # fmt: skip
        return {"classifier": own}, "accuracy"
    return {
        model: {arm: {"mean": found["mean"][CHIEF], "difference": found["difference"]} for arm, found in arms.items()}
        for model, arms in summary["models"].items()
    }, CHIEF


def _verdict(model: str, arms: Arms, score: str) -> Verdict | None:
    """Return what the arm that a user would add says, against the best arm that it is compared with."""
    arm = next((name for name in ADDED if arms.get(name, {}).get("difference")), None)
    if arm is None:
        return None
    baseline = max(arms[arm]["difference"], key=lambda name: arms[name]["mean"] if name in arms else -1.0)
    found = arms[arm]["difference"][baseline][score]
    gain = f"{100 * found['mean']:+.1f} points"
    ends = "" if found["low"] is None else f" [{100 * found['low']:+.1f}, {100 * found['high']:+.1f}]"
    sentence = f"{model}: {arm} {gain}{ends} of {score.replace('_', ' ')} over {baseline}, for this one fit."
    return Verdict(found["verdict"], sentence, TONES.get(found["verdict"], "unsure"))


def _spans(arms: Arms, score: str) -> list[charts.Span]:
    spans = []
    for arm, own in arms.items():
        for baseline, by_score in own["difference"].items():
            found = by_score[score]
            low, high = (float("nan") if found[end] is None else 100 * found[end] for end in ("low", "high"))
            spans.append(charts.Span(f"{arm} - {baseline}", 100 * found["mean"], low, high, tone_of(low, high)))
    return spans


def _axis(model: str, score: str) -> str:
    return f"{model}: points of {score.replace('_', ' ')}"


def _chart(model: str, arms: Arms, score: str) -> Chart:
    spans = _spans(arms, score)
    rows = [[arm, f"{own['mean']:.3f}"] for arm, own in arms.items()]
    rows += [[span.name, f"{span.mean:+.2f} points" + (f" ({span.ends})" if span.ends else "")] for span in spans]
    return Chart(
        charts.forest(spans, _axis(model, score)),
        f"Differences between arms of {model}, with intervals",
        data=Table(("arm, or difference", score.replace("_", " ")), rows),
    )


def _facts(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in settings.items() if not isinstance(value, Mapping)]
