"""Pages in a real browser: nothing overflows, nothing is loaded, the slider moves. Run by `make test-browser`."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gan_augment.report.build import write_report
from tests.report.conftest import image_study, run, table_study

pytestmark = pytest.mark.browser
sync_api = pytest.importorskip("playwright.sync_api")

WIDTHS, SCHEMES = (390, 1280), ("light", "dark")
NAMES = ("chromium", "chromium-browser", "google-chrome")
__all__ = ["image_study", "run", "table_study"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return a browser of the system's."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "These tests need a browser: apt-get install chromium"
    with sync_api.sync_playwright() as started:
        found = started.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-background-networking"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def pages(image_study: Path, table_study: Path, run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the page of each kind."""
    out = tmp_path_factory.mktemp("pages")
    return {
        name: write_report(path, out / f"{name}.html")
        for name, path in (("images", image_study), ("rows", table_study), ("run", run))
    }


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["images", "rows", "run"])
def test_a_page_fits_the_screen_and_loads_nothing(
    browser: Any, pages: dict[str, Path], name: str, width: int, scheme: str, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages[name].as_uri())
    assert said == []
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    assert [url for url in asked if url.startswith("file:")] == [pages[name].as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.evaluate(
        "[...document.querySelectorAll('svg, p, li, h1, h2, figcaption, .verdict')]"
        ".filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert wide == []
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    assert page.screenshot(path=str(tmp_path / "page.png"), full_page=True)
    page.close()


def test_drawings_have_the_colours_of_the_page(browser: Any, pages: dict[str, Path]) -> None:
    inks = []
    for scheme in SCHEMES:
        page = browser.new_page(color_scheme=scheme)
        page.goto(pages["images"].as_uri())
        inks.append(page.evaluate("getComputedStyle(document.querySelector('svg.chart text')).fill"))
        page.close()
    assert inks[0] != inks[1]
    assert "rgb(0, 0, 1)" not in inks


def test_the_slider_shows_the_frame_it_stands_at(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page()
    page.goto(pages["run"].as_uri())
    frames, slider = page.locator(".frame"), page.locator(".slider input")
    last = frames.count() - 1
    assert frames.nth(last).is_visible()
    assert not frames.nth(0).is_visible()
    slider.focus()
    page.keyboard.press("Home")
    assert frames.nth(0).is_visible()
    assert not frames.nth(last).is_visible()
    assert frames.nth(0).inner_text() != frames.nth(last).inner_text()
    page.close()


def test_links_of_the_contents_lead_to_their_sections(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page()
    page.goto(pages["images"].as_uri())
    links = page.locator("nav a")
    assert links.count() > 5
    for number in range(links.count()):
        target = links.nth(number).get_attribute("href")
        assert page.locator(f"{target} h2").inner_text() == links.nth(number).inner_text()
    page.close()


def test_the_printed_page_is_dark_on_white(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(pages["images"].as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not page.locator("nav").is_visible()
    page.close()
