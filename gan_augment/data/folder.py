"""Folders of image files as a source: a sub-folder a class, parts (train, val, test) inside, or a labels.csv."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gan_augment.data.decode import SUFFIXES, probe_file, read_file
from gan_augment.data.labels import natural_key, shortened
from gan_augment.data.labels_csv import LABELS_FILE, read_labels
from gan_augment.data.sources import Source
from gan_augment.errors import DataError
from gan_augment.files import MANIFEST, METRICS_FILE, RESULTS_FILE

PARTS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
_PART_NAMES = frozenset(name for names in PARTS.values() for name in names)
_EXPECTED = f"expected a sub-folder for each class with its images inside, or a {LABELS_FILE} (file,label)"


def folder_source(folder: Path, part: str) -> Source:
    """Return the images in a folder.

    Parameters
    ----------
    folder
        Holds a sub-folder a class; or ``train/``, ``val/``, ``test/`` with such folders; or ``labels.csv``.
    part
        Which of ``train``, ``val`` and ``test`` to take where the folder has them.

    Raises
    ------
    DataError
        If the folder is empty, has no classes, or lacks the part.
    """
    chosen, notes = _choose_part(folder, part)
    labels_path = chosen / LABELS_FILE
    if os.path.isfile(labels_path):
        table = read_labels(labels_path)
        paths, labels, more = table.paths, table.labels, table.notes
    else:
        paths, labels, more = _class_folders(chosen)
    source = file_source(paths, labels, folder)
    return replace(source, notes=(*notes, *more))


def file_source(paths: list[Path], label_names: list[str], root: Path) -> Source:
    """Return image files as a source; `names` are relative to `root`."""
    return Source(
        label_names,
        probe=lambda i: probe_file(paths[i]),
        read=lambda i, side: read_file(paths[i], side),
        names=[os.path.relpath(path, root) for path in paths],
    )


def _choose_part(folder: Path, part: str) -> tuple[Path, tuple[str, ...]]:
    parts = {} if os.path.isfile(folder / LABELS_FILE) else _parts_of(folder)
    if not parts:
        return folder, () if part == "train" else (f"{folder} has no {part}/ folder inside: all of it is taken.",)
    if part not in parts:
        found = ", ".join(f"{path.name}/" for path in parts.values())
        raise DataError(f"{folder} has {found} but no {part}/: add it, or name the folder with the images itself.")
    chosen = parts[part]
    left = [f"{path.name}/" for path in _folders(folder) if path != chosen]
    unused = f"; not used: {', '.join(left[:5])}" if left else ""
    return chosen, (f"Taken from {chosen.name}/ in {folder}{unused}.",)


def _parts_of(folder: Path) -> dict[str, Path]:
    """Find part folders: those that hold classes themselves, so that a class named ``train`` stays a class."""
    found: dict[str, Path] = {}
    for path in _folders(folder):
        for part, names in PARTS.items():
            if path.name.lower() in names and part not in found and _holds_classes(path):
                found[part] = path
    return found


def _holds_classes(folder: Path) -> bool:
    return os.path.isfile(folder / LABELS_FILE) or (bool(_folders(folder)) and not any(map(_is_image, _files(folder))))


def _class_folders(root: Path) -> tuple[list[Path], list[str], tuple[str, ...]]:
    folders, loose = _folders(root), _files(root)
    _refuse_unlabelled(root, folders, loose)
    ours = [folder for folder in folders if _is_ours(folder)]
    folders = [folder for folder in folders if folder not in ours]
    paths: list[Path] = []
    labels: list[str] = []
    others, empty = [path for path in loose if not _is_image(path)], []
    n_loose = len(loose) - len(others)
    for folder in folders:
        _refuse_parts_inside(folder)
        files = list(_walk(folder, set()))
        images = [path for path in files if _is_image(path)]
        others += [path for path in files if not _is_image(path)]
        empty += [] if images else [folder.name]
        paths += images
        labels += [folder.name] * len(images)
    if not paths:
        raise DataError(" ".join([f"No images in {root}: {_unread(others) or _EXPECTED}.", *_left_out(ours)]))
    return paths, labels, (*_folder_notes(others, empty, n_loose), *_left_out(ours), *_hidden_note(root))


def _refuse_unlabelled(root: Path, folders: list[Path], loose: list[Path]) -> None:
    if not folders and any(map(_is_image, loose)):
        raise DataError(f"{root} holds images but no class folders: {_EXPECTED}.")
    if not folders:
        raise DataError(f"{root} is empty or holds no images: {_EXPECTED}; hidden folders do not count.")
    if {folder.name.lower() for folder in folders} <= _PART_NAMES:
        name = folders[0].name
        raise DataError(f"{name}/ in {root} holds no class folders: {_EXPECTED}, in {name}/ as well.")


def _refuse_parts_inside(folder: Path) -> None:
    """Refuse a class folder that would bring its test images along, or that is a dataset of its own."""
    inside = [path.name for path in _folders(folder) if path.name.lower() in _PART_NAMES - {*PARTS["train"]}]
    if inside:
        raise DataError(
            f"{folder.name}/ in {folder.parent} holds {inside[0]}/: parts are the outer folders and classes the inner "
            f"ones ({inside[0]}/{folder.name}/), and each dataset is named on its own."
        )


def _unread(others: list[Path]) -> str:
    endings = sorted({path.suffix.lower() for path in others if path.suffix})
    if not endings:
        return ""
    return f"files there end in {', '.join(endings[:3])}, and what is read ends in {', '.join(sorted(SUFFIXES))}"


def _folder_notes(others: list[Path], empty: list[str], n_loose: int) -> tuple[str, ...]:
    notes = []
    if others:
        names = shortened([path.name for path in others])
        notes.append(f"Files that are not images by name, ignored: {len(others)} ({names}).")
    if empty:
        notes.append(f"Folders without images are ignored: {shortened(empty)}.")
    if n_loose:
        notes.append(f"Images outside of the class folders, ignored: {n_loose}.")
    return tuple(notes)


def _is_ours(folder: Path) -> bool:
    """Tell whether a folder is a run, results or samples, whose images lie deeper: beside classes, it is no class."""
    marked = any(os.path.isfile(folder / name) for name in (METRICS_FILE, RESULTS_FILE, MANIFEST))
    return marked and not any(map(_is_image, _files(folder)))


def _left_out(ours: list[Path]) -> tuple[str, ...]:
    names = shortened([folder.name for folder in ours])
    return (f"Folders that gan-augment wrote (runs, results, samples) are left out: {names}.",) if ours else ()


def _hidden_note(root: Path) -> tuple[str, ...]:
    hidden = [path.name for path in _listed(root) if path.name.startswith(".") and os.path.isdir(path)]
    return (f"Hidden folders (their names begin with a dot) are left out: {shortened(hidden)}.",) if hidden else ()


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """Yield the files below a folder in natural order, each folder once however the links run."""
    status = folder.stat()
    identity = status.st_dev, status.st_ino
    if identity in seen:
        return
    seen.add(identity)
    yield from _files(folder)
    for inner in _folders(folder):
        if not _leads_upward(inner):
            yield from _walk(inner, seen)


def _leads_upward(folder: Path) -> bool:
    """Tell whether a link leads to a folder it lies in, which would bring the other classes in."""
    return folder.is_symlink() and Path(os.path.realpath(folder)) in Path(os.path.realpath(folder.parent)).parents


def _folders(folder: Path) -> list[Path]:
    return [path for path in _visible(folder) if os.path.isdir(path)]


def _files(folder: Path) -> list[Path]:
    return [path for path in _visible(folder) if not os.path.isdir(path)]


def _visible(folder: Path) -> list[Path]:
    return [path for path in _listed(folder) if not path.name.startswith(".")]


def _listed(folder: Path) -> list[Path]:
    try:
        names = os.listdir(folder)
    except OSError as error:
        raise DataError(f"Cannot list the folder {folder}: {error.strerror}.") from error
    return [folder / name for name in sorted(names, key=natural_key)]


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES
