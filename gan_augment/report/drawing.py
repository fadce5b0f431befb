"""Turns figures into SVG whose colours are the page's: light, dark and printed from one drawing; or into PNG."""

import hashlib
import io
import warnings
from xml.etree import ElementTree

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

# Stand for colours: in a page for variables of its style, in a PNG for those of the light page.
INK, FAINT, GRID = "#000001", "#000002", "#000003"
SERIES = ("#000011", "#000012", "#000013", "#000014", "#000015", "#000016")
GOOD, BAD = "#000021", "#000022"
ACCENT = SERIES[0]
_CLASSES = {
    INK: "ink",
    FAINT: "faint",
    GRID: "grid",
    GOOD: "good",
    BAD: "bad",
    **{colour: f"series-{i}" for i, colour in enumerate(SERIES)},
}
_LIGHT = {
    INK: "#1a1d21",
    FAINT: "#666d76",
    GRID: "#d5d9de",
    GOOD: "#137a3f",
    BAD: "#b3261e",
    **dict(zip(SERIES, ("#0b62c4", "#c4500b", "#137a3f", "#8a3fb0", "#8a6d00", "#5a6570"), strict=True)),
}
SVG = "http://www.w3.org/2000/svg"
_NAMESPACES = {SVG: "", "http://www.w3.org/1999/xlink": "xlink"}


@rc_context({"svg.fonttype": "none", "svg.hashsalt": "gan-augment"})
def to_svg(figure: Figure) -> str:
    """Return a figure as an SVG element for a page.

    Colours become variables of the page's style, text stays text, and there are no style attributes, which a strict
    content-security policy forbids. Names inside are its own, so that many drawings stand on one page.
    """
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # the reader's fonts have it, perhaps
        figure.savefig(content, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(content.getvalue())
    prefix = f"c{hashlib.sha256(content.getvalue()).hexdigest()[:8]}-"
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        _plain_attributes(element, prefix)
    root.attrib.pop("height", None)
    root.set("width", f"{96 * figure.get_size_inches()[0]:.0f}")
    root.set("class", "chart")
    root.set("aria-hidden", "true")
    for uri, name in _NAMESPACES.items():
        ElementTree.register_namespace(name, uri)
    return ElementTree.tostring(root, encoding="unicode")


def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG on white, in the colours of the light page."""
    for artist in figure.findobj():
        for name in ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor"):
            getter, setter = getattr(artist, f"get_{name}", None), getattr(artist, f"set_{name}", None)
            if getter is None or setter is None:
                continue
            found = getter()
            if found is not None and not isinstance(found, list) and np.ndim(found) <= 1:
                setter(_LIGHT.get(to_hex(found), found))
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=200, facecolor="white")
    return content.getvalue()


def _plain_attributes(element: ElementTree.Element, prefix: str) -> None:
    for declaration in filter(None, (part.strip() for part in element.attrib.pop("style", "").split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            name, value = "font-size", next(part for part in value.split() if part.endswith("px"))
        element.attrib.setdefault(name, value)
    for name, value in list(element.attrib.items()):
        if name == "id":
            value = prefix + value
        elif name.endswith("href") and value.startswith("#"):
            value = f"#{prefix}{value[1:]}"
        elif value.startswith("url(#"):
            value = f"url(#{prefix}{value[5:]}"
        elif value in _CLASSES:
            value = f"var(--{_CLASSES[value]})"
        element.set(name, value)
