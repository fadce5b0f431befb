"""What is said, and done unasked, where a class has too few samples to learn from: the wording in one place."""

from collections.abc import Mapping

from gan_augment.data.labelled import LabelledData
from gan_augment.data.labels import shortened

FEW_ROWS = 20
FEW_IMAGES = 50  # fewer of a class, and the plan says what to expect
VERY_FEW_IMAGES = 20  # fewer of a class, and nothing synthetic is added unasked
LOPSIDED = 4  # times as many images of the largest class as of the smallest, and other evidence counts

_NOTE_OF_ROWS = (
    "Fewer than {limit} rows of class {classes}: too few to learn how they vary. Interpolation (SMOTE) may serve "
    "better; gan-augment evaluate compares them."
)
_NOTE_OF_IMAGES = (
    "Fewer than {limit} images of class {classes}: {expect}. Ask gan-augment evaluate before you use it{unasked}."
)
_UNASKED = " (under {limit}, augment adds none unless --strategy says how)"
_VERY_FEW = "Fewer than {limit} images of class {classes}: {expect}. None are added unasked."
_EVEN = "what a generator learns from so few rarely improves on classical augmentation by itself"
_LOPSIDED = "what a generator learned from so few helped in studies where other classes were twenty times as large"
_STRATEGIES = "--strategy auto finds out whether they help; rare, balance and prior add them all the same."


def few_notes(data: LabelledData) -> tuple[str, ...]:
    """Return what the user should know where a class has few samples: a sentence, or none."""
    counts = data.class_counts()
    if data.schema.kind == "table":
        few = rare_classes(data)
        return (_NOTE_OF_ROWS.format(limit=FEW_ROWS, classes=shortened(few)),) if few else ()
    few = _below(FEW_IMAGES, counts)
    unasked = _UNASKED.format(limit=VERY_FEW_IMAGES) if very_few_images(counts) else ""
    said = _NOTE_OF_IMAGES.format(limit=FEW_IMAGES, classes=shortened(few), expect=_expected(counts), unasked=unasked)
    return (said,) if few else ()


def why_not_unasked(data: LabelledData) -> str | None:
    """Return why `augment` adds nothing to these samples unless it is told how; None where it does."""
    found = None if data.schema.kind == "table" else very_few_images(data.class_counts())
    return f"{found} {_STRATEGIES}" if found else None


def very_few_images(counts: Mapping[str, int]) -> str | None:
    """Return the sentence on classes with so few images that nothing synthetic is added unasked; None without any."""
    few = _below(VERY_FEW_IMAGES, counts)
    return _VERY_FEW.format(limit=VERY_FEW_IMAGES, classes=shortened(few), expect=_expected(counts)) if few else None


def rare_classes(data: LabelledData) -> list[str]:
    """Return the classes of a table that have too few rows to learn a distribution from."""
    return _below(FEW_ROWS, data.class_counts()) if data.schema.kind == "table" else []


def _expected(counts: Mapping[str, int]) -> str:
    """Return what `benchmarks/README.md` found on images like these."""
    return _LOPSIDED if LOPSIDED * min(counts.values()) <= max(counts.values()) else _EVEN


def _below(limit: int, counts: Mapping[str, int]) -> list[str]:
    return [name for name, count in counts.items() if count < limit]
