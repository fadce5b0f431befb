"""Class names as folder names: safe on every file system, distinct, short; knows nothing of what goes inside."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable

from gan_augment.files import MANIFEST

MAX_BYTES = 100
_FORBIDDEN = frozenset('<>:"/\\|?*')
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"] + [f"{port}{n}" for port in ("com", "lpt") for n in range(10)]
)
_OWN_FILES = frozenset([MANIFEST, "readme.md"])


def class_folders(classes: Iterable[str]) -> dict[str, str]:
    """Return a folder name for every class.

    A name that any file system takes as it is stays as it is. Every other one (path separators, leading dots, device
    names, over 100 bytes, equal to another one but for case or Unicode form) is cleaned and gets a hash of the class
    name behind it, so that folders stay distinct. The manifest keeps the class names themselves.

    Parameters
    ----------
    classes
        Every class of the generator, not only those to be written, so that a class always gets the same folder.
    """
    cleaned = {name: _clean(name) for name in classes}
    n_alike = Counter(_identity(folder) for folder in cleaned.values())
    kept = {name for name, folder in cleaned.items() if folder == name and n_alike[_identity(folder)] == 1}
    taken = {_identity(name) for name in kept}
    folders = {}
    for name, folder in cleaned.items():
        folders[name] = name if name in kept else _tagged(folder, name, taken)
        taken.add(_identity(folders[name]))
    return folders


def printable(text: str) -> str:
    """Return the text with control characters and lone surrogates written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _clean(name: str) -> str:
    text = "".join("_" if c in _FORBIDDEN or not c.isprintable() else c for c in name)
    text = text.encode()[:MAX_BYTES].decode(errors="ignore").strip(" .") or "_"
    reserved = text.split(".")[0].strip().casefold() in _DEVICES or text.casefold() in _OWN_FILES
    return f"_{text}" if reserved else text


def _identity(folder: str) -> str:
    # Some file systems take names for equal that differ in case or in how an accent is composed.
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", folder).casefold())


def _tagged(folder: str, name: str, taken: set[str]) -> str:
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass")).hexdigest()
    candidates = (f"{folder}-{digest[:length]}" for length in range(8, len(digest)))
    return next(candidate for candidate in candidates if _identity(candidate) not in taken)
