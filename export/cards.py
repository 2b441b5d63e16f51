"""The card beside a network: read, checked, and written anew when a report is added."""

import json
import os
from pathlib import Path
from typing import Any

from waifu4x_tf.errors import ConfigError, ModelError
from waifu4x_tf.models.zoo import card_beside


def load_card(model: Path) -> dict[str, Any]:
    """The card beside a trained network: ``card.json``, or ``<stem>.json``.

    Raises:
        ModelError: None there, or not one of ours.
    """
    if path := card_beside(model):
        return _checked_card(path)
    raise ModelError(
        f"Export reads scale and receptive radius from the card beside the network. Received: {model} without"
        " card.json. Train it with train.pretrain, or write a card with name, scale and receptive_radius."
    )


def load_exported_card(path: Path) -> tuple[dict[str, Any], Path]:
    """A card that `export.tflite` wrote, and the file that the library runs by default.

    Raises:
        ConfigError: ``path`` is no such card.
    """
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        return card, path.with_name(card["engines"]["litert"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"Reports go into the card that export.tflite writes. Received: {path} ({error!r}). Export first."
        ) from error


def card_text(card: dict[str, Any]) -> str:
    """What stands in the file."""
    return json.dumps(card, indent=2, ensure_ascii=False) + "\n"


def replace_card(path: Path, card: dict[str, Any]) -> None:
    """Write a card completely or not at all."""
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(card_text(card), encoding="utf-8")
    os.replace(aside, path)


def _checked_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"A card is a JSON file. Received: {path}, {error}. Write it again.") from error
    missing = {"name", "scale", "receptive_radius"} - set(card if isinstance(card, dict) else ())
    if missing:
        raise ModelError(
            f"A card has name, scale and receptive_radius. Received: {path} without"
            f" {', '.join(sorted(missing))}. Add what is missing."
        )
    return card
