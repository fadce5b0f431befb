"""Dataset cards: one page of markdown that says what a dataset is, how it was made and what it is not good for."""

from collections.abc import Mapping
from importlib import metadata

from gan_augment.generation.names import printable
from gan_augment.generation.png import SOURCE_TYPE
from gan_augment.generation.source import SampleSource

_USE = """\
## Intended use
Training classifiers together with real images of the same classes, where real ones are few or unevenly spread.

## Caveats
- Judge a model on real images only. Accuracy measured on synthetic images says little about real ones.
- A generator knows nothing beyond the images it was fitted on: their gaps and biases are here too, and rare variants
  may be missing.
- Some labels may be wrong, some images poor, and some may resemble images of the training set closely; where those
  are private, treat these as private as well.
"""


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
    what = "Every image here is **synthetic**: made by a generative model that was trained on labelled images."
    return _page("Synthetic images", what, table, generator, seed, layout)


def mixed_card(
    generator: SampleSource, n_real: Mapping[str, int], counts: Mapping[str, int], seed: int, layout: str
) -> str:
    """Return the card of a dataset that holds real and synthetic images side by side."""
    rows = [(_cell(name), n_real.get(name, 0), counts.get(name, 0)) for name in generator.classes]
    table = _table(("class", "real", "synthetic"), [row for row in rows if row[1] or row[2]])
    what = "This dataset mixes **real** images with **synthetic** ones made by a model trained on labelled images."
    return _page("Real and synthetic images", what, table, generator, seed, layout)


def _page(title: str, what: str, table: str, generator: SampleSource, seed: int, layout: str) -> str:
    size = generator.schema
    colours = "grey" if size.channels == 1 else "RGB"
    versions = f"gan-augment {_version('gan-augment')}, torch {_version('torch')}"
    return f"""\
---
pretty_name: {title}
tags:
- synthetic
- gan-augment
---
# {title}
{what} Synthetic files carry that mark in their text chunks and as XMP `DigitalSourceType`
({SOURCE_TYPE}) where the format has room for it, and `manifest.jsonl` says it for each sample.

{table}
## How it was made
- recipe: `{generator.recipe}`
- generator: `{generator.digest}`
- seed: {seed}
- size: {size.height} x {size.width} pixels, {colours}
- made with {versions}

{layout} A synthetic sample depends on the generator, the seed, its class and its index alone: the same generator
file makes the same sample again on the same kind of device with the same version of torch.

{_USE}"""


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
