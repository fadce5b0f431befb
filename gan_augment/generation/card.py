"""Dataset cards: one page of markdown that says what a dataset is, how it was made and what it is not good for."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

from gan_augment.data.labelled import Schema
from gan_augment.data.schema import ImageSchema
from gan_augment.generation.names import printable
from gan_augment.generation.png import SOURCE_TYPE
from gan_augment.generation.source import SampleSource, story_of


@dataclass(frozen=True)
class _Words:
    """What a card says otherwise of images than of rows."""

    things: str
    learned_from: str
    marked: str
    caveats: str


_WORDS = {
    "image": _Words(
        things="images",
        learned_from="labelled images",
        marked=f"""\
Synthetic files carry that mark in their text chunks and as XMP `DigitalSourceType`
({SOURCE_TYPE}) where the format has room for it, and `manifest.jsonl` says it for each sample.""",
        caveats="""\
- A generator knows nothing beyond the images it was fitted on: their gaps and biases are here too, and rare variants
  may be missing.
- Some labels may be wrong, some images poor, and some may resemble images of the training set closely; where those
  are private, treat these as private as well.""",
    ),
    "table": _Words(
        things="rows",
        learned_from="a labelled table",
        marked=f"""\
No column tells synthetic rows from real ones, since a model would learn from it: the manifest beside the file says
which rows are synthetic. A Parquet file carries that mark in its metadata too (`synthetic`, `DigitalSourceType`:
{SOURCE_TYPE}).""",
        caveats="""\
- A generator knows nothing beyond the rows it was fitted on: their gaps and biases are here too.
- The columns by themselves are closer to real ones than what links them: rare combinations may be missing, and some
  may be there that cannot be. Do not draw conclusions about the world from these rows.
- Identifiers are made up.
- Some labels may be wrong, and some rows may resemble rows of the training table closely or equal them; where those
  are private, treat these as private as well.""",
    ),
}


def synthetic_card(generator: SampleSource, counts: Mapping[str, int], seed: int, layout: str) -> str:
    """Return the card of a purely synthetic dataset.

    Parameters
    ----------
    counts
        Number of samples by class name.
    layout
        A sentence that says where the samples lie and how to read them.
    """
    table = _table(("class", "synthetic"), [(_cell(name), count) for name, count in counts.items()])
    words = _WORDS[generator.schema.kind]
    what = f"All {words.things} here are **synthetic**: made by a model that was trained on {words.learned_from}."
    return _page(f"Synthetic {words.things}", what, table, generator, seed, layout)


def mixed_card(
    generator: SampleSource, n_real: Mapping[str, int], counts: Mapping[str, int], seed: int, layout: str
) -> str:
    """Return the card of a dataset that holds real and synthetic samples side by side."""
    rows = [(_cell(name), n_real.get(name, 0), counts.get(name, 0)) for name in generator.classes]
    table = _table(("class", "real", "synthetic"), [row for row in rows if row[1] or row[2]])
    words = _WORDS[generator.schema.kind]
    things, learned_from = words.things, words.learned_from
    what = f"This dataset mixes **real** {things} with **synthetic** ones made by a model trained on {learned_from}."
    return _page(f"Real and synthetic {words.things}", what, table, generator, seed, layout)


def _page(title: str, what: str, table: str, generator: SampleSource, seed: int, layout: str) -> str:
    words = _WORDS[generator.schema.kind]
    story = "".join(f"- {line}\n" for line in story_of(generator))
    versions = f"gan-augment {_version('gan-augment')}, torch {_version('torch')}"
    return f"""\
---
pretty_name: {title}
tags:
- synthetic
- gan-augment
---
# {title}
{what}
{words.marked}

{table}
## How it was made
- recipe: `{generator.recipe}`
- generator: `{generator.digest}`
{story}- seed: {seed}
- {_size(generator.schema)}
- made with {versions}

{layout} A synthetic sample depends on the generator, the seed, its class and its index alone: the same generator
file makes the same sample again on the same kind of device with the same version of torch.

## Intended use
Training classifiers together with real {words.things} of the same classes, where real ones are few or unevenly spread.

## Caveats
- Judge a model on real {words.things} only. Accuracy measured on synthetic ones says little.
{words.caveats}
"""


def _size(schema: Schema) -> str:
    if isinstance(schema, ImageSchema):
        return f"size: {schema.height} x {schema.width} pixels, {'grey' if schema.channels == 1 else 'RGB'}"
    return f"columns: {len(schema.names)}, the target `{printable(schema.target.name)}` among them"


def _table(header: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    totals = tuple(sum(column) for column in zip(*[row[1:] for row in rows], strict=True))
    lines = [header, ("---",) + ("---:",) * (len(header) - 1), *rows, ("**all**", *totals)]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def _cell(name: str) -> str:
    return printable(name).replace("\\", "\\\\").replace("|", "\\|")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(not installed)"
