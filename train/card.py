"""The card of a model: how it was made, from what, and how well it does."""

import hashlib
import importlib.metadata
import json
import os
import platform
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras

from train.recipe import Recipe
from train.stages import with_run
from train.state import RunLog
from waifu4x_tf.config import read_json
from waifu4x_tf.data.degradations import CLEAN
from waifu4x_tf.data.sources import FolderScan, PictureFile
from waifu4x_tf.errors import ModelError
from waifu4x_tf.evaluation.scores import Scores
from waifu4x_tf.models.zoo import card_beside, receptive_radius


@dataclass(frozen=True)
class Origins:
    """Where the pictures came from: the folder's scan (None for drawn ones alone) and split; the weights.

    ``init`` is the network that the run starts from, None for fresh weights.
    """

    scan: FolderScan | None
    training: list[PictureFile]
    validation: list[PictureFile]
    init: Path | None = None

    @cached_property
    def init_sha256(self) -> str:
        """Of the network that the run starts from."""
        return hashlib.sha256(self.init.read_bytes()).hexdigest() if self.init else ""


def make_card(
    recipe: Recipe,
    steps: int,
    log: RunLog,
    score: Scores,
    bicubic: Scores,
    origins: Origins,
    field: Mapping[str, Scores],
    about: Mapping[str, Any],
) -> str:
    """The text of ``card.json``.

    ``steps`` is how far the run has come, ``field`` as of `field_scores`, ``about`` what else there is to say
    of the training.
    """
    beginning = _beginning(origins)
    card: dict[str, Any] = {
        "name": recipe.model.name,
        "scale": recipe.model.scale,
        "arguments": recipe.model.arguments,
        "receptive_radius": receptive_radius(recipe.model.name, recipe.model.arguments, recipe.model.scale),
        "input": "RGB, NHWC, float32 in [0, 1]",
        "output": "RGB, NHWC, float32 in [0, 1], height and width times scale",
        "licence": "Apache-2.0",
        "training": {
            "recipe": json.loads(recipe.as_json()),
            "steps": steps,
            "hours": round(log.seconds / 3600, 2),
            "machine": f"{os.cpu_count()} x {platform.machine()} CPU",
            "software": {
                "python": platform.python_version(),
                "keras": keras.__version__,
                keras.backend.backend(): importlib.metadata.version(keras.backend.backend()),
            },
            **beginning,
            "stages": with_run(
                recipe.name, steps, origins.init, beginning.get("init", {}).get("training", {})
            ),
            **about,
        },
        "data": {
            "pictures": _sources(origins.scan, origins.training),
            "drawn_pictures": recipe.data.drawn_pictures,
            "validation_pictures": [p.name for p in origins.validation],
            "skipped": [] if origins.scan is None else origins.scan.skipped,
        },
        "figures": {
            "validation": validation_figures(recipe, origins.validation, score, bicubic),
            "validation_field": {kind: round(each.psnr, 3) for kind, each in field.items()},
        },
    }
    return json.dumps(card, indent=2, ensure_ascii=False) + "\n"


def validation_figures(
    recipe: Recipe, files: list[PictureFile], score: Scores, bicubic: Scores
) -> dict[str, Any]:
    """What a card holds of a network's and of plain bicubic interpolation's scores in validation.

    Args:
        recipe: The network's.
        files: Pictures held out; none where it was drawings.
        score: The network's.
        bicubic: Of the same pictures.
    """
    what = "pictures" if files else "drawings"
    return {
        "what": f"whole validation {what}, {_damage(recipe)}, Y, border = scale, float32",
        "psnr": round(score.psnr, 3),
        "ssim": round(score.ssim, 4),
        "bicubic_psnr": round(bicubic.psnr, 3),
        "bicubic_ssim": round(bicubic.ssim, 4),
    }


def _damage(recipe: Recipe) -> str:
    plainly = f"x{recipe.model.scale} antialiased bicubic"
    return plainly if recipe.data.degradation == CLEAN else "shrunk and damaged as the recipe says"


def _beginning(origins: Origins) -> dict[str, Any]:
    """The training of the network that the run starts from, as its own card tells it."""
    if origins.init is None:
        return {}
    card = card_beside(origins.init)
    told = read_json(card, error=ModelError).get("training", {}) if card else {}
    return {"init": {"file": origins.init.name, "sha256": origins.init_sha256, "training": told}}


def _sources(scan: FolderScan | None, pictures: list[PictureFile]) -> list[dict[str, Any]]:
    """Pictures grouped by source, licence and attribution, as the manifest names them."""
    if scan is None:
        return []
    groups: dict[tuple[str, str, str], int] = defaultdict(int)
    for picture in pictures:
        row = scan.manifest.get(picture.name, {})
        groups[row.get("repo", "not named"), row.get("licence", "not named"), row.get("attribution", "")] += 1
    return [
        {"source": source, "licence": licence, "attribution": attribution, "pictures": count}
        for (source, licence, attribution), count in sorted(groups.items())
    ]
