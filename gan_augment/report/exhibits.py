"""Real and synthetic samples beside each other: pictures and columns, and the figures of their quality."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gan_augment.evaluation.exhibit import EXHIBIT_FILE
from gan_augment.evaluation.study.findings import counted
from gan_augment.report import charts
from gan_augment.report.page import Block, Chart, Gallery, Picture, PictureTable, Prose, Section, Table
from gan_augment.report.pictures import strip
from gan_augment.report.results import mean_by_class, mean_figure, read_json

Looks = list[dict[str, Any]]
MOST_HEATMAP, MOST_CLASSES, N_CONFUSED = 25, 40, 15
MOST_HISTOGRAMS, MOST_PER_CLASS, MOST_CLASSES_DRAWN = 12, 6, 4
FIRST = " (of the first replicate)"
RATIO = "A ratio near 0: much nearer to that training sample than to the next one."
FIGURES = (
    ("label_fidelity", "label fidelity"),
    ("diversity_judge", "diversity"),
    ("diversity", "diversity"),
    ("diversity_pixels", "diversity, pixels"),
    ("coverage", "coverage"),
)


def sample_sections(folder: Path, looks: Looks, classes: Sequence[str]) -> list[Section]:
    """Return what synthetic samples are like: an exhibit's folder, and the looks at them, one a replicate."""
    side_by_side, nearest = _exhibits(folder)
    return [*side_by_side, _quality(looks, classes), *nearest, _copies(looks), _distances(looks)]


def _exhibits(folder: Path) -> tuple[list[Section], list[Section]]:
    if not (folder / EXHIBIT_FILE).exists():
        return [], []
    about = read_json(folder / EXHIBIT_FILE)
    return _images(folder, about) if about["kind"] == "image" else _columns(about)


def _quality(looks: Looks, classes: Sequence[str]) -> Section:
    own = mean_by_class(looks, "judge_accuracy")
    known = ((label, mean_by_class(looks, "synthetic", name)) for name, label in FIGURES)
    columns = {label: values for label, values in known if values}
    if not columns:
        return Section("", [])
    shown = list(classes)[:MOST_CLASSES]
    rows = [[name, _share(own.get(name)), *(_share(values.get(name)) for values in columns.values())] for name in shown]
    blocks: list[Block] = []
    confusion = _confusion(looks)
    if confusion is not None and len(confusion) > MOST_HEATMAP:
        blocks.append(_confused_pairs(confusion, classes))
    elif confusion is not None:
        blocks.append(
            Chart(
                charts.heatmap(confusion, classes, classes, "made as", "taken for"),
                "What the judge takes synthetic samples of each class for",
                "Darker is more often. What lies off the diagonal has a wrong label, as the judge sees it.",
            )
        )
    caption = f"Means over {counted(len(looks), 'look')} at synthetic samples, one a replicate." + (
        " Not all classes are shown." if len(classes) > len(shown) else ""
    )
    blocks.append(Table(("class", "judge on real", *columns), rows, caption))
    lead = (
        "Label fidelity: how often a judge, trained on real samples that the generator never saw, gives a sample its "
        "label; read it beside the judge's own accuracy. Diversity: variance within a class, 1 being that of real "
        "samples. One perfect sample repeated has a fidelity of 1 and a diversity of 0."
    )
    return Section("Are the labels right, and do samples differ?", blocks, lead)


def _confused_pairs(confusion: np.ndarray, classes: Sequence[str]) -> Table:
    """Return which classes are taken for which others most often."""
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0.0)
    order = np.argsort(-wrong, axis=None)[:N_CONFUSED]
    pairs = [divmod(int(place), len(classes)) for place in order]
    rows = [[classes[a], classes[b], f"{wrong[a, b]:.0%}"] for a, b in pairs if wrong[a, b] > 0]
    return Table(("made as", "taken for", "share"), rows, "The most frequent wrong labels, as the judge sees them.")


def _confusion(looks: Looks) -> np.ndarray | None:
    found = [look["confusion"]["rows"] for look in looks if "confusion" in look]
    if not found:
        return None
    matrix: np.ndarray = np.array(found, dtype=np.float64).mean(axis=0)
    return matrix


def _distances(looks: Looks) -> Section:
    rows = [row for row in _distance_rows(looks) if row[1]]
    lead = "Each figure means something beside the one at its right alone: what as many other real samples reach."
    features = next((look["distances"] for look in looks if "distances" in look), None)
    caption = "" if features is None else f"Features: {features['features']}, digest {features['digest']} (first look)."
    table = Table(("", "synthetic", "real"), rows, caption)
    return Section("How far are they from real samples?", [table] if rows else [], lead)


