"""The recipes that the Train tab offers, read from their files: nothing of `train` is imported."""

import re
from dataclasses import dataclass
from pathlib import Path

from waifu4x_tf.config import read_recipe_table
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
        init: The shipped network that the recipe's own command starts from; "" for fresh weights.
    """

    name: str
    about: str
    steps: int
    init: str = ""


def read_recipes(folder: Path = RECIPES) -> dict[str, RecipeChoice]:
    """Those that `train.pretrain` takes, by name, the default first.

    A recipe with an adversary, or whose header names the command of another script alone, is for that script.
    """
    choices = {}
    for path in sorted(folder.glob("*.toml"), key=lambda path: (path.stem != DEFAULT_RECIPE, path.stem)):
        _, table = read_recipe_table(str(path), RECIPES)
        text = path.read_text(encoding="utf-8")
        header = re.split(r"^\s*\[", text, maxsplit=1, flags=re.MULTILINE)[0]
        commands = re.findall(r"python -m (train\.\w+)", header)
        if "adversary" in table or (commands and "train.pretrain" not in commands):
            continue
        named = re.search(r"--init waifu4x_tf/weights/(\w+)\.keras", header)
        init = named[1] if named and (zoo.WEIGHTS / f"{named[1]}.keras").is_file() else ""
        about = header.partition("\n")[0].removeprefix("#").strip()
        choices[path.stem] = RecipeChoice(path.stem, about, table["training"]["steps"], init)
    return choices
