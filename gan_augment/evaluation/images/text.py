"""Lays an evaluation out as plain aligned text: the arms, the synthetic images, the warnings."""

import math

from gan_augment.evaluation.images.quality import Quality
from gan_augment.evaluation.images.result import ArmResult, EvaluationResult
from gan_augment.evaluation.layout import aligned
from gan_augment.metrics.statistics import PairedDifference

CAVEAT = "Intervals are 95 % over classifier seeds: they hold for this one fit and this one test set."
ARM_HEADINGS = ("arm", "accuracy", "macro F1", "against", "difference of accuracy", "verdict")
QUALITY_HEADINGS = ("images", "label fidelity", "diversity (judge)", "diversity (pixels)", "density", "coverage")


def evaluation_text(result: EvaluationResult, per_class: bool = False) -> str:
    """Return an evaluation as text for a terminal.

    Parameters
    ----------
    result
        What was found.
    per_class
        Adds the accuracy of every class under each arm, and the figures of each class's synthetic images.
    """
    blocks = [_title(result), "\n".join([aligned([ARM_HEADINGS, *map(_arm_cells, result.arms)]), *_controls(result)])]
    if per_class:
        blocks.append(_per_class_arms(result))
    blocks += [_quality_title(result.quality), aligned([QUALITY_HEADINGS, *_quality_cells(result.quality)])]
    if per_class:
        blocks.append(_per_class_quality(result))
    return "\n\n".join([*blocks, "\n".join([*result.warnings(), *result.notes, CAVEAT])])


def _title(result: EvaluationResult) -> str:
    rows = result.arms[0].rows
    images = f"{result.n_train} real training images, {result.n_synthetic} synthetic, {len(result.classes)} classes"
    return f"Classifiers on {result.n_test} test images: {images}, {len(rows)} seeds, {rows[0].steps} steps each"


def _arm_cells(result: ArmResult) -> tuple[str, ...]:
    mean = f"{result.accuracies.mean():.3f}"
    spread = "" if math.isnan(result.spread) else f" +- {result.spread:.3f}"
    scores = (result.arm.name, mean + spread, f"{result.macro_f1:.3f}")
    for baseline, by_score in result.differences.items():
        return (*scores, baseline, _signed(by_score["accuracy"]), by_score["accuracy"].verdict)
    return (*scores, "", "", "")


def _controls(result: EvaluationResult) -> list[str]:
    """Return a line for each comparison of an arm after its first."""
    further = [(arm, *pair) for arm in result.arms for pair in list(arm.differences.items())[1:]]
    return [
        f"{arm.arm.name} against {baseline}: accuracy {_signed(found['accuracy'])}, {found['accuracy'].verdict}"
        for arm, baseline, found in further
    ]


def _signed(difference: PairedDifference) -> str:
    interval = "" if math.isnan(difference.low) else f" [{difference.low:+.3f}, {difference.high:+.3f}]"
    return f"{difference.mean:+.3f}{interval}"


def _quality_title(quality: Quality) -> str:
    own = quality.to_dict(tuple(map(str, range(len(quality.judge_accuracy)))))["judge_accuracy"]["mean"]
    return f"Images, by a judge trained on held-out real images (its own accuracy on real images: {own:.3f})"


def _quality_cells(quality: Quality) -> list[tuple[str, ...]]:
    parts = (("synthetic", quality.synthetic), ("real training", quality.training))
    return [(name, *map(_figure, part.means().values())) for name, part in parts]


def _per_class_arms(result: EvaluationResult) -> str:
    rows = [(name, *(_figure(arm.per_class[label]) for arm in result.arms)) for label, name in _numbered(result)]
    return aligned([("accuracy by class", *(arm.arm.name for arm in result.arms)), *rows])


def _per_class_quality(result: EvaluationResult) -> str:
    fake, own = result.quality.synthetic, result.quality.judge_accuracy
    columns = (fake.label_fidelity, fake.diversity_judge, fake.diversity_pixels, fake.density, fake.coverage, own)
    rows = [(name, *(_figure(column[label]) for column in columns)) for label, name in _numbered(result)]
    return aligned([("synthetic by class", *QUALITY_HEADINGS[1:], "judge on real"), *rows])


def _numbered(result: EvaluationResult) -> list[tuple[int, str]]:
    return list(enumerate(result.classes))


def _figure(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
