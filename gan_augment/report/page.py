"""What a page is made of: verdicts, advice, sections of blocks; knows neither HTML nor where figures come from."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Verdict:
    """A finding in a word and a sentence.

    Parameters
    ----------
    word
        Such as ``helps``.
    sentence
        For somebody who reads nothing else.
    tone
        ``good``, ``bad``, ``even`` or ``unsure``; decides the colour, never alone: the word says it too.
    """

    word: str
    sentence: str
    tone: str = "even"


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header; cells after the first column are set right where they are numbers."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""


@dataclass(frozen=True)
class Chart:
    """A drawing.

    Parameters
    ----------
    svg
        An SVG element, as of `charts.to_svg`.
    alt
        What it shows, in a sentence.
    caption
        What stands below it.
    data
        The figures behind it: what a page shows on demand, and what plain text shows instead.
    """

    svg: str
    alt: str
    caption: str = ""
    data: Table | None = None


@dataclass(frozen=True)
class Picture:
    """An image file as bytes, with what it shows; enlarged without smoothing.

    `size` is how wide it is on a page: ``full``, ``strip`` (of samples beside each other) or ``thumb`` (of one).
    """

    content: bytes
    alt: str
    caption: str = ""
    size: str = "full"

    @property
    def media_type(self) -> str:
        """MIME type by the first bytes."""
        return "image/png" if self.content.startswith(b"\x89PNG") else "image/jpeg"


@dataclass(frozen=True)
class PictureTable:
    """A table whose cells may be pictures."""

    header: Sequence[str]
    rows: Sequence[Sequence[str | Picture]]
    caption: str = ""


@dataclass(frozen=True)
class Slider:
    """Pictures of one thing over time, one shown at a time; the last is shown first."""

    frames: Sequence[Picture]
    label: str
    caption: str = ""


@dataclass(frozen=True)
class Gallery:
    """Small charts beside each other."""

    charts: Sequence[Chart]
    caption: str = ""


@dataclass(frozen=True)
class Facts:
    """Names and what they are."""

    items: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Prose:
    """Sentences; a list where there are several."""

    sentences: Sequence[str]


Block = Table | Chart | Gallery | Picture | PictureTable | Slider | Facts | Prose


@dataclass(frozen=True)
class Section:
    """Blocks under a title, with a word on how to read them."""

    title: str
    blocks: Sequence[Block]
    lead: str = ""


@dataclass(frozen=True)
class Page:
    """A report.

    Parameters
    ----------
    title, subtitle
        What it is about.
    verdicts
        What was found, one a model; empty where nothing was measured.
    advice
        What to do next, a sentence each.
    sections
        In the order of reading; those without blocks are left out.
    """

    title: str
    subtitle: str = ""
    verdicts: Sequence[Verdict] = ()
    advice: Sequence[str] = ()
    sections: Sequence[Section] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sections", tuple(section for section in self.sections if section.blocks))
