"""The stages of a training, each by its recipe: what cards hold as ``training.stages``.

A run's is ``{"recipe": "compact_2_all", "steps": 46000, "init": "compact_1_warmup"}``, where ``init`` is the
recipe of the network that it started from, else that one's file, or null for fresh weights. A mean's is
``{"recipe": null, "mean_of": [..., ...], "share": 0.5}``, named likewise.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waifu4x_tf.config import build
from waifu4x_tf.errors import ModelError
from waifu4x_tf.models.cards import CardTraining


def with_run(recipe: str, steps: int, init: Path | None, training: Any) -> list[dict[str, Any]]:
    """The stages up to a run.

    Args:
        recipe: The run's.
        steps: How far it has come.
        init: The network that it started from, None for fresh weights.
        training: What that one's card says of its training.

    Raises:
        ModelError: The stages of that card are none.
    """
    if init is None:
        return [{"recipe": recipe, "steps": steps, "init": None}]
    earlier = _stages(training, init)
    return [*earlier, {"recipe": recipe, "steps": steps, "init": _name(earlier, init)}]


def with_mean(files: tuple[Path, Path], trainings: tuple[Any, Any], share: float) -> list[dict[str, Any]]:
    """The stages up to a mean of two networks: the first one's, what the second one has besides, the mean.

    Args:
        files: The networks.
        trainings: What their cards say of their trainings.
        share: Of the second one's weights.

    Raises:
        ModelError: The stages of a card are none.
    """
    first, second = map(_stages, trainings, files)
    names = [_name(stages, file) for stages, file in zip((first, second), files, strict=True)]
    besides = [stage for stage in second if stage not in first]
    return [*first, *besides, {"recipe": None, "mean_of": names, "share": share}]


@dataclass(frozen=True)
class _Card:
    training: CardTraining


def _stages(training: Any, network: Path) -> list[dict[str, Any]]:
    where = f"the card of {network}"
    card = build(_Card, {"training": training}, where, error=ModelError, is_open=True)
    return list(card.training.stages)


def _name(stages: list[dict[str, Any]], network: Path) -> str:
    """What later stages call a network: the recipe of its last stage, else its file."""
    return (stages[-1].get("recipe") if stages else None) or network.name
