"""Networks from their files: shipped ones by name, others by path, held to the card beside them."""

import dataclasses
import hashlib
from functools import partial
from pathlib import Path

import numpy as np

from waifu4x_tf.config import read_json
from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.inference.engines import Engine, KerasEngine, LiteRTEngine, TwinEngine
from waifu4x_tf.inference.options import is_file_name
from waifu4x_tf.models import zoo
from waifu4x_tf.models.cards import ModelCard

# What a .tflite can hold: the offsets of a FlatBuffer have 31 bits.
MOST_MODEL_BYTES = 2**31


@dataclasses.dataclass(frozen=True)
class Network:
    """A loaded network and what tiling needs to know of it.

    Attributes:
        name: For reports.
        engine: What runs it.
        scale: Its factor.
        radius: Receptive radius in input pixels.
    """

    name: str
    engine: Engine
    scale: int
    radius: int


def load_network(model: str, engine: str, threads: int | None) -> Network:
    """A shipped model by name or a model file by path; arguments and errors as of `load_upscaler`."""
    path, *twins = model_files(model, engine)
    content = path.read_bytes()
    card = _card_of(path, content)
    if engine == "litert":
        runner: Engine = LiteRTEngine(content, str(path), threads)
        for twin in twins:
            runner = TwinEngine(runner, partial(_load_twin, twin, threads))
    else:
        runner = KerasEngine.load(path)
    if card is not None:
        scale, radius = card.scale, card.receptive_radius
    else:
        scale, radius = _measured_geometry(runner, path, content)
    return Network(path.stem if path == Path(model) else model, runner, scale, radius)


def _load_twin(path: Path, threads: int | None) -> Engine:
    content = path.read_bytes()
    _card_of(path, content)
    return LiteRTEngine(content, str(path), threads)


def model_files(model: str, engine: str) -> list[Path]:
    """The file that a model is loaded from; of a shipped one then its twin for pictures of 16 bits, if any.

    Raises:
        UsageError: A file of the other engine.
        ModelError: An unknown name, no such file, or one of more than `MOST_MODEL_BYTES`.
    """
    suffix = ".tflite" if engine == "litert" else ".keras"
    path = Path(model)
    if not is_file_name(model):
        engines = zoo.shipped_card(model).engines
        if engine not in engines:
            raise ModelError(
                f"The card of a shipped model names a file for each engine. Received: {model}.json, whose"
                f" engines are without {engine}. Reinstall the package."
            )
        twin = zoo.float_weights(model) if engine == "litert" else None
        return [zoo.WEIGHTS / engines[engine], *([twin] if twin else [])]
    if path.suffix != suffix:
        raise UsageError(
            f"The engine {engine} takes a {suffix} file. Received: {model}."
            f" Use `engine={'keras' if engine == 'litert' else 'litert'!r}`, or export it with export.tflite."
        )
    if not path.is_file():
        raise ModelError(zoo.not_usable(model))
    if (size := path.stat().st_size) > MOST_MODEL_BYTES:
        raise ModelError(
            f"A model file has at most {MOST_MODEL_BYTES // 2**30} GiB. Received: {model} of"
            f" {size / 2**30:.1f} GiB. Use a smaller network."
        )
    return [path]


def _card_of(path: Path, content: bytes) -> ModelCard | None:
    """The card that names this file, from the JSON files beside it; its sha256 must be the file's.

    Other JSON may lie there, which is none of ours; a file with a card's name has to be a card.
    """
    for card_path in sorted(path.parent.glob("*.json")):
        has_its_name = card_path.stem in ("card", path.stem) or path.stem.startswith(f"{card_path.stem}_")
        try:
            document = read_json(card_path, error=ModelError)
        except ModelError:
            if has_its_name:
                raise
            continue
        files = document.get("files", {})
        if not (path.name in files if isinstance(files, dict) else has_its_name):
            continue
        card = ModelCard.of(document, card_path)
        actual = hashlib.sha256(content).hexdigest()
        named = card.files[path.name].sha256
        if named != actual:
            raise ModelError(
                f"A model file is the one its card names. Received: {path} with sha256 {actual[:12]}…, but"
                f" {card_path.name} says {named[:12]}…."
                " Reinstall the package, or remove the card of another file."
            )
        return card
    return None


def _measured_geometry(runner: Engine, path: Path, content: bytes) -> tuple[int, int]:
    """Scale and receptive radius of a model without a card, from its graph."""
    from waifu4x_tf.inference.graph import keras_radius, tflite_radius

    radius = (
        keras_radius(runner.model, str(path))
        if isinstance(runner, KerasEngine)
        else tflite_radius(content, str(path))
    )
    edges = runner.fixed_size or (max(16, 2 * radius + 1),) * 2
    large = runner.run(np.zeros((1, *edges, 3), np.uint8))
    scale, rest = divmod(large.shape[1], edges[0])
    if rest or scale < 1 or large.shape != (1, edges[0] * scale, edges[1] * scale, 3):
        raise ModelError(
            f"A generator enlarges both sides by one whole factor. Received: {path}, {edges} to"
            f" {large.shape}. Use an upscaling network."
        )
    return scale, radius
