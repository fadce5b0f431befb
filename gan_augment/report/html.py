"""Writes a page as one HTML file that loads nothing and lets nothing load: pictures, style and script lie inside."""

import base64
import hashlib
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from gan_augment import __version__
from gan_augment.report.page import Page, Picture

PACKAGE = "gan_augment.report"


def html(page: Page) -> str:
    """Return a page as an HTML document.

    Everything that comes from data is escaped. The content-security policy allows the one style and the one script by
    their hashes, pictures inside the file, and nothing else.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["source"] = _source
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.filters["drawing"] = Markup  # of our own making: see `charts.to_svg`
    style, script = _text("page.css"), _text("page.js")
    return environment.from_string(_text("page.html")).render(
        page=page,
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'",
        version=__version__,
    )


def _source(picture: Picture) -> str:
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.content).decode()}"


def _text(name: str) -> str:
    return resources.files(PACKAGE).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
