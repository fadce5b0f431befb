"""The arguments and options that several commands share, each defined in this one place."""

import csv
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from gan_augment.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])
ASPECTS = ("crop", "pad", "stretch")  # of the library, which is not imported for a list of options
FLIPS = {"none": (), "horizontal": ("horizontal",), "vertical": ("vertical",), "both": ("horizontal", "vertical")}

data_argument = click.argument("data")
run_argument = click.argument("run", type=click.Path(path_type=Path))
seeds = click.IntRange(0, 2**63 - 1)  # said before any work: what a run makes is drawn by the same ones later
seed_option = click.option(
    "--seed", type=seeds, default=0, show_default=True, help="Fixes everything that is drawn at random."
)
device_option = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 or mps.")
resume_option = click.option("--resume", is_flag=True, help="Go on with what an interrupted call left in --out.")
quiet_option = click.option("--quiet", is_flag=True, help="No progress on stderr.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print a machine-readable summary on stdout.")
encoding_option = click.option(
    "--encoding", default="utf-8", show_default=True, help="How the text of a CSV file is encoded, such as latin-1."
)


def out_option(help: str, required: bool = True) -> Callable[[F], F]:
    """Return `--out`, a path that takes this command's result."""
    return click.option("--out", required=required, type=click.Path(path_type=Path), help=help)


def work_options(command: F) -> F:
    """Add what every command takes that draws samples of a run and can be interrupted."""
    for option in (quiet_option, json_option, resume_option, device_option, seed_option, encoding_option):
        command = option(command)
    return command


def table_options(command: F) -> F:
    """Add what says how a table is read: `target`, `columns` (NAME=KIND, several), `schema` (a path), `encoding`."""
    options = (
        click.option("--target", metavar="COLUMN", help="The column of a table that holds the labels."),
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="NAME=KIND",
            help="A column that is numeric, boolean, categorical, datetime or an identifier, as said; repeatable.",
        ),
        click.option(
            "--schema",
            type=click.Path(path_type=Path, dir_okay=False),
            help='The same for many columns: a JSON file such as {"age": "numeric"}.',
        ),
        encoding_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


def parse_columns(assignments: Sequence[str], schema: Path | None) -> dict[str, str]:
    """Return the kinds of columns that a JSON file and ``NAME=KIND`` arguments ask for; the latter come first.

    Raises
    ------
    ConfigError
        If the file is not a JSON object of texts, or an argument has no kind or names a column twice.
    """
    columns = {} if schema is None else _read_columns(schema)
    said: dict[str, str] = {}
    for assignment in assignments:
        name, sign, kind = assignment.rpartition("=")
        if not name or not sign or not kind:
            raise ConfigError(f"Cannot read --column {assignment!r}: write NAME=KIND, such as age=numeric.")
        if name in said:
            raise ConfigError(f"--column names {name!r} twice: say once what it is.")
        said[name] = kind
    return columns | said


def _read_columns(path: Path) -> dict[str, str]:
    try:
        columns = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ConfigError(f"Cannot read --schema {path}: {getattr(error, 'strerror', None) or error}.") from error
    if not isinstance(columns, dict) or not all(isinstance(kind, str) for kind in columns.values()):
        raise ConfigError(f'--schema {path} must be a JSON object of names and kinds, such as {{"age": "numeric"}}.')
    return columns


def parse_counts(text: str, option: str = "--counts") -> dict[str, int]:
    """Read ``cat=100,dog=50``; quotes keep a comma in a name.

    Raises `ConfigError` where a name or whole number is missing or a name comes twice.
    """
    counts = {}
    for part in _parts(text) or [""]:
        name, _, number = (piece.strip() for piece in part.rpartition("="))
        if not name or not re.fullmatch(r"-?\d{1,18}", number):
            raise ConfigError(f"Cannot read {part!r} in {option}: write NAME=NUMBER, such as cat=100,dog=50.")
        if name in counts:
            raise ConfigError(f"{option} names {name!r} twice: say once how many.")
        counts[name] = int(number)
    return counts


def parse_names(text: str | None) -> list[str] | None:
    """Read ``cat,dog``; quotes keep a comma in a name; None stays None."""
    return None if text is None else [name.strip() for name in _parts(text) if name.strip()]


def _parts(text: str) -> list[str]:
    return next(csv.reader([text.replace("\n", " ")], skipinitialspace=True), [])
