"""From a folder to its page, and from a page to a file of any format; finds out by itself what a folder holds."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from gan_augment.errors import ConfigError, OutputError
from gan_augment.files import CONFIG_FILE, SUMMARY_FILE, as_path, output_errors, write_atomically
from gan_augment.registry import lookup
from gan_augment.report.html import html
from gan_augment.report.judged import judged_page, judged_pictures
from gan_augment.report.page import Page
from gan_augment.report.plain import as_json, markdown
from gan_augment.report.results import StudyFolder, read_json
from gan_augment.report.run import run_page
from gan_augment.report.study import gain_pictures, study_page

PICTURE = "png"
FORMATS: Mapping[str, Callable[[Page], str]] = {"html": html, "md": markdown, "json": as_json}


def write_report(
    path: str | Path,
    out: str | Path,
    *,
    format: str | None = None,
    title: str | None = None,
    run: str | Path | None = None,
) -> Path:
    """Write the page of results or of a run.

    Parameters
    ----------
    path
        What `evaluate` or `fit` made.
    out
        The file; whole or not at all.
    format
        ``html``, ``md``, ``json`` or ``png`` (the gains alone); by the ending of `out` when None.
    title
        What stands on top; the folder's name when None.
    run
        Of results of `evaluate_run`: the run that was judged, to show its training.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        If `path` holds neither, or `out` cannot be written.
    ConfigError
        For an unknown format.
    """
    path, out = as_path(path), as_path(out)
    name = format or out.suffix.lstrip(".").lower() or "html"
    lookup({**dict.fromkeys(FORMATS), PICTURE: None}, name, "format")
    # Names of files may hold what is no text: a question mark stands in its place.
    content = _picture(path) if name == PICTURE else FORMATS[name](page_of(path, title, run)).encode(errors="replace")
    with output_errors(out, resumable=False):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, content)
    return out


def page_of(path: str | Path, title: str | None = None, run: str | Path | None = None) -> Page:
    """Return the page of results or of a run; parameters and errors as of `write_report`."""
    path = as_path(path)
    title = title or path.resolve().name
    if run is not None and ((path / CONFIG_FILE).is_file() or _is_study(_summary(path))):
        raise ConfigError(f"{path} has a generator of its own: leave out the run.")
    try:
        if (path / CONFIG_FILE).is_file():
            return run_page(path, title)
        summary = _summary(path)
        if _is_study(summary):
            return study_page(StudyFolder(path), title)
        return judged_page(path, summary, title, None if run is None else as_path(run))
    except (LookupError, TypeError, AttributeError, ValueError, OSError) as error:
        said = f"{type(error).__name__}: {error}"
        raise OutputError(f"{path} does not hold what evaluate or fit writes ({said}): make it anew.") from error


def _picture(path: Path) -> bytes:
    """Return the gains of all models, one below the other."""
    if (path / CONFIG_FILE).is_file():
        raise ConfigError("A run alone has no gains to draw: choose the format html, md or json.")
    summary = _summary(path)
    pictures = gain_pictures(StudyFolder(path)) if _is_study(summary) else judged_pictures(summary)
    if not pictures:
        raise ConfigError("There are no gains to draw yet: choose the format html, md or json.")
    images = [Image.open(io.BytesIO(picture)) for picture in pictures]
    sheet = Image.new("RGB", (max(image.width for image in images), sum(image.height for image in images)), "white")
    for place, image in enumerate(images):
        sheet.paste(image, (0, sum(above.height for above in images[:place])))
    content = io.BytesIO()
    sheet.save(content, format="PNG", optimize=True)
    return content.getvalue()


def _summary(path: Path) -> dict[str, Any]:
    if not (path / SUMMARY_FILE).is_file():
        raise OutputError(f"{path} holds no results that are finished, and no run: give the --out of evaluate or fit.")
    summary = read_json(path / SUMMARY_FILE)
    if "settings" not in summary and not _is_study(summary):
        raise OutputError(f"{path} holds the summary of something else: give the --out of evaluate or fit.")
    return summary


def _is_study(summary: Mapping[str, Any]) -> bool:
    return "models" in summary and "design" in summary
