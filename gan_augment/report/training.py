"""How a generator was trained: its curves, and the pictures it made on the way."""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from gan_augment.errors import OutputError
from gan_augment.files import METRICS_FILE, read_jsonl
from gan_augment.report import charts
from gan_augment.report.page import Block, Chart, Picture, Section, Slider, Table

GRIDS = "samples"
MOST_FRAMES, MOST_BYTES, MOST_SIDE = 12, 900_000, 900
GROUPS = (
    ("losses", ("d_loss", "g_loss", "loss", "reconstruction", "kl")),
    ("D's accuracy", ("d_accuracy_real", "d_accuracy_fake")),
    ("diversity, real samples are 1", ("diversity", "diversity_min")),
    ("log-loss on real samples", ("score",)),
)


def training_sections(run: Path | None, whose: str = "") -> list[Section]:
    """Return what a run's folder shows of its training, with a word on `whose` it was; nothing without one."""
    if run is None:
        return []
    if not (run / METRICS_FILE).is_file():
        raise OutputError(f"{run} is no run of gan-augment fit ({METRICS_FILE} is missing): give another one.")
    blocks: list[Block] = list(_curves(list(read_jsonl(run / METRICS_FILE))))
    frames = _frames(sorted((run / GRIDS).glob("step_*.png")))
    if frames:
        blocks.append(Slider(frames, "Training step", "A row a class."))
    advice = "A loss that falls proves nothing: look at diversity, and at what was measured."
    return [Section("Training", blocks, f"{whose}{advice}")]


def _curves(rows: Sequence[Mapping[str, Any]]) -> list[Chart]:
    found = []
    for label, names in GROUPS:
        series = {name: [(row["step"], row[name]) for row in rows if row.get(name) is not None] for name in names}
        known = {name: points for name, points in series.items() if len(points) > 1}
        if known:
            drawn = {name: tuple(zip(*points, strict=True)) for name, points in known.items()}
            svg = charts.lines({name: (x, y) for name, (x, y) in drawn.items()}, "training step", label)
            last = Table(
                ("", "first", "last"), [[name, f"{y[0]:.3g}", f"{y[-1]:.3g}"] for name, (_, y) in drawn.items()]
            )
            found.append(Chart(svg, f"{label} over training", data=last))
    return found


def _frames(grids: Sequence[Path]) -> list[Picture]:
    """Return some of the grids, the first and the last among them, none of them too heavy for a page."""
    n = min(MOST_FRAMES, len(grids))
    chosen = [grids[round(place * (len(grids) - 1) / max(1, n - 1))] for place in range(n)]
    frames = []
    for path in chosen:
        step = int(re.sub(r"\D", "", path.stem))
        content = _light(path.read_bytes(), MOST_BYTES // max(1, n))
        frames.append(Picture(content, f"Synthetic samples after {step:,} steps", f"{step:,} steps"))
    return frames


def _light(content: bytes, most: int) -> bytes:
    """Return a picture as it is, or smaller and as JPEG where it is too heavy."""
    if len(content) <= most:
        return content
    picture = Image.open(io.BytesIO(content))
    picture.thumbnail((MOST_SIDE, MOST_SIDE))
    for quality in (85, 70, 50):
        out = io.BytesIO()
        picture.save(out, format="JPEG", quality=quality)
        if out.tell() <= most:
            break
    return out.getvalue()
