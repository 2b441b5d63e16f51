"""Which pictures export calibrates with, and which it judges with: never the same ones."""

from pathlib import Path

import numpy as np

from waifu4x_tf.config import build
from waifu4x_tf.data.degradations import Degradation
from waifu4x_tf.data.procedural import draw
from waifu4x_tf.data.sources import VALIDATION_SEED, drawn_pictures, folder_pictures, scan_folder
from waifu4x_tf.errors import ConfigError, ModelError
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.models.cards import ModelCard

_CALIBRATION_SEED = 2_000_003
_GOLDEN_SEED = 3_000_017
_SMALLEST_SIDE_PX = 256


def training_degradation(card: ModelCard) -> Degradation:
    """What made the small pictures of the network's training; plain bicubic where the card is silent.

    Raises:
        ModelError: It says something that is none.
    """
    where = f"the card of {card.name}: degradation"
    return build(Degradation, card.training.recipe.data.degradation, where, error=ModelError, is_open=True)


def calibration_pictures(folder: Path | None, card: ModelCard, count: int = 64) -> list[np.ndarray]:
    """Large pictures to calibrate with: the folder's, less those the card keeps for validation; or drawn."""
    if folder is None:
        return list(drawn_pictures(27, seed=_CALIBRATION_SEED))
    held_out = set(card.data.validation_pictures)
    files = [
        p for p in scan_folder(folder, smallest_side=_SMALLEST_SIDE_PX).pictures if p.name not in held_out
    ]
    if not files:
        raise ConfigError(
            f"Calibration needs pictures that are not kept for validation. Received: {folder} with none."
            " Give another folder."
        )
    step = max(1, len(files) // count)
    return list(folder_pictures(files[::step][:count]))


def validation_pictures(folder: Path | None, card: ModelCard) -> list[np.ndarray]:
    """Pictures to validate with: those of the folder that the card held out, else all; or drawn."""
    if folder is None:
        return list(drawn_pictures(9, seed=VALIDATION_SEED))
    files = scan_folder(folder, smallest_side=64).pictures
    held_out = set(card.data.validation_pictures)
    return list(folder_pictures([p for p in files if p.name in held_out] or files))


def golden_pictures(scale: int) -> dict[str, np.ndarray]:
    """Small drawings whose outputs come with an export: uint8 ``(H, W, 3)`` by name, of odd sizes."""
    sizes = {"face": (96, 80), "manga": (61, 47), "hair": (150, 37)}
    pictures = {}
    for kind, (width, height) in sizes.items():
        large = draw(kind, seed=_GOLDEN_SEED, width=width * scale, height=height * scale)
        pictures[kind] = resize(large, (height, width), "bicubic")
    return pictures


def as_batch(picture: np.ndarray) -> np.ndarray:
    """A uint8 ``(H, W, 3)`` picture as a network takes it: float32 ``(1, H, W, 3)`` in [0, 1]."""
    return picture[None].astype(np.float32) / np.float32(255)
