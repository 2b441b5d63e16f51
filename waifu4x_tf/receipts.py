"""Receipts: what a result was made from, so that it can be made again, or need not be.

A receipt names no file, folder or person. It comes from a file that anybody may have written: it is checked
like any input, and nothing in it is ever opened.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from waifu4x_tf.errors import ReceiptError
from waifu4x_tf.version import VERSION

if TYPE_CHECKING:
    from waifu4x_tf.batch_runner import RunSettings
    from waifu4x_tf.inference.identity import ModelIdentity

Settings = TypeVar("Settings")

MAX_BYTES = 16 * 1024

_FORMAT = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
# What decides whether a result is made, what is measured of it and where its receipt goes, not what it looks
# like; and the levels of damage to choose among, which follow from the model.
_WITHOUT_EFFECT = frozenset({"overwrite", "skip_existing", "max_megapixels", "receipt", "denoise_levels"})
_MOST_TOLD = 3


@dataclass(frozen=True)
class Receipt:
    """What one result was made from.

    Attributes:
        source: sha256 of the bytes that were decoded, in hexadecimal.
        model: The name of the model; see `ModelIdentity`.
        model_sha256: Of its file or files.
        options: Those of `load_upscaler` that change pixels.
        denoise: The level of damage that was cleaned, be it asked for or chosen.
        settings: Every setting of the run that changes the file, as JSON values; see `effective_settings`.
        version: Of waifu4x.
    """

    source: str
    model: str
    model_sha256: str
    options: Mapping[str, Any]
    denoise: int
    settings: Mapping[str, Any]
    version: str = VERSION

    @classmethod
    def of(cls, source: str, model: ModelIdentity, denoise: int, settings: RunSettings) -> Receipt:
        """The receipt of a result that this version makes.

        Args:
            source: sha256 of the bytes that are decoded.
            model: Which model enlarges.
            denoise: The level of damage that it cleans.
            settings: What holds for the batch.
        """
        chosen = effective_settings(settings)
        return cls(source, model.name, model.sha256, _plain(model.options), denoise, chosen)

    def text(self) -> str:
        """One line of ASCII JSON, the same for equal receipts."""
        return json.dumps(
            {
                "receipt": _FORMAT,
                "waifu4x": self.version,
                "source": self.source,
                "model": {"name": self.model, "sha256": self.model_sha256, "options": self.options},
                "denoise": self.denoise,
                "settings": self.settings,
            },
            sort_keys=True,
        )

    @classmethod
    def parse(cls, text: str, where: str) -> Receipt:
        """Read a receipt from somewhere.

        Args:
            text: What should be one.
            where: The file it was found in, for messages.

        Raises:
            ReceiptError: It is none, or one of another format.
        """
        try:
            content = json.loads(text)
            found = content["receipt"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise _not_a_receipt(where, "something else") from None
        if found != _FORMAT:
            raise ReceiptError(
                f"This version knows receipts of format {_FORMAT}. Received: {where}, of format "
                f"{json.dumps(found)[:20]}. Update waifu4x, or enlarge the picture again with `overwrite`."
            )
        try:
            model = content["model"]
            receipt = cls(
                content["source"],
                model["name"],
                model["sha256"],
                model["options"],
                content["denoise"],
                content["settings"],
                content["waifu4x"],
            )
        except (TypeError, KeyError):
            raise _not_a_receipt(where, "one that lacks a part") from None
        receipt._check(where)
        return receipt

    def _check(self, where: str) -> None:
        texts = (self.source, self.model, self.model_sha256, self.version)
        good = (
            all(isinstance(text, str) for text in texts)
            and all(_SHA256.fullmatch(text) for text in (self.source, self.model_sha256))
            and isinstance(self.options, dict)
            and isinstance(self.settings, dict)
            and type(self.denoise) is int
            and 0 <= self.denoise <= 3
        )
        if not good:
            raise _not_a_receipt(where, "one with a part of another kind")


def effective_settings(settings: RunSettings) -> dict[str, Any]:
    """Every field of a run's settings that changes the file, as JSON values.

    A field is in it unless it is named as one without effect: a new option cannot be forgotten.
    """
    fields = dataclasses.asdict(settings)
    return _plain({name: value for name, value in fields.items() if name not in _WITHOUT_EFFECT})


def difference(old: Receipt, new: Receipt) -> str | None:
    """Why a result with the old receipt is not what the new one asks for; None when it is.

    An option that a receipt does not know counts as off in it: null, false, 0 or empty. The version of
    waifu4x alone is no difference.
    """
    chosen = [
        *_changes(old.settings, new.settings),
        *_changes(old.options, new.options),
    ]
    if chosen:
        more = f" and {len(chosen) - _MOST_TOLD} more" if len(chosen) > _MOST_TOLD else ""
        return f"the settings changed: {', '.join(chosen[:_MOST_TOLD])}{more}"
    if (old.model, old.model_sha256) != (new.model, new.model_sha256):
        return f"the model changed: {old.model[:40]} -> {new.model[:40]}"
    if old.source != new.source:
        return "the source changed"
    return None


def rebuilt(kind: type[Settings], values: Mapping[str, Any], where: str) -> Settings:
    """Settings of a dataclass from what `effective_settings` gave; fields left out have their defaults.

    Args:
        kind: The dataclass.
        values: JSON values from an untrusted place.
        where: The file they were found in, for messages.

    Raises:
        ReceiptError: An unknown field, or a value of another type.
        UsageError: A value that the dataclass itself refuses.
    """
    hints = typing.get_type_hints(kind)
    return kind(**checked(values, hints, where))


def checked(values: Mapping[str, Any], hints: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The values, tuples and dataclasses made of their JSON, each of the type that is hinted for its name.

    Raises:
        ReceiptError: A name without a hint, or a value of another type.
    """
    result = {}
    for name, value in values.items():
        try:
            result[name] = _typed(value, hints[name], where)
        except (KeyError, ValueError):
            raise ReceiptError(
                f"A receipt holds settings that this version knows. Received: {where} with "
                f"{json.dumps({name: value})[:60]}. Update waifu4x, or enlarge the picture again."
            ) from None
    return result


def _typed(value: Any, hint: Any, where: str) -> Any:
    origin, members = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        for member in members:
            try:
                return _typed(value, member, where)
            except ValueError:
                continue
    elif origin is typing.Literal:
        if any(type(value) is type(each) and value == each for each in members):
            return value
    elif origin is tuple:
        kinds = (members[0],) * len(value) if members[-1] is ... and isinstance(value, list) else members
        if isinstance(value, list) and len(value) == len(kinds):
            return tuple(_typed(one, kind, where) for one, kind in zip(value, kinds, strict=True))
    elif dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, dict):
            return rebuilt(hint, value, where)
    elif hint is float:
        if type(value) in (int, float) and math.isfinite(value):
            return value
    elif type(value) is hint:
        return value
    raise ValueError


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """What differs, flat: ``scale 4.0 -> 2.0``."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _changes(before, after)
        elif before != after and not (name not in old and not after):
            yield f"{name[:40]} {_shown(before)} -> {_shown(after)}"


def _shown(value: Any) -> str:
    return "none" if value is None else json.dumps(value).strip('"')[:40]


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives them back: lists for tuples."""
    return json.loads(json.dumps(dict(values)))


def _not_a_receipt(where: str, what: str) -> ReceiptError:
    return ReceiptError(
        f"A receipt is what waifu4x wrote with a result. Received: {where}, which holds {what}. "
        "Enlarge the picture again with `overwrite`."
    )
