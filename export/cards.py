"""The card beside a network: read, checked, and written anew when a report is added."""

import json
from pathlib import Path
from typing import Any

from waifu4x_tf.errors import ModelError
from waifu4x_tf.imaging.atomic_files import replace_file
from waifu4x_tf.inference.networks import load_network
from waifu4x_tf.models.cards import ModelCard
from waifu4x_tf.models.zoo import card_beside


def load_card(model: Path) -> ModelCard:
    """The card beside a trained network: ``card.json``, or ``<stem>.json``.

    Without one, as of a network from a user's own script, scale and receptive radius are measured, and its
    name is the file's.

    Raises:
        ModelError: A card that is none; or a network without one that is no generator, or whose layers' reach
            is not known.
    """
    if path := card_beside(model):
        return ModelCard.read(path)
    network = load_network(str(model), "keras", None)
    return ModelCard.of(
        {"name": network.name, "scale": network.scale, "receptive_radius": network.radius}, model
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
    """Write a card in the place of an older one."""
    replace_file(path, card_text(card).encode())
