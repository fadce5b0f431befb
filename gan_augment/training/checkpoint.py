"""Tensors with a JSON header on disk: written to a temporary name, then renamed; never a pickle."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from gan_augment.errors import CheckpointError
from gan_augment.files import output_errors, write_atomically

FORMAT_VERSION = 1
HEADER_KEY = "gan_augment"


def to_bytes(tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> bytes:
    """Return `tensors` and a JSON `header` as a checkpoint file holds them."""
    text = _json_bytes({"format_version": FORMAT_VERSION, **header}).decode()
    return save({key: value.contiguous() for key, value in tensors.items()}, {HEADER_KEY: text})


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write `tensors` and a JSON `header` to `path`; what stood there stays whole until the new file is complete."""
    with output_errors(path):
        write_atomically(path, to_bytes(tensors, header))


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write `values` as indented JSON, whole or not at all."""
    with output_errors(path):
        write_atomically(path, _json_bytes(values, indent=2) + b"\n")


def _json_bytes(values: Mapping[str, Any], indent: int | None = None) -> bytes:
    # What is no text, such as bytes in the name of a folder that are not UTF-8, is escaped as JSON escapes it.
    return json.dumps(values, indent=indent, ensure_ascii=False).encode("utf-8", "backslashreplace")


def read_header(path: Path) -> dict[str, Any]:
    """Return the JSON header of a checkpoint.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated, not one of ours, or from a newer version.
    """
    return _read(path, tensors=False)[1]


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors (on the CPU) and the header of a checkpoint; errors as in `read_header`."""
    return _read(path, tensors=True)


def read_part(path: Path, kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return tensors and header of one file of a run; one of another `kind` is a `CheckpointError`."""
    tensors, header = read_checkpoint(path)
    if header.get("kind") != kind:
        raise CheckpointError(f"{path} holds {header.get('kind')!r}, not {kind!r}: copy the right file or fit anew.")
    return tensors, header


def _read(path: Path, tensors: bool) -> tuple[dict[str, Tensor], dict[str, Any]]:
    if not path.is_file():
        raise CheckpointError(f"{path} does not exist: is {path.parent} a finished run of `gan-augment fit`?")
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(HEADER_KEY, "null"))
            loaded = {key: file.get_tensor(key) for key in file.keys()} if tensors else {}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged or truncated ({error}): copy it again or fit anew.") from error
    if not isinstance(header, dict):
        raise CheckpointError(f"{path} was not written by gan-augment.")
    if header.get("format_version", 0) > FORMAT_VERSION:
        raise CheckpointError(
            f"{path} has format version {header['format_version']}, this program reads up to {FORMAT_VERSION}: "
            "upgrade gan-augment."
        )
    return loaded, header


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
