"""The recipes that the Train tab offers, read from their files: nothing of `train` is imported."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waifu4x_tf.data.recipe_files import read_recipe_table
from waifu4x_tf.models import zoo

CHECKOUT = Path(__file__).resolve().parents[2]
RECIPES = CHECKOUT / "train" / "recipes"
DEFAULT_RECIPE = "smoke"


@dataclass(frozen=True)
class RecipeChoice:
    """One recipe of `train.pretrain`.

    Attributes:
        name: As the command takes it.
        about: The first line of its file, in English.
        steps: Batches in all.
        starts: Shipped networks that it can start from.
        recommended_start: The one of them that the recipe's own command names; "" for fresh weights.
    """

    name: str
    about: str
    steps: int
    starts: tuple[str, ...]
    recommended_start: str


def read_recipes(folder: Path = RECIPES) -> dict[str, RecipeChoice]:
    """Those that `train.pretrain` takes, by name, the default first.

    A recipe with an adversary, or whose header names the command of another script alone, is for that script.
    """
    choices = {}
    for path in sorted(folder.glob("*.toml"), key=lambda path: (path.stem != DEFAULT_RECIPE, path.stem)):
        text = path.read_text(encoding="utf-8")
        _, table = read_recipe_table(str(path), RECIPES)
        header = re.split(r"^\s*\[", text, maxsplit=1, flags=re.MULTILINE)[0]
        commands = re.findall(r"python -m (train\.\w+)", header)
        if "adversary" in table or (commands and "train.pretrain" not in commands):
            continue
        choices[path.stem] = _choice(path.stem, header, table)
    return choices


def _choice(name: str, header: str, table: dict[str, Any]) -> RecipeChoice:
    starts = tuple(shipped for shipped in zoo.shipped_names() if _contains(table["model"], shipped))
    named = re.search(r"--init waifu4x_tf/weights/(\w+)\.keras", header)
    recommended = named[1] if named and named[1] in starts else ""
    about = header.partition("\n")[0].removeprefix("#").strip()
    return RecipeChoice(name, about, table["training"]["steps"], starts, recommended)


def _contains(model: dict[str, Any], shipped: str) -> bool:
    """Whether the recipe's network is a shipped one, or that one with more blocks, as ``--init`` asks."""
    if not (zoo.WEIGHTS / f"{shipped}.keras").is_file() or model["name"] not in zoo.MODELS:
        return False
    entry, card = zoo.entry(model["name"]), zoo.shipped_card(shipped)
    wanted = {**entry.widths, **model.get("arguments", {}), "scale": model.get("scale", 4)}
    given = {**card.arguments, "scale": card.scale}
    blocks_given, blocks_wanted = given.pop("blocks", 0), wanted.pop("blocks", 0)
    return entry.module == zoo.entry(shipped).module and given == wanted and blocks_given <= blocks_wanted
