"""What to do next, in a few sentences, from the findings of a study."""

from collections.abc import Iterator, Mapping
from typing import Any

from gan_augment.metrics.fidelity import COLLAPSED
from gan_augment.report.results import StudyFolder, mean_figure

FAITHFUL = 0.9  # of the judge's own accuracy: below it, labels of synthetic samples are a problem of their own
FEWEST = 8  # replicates for a verdict


def study_advice(study: StudyFolder) -> list[str]:
    """Return what a user should do after a study, most important first."""
    said = [sentence for model, found in study.models.items() for sentence in _use(study, model, found)]
    return list(dict.fromkeys([*said, *_more_real(study), *_quality(study)]))


def _use(study: StudyFolder, model: str, found: Mapping[str, Any]) -> Iterator[str]:
    verdict, confirm = found["verdict"], study.summary["confirm"]
    best = _best_without(study)
    if verdict == "helps":
        yield f"Use synthetic samples for {model}, as {confirm} does: gan-augment augment DATA RUN --strategy auto."
    elif verdict == "hurts":
        yield f"Do not add synthetic samples for {model} as {confirm} does."
    elif verdict is not None:
        yield f"Leave synthetic samples out{f': train {best}' if best else ''}."
    if verdict is None and study.summary["design"]["n_replicates"] < FEWEST:
        yield f"Run at least {FEWEST} replicates for a verdict: gan-augment evaluate ... --resume --replicates 10."


def _best_without(study: StudyFolder) -> str:
    best = study.summary["best"]["without"]
    return f"{best['model']} with the arm {best['arm']}, the best without them" if best else ""


def _more_real(study: StudyFolder) -> Iterator[str]:
    for model, found in study.models.items():
        gain = found["arms"].get("oracle", {}).get("differences", {}).get(study.summary["score"])
        if gain and gain["low"] is not None and gain["low"] > 0:
            yield (
                f"More real samples would help {model}: those that the study kept back are worth "
                f"{100 * gain['mean']:+.1f} points."
            )


def _quality(study: StudyFolder) -> Iterator[str]:
    fidelity, judge = (mean_figure(study.quality, *keys) for keys in (("synthetic", "label_fidelity", "mean"),
                                                                      ("judge_accuracy", "mean")))  # fmt: skip
    if fidelity < FAITHFUL * judge:
        yield (
            f"Fit longer or to more samples: the judge gives {fidelity:.0%} of synthetic samples their label, and "
            f"{judge:.0%} of real ones."
        )
    for name in ("diversity", "diversity_judge"):
        if mean_figure(study.quality, "synthetic", name, "mean") < COLLAPSED:
            yield "Fit longer, or with another recipe: synthetic samples of a class are too alike."
            return
