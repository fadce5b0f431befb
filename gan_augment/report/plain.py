"""A page without a browser: as Markdown, or as JSON for programs."""

import json
import re
from typing import Any

from gan_augment.report.page import (
    Block,
    Chart,
    Facts,
    Gallery,
    Page,
    Picture,
    PictureTable,
    Prose,
    Slider,
    Table,
)


def markdown(page: Page) -> str:
    """Return a page as Markdown: every sentence and table; of charts the figures, of pictures what they show."""
    lines = [f"# {page.title}", "", page.subtitle, ""]
    lines += [f"- **{verdict.word}**: {verdict.sentence}" for verdict in page.verdicts]
    if page.advice:
        lines += ["", "## What to do next", "", *(f"- {sentence}" for sentence in page.advice)]
    for section in page.sections:
        lines += ["", f"## {section.title}", "", *([section.lead, ""] if section.lead else [])]
        for block in section.blocks:
            lines += [*_lines(block), ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def as_json(page: Page) -> str:
    """Return a page as JSON: verdicts, advice, and the sentences and tables of each section."""
    sections = [
        {"title": section.title, "lead": section.lead, "blocks": [*map(_data, section.blocks)]}
        for section in page.sections
    ]
    head = {"title": page.title, "subtitle": page.subtitle, "verdicts": [vars(verdict) for verdict in page.verdicts]}
    return json.dumps(head | {"advice": list(page.advice), "sections": sections}, indent=2, ensure_ascii=False) + "\n"


def _lines(block: Block) -> list[str]:
    match block:
        case Chart():
            return [f"*{block.alt}*", "", *(_table(block.data) if block.data else []), "", block.caption]
        case Table() | PictureTable():
            return [*_table(block), "", block.caption]
        case Gallery():
            return [*(f"*{chart.alt}*\n" for chart in block.charts), block.caption]
        case Picture():
            return [f"*{block.alt}* {block.caption}"]
        case Slider():
            return [f"*{block.frames[-1].alt}* {block.caption}"]
        case Facts():
            return [f"- {name}: {value}" for name, value in block.items]
        case Prose():
            return [f"- {sentence}" for sentence in block.sentences] if len(block.sentences) > 1 else [*block.sentences]


def _table(block: Table | PictureTable) -> list[str]:
    def line(cells: list[str]) -> str:
        return f"| {' | '.join(map(_escaped, cells))} |"

    rows = [[cell if isinstance(cell, str) else cell.caption or cell.alt for cell in row] for row in block.rows]
    return [line(list(block.header)), "|" + "---|" * len(block.header), *map(line, rows)]


def _escaped(cell: str) -> str:
    return re.sub(r"([|<\\])", r"\\\1", re.sub(r"\s+", " ", cell))


def _data(block: Block) -> dict[str, Any]:
    match block:
        case Chart():
            return {"shows": block.alt, "note": block.caption} | ({} if block.data is None else _data(block.data))
        case Table() | PictureTable():
            rows = [[cell if isinstance(cell, str) else cell.alt for cell in row] for row in block.rows]
            return {"header": list(block.header), "rows": rows, "caption": block.caption}
        case Gallery():
            return {"shows": [chart.alt for chart in block.charts], "note": block.caption}
        case Picture():
            return {"shows": block.alt, "note": block.caption}
        case Slider():
            return {"shows": [frame.alt for frame in block.frames], "note": block.caption}
        case Facts():
            return {"facts": dict(block.items)}
        case Prose():
            return {"sentences": list(block.sentences)}
