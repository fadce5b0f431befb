"""`gan-augment recipes`: the named methods, a line each."""

import click

from .options import json_option
from .output import finish, table


@click.command()
@json_option
def recipes(as_json: bool) -> None:
    """List the recipes: name, the kind of data it is for, what it is, where it comes from."""
    from gan_augment.recipes import RECIPES

    rows = [(recipe.name, recipe.kind, recipe.summary, recipe.source) for recipe in RECIPES.values()]
    summary = [dict(zip(("name", "kind", "summary", "source"), row, strict=True)) for row in rows]
    where = f"{len(rows)} recipes; pick one with gan-augment fit DATA --out RUN --recipe NAME."
    finish(table(rows, ("recipe", "data", "what it is", "from")), {"recipes": summary}, where, as_json)
