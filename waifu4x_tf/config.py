"""TOML and JSON of any origin -> frozen dataclasses, by their annotations; what does not fit is named."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import stat
import tomllib
import typing
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from waifu4x_tf.errors import ConfigError, Waifu4xError

T = TypeVar("T")

# The largest card of this project has 60 kB.
MAX_BYTES = 2**22
_SHOWN_CHARACTERS = 60
_FIRST_WITHOUT_A_FLOAT = 2**1023


@dataclass(frozen=True)
class Rule:
    """What a value has to be beside its type, as in ``Annotated[int, Rule("1 to 16", range(1, 17))]``.

    Attributes:
        says: The rule in words, to follow "is".
        allowed: The values, or a function that is true of them.
    """

    says: str
    allowed: Collection[Any] | Callable[[Any], object]

    def holds(self, value: Any) -> bool:
        """Whether a value keeps it."""
        return bool(self.allowed(value)) if callable(self.allowed) else value in self.allowed


Sha256 = Annotated[str, Rule("64 hexadecimal digits", re.compile(r"[0-9a-f]{64}").fullmatch)]


def read_regular(path: Path, *, max_bytes: int = MAX_BYTES, error: type[Waifu4xError] = ConfigError) -> bytes:
    """The bytes of a file that must be a regular one and small: a FIFO does not hang, a huge one is not read.

    Raises:
        error: It is not, or cannot be read.
    """
    try:
        # Without waiting: nobody may ever write into a FIFO.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise error(
                    f"What is read beside a model or a result is a regular file. Received: {path}, which is a"
                    " folder, a pipe or a device. Remove or rename it."
                )
            content = file.read(max_bytes + 1)
    except OSError as refused:
        raise error(
            f"What is read beside a model or a result is a regular file that can be read. Received: {path}:"
            f" {refused.strerror}. Remove it, or change its permissions."
        ) from refused
    if len(content) > max_bytes:
        raise error(
            f"A file of settings has at most {max_bytes} bytes. Received: {path}, which is larger. Remove or"
            " rename it."
        )
    return content


def parse_json(content: bytes | str, where: str, *, error: type[Waifu4xError] = ConfigError) -> Any:
    """What stands in a JSON text, by stricter rules than Python's: UTF-8, each key once, no NaN or Infinity.

    Args:
        content: The text.
        where: What messages call it.
        error: What is raised.

    Raises:
        error: It is no such text.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"the key {shown(twice)} stands there twice")
        return table

    def finite(text: str) -> float:
        if not math.isfinite(number := float(text)):
            raise ValueError(f"{text} is no number of JSON, or too large a one")
        return number

    try:
        # Some editors begin UTF-8 with a byte order mark.
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=unique, parse_constant=finite, parse_float=finite)
    except UnicodeDecodeError:
        reason = "which is not UTF-8"
    except RecursionError:
        reason = "which is nested too deeply"
    except ValueError as refused:
        reason = str(refused).splitlines()[0]
    raise error(f"A JSON file is well-formed. Received: {where}: {reason}. Write it again, or remove it.")


def read_json(
    path: Path, *, max_bytes: int = MAX_BYTES, error: type[Waifu4xError] = ConfigError
) -> dict[str, Any]:
    """The JSON object in a small regular file.

    Raises:
        error: As `read_regular` and `parse_json`; or it is no object.
    """
    content = parse_json(read_regular(path, max_bytes=max_bytes, error=error), str(path), error=error)
    if not isinstance(content, dict):
        raise error(f"{path} is a JSON object. Received: {shown(content)}. Write it again.")
    return content


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a small regular TOML file.

    Raises:
        ConfigError: As `read_regular`; or it is no TOML.
    """
    try:
        return tomllib.loads(read_regular(path).decode("utf-8"))
    except (ValueError, RecursionError) as refused:
        raise ConfigError(
            f"A recipe is a TOML file. Received: {path}, {refused}. Mend that line."
        ) from refused


def read_recipe_table(
    name_or_path: str, folder: Path, extended_by: tuple[Path, ...] = ()
) -> tuple[Path, dict[str, Any]]:
    """Find a training recipe's file, and read what stands in it over what stands in those that it extends.

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


def build(
    kind: type[T],
    table: Mapping[str, Any],
    where: str,
    *,
    error: type[Waifu4xError] = ConfigError,
    is_open: bool = False,
) -> T:
    """Fill a dataclass from a table of TOML or JSON.

    Args:
        kind: The dataclass.
        table: Values by field.
        where: The file, for messages.
        error: What is raised.
        is_open: Leave out keys that the dataclass does not have, here and below, in place of refusing them.

    Raises:
        error: An unknown or missing key, or a value of another type or out of its range.
    """
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, kind))}
    unknown = table.keys() - fields.keys()
    if unknown and not is_open:
        raise error(
            f"The keys of {where} are {', '.join(sorted(fields))}. Received:"
            f" {', '.join(map(_shown_key, sorted(unknown)))}. Remove or rename it."
        )
    needed = {
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    if missing := needed - table.keys():
        received = ", ".join(map(_shown_key, sorted(table))) or "none of them"
        raise error(f"{where} needs {', '.join(sorted(missing))}. Received: {received}. Add it.")
    return kind(
        **{
            key: _value_of(hints[key], table[key], f"{where}: {key}", error=error, is_open=is_open)
            for key in fields
            if key in table
        }
    )


def _value_of(
    hint: Any, value: Any, where: str, *, error: type[Waifu4xError] = ConfigError, is_open: bool = False
) -> Any:
    """A value of TOML or JSON as one of an annotated type; arguments and errors as of `build`.

    The types are those of JSON, ``tuple``, ``dict``, ``Annotated`` with a `Rule`, and dataclasses. A whole
    number is a float too; True and False are no numbers.
    """
    origin, members = typing.get_origin(hint), typing.get_args(hint)

    def inner(kind: Any, part: Any, key: str = where) -> Any:
        return _value_of(kind, part, key, error=error, is_open=is_open)

    if hint is Any:
        return value
    if origin is Annotated:
        made = inner(members[0], value)
        for rule in members[1:]:
            if not rule.holds(made):
                raise error(f"{where} is {rule.says}. Received: {shown(value)}. Correct it.")
        return made
    if origin is tuple and isinstance(value, list):
        kinds = (members[0],) * len(value) if members[-1] is ... else members
        if len(value) == len(kinds):
            return tuple(inner(kind, one) for kind, one in zip(kinds, value, strict=True))
    if origin is dict and isinstance(value, dict):
        return {key: inner(members[1], one, f"{where}.{_shown_key(key)}") for key, one in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return build(typing.cast(type, hint), value, where, error=error, is_open=is_open)
    if hint is float and type(value) is int and abs(value) < _FIRST_WITHOUT_A_FLOAT:
        return float(value)
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise error(f"{where} is of type {_name(hint)}. Received: {shown(value)}. Write it so.")


def _name(hint: Any) -> str:
    if typing.get_origin(hint) is not None or not isinstance(hint, type):
        return str(hint).replace("typing.", "")
    return hint.__name__


def shown(value: Any) -> str:
    """A value of foreign origin as a short piece of one line."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # thousands of digits, or of brackets
        text = type(value).__name__
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _shown_key(key: str) -> str:
    """A key of foreign origin: as it is where it is a plain word, else in quotes and short."""
    plain = key.isprintable() and key and len(key) <= _SHOWN_CHARACTERS
    return key if plain else shown(key)
