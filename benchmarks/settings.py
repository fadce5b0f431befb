"""What identifies the settings of a recipe in a study's rows, so that a changed recipe is measured anew."""

import json
from collections.abc import Mapping
from hashlib import blake2b

from gan_augment.config import override, settings
from gan_augment.recipes import RECIPES

PLAIN = "plain r3"  # r3 before it kept what levers had shown, which these undo:
PLAIN_R3 = {"game.joint": "false", "game.penalty_every": "4", "game.mode_seeking": "0"}


def settings_digest(recipe: str, overrides: Mapping[str, str] | None = None) -> str:
    """Return a short hash of the settings of a recipe, without what is off: a new one leaves rows as they are."""
    on = {name: value for name, value in settings(override(RECIPES[recipe], overrides or {})).items() if value}
    return blake2b(json.dumps(on, sort_keys=True).encode(), digest_size=4).hexdigest()