def _distance_rows(looks: Looks) -> list[list[str]]:
    def figure(*keys: str) -> float:
        return mean_figure(looks, *keys)

    n, size = figure("distances", "frechet", "n"), figure("distances", "kernel", "subset_size")
    of = "" if np.isnan(n) else f" ({n:,.0f} samples a side)"
    of_kernel = "" if np.isnan(size) else f" (subsets of {size:,.0f})"
    return [
        ["Fréchet distance" + of, _number(figure("distances", "frechet", "value")),
         _number(figure("distances", "frechet", "floor"))],
        ["kernel distance (KID)" + of_kernel, _number(figure("distances", "kernel", "mean")), "about 0"],
        ["precision" + of, _number(figure("distances", "precision")), _number(figure("distances", "precision_real"))],
        ["recall" + of, _number(figure("distances", "recall")), _number(figure("distances", "recall_real"))],
        ["told from real by a classifier (AUC)",
         _number(_first_known(figure("distances", "two_sample_auc"), figure("two_sample_auc"))), "0.5"],
        ["likeness of columns", _number(figure("similarity", "mean_columns")),
         _number(figure("similarity", "ceiling_columns"))],
        ["likeness of pairs of columns", _number(figure("similarity", "pairs")),
         f"{_number(figure('similarity', 'ceiling_pairs'))} (columns shuffled: "
         f"{_number(figure('similarity', 'floor_pairs'))})"],
    ]  # fmt: skip


def _copies(looks: Looks) -> Section:
    copied = mean_figure(looks, "memorisation", "copied")
    if np.isnan(copied):
        return Section("", [])
    names = (
        ("share flagged as near-copies of training samples", "copied", "copied_held_out"),
        ("share that is the same as a training sample", "identical", "identical_held_out"),
        ("share farther from their training sample than that is from others (AuthPct, not to be trusted)", "authentic",
         "authentic_held_out"),
    )  # fmt: skip
    rows = [[label, *(_share(mean_figure(looks, "memorisation", name)) for name in pair)] for label, *pair in names]
    rows += [
        ["distance to the nearest training sample over that of held-out ones, median",
         _number(mean_figure(looks, "memorisation", "median_ratio")), "1"],
        ["the same, 5th percentile", _number(mean_figure(looks, "memorisation", "low_ratio")), "1"],
        ["nearer than held-out samples (Z of Meehan et al. 2020; under -3 is copying)",
         _signed(mean_figure(looks, "memorisation", "z")), "about 0"],
    ]  # fmt: skip
    lead = (
        "A generator that copies its training data looks perfect in every score but this. Held-out samples are real "
        "ones that it never saw: they show what is near by nature. No finding is no proof that nothing was copied."
    )
    sizes = (mean_figure(looks, "memorisation", f"n_{of}") for of in ("synthetic", "held_out", "train"))
    caption = "{:,.0f} synthetic and {:,.0f} held-out samples against {:,.0f} training samples.".format(*sizes)
    return Section("Does it copy?", [Table(("", "synthetic", "held-out real"), rows, caption)], lead)


def _images(folder: Path, about: Mapping[str, Any]) -> tuple[list[Section], list[Section]]:
    sheets = {name: _sheet(folder / f"{name}.png", about) for name in ("real", "synthetic")}
    rows: list[list[str | Picture]] = [
        [name, *(strip(sheet[row], f"{side} images of class {name}") for side, sheet in sheets.items())]
        for row, name in enumerate(about["classes"])
    ]
    n_hidden = about["n_classes"] - len(rows)
    table = PictureTable(("class", "real", "synthetic"), rows, f"{n_hidden} more classes." if n_hidden else "")
    nearest = f"The synthetic images that look most like copies of a training image{FIRST}. {RATIO}"
    return (
        [Section("Real and synthetic, side by side", [table], f"Drawn at random, not chosen{FIRST}.")],
        [Section("Nearest training images", [_neighbours(folder, about)], nearest)],
    )


