"""What to do next, in a few sentences, from the findings of a study."""

from collections.abc import Iterator, Mapping
from typing import Any

from gan_augment.evaluation.choose import CURATED, STRATEGIES, is_of_files
from gan_augment.evaluation.study.alike import gathered
from gan_augment.evaluation.study.design import SAME_SAMPLES
from gan_augment.evaluation.study.findings import FEWEST
from gan_augment.evaluation.study.rows import AUTO
from gan_augment.generation.curated import EXPANSION
from gan_augment.metrics.fidelity import COLLAPSED
from gan_augment.report.results import StudyFolder, mean_figure

FAITHFUL = 0.9  # of the judge's own accuracy: below it, labels of synthetic samples are a problem of their own
OFTEN = 0.5  # of the replicates in which a warning was given, for it to be on top


def study_advice(study: StudyFolder) -> list[str]:
    """Return what a user should do after a study, most important first."""
    said = [sentence for model, found in study.models.items() for sentence in _use(study, model, found)]
    return list(dict.fromkeys([*said, *_warnings(study), *_more_real(study), *_quality(study)]))


def _use(study: StudyFolder, model: str, found: Mapping[str, Any]) -> Iterator[str]:
    verdict, confirm = found["verdict"], study.summary["confirm"]
    adds = confirm == AUTO or study.about.get("arms", {}).get(confirm, {}).get("synthetic", True)
    chosen = ", ".join(found["baselines"])
    if failed := _failed(study, model):
        yield f"{failed} Mend that, and go on with --resume: there is no verdict without it."
    elif verdict is None:
        yield _for_a_verdict(study, model)
    elif verdict == "helps":
        yield f"Train {model} as the arm {confirm} does: it helps." + (_how(study, model) if confirm == AUTO else "")
        if study.summary["best"]["real_wins"]:
            best = study.summary["best"]["without"]
            yield f"Or train {best['model']} with {best['arm']}: without synthetic samples it is the best of all here."
    elif verdict == "hurts":
        yield f"Do not train {model} as the arm {confirm} does: it hurts. Stay with what validation chose ({chosen})."
    elif adds:
        yield f"Leave synthetic samples out for {model}: train it as validation chose ({chosen})."


def _failed(study: StudyFolder, model: str) -> str:
    """Return the note on why the arm that the verdict would be about has no score at all; empty where it has some."""
    if _n_compared(study, model):
        return ""
    failed = f"{model}: {study.summary['confirm']} failed in "
    return next((note for note in study.summary["notes"] if note.startswith(failed)), "")


def _for_a_verdict(study: StudyFolder, model: str) -> str:
    """Return what a study lacks that has figures and no verdict."""
    confirm, design = study.summary["confirm"], study.summary["design"]
    if design["fixed_train"]:
        return SAME_SAMPLES
    if design["n_replicates"] < FEWEST:
        return f"Run at least {FEWEST} replicates for a verdict: the same command with --resume --replicates 10."
    return (
        f"Go on with --resume: {_n_compared(study, model)} of {design['n_replicates']} replicates have a score of "
        f"{confirm} and of a baseline, and a verdict takes {FEWEST}."
    )


def _n_compared(study: StudyFolder, model: str) -> int:
    """Return over how many replicates the arm that the verdict is about is compared with its baseline."""
    found = study.models[model]["arms"][study.summary["confirm"]]
    return int(found["differences"][study.summary["score"]]["n_pairs"])


def _how(study: StudyFolder, model: str) -> str:
    """Return how to do what `auto` mostly did: files cannot say how a loop uses them."""
    usage = next((name for name, _ in study.used(model).most_common(1)), "")
    if not usage or is_of_files(usage) or study.about.get("kind") != "image":  # no choice: of an older version
        strategy = next((word for word, own in STRATEGIES.items() if own == usage.removesuffix(CURATED)), "auto")
        curate = f" --curate --latent-std {EXPANSION:g}" if usage.endswith(CURATED) and strategy != "auto" else ""
        return f" For files on disk: gan-augment augment DATA RUN --strategy {strategy}{curate} --out OUT."
    return f" Mostly that is {usage!r}: a training loop of yours can follow gan_augment.PLANS[{usage!r}]."


def _warnings(study: StudyFolder) -> Iterator[str]:
    """Yield what speaks against the samples in most replicates."""
    looks = study.quality
    for common in gathered(look.get("warnings", ()) for look in looks):
        if common.text.startswith("Warning") and common.n > OFTEN * len(looks):
            yield common.of(len(looks))


def _more_real(study: StudyFolder) -> Iterator[str]:
    for model, found in study.models.items():
        gain = found["arms"].get("oracle", {}).get("differences", {}).get(study.summary["score"])
        if gain and gain["n_pairs"] >= FEWEST and gain["low"] is not None and gain["low"] > 0:
            yield (
                f"Collect more real samples, if you can: those that the study kept back are worth "
                f"{100 * gain['mean']:+.1f} points to {model}."
            )


def _quality(study: StudyFolder) -> Iterator[str]:
    looks = study.quality
    fidelity, judge = (
        mean_figure(looks, "synthetic", "label_fidelity", "mean"),
        mean_figure(looks, "judge_accuracy", "mean"),
    )
    if fidelity < FAITHFUL * judge:
        yield (
            f"Fit longer, or to more samples: the judge gives {fidelity:.0%} of synthetic samples their label, and "
            f"{judge:.0%} of real ones."
        )
    if any(mean_figure(looks, "synthetic", name, "mean") < COLLAPSED for name in _DIVERSITIES):
        yield "Fit longer, or with another recipe: synthetic samples of a class are too alike."


_DIVERSITIES = ("diversity", "diversity_judge", "diversity_pixels")
