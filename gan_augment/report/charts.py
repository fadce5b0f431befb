"""Draws the figures of a page."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gan_augment.report.drawing import ACCENT, BAD, FAINT, GOOD, GRID, INK, SERIES, to_svg

FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # in XML, and so in a drawing
WIDTH = 5.2  # inches of 72 pixels: as wide as a phone's page, so that text need not shrink there
ROW = 0.26
CLOSE = 1.35  # of a tick to the next one
MARKERS = ("o", "s", "D", "^", "v", "P")
_STYLE: Any = {
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": GRID,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "text.parse_math": False,  # names come from data
}
_styled = rc_context(_STYLE)


@dataclass(frozen=True)
class Span:
    """A named figure with its interval; NaN where an end is not known. `tone` may be good, bad or empty."""

    name: str
    mean: float
    low: float
    high: float
    tone: str = ""

    @property
    def ends(self) -> str:
        """The interval in words; nothing where it is not known."""
        return "" if math.isnan(self.low) else f"{self.low:+.2f} to {self.high:+.2f}"


def forest(spans: Sequence[Span], label: str, zero: str = "") -> str:
    """Draw a line a span: its mean and interval, beside a line at 0.

    Parameters
    ----------
    spans
        From top to bottom.
    label
        Of the axis, with its unit.
    zero
        What 0 stands for.
    """
    return to_svg(forest_figure(spans, label, zero))


@_styled
def forest_figure(spans: Sequence[Span], label: str, zero: str = "") -> Figure:
    """Return what `forest` draws as a figure, for `to_png`."""
    figure, axes = _axes(0.9 + ROW * len(spans))
    axes.axvline(0.0, color=INK, linewidth=1)
    for place, span in enumerate(spans):
        colour = {"good": GOOD, "bad": BAD}.get(span.tone, ACCENT)
        if np.isfinite([span.low, span.high]).all():
            axes.plot([span.low, span.high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
        axes.plot([span.mean], [place], marker="o", markersize=6, color=colour, linestyle="none")
    _name_rows(axes, [span.name for span in spans])
    axes.set_xlim(*_limits(spans))
    axes.set_xlabel(label)
    if zero:
        axes.set_title(zero, fontsize=8, color=FAINT, loc="center")
    return figure


@_styled
def dots(names: Sequence[str], series: Mapping[str, Sequence[float]], label: str) -> str:
    """Draw a row a name with a mark a series: figures of several kinds beside each other."""
    figure, axes = _axes(1.1 + ROW * len(names))
    for number, (name, values) in enumerate(series.items()):
        style: dict[str, Any] = {"color": SERIES[number % len(SERIES)], "marker": MARKERS[number % len(MARKERS)]}
        axes.plot(values, range(len(names)), linestyle="none", markersize=6, label=name, **style)
    _name_rows(axes, names)
    axes.set_xlabel(label)
    _legend(figure)
    return to_svg(figure)


@_styled
def lines(series: Mapping[str, tuple[Sequence[float], Sequence[float]]], x_label: str, y_label: str) -> str:
    """Draw curves, each (x, y); points that are not finite are gaps."""
    figure, axes = _axes(2.6)
    for number, (name, (x, y)) in enumerate(series.items()):
        axes.plot(x, y, color=SERIES[number % len(SERIES)], linewidth=1.5, label=name)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    if len(series) > 1:
        _legend(figure)
    return to_svg(figure)


@_styled
def learning_curve(
    sizes: Sequence[float], means: Sequence[float], sds: Sequence[float], reached: float, worth: Span, score: str
) -> str:
    """Draw scores of real samples by their number, and where the score of synthetic ones alone meets the curve.

    Parameters
    ----------
    sizes, means, sds
        (k,): real samples, mean score and its standard deviation.
    reached
        Mean score of what was trained on synthetic samples alone.
    worth
        Effective number of real samples, with its interval.
    score
        Name of the score.
    """
    figure, axes = _axes(2.8)
    axes.errorbar(sizes, means, yerr=sds, color=ACCENT, marker="o", linewidth=1.5, label="real samples alone")
    axes.axhline(reached, color=SERIES[1], linestyle="--", linewidth=1.5, label="synthetic samples alone")
    if np.isfinite([worth.low, worth.high]).all():
        axes.axvspan(worth.low, worth.high, color=SERIES[1], alpha=0.2, linewidth=0)
    if np.isfinite(worth.mean):
        axes.axvline(worth.mean, color=SERIES[1], linewidth=1)
    axes.set_xscale("log")
    near = [later / earlier < CLOSE for earlier, later in pairwise(sizes)] + [False]  # their names would overlap
    axes.set_xticks(list(sizes), ["" if hidden else f"{size:,.0f}" for size, hidden in zip(sizes, near, strict=True)])
    axes.minorticks_off()
    axes.set_xlabel("real samples")
    axes.set_ylabel(score)
    _legend(figure)
    return to_svg(figure)


@_styled
def heatmap(values: np.ndarray, rows: Sequence[str], columns: Sequence[str], y_label: str = "", x_label: str = "",
            signed: bool = False) -> str:  # fmt: skip
    """Draw a matrix as squares, darker where larger; `signed` ones have a colour for either side of 0.

    Parameters
    ----------
    values
        (n, m), in [0, 1], or in [-1, 1] where `signed`; NaN stays empty.
    rows, columns
        Names.
    """
    side = 0.27 if max(values.shape) <= 20 else 4.6 / max(values.shape)
    figure, axes = _axes(1.6 + side * len(rows), width=max(2.6, min(WIDTH, 1.6 + side * len(columns))))
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = BAD if signed and value < 0 else ACCENT
            strength = min(1.0, abs(float(value)))
            axes.add_patch(_square(column, row, colour, strength))
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_aspect("equal")
    size = 8 if max(values.shape) <= 20 else 6
    axes.set_xticks(range(len(columns)), [_short(name) for name in columns], rotation=90, fontsize=size)
    axes.set_yticks(range(len(rows)), [_short(name) for name in rows], fontsize=size)
    axes.grid(visible=False)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    return to_svg(figure)


@_styled
def histogram(names: Sequence[str], real: Sequence[float], fake: Sequence[float], title: str) -> str:
    """Draw shares of real (filled) and of synthetic samples (line) in the same bins or levels, small."""
    figure, axes = _axes(1.5, width=2.5)
    places = np.arange(len(names))
    axes.bar(places, real, width=1.0, color=FAINT, alpha=0.45, linewidth=0, label="real")
    axes.stairs(fake, np.arange(len(names) + 1) - 0.5, color=ACCENT, linewidth=1.5, label="synthetic")
    shown = sorted({0, len(names) // 2, len(names) - 1}) if len(names) > 4 else range(len(names))
    axes.set_xticks(list(shown), [_short(names[place], 9) for place in shown], fontsize=7)
    axes.set_yticks([])
    axes.set_title(_short(title, 28), fontsize=9, loc="left")
    return to_svg(figure)


def _limits(spans: Sequence[Span]) -> tuple[float, float]:
    """Return what of the axis to show: everything, but no interval that is far wider than the figures differ."""
    known = [value for span in spans for value in (span.mean, span.low, span.high) if np.isfinite(value)] or [0.0]
    means = [span.mean for span in spans] or [0.0]
    low, high = min(0.0, *means), max(0.0, *means)
    room = max(1.0, 2.0 * (high - low))
    ends = max(low - room, min(0.0, *known)), min(high + room, max(0.0, *known))
    margin = 0.05 * (ends[1] - ends[0]) or 0.5
    return ends[0] - margin, ends[1] + margin


def _axes(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    axes.grid(visible=True, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_short(name, 30) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.margins(x=0.05)


def _legend(figure: Figure) -> None:
    """Name what is drawn below the axes, in as many columns as the longest name lets stand side by side."""
    for n_columns in (3, 2, 1):
        legend = figure.legend(loc="outside lower center", ncols=n_columns, fontsize=8)
        if legend.get_window_extent().width <= figure.bbox.width or n_columns == 1:
            return
        legend.remove()


def _square(column: int, row: int, colour: str, strength: float) -> Any:
    return Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, alpha=strength, linewidth=0)


def _short(name: str, most: int = 14) -> str:
    name = FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", re.sub(r"\s+", " ", name))
    return name if len(name) <= most else name[: most - 1] + "…"
