"""Receipts: what a result was made from, so that a later run knows whether it has to be made again.

A receipt names no file, folder or person. It comes from a file that anybody may have written: it is checked
like any input, and nothing in it is ever opened.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waifu4x_tf.config import Sha256, build, parse_json, shown
from waifu4x_tf.errors import ReceiptError
from waifu4x_tf.version import VERSION

if TYPE_CHECKING:
    from waifu4x_tf.batch.settings import RunSettings
    from waifu4x_tf.inference.identity import ModelIdentity

MAX_BYTES = 16 * 1024

_FORMAT = 1
# What decides whether a result is made, what is measured of it and where its receipt goes, not what it looks
# like.
_WITHOUT_EFFECT = frozenset({"overwrite", "skip_existing", "max_megapixels", "receipt"})
_MOST_TOLD = 3


@dataclass(frozen=True)
class Receipt:
    """What one result was made from.

    Attributes:
        source: sha256 of the bytes that were decoded, in hexadecimal.
        model: The name of the model; see `ModelIdentity`.
        model_sha256: Of its file or files.
        options: Those of `load_upscaler` that change pixels.
        settings: Every setting of the run that changes the file, as JSON values; see `effective_settings`.
        version: Of waifu4x.
    """

    source: str
    model: str
    model_sha256: str
    options: Mapping[str, Any]
    settings: Mapping[str, Any]
    version: str = VERSION

    @classmethod
    def of(cls, source: str, model: ModelIdentity, settings: RunSettings) -> Receipt:
        """The receipt of a result that this version makes.

        Args:
            source: sha256 of the bytes that are decoded.
            model: Which model enlarges.
            settings: What holds for the batch.
        """
        return cls(source, model.name, model.sha256, _plain(model.options), effective_settings(settings))

    def text(self) -> str:
        """One line of ASCII JSON, the same for equal receipts."""
        return json.dumps(
            {
                "receipt": _FORMAT,
                "waifu4x": self.version,
                "source": self.source,
                "model": {"name": self.model, "sha256": self.model_sha256, "options": self.options},
                "settings": self.settings,
            },
            sort_keys=True,
        )

    @classmethod
    def parse(cls, text: str | bytes, where: str) -> Receipt:
        """Read a receipt from somewhere.

        Args:
            text: What should be one.
            where: The file it was found in, for messages.

        Raises:
            ReceiptError: It is none, or one of another format.
        """
        content = parse_json(text, where, error=ReceiptError)
        if not isinstance(content, dict) or "receipt" not in content:
            raise ReceiptError(
                f"A receipt is what waifu4x wrote with a result. Received: {where}, which holds something"
                " else. Enlarge the picture again with `overwrite`."
            )
        found = content.pop("receipt")
        if type(found) is not int or found != _FORMAT:
            raise ReceiptError(
                f"This version knows receipts of format {_FORMAT}. Received: {where}, of format "
                f"{shown(found)}. Update waifu4x, or enlarge the picture again with `overwrite`."
            )
        said = build(_Stored, content, where, error=ReceiptError, is_open=True)
        model = said.model
        return cls(said.source, model.name, model.sha256, model.options, said.settings, said.waifu4x)


@dataclass(frozen=True)
class _StoredModel:
    name: str
    sha256: Sha256
    options: dict[str, Any]


@dataclass(frozen=True)
class _Stored:
    """A receipt as it is laid out in its file, without the number of the format."""

    waifu4x: str
    source: Sha256
    model: _StoredModel
    settings: dict[str, Any]


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
    """Values as JSON gives them back: lists for tuples."""
    return json.loads(json.dumps(dict(values)))
