"""ModelCard: what the JSON file beside a network says of it, read into types."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from waifu4x_tf.config import Rule, Sha256, build, read_json
from waifu4x_tf.errors import ModelError

# Export makes files of these names, and engines are looked up by them: neither may lead to another folder.
FileName = Annotated[
    str, Rule("a file name without a folder", re.compile(r"(?!\.+$)[^/\\\x00-\x1f]{1,200}").fullmatch)
]


@dataclass(frozen=True)
class CardFile:
    """One file of the network."""

    sha256: Sha256


@dataclass(frozen=True)
class CardRecipeData:
    """How training made its small pictures; the fields of `waifu4x_tf.data.degradations.Degradation`."""

    degradation: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CardRecipe:
    """The part of a training recipe that is read again."""

    data: CardRecipeData = field(default_factory=CardRecipeData)


@dataclass(frozen=True)
class CardTraining:
    """The part of the training that is read again; ``stages`` as of `train.stages`."""

    recipe: CardRecipe = field(default_factory=CardRecipe)
    stages: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class CardData:
    """Which pictures were held out from training, by their names."""

    validation_pictures: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelCard:
    """What is read of a card; it may say more.

    Attributes:
        name: Of the network.
        scale: Its factor.
        receptive_radius: In input pixels; the upper bound keeps a forged one from asking for huge tiles.
        arguments: Of the network's builder.
        licence: Of the weights.
        files: By name.
        engines: The file that each engine loads by default.
        training: What of it is read again.
        data: What of it is read again.
        figures: What was measured, by the set's name.
        document: The whole JSON object, for what writes it anew.
    """

    name: FileName
    scale: Annotated[int, Rule("from 1 to 16", range(1, 17))]
    receptive_radius: Annotated[int, Rule("from 0 to 256", range(257))]
    arguments: dict[str, int] = field(default_factory=dict)
    licence: str = "not stated"
    files: dict[str, CardFile] = field(default_factory=dict)
    engines: dict[str, FileName] = field(default_factory=dict)
    training: CardTraining = field(default_factory=CardTraining)
    data: CardData = field(default_factory=CardData)
    figures: dict[str, Any] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """The card in a file.

        Raises:
            ModelError: It is none; the message names the file and the key.
        """
        return cls.of(read_json(path, error=ModelError), path)

    @classmethod
    def of(cls, document: Mapping[str, Any], path: Path) -> ModelCard:
        """The card that a JSON object is, which was read from a file; errors as of `read`."""
        said = {key: value for key, value in document.items() if key != "document"}
        card = build(cls, said, str(path), error=ModelError, is_open=True)
        return dataclasses.replace(card, document=document)
