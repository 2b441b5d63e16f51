"""The card beside a network: read, checked, and written anew when a report is added."""

import json
import os
from pathlib import Path
from typing import Any

from waifu4x_tf.errors import ModelError
from waifu4x_tf.models.cards import ModelCard
from waifu4x_tf.models.zoo import card_beside


def load_card(model: Path) -> ModelCard:
    """The card beside a trained network: ``card.json``, or ``<stem>.json``.

    Raises:
        ModelError: None there, or not one of ours.
    """
    if path := card_beside(model):
        return ModelCard.read(path)
    raise ModelError(
        f"Export reads scale and receptive radius from the card beside the network. Received: {model} without"
        " card.json. Train it with train.pretrain, or write a card with name, scale and receptive_radius."
    )


def load_exported_card(path: Path) -> tuple[ModelCard, Path]:
    """A card that `export.tflite` wrote, and the file that the library runs by default.

    Raises:
        ModelError: ``path`` is no such card.
    """
    card = ModelCard.read(path) if path.is_file() else None
    if card is None or "litert" not in card.engines:
        raise ModelError(
            f"Reports go into the card that export.tflite writes. Received: {path}, where no engines with"
            " litert are named. Export first."
        )
    return card, path.with_name(card.engines["litert"])


def card_text(card: dict[str, Any]) -> str:
    """What stands in the file."""
    return json.dumps(card, indent=2, ensure_ascii=False) + "\n"


def replace_card(path: Path, card: dict[str, Any]) -> None:
    """Write a card completely or not at all."""
    replace_text(path, card_text(card))


def replace_text(path: Path, text: str) -> None:
    """Write a text file completely or not at all."""
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)