def _neighbours(folder: Path, about: Mapping[str, Any]) -> PictureTable:
    sheet, told = _sheet(folder / "neighbours.png", about), about["neighbours"]
    rows: list[list[str | Picture]] = [
        [name, *(strip(sheet[row, [column]], f"{name} image of class {each[of]}")
                 for column, each in enumerate(told))]
        for row, (name, of) in enumerate((("synthetic", "class"), ("training", "real_class")))
    ]  # fmt: skip
    rows.append(["class", *(each["class"] for each in told)])
    rows.append(["class of the training image", *(each["real_class"] for each in told)])
    rows.append(["distance", *(f"{each['distance']:.3g}" for each in told)])
    rows.append(["ratio", *(f"{each['ratio']:.2f}" for each in told)])
    return PictureTable(("", *(str(place + 1) for place in range(len(told)))), rows)


def _sheet(path: Path, about: Mapping[str, Any]) -> np.ndarray:
    """Return the images of a sheet, (rows, columns, height, width, channels)."""
    height, width = about["height"], about["width"]
    pixels = np.asarray(Image.open(path))
    cells = pixels.reshape(pixels.shape[0] // height, height, pixels.shape[1] // width, width, -1)
    return cells.swapaxes(1, 2)


def _columns(about: Mapping[str, Any]) -> tuple[list[Section], list[Section]]:
    drawn = about["histograms"]
    shown = drawn["columns"][:MOST_HISTOGRAMS]
    n_hidden = len(drawn["columns"]) - len(shown) + len(drawn["columns_left_out"])
    caption = "Filled: real rows. Line: synthetic rows. The least alike columns come first." + (
        f" {n_hidden} more alike ones are not shown." if n_hidden else ""
    )
    everything = [_histogram(column, "all", None) for column in shown]
    per_class: list[Block] = [
        Gallery([_histogram(column, name, label) for column in shown[:MOST_PER_CLASS]], f"Rows of class {name}.")
        for label, name in enumerate(drawn["classes"][:MOST_CLASSES_DRAWN])
    ]
    n_more = len(drawn["classes"]) + len(drawn["classes_left_out"]) - len(per_class)
    lead = f"The {MOST_PER_CLASS} least alike columns" + (f"; {n_more} more classes are not shown." if n_more else ".")
    nearest = f"The synthetic rows that look most like copies, each above its training row{FIRST}. {RATIO}"
    return (
        [
            Section("Columns, real and synthetic", [Gallery(everything, caption)]),
            Section("Columns by class", per_class, lead),
            Section("How columns go together", _maps(about["association"])),
        ],
        [Section("Nearest training rows", _row_pairs(about["neighbours"]), nearest)],
    )


def _histogram(column: Mapping[str, Any], of: str, label: int | None) -> Chart:
    sides = [
        column[side]["all"] if label is None else column[side]["per_class"][label] for side in ("real", "synthetic")
    ]
    names = [str(value) for value in column.get("values", [])]
    if "edges" in column:
        names = [_edge(edge) for edge in column["edges"][:-1]]
    names += ["other"] * column["other"] + ["missing"] * column["missing"]
    real, fake = (side or [0.0] * len(names) for side in sides)
    return Chart(
        charts.histogram(names, real, fake, column["name"]), f"{column['name']} of {of} rows, real and synthetic"
    )


def _edge(edge: Any) -> str:
    return f"{edge:.4g}" if isinstance(edge, float) else str(edge)


def _maps(found: Mapping[str, Any]) -> list[Block]:
    names = found["columns"]
    if len(names) < 2:
        return []
    matrices = {side: np.array(found[side], dtype=np.float64) for side in ("real", "synthetic")}
    maps: list[Block] = [
        Chart(
            charts.heatmap(matrix, names, names, signed=True), f"How columns of {side} rows go together", f"{side} rows"
        )
        for side, matrix in matrices.items()
    ]
    legend = "Darker is closer; the second colour is negative. Numbers: rank correlation. Words: Cramér's V."
    return [*maps, Prose([legend])]


def _row_pairs(found: Mapping[str, Any]) -> list[Block]:
    rows = [
        [side, *pair[side], *((f"{pair['distance']:.3g}", f"{pair['ratio']:.2f}") if side == "synthetic" else ("", ""))]
        for pair in found["pairs"]
        for side in ("synthetic", "real")
    ]
    hidden = found["n_columns"] + 1 - len(found["columns"])
    caption = f"{hidden} more columns are not shown." if hidden > 0 else ""
    return [Table(("", *found["columns"], "distance", "ratio"), rows, caption)] if rows else []


def _first_known(*values: float) -> float:
    return next((value for value in values if not np.isnan(value)), float("nan"))


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3g}"


def _signed(value: float) -> str:
    return "not known" if np.isnan(value) else f"{value:+.1f}"


def _share(value: float | None) -> str:
    return "" if value is None or np.isnan(value) else f"{value:.2f}"
