"""The page of a study: the verdict, what to do next, and everything it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gan_augment.evaluation.choose import PLAIN
from gan_augment.evaluation.exhibit import EXHIBIT
from gan_augment.evaluation.study.curve import ONLY
from gan_augment.evaluation.study.design import Design
from gan_augment.evaluation.study.findings import FEWEST, UNRIVALLED, probability
from gan_augment.report import charts
from gan_augment.report.advice import study_advice
from gan_augment.report.drawing import to_png
from gan_augment.report.exhibits import sample_sections
from gan_augment.report.page import Block, Chart, Facts, Page, Prose, Section, Table, Verdict
from gan_augment.report.results import StudyFolder
from gan_augment.report.tones import TONES, tone_of
from gan_augment.report.training import training_sections

MOST_CLASSES = 24
MOST_ARMS = 5
ALPHA = 0.05  # of exploratory arms, after Holm


def study_page(study: StudyFolder, title: str) -> Page:
    """Return the page of a study.

    Parameters
    ----------
    study
        Finished, or as far as it is.
    title
        What stands on top.
    """
    about = study.about
    subtitle = f"{about['data']}, {len(about['classes'])} classes. " if about else ""
    return Page(
        title,
        f"{subtitle}{study.summary['condition']}",
        [_verdict(found) for found in study.models.values()],
        study_advice(study),
        [
            _gains(study),
            _curves(study),
            _per_class(study),
            _shares(study),
            *sample_sections(study.path / EXHIBIT, study.quality, study.classes()),
            *training_sections(study.run, "The generator of the first replicate. "),
            _method(study),
            _provenance(study),
        ],
    )


def gain_pictures(study: StudyFolder) -> list[bytes]:
    """Return the charts of gains as PNG, one a model."""
    return [to_png(charts.forest_figure(*_forest(study, model))) for model in study.models if _forest(study, model)[0]]


def _forest(study: StudyFolder, model: str) -> tuple[list[charts.Span], str, str]:
    found, score = study.models[model], study.summary["score"]
    spans = []
    for arm, own in found["arms"].items():
        gain = own["differences"][score]
        if gain["mean"] is not None and set(found["baselines"]) != {arm}:
            low, high = (float("nan") if gain[end] is None else 100 * gain[end] for end in ("low", "high"))
            sure = own["verdict"] is not None or (own["holm"] is not None and own["holm"] < ALPHA)
            tone = tone_of(low, high) if sure and gain["n_pairs"] >= FEWEST else ""
            spans.append(charts.Span(arm, 100 * gain["mean"], low, high, tone))
    chosen = ", ".join(f"{arm} {count}x" for arm, count in found["baselines"].items())
    return spans, f"{model}: points of {study.score}", f"0 is the baseline: {chosen}"


def _gain_chart(study: StudyFolder, model: str) -> Chart:
    found, score = study.models[model], study.summary["score"]
    spans, label, zero = _forest(study, model)
    rows = []
    for span in spans:
        own = found["arms"][span.name]
        holm = probability(float("nan") if own["holm"] is None else own["holm"])
        rows.append(
            [span.name, f"{own['mean'][score]:.3f}", f"{span.mean:+.2f}", span.ends,
             str(own["differences"][score]["n_pairs"]), own["verdict"] or "exploratory", holm]
        )  # fmt: skip
    header = ("arm", study.score, "points", "95 % interval", "replicates", "verdict", "p (Holm)")
    return Chart(
        charts.forest(spans, label, zero),
        f"Gains of all arms over the baseline of {model}, with intervals",
        f"Only {study.summary['confirm']} has a verdict; all other arms are exploratory, in colour where p is under "
        f"{ALPHA:g} after correction for their number (Holm).",
        Table(header, rows),
    )


def _verdict(found: Mapping[str, Any]) -> Verdict:
    word = found["verdict"] or "no verdict"
    return Verdict(word, found["sentence"], TONES.get(word, "unsure"))


def _gains(study: StudyFolder) -> Section:
    shown = [_gain_chart(study, model) for model in study.models if _forest(study, model)[0]]
    said = [
        study.summary["best"]["sentence"],
        *(
            f"{use['model']}: auto added synthetic samples in {use['n_used']} of {use['n_replicates']} replicates."
            for use in (found["auto"] for found in study.models.values())
            if use
        ),
    ]
    return Section("Did it help?", [*shown, Prose(said)], f"Each arm against {_opponent(study)}.")


def _opponent(study: StudyFolder) -> str:
    alone = {arm for found in study.models.values() if found.get("unrivalled") for arm in found["baselines"]}
    if alone:
        return f"{', '.join(alone)}, {UNRIVALLED}"
    return "the best arm without synthetic samples, which inner folds chose in each replicate"


def _per_class(study: StudyFolder) -> Section:
    blocks: list[Block] = []
    classes = study.classes()
    for model in study.models:
        figures = study.per_class(model)
        arms = _shown_arms(study, model, figures)
        if not arms:
            continue
        worst = np.argsort(figures[arms[0]])[:MOST_CLASSES]
        names = [classes[label] for label in worst]
        series = {arm: (100 * figures[arm][worst]).tolist() for arm in arms}
        rows = [[name, *(f"{100 * values[label]:.1f}" for values in figures.values())]
                for label, name in enumerate(classes)]  # fmt: skip
        blocks.append(
            Chart(
                charts.dots(names, series, "accuracy within the class, %"),
                f"Accuracy within each class of {model} by arm",
                f"{model}: means over replicates, classes sorted by {arms[0]}"
                + (f"; the {MOST_CLASSES} lowest of {len(classes)}." if len(classes) > MOST_CLASSES else "."),
                Table(("class", *figures), rows),
            )
        )
    return Section("Accuracy per class", blocks)


def _shown_arms(study: StudyFolder, model: str, figures: Mapping[str, Any]) -> list[str]:
    """Return the real samples as they are, the baseline, the arm with the verdict, and the best with synthetic ones."""
    found, score = study.models[model], study.summary["score"]
    synthetic = [arm for arm, info in study.about.get("arms", {}).items() if info["synthetic"] and arm in found["arms"]]
    best = max(synthetic, key=lambda arm: found["arms"][arm]["mean"][score] or 0.0, default="")
    wanted = (PLAIN, *list(found["baselines"])[:1], study.summary["confirm"], best, ONLY)
    return [arm for arm in dict.fromkeys(wanted) if arm in figures][:MOST_ARMS]


def _shares(study: StudyFolder) -> Section:
    blocks: list[Block] = []
    read = "margins" if study.reads_margins else study.score
    for model in study.models:
        usages = {usage: gains for usage, gains in study.usages(model).items() if gains}
        if not usages:
            continue
        spans = [_span(study, usage, gains) for usage, gains in usages.items()]
        rows = [[span.name, f"{span.mean:+.2f}", span.ends, str(len(usages[span.name]))]
                for span in spans]  # fmt: skip
        blocks.append(
            Chart(
                charts.forest(spans, f"{model}: points of {read} on inner folds"),
                f"What more or fewer synthetic samples change for {model}",
                f"{model}: means over replicates with 95 % intervals. {_chosen_from(study, model)}",
                Table(("added", "points", "95 % interval", "replicates"), rows),
            )
        )
    return Section("How many synthetic samples?", blocks, "Tried on divisions of the training part, never on the test.")


def _chosen_from(study: StudyFolder, model: str) -> str:
    divisions = study.divisions(model)
    if divisions == 1:
        return "From these, and from other tasks, auto chooses."
    more = f"the most promising were tried on up to {divisions} divisions"
    return f"On the first division of each training part; {more}. From all, and from other tasks, auto chooses."


def _span(study: StudyFolder, name: str, gains: Sequence[float]) -> charts.Span:
    found = Design(**study.summary["design"]).difference(gains, [0.0] * len(gains))
    low, high = 100 * found.low, 100 * found.high
    return charts.Span(name, 100 * found.mean, low, high, tone_of(low, high) if len(gains) >= FEWEST else "")


def _curves(study: StudyFolder) -> Section:
    return Section("What synthetic samples are worth", list(_curve_charts(study)))


def _curve_charts(study: StudyFolder) -> Iterator[Chart]:
    for model, found in study.models.items():
        if found.get("worth"):
            yield _curve_chart(study, model, found["worth"])


def _curve_chart(study: StudyFolder, model: str, worth: Mapping[str, Any]) -> Chart:
    effective, curve = worth["effective"], worth["effective"]["curve"]
    low, high, value = (float("nan") if effective[end] is None else effective[end] for end in ("low", "high", "value"))
    sds = [0.0 if sd is None else sd for sd in curve["sds"]]
    at = charts.Span("", value, low, high)
    svg = charts.learning_curve(curve["sizes"], curve["means"], sds, worth["reached"], at, study.score)
    rows = [[f"{size:,.0f}", f"{mean:.3f}"] for size, mean in zip(curve["sizes"], curve["means"], strict=True)]
    return Chart(
        svg,
        f"Learning curve of {model} on real samples, and what synthetic samples alone reach",
        f"{worth['sentence']} No augmentation on either side; {curve['n_replicates']} replicates, bars are standard "
        "deviations.",
        Table(("real samples", study.score), [*rows, ["synthetic alone", f"{worth['reached']:.3f}"]]),
    )


def _method(study: StudyFolder) -> Section:
    design, about = study.summary["design"], study.about
    division = "all of much the same samples" if design["fixed_train"] else "each with its own split"
    said = [
        f"{design['n_replicates']} replicates, {division}: {design['n_train']:,} real samples to train on "
        f"and {design['n_test']:,} to test on. Generator, codecs, cut-offs and the choice of the baseline never saw "
        "a test sample.",
        "All arms of a replicate share real samples, initial weights and their order; only what is added differs.",
        study.summary["condition"],
        "Helps or hurts: the whole interval lies on one side of 0. Equivalent: it lies within half a point. Fewer than "
        "8 replicates give no verdict. Other arms are exploratory, their p-values corrected for their number (Holm).",
        *study.summary["notes"],
    ]
    blocks: list[Block] = [Prose(said)]
    if about:
        rows = [[arm, info["description"], "yes" if info["synthetic"] else ""] for arm, info in about["arms"].items()]
        blocks.append(Table(("arm", "trained on", "synthetic samples"), rows))
        counts = [[name, f"{n:,}", f"{about['train'].get(name, 0):,}"] for name, n in about["classes"].items()]
        blocks.append(Table(("class", "real samples", "to train on in a replicate"), counts))
    return Section("How it was measured", blocks)


def _provenance(study: StudyFolder) -> Section:
    about = study.about
    if not about:
        return Section("Provenance", [])
    config = {name: value for name, value in about["config"].items() if value not in (None, {}, [])}
    settings = ", ".join(f"{name} {_plain(value)}" for name, value in config.items())
    items = [("data", f"{about['data']}, digest {about['data_digest']}"), ("settings", settings),
             ("made with", about["versions"]), ("results", study.path.name)]  # fmt: skip
    return Section("Provenance", [Facts(items)])


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        known = (f"{key} {_plain(item)}" for key, item in value.items() if item not in (None, {}, []))
        return f"({', '.join(known)})"
    return str(value)
