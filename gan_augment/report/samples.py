"""The page of written samples: some of each class, how many there are, and what made them."""

from collections.abc import Mapping
from pathlib import Path

from gan_augment.data.marks import beside
from gan_augment.data.schema import ImageSchema
from gan_augment.files import output_errors, write_atomically
from gan_augment.generation.curated import CuratedGenerator
from gan_augment.generation.generator import SampleBatch, TrainedGenerator
from gan_augment.report.html import html
from gan_augment.report.page import Block, Facts, Page, Picture, PictureTable, Section, Table
from gan_augment.report.pictures import strip

PER_CLASS, MOST_CLASSES, MOST_SIDE = 12, 40, 64
CAUTION = (
    "All samples here are synthetic. No look at them says whether they help a model: gan-augment evaluate DATA --out "
    "RESULTS measures it. Judge models on real samples alone."
)
MOST_SHOWN = 120
PAGE_FILE = "report.html"
Generator = TrainedGenerator | CuratedGenerator


def write_samples_page(path: Path, generator: Generator, counts: Mapping[str, int], seed: int) -> Path:
    """Write a page on samples into their folder, or beside their file.

    Parameters
    ----------
    path
        What `write_samples` wrote.
    generator, counts, seed
        What it was given: the samples shown are the first of each class.

    Returns
    -------
    Path
        ``report.html`` in a folder; beside a file ``NAME.report.html``.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    place = path / PAGE_FILE if path.is_dir() else beside(path, PAGE_FILE)
    with output_errors(place):
        write_atomically(place, html(samples_page(generator, counts, seed, path.name)).encode(errors="replace"))
    return place


def samples_page(generator: Generator, counts: Mapping[str, int], seed: int, title: str) -> Page:
    """Return the page of samples that a generator makes with a seed, so many of each class."""
    schema = generator.schema
    shown = {name: min(n, PER_CLASS) for name, n in list(counts.items())[:MOST_CLASSES] if n}
    if isinstance(schema, ImageSchema):
        n_columns = max(2, min(PER_CLASS, MOST_SHOWN // max(1, len(shown))))
        shown = {name: min(n, n_columns) for name, n in shown.items()}
        look = _strips(generator.sample(shown, seed=seed))
    else:
        look = _rows(generator.sample({name: min(n, 3) for name, n in shown.items()}, seed=seed), schema.target.name)
    total = [["all", f"{sum(counts.values()):,}"]]
    facts = [
        ("generator", generator.digest),
        ("recipe", generator.recipe),
        ("curated", "yes" if isinstance(generator, CuratedGenerator) else "no"),
        ("seed", str(seed)),
        ("a sample", schema.describe()),
    ]
    return Page(
        title,
        f"{sum(counts.values()):,} synthetic samples of {len(counts)} classes.",
        advice=[CAUTION],
        sections=[
            Section("The first of each class", [look], "In the order of their numbers, not chosen."),
            Section("How many", [Table(("class", "synthetic"), [[k, f"{n:,}"] for k, n in counts.items()] + total)]),
            Section("What made them", [Facts(facts)]),
        ],
    )


def _strips(batch: SampleBatch) -> Block:
    rows: list[list[str | Picture]] = []
    for label, name in enumerate(batch.classes):
        images = batch.data[batch.labels == label]
        if len(images):
            step = -(-max(images.shape[1:3]) // MOST_SIDE)
            rows.append([name, strip(images[:, ::step, ::step], f"Synthetic images of class {name}")])
    return PictureTable(("class", "synthetic"), rows)


def _rows(batch: SampleBatch, target: str) -> Block:
    columns = list(batch.data.columns)
    rows = [
        [batch.classes[label], *(f"{value:.5g}" if isinstance(value, float) else str(value) for value in values)]
        for label, values in zip(batch.labels.tolist(), batch.data.itertuples(index=False), strict=True)
    ]
    return Table((target, *columns), rows)
