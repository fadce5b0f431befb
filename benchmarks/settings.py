"""What identifies the settings of a recipe in a study's rows, so that a changed recipe is measured anew."""

import json
from hashlib import blake2b
from typing import Any

from gan_augment.config import to_dict
from gan_augment.recipes import RECIPES


def settings_digest(recipe: str) -> str:
    """Return a short hash of all settings of a recipe that are not the ordinary ones."""
    chosen = RECIPES[recipe]
    ordinary = _leaves(to_dict(type(chosen)(chosen.name, chosen.summary, chosen.source)))
    set_here = {key: value for key, value in _leaves(to_dict(chosen)).items() if ordinary.get(key) != value}
    return blake2b(json.dumps(set_here, sort_keys=True).encode(), digest_size=4).hexdigest()


def _leaves(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in values.items():
        leaves |= _leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return leaves
