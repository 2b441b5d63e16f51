"""Upscaler: Picture -> Picture, and the loading of shipped and user-given models."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from waifu4x_tf.errors import CancelledError, ModelError, UsageError
from waifu4x_tf.imaging.alpha import bleed, enlarge_alpha
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.shrinking import shrink
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.inference.engines import BlendEngine, Engine, KerasEngine, LiteRTEngine
from waifu4x_tf.inference.tiling import TilePlan, cut, pad_edges, plan_tiles
from waifu4x_tf.models import zoo

Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]
T = TypeVar("T", Picture, Image.Image, np.ndarray)

DEFAULT_TILE_PX = 256
ENGINES = ("litert", "keras")


class Upscaler:
    """Enlarges pictures with one loaded model; reuse it, loading is the slow part.

    Args:
        engine: What runs the network.
        name: Of the model, for reports.
        scale: Enlargement factor.
        radius: Receptive radius in input pixels.
        tile_px: Largest edge of a tile's core; 0 = whole picture; None = chosen.
    """

    def __init__(
        self, engine: Engine, *, name: str, scale: int, radius: int, tile_px: int | None = None
    ) -> None:
        if tile_px is not None and tile_px < 0:
            raise UsageError(
                f"A tile is 1 px or more, or 0 for the whole picture. Received: {tile_px}. Use 256."
            )
        self.name = name
        self.scale = scale
        self.radius = radius
        self._engine = engine
        self._tile_px = DEFAULT_TILE_PX if tile_px is None else tile_px

    def plan(self, width: int, height: int) -> TilePlan:
        """How a picture of this size would be cut, and an estimate of the memory."""
        return plan_tiles(
            width,
            height,
            tile_px=self._tile_px,
            radius=self.radius,
            fixed_size=self._engine.fixed_size,
            bytes_per_tile_pixel=self._engine.bytes_per_pixel,
            result_bytes=2 * 3 * width * height * self.scale**2,
        )

    def upscale(
        self,
        x: T,
        *,
        target: Target | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> T:
        """Enlarge a picture.

        Args:
            x: A Picture, a PIL image, or a uint8 array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``.
            target: How large the result is to be; None is ``scale`` times larger.
            progress: Called with (done, total) in input pixels after each tile.
            cancel: Asked before each tile.

        Returns:
            The type it got. Grey stays grey, 1-bit alpha stays 1-bit.

        Raises:
            UsageError: Another type, or a float array.
            CancelledError: ``cancel`` returned True.
            ModelError: The network gave something that is no picture.
        """
        if isinstance(x, Picture):
            return self._upscale_to(x, target, progress, cancel)
        if isinstance(x, Image.Image):
            return self._upscale_to(Picture.from_pil(x), target, progress, cancel).to_pil()
        if isinstance(x, np.ndarray):
            channels = 1 if x.ndim == 2 else x.shape[2]
            picture = self._upscale_to(Picture.from_array(x), target, progress, cancel)
            return picture.to_array(channels=channels)
        raise UsageError(
            "upscale() takes a Picture, a PIL image or a uint8 array. Received: "
            f"{type(x).__name__}. Open files with waifu4x_tf.imaging.reading.read()."
        )

    def _upscale_to(
        self, picture: Picture, target: Target | None, progress: Progress | None, cancel: Cancel | None
    ) -> Picture:
        enlarged = self._upscale_picture(picture, progress, cancel)
        if target is None:
            return enlarged
        width, height = target.result_size(picture.width, picture.height)
        return shrink(enlarged, (height, width))

    def _upscale_picture(self, picture: Picture, progress: Progress | None, cancel: Cancel | None) -> Picture:
        passes = sum(1 if frame.alpha is None else 2 for frame in picture.frames)
        meter = _Meter(progress, cancel, passes * picture.width * picture.height)
        frames = tuple(self._upscale_frame(frame, picture.is_grey, meter) for frame in picture.frames)
        return dataclasses.replace(picture, frames=frames)

    def _upscale_frame(self, frame: Frame, is_grey: bool, meter: "_Meter") -> Frame:
        if frame.alpha is None:
            return Frame(self._enlarge(frame.rgb, is_grey, meter), None)
        rgb = self._enlarge(bleed(frame.rgb, frame.alpha), is_grey, meter)
        alpha = enlarge_alpha(frame.alpha, self.scale, lambda grey: self._enlarge(grey, True, meter))
        return Frame(rgb, alpha)

    def _enlarge(self, rgb: np.ndarray, is_grey: bool, meter: "_Meter") -> np.ndarray:
        """uint8 ``(H, W, 3)`` to uint8 ``(r * H, r * W, 3)``; each tile goes straight into the result."""
        height, width = rgb.shape[:2]
        plan = self.plan(width, height)
        padded = pad_edges(rgb, plan)
        result = np.empty((height * self.scale, width * self.scale, 3), np.uint8)
        for tile in plan.tiles():
            meter.check()
            large = self._engine.run(cut(padded, tile, self.radius))
            core = self._checked_core(large, tile.height, tile.width)
            if is_grey:
                core = np.repeat(_grey(core), 3, axis=2)
            place = result[tile.top * self.scale :, tile.left * self.scale :][
                : core.shape[0], : core.shape[1]
            ]
            place[...] = core[: place.shape[0], : place.shape[1]]
            meter.add(width * height / plan.tile_count)
        return result

    def _checked_core(self, large: np.ndarray, height: int, width: int) -> np.ndarray:
        """Cut the context off a network's answer, after checking it; floats are rounded, not truncated."""
        expected = (1, *((edge + 2 * self.radius) * self.scale for edge in (height, width)), 3)
        if large.shape != expected:
            raise ModelError(
                f"A network of scale {self.scale} gives {expected} here. Received: {large.shape} from"
                f" {self.name}. Its card or file is wrong; export it again."
            )
        edge = self.radius * self.scale
        core = large[0, edge : edge + height * self.scale, edge : edge + width * self.scale]
        if core.dtype == np.uint8:
            return core
        if not np.isfinite(core).all():
            raise ModelError(
                f"A network gives finite numbers. Received: NaN or infinity from {self.name}. Nothing was"
                " written; export the model again, or use the int8 file."
            )
        return np.rint(np.clip(core, 0, 1) * np.float32(255)).astype(np.uint8)


