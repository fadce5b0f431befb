"""`gan-augment recipes`: the named methods, a line each, or the settings of one."""

import json

import click

from .options import json_option
from .output import finish, table


@click.command()
@click.argument("name", required=False)
@json_option
def recipes(name: str | None, as_json: bool) -> None:
    """List the recipes: name, the kind of data it is for, what it is, where it comes from.

    With a NAME, list what --set can change in that recipe, each setting as it is.
    """
    from gan_augment.config import settings, to_dict
    from gan_augment.recipes import RECIPES
    from gan_augment.registry import lookup

    if name is not None:
        values = settings(lookup(RECIPES, name, "recipe"))
        texts = [(key, value if isinstance(value, str) else json.dumps(value)) for key, value in values.items()]
        where = (
            f"{len(values)} settings; change one with gan-augment fit DATA --out RUN --recipe {name} --set NAME=VALUE."
        )
        finish(table(texts, ("setting", "value")), {"recipe": to_dict(RECIPES[name])}, where, as_json)
        return
    rows = [(recipe.name, recipe.kind, recipe.summary, recipe.source) for recipe in RECIPES.values()]
    summary = [dict(zip(("name", "kind", "summary", "source"), row, strict=True)) for row in rows]
    where = f"{len(rows)} recipes; pick one with gan-augment fit DATA --out RUN --recipe NAME."
    finish(table(rows, ("recipe", "data", "what it is", "from")), {"recipes": summary}, where, as_json)
