"""The TOML files of training recipes, which may extend one another. What their keys mean is `train`'s."""

from pathlib import Path
from typing import Any

from waifu4x_tf.config import read_toml
from waifu4x_tf.errors import ConfigError


def read_recipe_table(
    name_or_path: str, folder: Path, extended_by: tuple[Path, ...] = ()
) -> tuple[Path, dict[str, Any]]:
    """Find a recipe's file, and read what stands in it over what stands in those that it extends.

    Args:
        name_or_path: A name in ``folder``, or a path that ends in .toml.
        folder: Of the named recipes.
        extended_by: Resolved paths of the files that led to this one.

    Returns:
        The path and the joined tables, without ``extends``.

    Raises:
        ConfigError: One of the files is not found, is no TOML or extends itself, or ``extends`` is no text.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = folder / f"{name_or_path}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.toml")))
        raise ConfigError(
            f"A recipe is one of {known}, or the path of a .toml file. Received: {name_or_path!r}."
            " Check the spelling."
        )
    if path.resolve() in extended_by:
        raise ConfigError(f"A recipe does not extend itself. Received: {path}, again. Extend another one.")
    table = read_toml(path)
    base = table.pop("extends", None)
    if base is None:
        return path, table
    if not isinstance(base, str):
        raise ConfigError(f"{path.name}: extends is the name of one recipe. Received: {base!r}. Name one.")
    where = str(path.parent / base) if base.endswith(".toml") else base
    _, extended = read_recipe_table(where, folder, (*extended_by, path.resolve()))
    return path, _over(extended, table)


def _over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What a table says itself, and for the rest what its base says."""
    joined = {**base, **own}
    for key in base.keys() & own.keys():
        if isinstance(base[key], dict) and isinstance(own[key], dict):
            joined[key] = _over(base[key], own[key])
    return joined
