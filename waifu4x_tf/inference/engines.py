"""What runs a network: one Protocol, two engines. LiteRT is the default; Keras takes any .keras and a GPU."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from waifu4x_tf.errors import MissingExtraError, ModelError
from waifu4x_tf.inference.native_log import first_delegate_hidden


class Engine(Protocol):
    """Runs one tile.

    Attributes:
        name: "litert" or "keras".
        fixed_size: ``(height, width)`` when the model takes no other, else None.
        bytes_per_pixel: Estimate of the working memory per tile pixel.
    """

    name: str
    fixed_size: tuple[int, int] | None
    bytes_per_pixel: int

    def run(self, tile: np.ndarray) -> np.ndarray:
        """One tile, ``(1, H, W, 3)``, to ``(1, r * H, r * W, 3)``.

        Args:
            tile: uint8, or float32 in [0, 1] for a picture of more than 8 bits per channel.

        Returns:
            float32 in about [0, 1], not yet rounded; for a uint8 tile also uint8.

        Raises:
            ModelError: The network fails, or takes 8 bits alone.
        """
        ...


class LiteRTEngine:
    """A .tflite on the CPU; uint8 or float32 edges, dynamic or fixed height and width.

    Args:
        content: The file's bytes.
        source: Its name, for messages.
        threads: Of the interpreter; None = all cores this process may use.

    Raises:
        ModelError: Not a .tflite, or not one picture in and one picture out.
    """

    name = "litert"

    def __init__(self, content: bytes, source: str, threads: int | None = None) -> None:
        make = interpreter_class()
        try:
            self._interpreter = make(model_content=content, num_threads=threads or usable_cores())
            inputs = self._interpreter.get_input_details()
            outputs = self._interpreter.get_output_details()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"A model for LiteRT is a readable .tflite file. Received: {source}: {first_line(error)}."
                " Export it again."
            ) from error
        self._source = source
        self._check_edges(inputs, outputs)
        self._input, self._output = inputs[0], outputs[0]
        signature = [int(edge) for edge in self._input["shape_signature"]]
        self.fixed_size = None if -1 in signature[1:3] else (signature[1], signature[2])
        self._float = self._input["dtype"] == np.float32
        # Measured with 12 convolutions of 64 channels; most of it is XNNPACK's pointers for each of them.
        self.bytes_per_pixel = 2600 if self._float else 1400
        self._shape: tuple[int, ...] | None = None

    def run(self, tile: np.ndarray) -> np.ndarray:
        """See `Engine.run`."""
        if tile.dtype != np.uint8 and not self._float:
            raise ModelError(
                "More than 8 bits per channel need a network that computes in floats."
                f" Received: {self._source}, which computes with 8 bits."
                " Use `bits=8`, this model's float .tflite, or its .keras with `engine='keras'`."
            )
        try:
            if tile.shape != self._shape:
                self._shape = None
                self._interpreter.resize_tensor_input(self._input["index"], list(tile.shape), strict=True)
                self._interpreter.allocate_tensors()
                self._shape = tile.shape
            self._interpreter.set_tensor(self._input["index"], _in_floats(tile) if self._float else tile)
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._output["index"])
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"The model runs on a tile of {tile.shape[1]}x{tile.shape[2]} px. Received from"
                f" {self._source}: {first_line(error)}. Try a smaller `tile_px`."
            ) from error

    def _check_edges(self, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]) -> None:
        edges = [*inputs, *outputs]
        good = (
            len(inputs) == len(outputs) == 1
            and all(len(e["shape"]) == 4 and e["shape"][3] == 3 for e in edges)
            and all(e["dtype"] in (np.uint8, np.float32) for e in edges)
            and inputs[0]["dtype"] == outputs[0]["dtype"]
        )
        if not good:
            received = [(e["name"], list(map(int, e["shape_signature"])), e["dtype"].__name__) for e in edges]
            raise ModelError(
                "A model takes and gives one RGB picture (1, H, W, 3), both uint8 or both float32."
                f" Received: {self._source} with {received}. Export it with export.tflite."
            )
        for edge in edges:
            zero_point = edge["quantization"][1]
            if edge["dtype"] == np.uint8 and (
                abs(edge["quantization"][0] * 255 - 1) > 1e-3 or zero_point != 0
            ):
                raise ModelError(
                    "A uint8 model's values are pixels: scale 1/255, zero point 0. Received:"
                    f" {self._source} with {edge['quantization']}."
                    " Calibrate it with black and white pictures."
                )


class KerasEngine:
    """A network on any Keras backend; for GPUs and for models that were not exported.

    Args:
        model: A float32 generator, as `waifu4x_tf.models.zoo.build_generator` gives.
    """

    name = "keras"
    bytes_per_pixel = 2800

    def __init__(self, model: Any) -> None:
        self.model = model
        height, width = model.inputs[0].shape[1:3]
        self.fixed_size = None if None in (height, width) else (height, width)

    @classmethod
    def load(cls, path: Path) -> "KerasEngine":
        """The network of a ``.keras`` file.

        Raises:
            MissingExtraError: Keras or its backend is not installed.
            ModelError: The file cannot be loaded, or holds another kind of network.
        """
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        try:
            import keras
        except ImportError as error:
            raise MissingExtraError("The Keras engine", "train") from error
        try:
            model: Any = keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # Keras raises whatever its layers trip over
            raise ModelError(
                "A model for the Keras engine is a readable .keras file of Keras' own layers. Received:"
                f" {path}: {first_line(error)}. Train or save it again."
            ) from error
        edges = [*_edges(model, "inputs"), *_edges(model, "outputs")]
        if len(edges) != 2 or any(len(shape) != 4 or shape[3] != 3 for shape in edges):
            raise ModelError(
                "A model takes and gives one RGB picture, (None, None, None, 3). Received:"
                f" {path} with inputs {_edges(model, 'inputs')} and outputs {_edges(model, 'outputs')}."
                " Use an upscaling network."
            )
        return cls(model)

    def run(self, tile: np.ndarray) -> np.ndarray:
        """See `Engine.run`."""
        try:
            return np.asarray(self.model(_in_floats(tile), training=False))
        except Exception as error:  # of any backend and layer
            raise ModelError(
                f"The model runs on a tile of {tile.shape[1]}x{tile.shape[2]} px. Received from"
                f" {self.model.name}: {first_line(error)}. Try a smaller `tile_px`."
            ) from error


def _edges(model: Any, side: str) -> list[tuple[int | None, ...]]:
    """Shapes of a Keras model's inputs or outputs; none of one that is not built."""
    try:
        return [tuple(tensor.shape) for tensor in getattr(model, side) or ()]
    except (AttributeError, ValueError):
        return []


