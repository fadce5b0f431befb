"""A page is one file that loads nothing, whatever stands in the data."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib.figure import Figure

from gan_augment.report import charts
from gan_augment.report.html import html
from gan_augment.report.page import (
    Chart,
    Facts,
    Gallery,
    Page,
    Picture,
    PictureTable,
    Prose,
    Section,
    Slider,
    Table,
    Verdict,
)

EVIL = '<script>alert("x")</script>&"\'><img src=http://evil.example/x.png onerror=alert(1)> {{ 7 * 7 }} $\\frac{1}{2}$'
PNG = b"\x89PNG\r\n\x1a\n"


def test_an_end_that_is_not_known_is_not_shown() -> None:
    assert charts.Span("a", 1.0, -0.5, 1.5).ends == "-0.50 to +1.50"
    assert charts.Span("a", 1.0, float("nan"), float("nan")).ends == ""


def page_of(text: str) -> Page:
    """Return a page that has a text in every place."""
    picture = Picture(PNG, text, text)
    chart = Chart(charts.forest([charts.Span(text, 1.0, 0.5, 1.5)], text, text), text, text, Table((text,), [[text]]))
    blocks = [
        chart,
        Gallery([chart], text),
        Table((text, text), [[text, text]], text),
        PictureTable((text, text), [[text, picture]], text),
        picture,
        Slider([picture, picture], text, text),
        Facts([(text, text)]),
        Prose([text]),
        Prose([text, text]),
    ]
    sections = [Section(text, blocks, text)] * 4
    return Page(text, text, [Verdict(text, text, "good")], [text], sections)


class Elements(HTMLParser):
    """Notes every element with its attributes, and the text of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(text)
    return parser.found


def test_nothing_of_the_data_becomes_markup() -> None:
    written = html(page_of(EVIL))
    plain = html(page_of("harmless"))
    assert [tag for tag, _ in elements(_without_drawings(written))] == [
        tag for tag, _ in elements(_without_drawings(plain))
    ]
    assert {tag for tag, _ in elements(written)} == {tag for tag, _ in elements(plain)}
    assert not any(name.startswith("on") for _, attributes in elements(written) for name in attributes)
    assert "{{ 7 * 7 }}" in written


def _without_drawings(text: str) -> str:  # their axes have ticks by how much room there is
    return re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)


def test_nothing_is_loaded_from_anywhere() -> None:
    for tag, attributes in elements(html(page_of(EVIL))):
        for name in ("src", "href", "xlink:href", "action", "data"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:", "#")), (tag, name, value)
    policy = next(a["content"] for _, a in elements(html(page_of("x"))) if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy


def test_no_element_has_a_style_of_its_own_which_the_policy_forbids() -> None:
    found = elements(html(page_of(EVIL)))
    assert not any("style" in attributes for _, attributes in found)
    assert sum(tag == "style" for tag, _ in found) == sum(tag == "script" for tag, _ in found) == 1


def test_the_page_has_a_language_a_title_and_a_text_for_every_picture() -> None:
    found = elements(html(page_of("words")))
    assert ("html", {"lang": "en"}) in found
    assert all(attributes.get("alt") == "words" for tag, attributes in found if tag == "img")
    labels = [attributes for tag, attributes in found if tag == "figure" and attributes.get("role") == "group"]
    assert labels
    assert all(attributes["aria-label"] == "words" for attributes in labels)


def test_the_same_page_is_the_same_file() -> None:
    assert html(page_of("x")) == html(page_of("x"))


def test_a_slider_shows_its_last_frame_also_without_a_script() -> None:
    frames = [Picture(PNG, str(step), f"{step} steps") for step in (1, 2, 3)]
    written = html(Page("x", sections=[Section("s", [Slider(frames, "step")])]))
    shown = [attributes for tag, attributes in elements(written) if attributes.get("class") == "frame"]
    assert ["hidden" in attributes for attributes in shown] == [True, True, False]
    assert 'max="2"' in written


def test_sections_without_blocks_are_left_out() -> None:
    assert "Nothing here" not in html(Page("x", sections=[Section("Nothing here", [])]))


DRAWINGS = {
    "forest": charts.forest(
        [charts.Span("a", 1.0, 0.5, 1.5, "good"), charts.Span("b", -1.0, np.nan, np.nan)], "points"
    ),
    "dots": charts.dots(["a", "b"], {"one": [1.0, 2.0], "two": [2.0, np.nan]}, "accuracy"),
    "lines": charts.lines({"loss": ([1, 2, 3], [1.0, np.nan, 3.0]), "b": ([1, 2], [1.0, 2.0])}, "step", "loss"),
    "curve": charts.learning_curve(
        [10, 20, 21], [0.1, 0.2, 0.3], [0.0, 0.0, 0.1], 0.15, charts.Span("", 15, 12, 18), "x"
    ),
    "heatmap": charts.heatmap(np.array([[1.0, -0.5], [np.nan, 1.0]]), ["a", "b"], ["a", "b"], signed=True),
    "histogram": charts.histogram(list("abcdef"), [0.5] * 6, [0.4] * 6, "a very long name of a column indeed"),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_takes_all_its_colours_from_the_page(name: str) -> None:
    svg = DRAWINGS[name]
    colours = set(re.findall(r'(?:fill|stroke)="([^"]*)"', svg))
    assert colours <= {"none"} | {colour for colour in colours if colour.startswith("var(--")}
    assert "style=" not in svg
    assert "<metadata" not in svg
    assert "<text" in svg  # not drawn as paths, which nobody can read out or find


@pytest.mark.parametrize("name", DRAWINGS)
def test_names_inside_a_drawing_lead_to_something_in_it(name: str) -> None:
    svg = DRAWINGS[name]
    ids = set(re.findall(r' id="([^"]*)"', svg))
    assert set(re.findall(r'href="#([^"]*)"', svg)) | set(re.findall(r"url\(#([^)]*)\)", svg)) <= ids


def test_two_drawings_share_no_names() -> None:
    first, second = (set(re.findall(r' id="([^"]*)"', DRAWINGS[name])) for name in ("forest", "dots"))
    assert not first & second


def test_a_forest_does_not_shrink_everything_for_one_wide_interval() -> None:
    narrow = [charts.Span("a", 0.5, 0.1, 0.9), charts.Span("b", -0.5, -0.9, -0.1)]
    figure = charts.forest_figure([*narrow, charts.Span("c", 0.0, -500.0, 500.0)], "points")
    low, high = figure.axes[0].get_xlim()
    assert high - low < 10
    assert low < -0.9
    assert high > 0.9


@pytest.mark.parametrize("name", ["gan", "classical+mixup+gan-consistency"])
def test_a_legend_stays_inside_its_drawing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(charts, "to_svg", drawn.append)
    charts.dots(["a", "b"], {f"{name} {i}": [1.0, 2.0] for i in range(5)}, "accuracy")
    (legend,) = drawn[0].legends
    drawn[0].draw_without_rendering()
    extent = legend.get_window_extent()
    assert extent.x0 >= 0
    assert extent.x1 <= drawn[0].bbox.width
    assert len(legend.get_texts()) == 5