class _Meter:
    """Adds up pixels, reports them, and asks whether to stop."""

    def __init__(self, progress: Progress | None, cancel: Cancel | None, total_px: int) -> None:
        self._progress, self._cancel, self._total = progress, cancel, total_px
        self._done = 0.0

    def check(self) -> None:
        if self._cancel is not None and self._cancel():
            raise CancelledError("Upscaling was stopped by the caller. Nothing was written.")

    def add(self, pixels: float) -> None:
        self._done += pixels
        if self._progress is not None:
            self._progress(min(self._total, round(self._done)), self._total)


def load_upscaler(
    model: str = "compact",
    *,
    engine: str = "litert",
    threads: int | None = None,
    tile_px: int | None = None,
    strength: float = 0.0,
) -> Upscaler:
    """Load a shipped model by name, or a model file by path.

    Args:
        model: A shipped name, or the path of a ``.tflite`` (engine "litert") or ``.keras`` (engine "keras").
        engine: "litert" (CPU, int8 or float files) or "keras" (any Keras backend).
        threads: Of LiteRT; None = all usable cores.
        tile_px: Largest edge of a tile's core in input pixels; 0 = whole picture; None = chosen.
        strength: 0 = the model; 1 = its vivid sibling, trained with SRGAN's losses; between them both run and
            their pixels are blended in that ratio.

    Raises:
        UsageError: Unknown engine, threads below 1, a strength outside [0, 1].
        ModelError: Unknown model, one without a vivid sibling, a file that is no model, or one that disagrees
            with its card.
        MissingExtraError: The engine's packages are not installed.
    """
    if engine not in ENGINES:
        raise UsageError(
            f"An engine is one of {', '.join(ENGINES)}. Received: {engine!r}. Choose one of these."
        )
    if threads is not None and threads < 1:
        raise UsageError(f"threads is at least 1. Received: {threads}. Leave it out to use all cores.")
    if not 0 <= strength <= 1:
        raise UsageError(f"A strength is from 0, faithful, to 1, vivid. Received: {strength}. Use 0.5.")
    if strength in (0, 1):
        network = _load_network(zoo.vivid_model(model) if strength else model, engine, threads)
    else:
        faithful, vivid = (_load_network(name, engine, threads) for name in (model, zoo.vivid_model(model)))
        network = _Network(
            f"{model} at strength {strength:g}",
            BlendEngine(faithful.engine, vivid.engine, strength),
            faithful.scale,
            max(faithful.radius, vivid.radius),
        )
    return Upscaler(
        network.engine, name=network.name, scale=network.scale, radius=network.radius, tile_px=tile_px
    )


@dataclasses.dataclass(frozen=True)
class _Network:
    """A loaded network and what tiling needs to know of it."""

    name: str
    engine: Engine
    scale: int
    radius: int


def _load_network(model: str, engine: str, threads: int | None) -> _Network:
    path = _model_path(model, engine)
    content = path.read_bytes()
    card = _card_of(path, content)
    if engine == "litert":
        runner: Engine = LiteRTEngine(content, str(path), threads)
    else:
        runner = KerasEngine.load(path)
    if card is not None:
        scale, radius = int(card["scale"]), int(card["receptive_radius"])
    else:
        scale, radius = _measured_geometry(runner, path, content)
    return _Network(path.stem if path == Path(model) else model, runner, scale, radius)


def _model_path(model: str, engine: str) -> Path:
    suffix = ".tflite" if engine == "litert" else ".keras"
    path = Path(model)
    if path.suffix not in (".tflite", ".keras"):
        file_name = zoo.shipped_card(model)["engines"][engine]
        return zoo.WEIGHTS / file_name
    if path.suffix != suffix:
        raise UsageError(
            f"The engine {engine} takes a {suffix} file. Received: {model}."
            f" Use --engine {'keras' if engine == 'litert' else 'litert'}, or export it with export.tflite."
        )
    if not path.is_file():
        raise ModelError(f"A model is a shipped name or an existing file. Received: {model}. Check the path.")
    return path


def _card_of(path: Path, content: bytes) -> dict | None:
    """The card that names this file, from the JSON files beside it; its sha256 must be the file's."""
    for card_path in sorted(path.parent.glob("*.json")):
        try:
            card = json.loads(card_path.read_text(encoding="utf-8"))
            named = card["files"][path.name]["sha256"]
        except (ValueError, KeyError, TypeError, OSError):
            continue
        actual = hashlib.sha256(content).hexdigest()
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
        keras_radius(runner.model) if isinstance(runner, KerasEngine) else tflite_radius(content, str(path))
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


def _grey(rgb: np.ndarray) -> np.ndarray:
    """Rounded mean of the channels, uint8 ``(H, W, 1)``."""
    total = rgb.sum(axis=2, keepdims=True, dtype=np.uint16)
    return ((total + 1) // 3).astype(np.uint8)