class TwinEngine:
    """A network that computes with 8 bits, and the same one in floats for the tiles that have more.

    Args:
        engine: Runs uint8 tiles.
        load_twin: Gives what runs float32 tiles; called when the first of these comes.
    """

    def __init__(self, engine: Engine, load_twin: Callable[[], Engine]) -> None:
        self.name = engine.name
        self.fixed_size = engine.fixed_size
        self.bytes_per_pixel = engine.bytes_per_pixel
        self._engine, self._twin = engine, functools.cache(load_twin)

    def run(self, tile: np.ndarray) -> np.ndarray:
        """See `Engine.run`."""
        return (self._engine if tile.dtype == np.uint8 else self._twin()).run(tile)


class BlendEngine:
    """Two networks of one scale and their pixels blended: ``(1 - strength) * first + strength * second``.

    Args:
        first: Runs alone at strength 0.
        second: Runs alone at strength 1; it gives what the first gives, uint8 or float32.
        strength: In [0, 1]; of uint8 pixels in steps of 1/256.
    """

    def __init__(self, first: Engine, second: Engine, strength: float) -> None:
        self.name = first.name
        self.fixed_size = first.fixed_size
        self.bytes_per_pixel = first.bytes_per_pixel + second.bytes_per_pixel
        self._first, self._second, self._strength = first, second, strength

    def run(self, tile: np.ndarray) -> np.ndarray:
        """See `Engine.run`."""
        first, second = self._first.run(tile), self._second.run(tile)
        if first.dtype != np.uint8:
            return first + np.float32(self._strength) * (second - first)
        share = round(256 * self._strength)  # In 16 bits this is ten times faster than in floating point.
        mixed = np.multiply(first, 256 - share, dtype=np.uint16)
        mixed += np.multiply(second, share, dtype=np.uint16)
        mixed += 128
        mixed >>= 8
        return mixed.astype(np.uint8)


def _in_floats(tile: np.ndarray) -> np.ndarray:
    return tile.astype(np.float32) / np.float32(255) if tile.dtype == np.uint8 else tile


def usable_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


@functools.cache
def interpreter_class() -> Any:
    """LiteRT's interpreter, or TensorFlow's own where LiteRT has no wheel; silent about its delegate."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tensorflow.lite import Interpreter  # pyright: ignore
        except ImportError as error:
            raise MissingExtraError("Upscaling without ai-edge-litert", "train") from error

    class SilentInterpreter(Interpreter):  # pyright: ignore
        def allocate_tensors(self) -> Any:
            with first_delegate_hidden():
                return super().allocate_tensors()

    return SilentInterpreter


def first_line(error: Exception) -> str:
    """What an error of another library says, short enough for one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
