"""The arguments and options that several commands share, each defined in this one place."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gan_augment.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])

data_argument = click.argument("data")
run_argument = click.argument("run", type=click.Path(path_type=Path))

seed_option = click.option("--seed", default=0, show_default=True, help="Fixes everything that is drawn at random.")
device_option = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 or mps.")
quiet_option = click.option("--quiet", is_flag=True, help="No progress on stderr.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print a machine-readable summary on stdout.")


def out_option(help: str, required: bool = True) -> Callable[[F], F]:
    """Return `--out`, a path that takes this command's result."""
    return click.option("--out", required=required, type=click.Path(path_type=Path), help=help)


def parse_counts(text: str) -> dict[str, int]:
    """Read ``cat=100,dog=50``; raises `ConfigError` where a name or whole number is missing or a name comes twice."""
    counts = {}
    for part in text.split(","):
        name, _, number = (piece.strip() for piece in part.rpartition("="))
        if not name or not re.fullmatch(r"-?\d{1,18}", number):
            raise ConfigError(f"Cannot read {part!r} in --counts: write NAME=NUMBER, such as cat=100,dog=50.")
        if name in counts:
            raise ConfigError(f"--counts names {name!r} twice: say once how many.")
        counts[name] = int(number)
    return counts


def parse_names(text: str | None) -> list[str] | None:
    """Read ``cat,dog``; None stays None."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]
