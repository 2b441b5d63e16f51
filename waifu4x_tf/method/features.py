"""What the layers of the default generator see: feature maps of its .tflite file, without TensorFlow."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.engines import interpreter_class
from waifu4x_tf.models import zoo

LIVELIEST = 8
# Two inks on light paper; at the ends of the scale they are equally dark.
_BLUE, _PAPER, _RED = (
    np.array(colour, np.float32) for colour in ((38, 84, 190), (244, 244, 244), (190, 32, 48))
)


def layer_outputs(picture: np.ndarray, model: Path | None = None) -> dict[str, np.ndarray]:
    """What a residual generator's trunk holds after its first layer and after each of its blocks.

    Args:
        picture: uint8 ``(H, W, 3)``.
        model: A ``.tflite`` with float32 input; default: the shipped `compact` with float16 weights.

    Returns:
        "head", "block1_add", ... as Keras calls these layers -> float32 ``(H, W, C)``. Every inner tensor is
        held in memory at once, about 6 kB for each pixel of `compact`.

    Raises:
        ModelError: The file is none, or its graph is no chain of residual blocks.
        MissingExtraError: LiteRT is not installed.
    """
    path = model or _shipped_float16()
    content = _content(path)
    interpreter = _interpreter(content, path)
    entrance = interpreter.get_input_details()[0]
    if entrance["dtype"] != np.float32:
        raise ModelError(
            f"Feature maps are read from a model that takes float32. Received: {path}, which takes"
            f" {entrance['dtype'].__name__}. Give its float16 or float32 file."
        )
    tensors = trunk_tensors(content, str(path))
    interpreter.resize_tensor_input(entrance["index"], [1, *picture.shape])
    interpreter.allocate_tensors()
    interpreter.set_tensor(entrance["index"], picture[None].astype(np.float32) / np.float32(255))
    interpreter.invoke()
    return {name: interpreter.get_tensor(index)[0] for name, index in tensors.items()}


def trunk_tensors(content: bytes, source: str) -> dict[str, int]:
    """The tensors that carry the trunk, found by what reads and writes them, never by their names or numbers.

    The first layer is the convolution of the picture that another convolution reads (the bilinear enlargement
    is only added). A block ends with a sum of the trunk and something else, which is the trunk from there on.

    Args:
        content: Of a ``.tflite`` file.
        source: Its name, for messages.

    Returns:
        "head", "block1_add", ... -> index of the tensor, in the order of the graph.

    Raises:
        ModelError: The graph is no such chain.
    """
    from waifu4x_tf.inference.graph import operator_kinds, parse_tflite

    parsed = parse_tflite(content)
    graph = parsed.subgraphs[0]
    steps = [
        (kind, {int(tensor) for tensor in operator.inputs}, int(operator.outputs[0]))
        for kind, operator in zip(operator_kinds(parsed), graph.operators, strict=True)
    ]
    convolutions = [(read, written) for kind, read, written in steps if kind == "CONV_2D"]
    picture = int(graph.inputs[0])
    heads = [
        written
        for read, written in convolutions
        if picture in read and any(written in others for others, _ in convolutions)
    ]
    tensors = {"head": heads[0]} if len(heads) == 1 else {}
    trunk = tensors.get("head")
    while trunk is not None:
        sums = (written for kind, read, written in steps if kind == "ADD" and trunk in read)
        trunk = next(sums, None)
        if trunk is not None:
            tensors[f"block{len(tensors)}_add"] = trunk
    if len(tensors) < 2:
        raise ModelError(
            "Feature maps are read from a first convolution and a chain of residual blocks. Received:"
            f" {source}, whose graph is another. Use a model of the family compact."
        )
    return tensors


def liveliest(features: np.ndarray, count: int = LIVELIEST) -> list[int]:
    """The channels of ``(H, W, C)`` that vary most over the picture, in their own order."""
    return sorted(int(index) for index in np.argsort(features.std(axis=(0, 1)))[::-1][:count])


def signed_colours(values: np.ndarray, most: float | None = None) -> np.ndarray:
    """Numbers as colours: blue below zero, light at zero, red above.

    Args:
        values: float ``(H, W)``.
        most: What is as red as can be, and as blue on the other side; default: the largest absolute value.

    Returns:
        uint8 ``(H, W, 3)``.
    """
    most = float(np.abs(values).max()) if most is None else most
    share = np.clip(values / (most or 1.0), -1, 1)[..., None]
    ink = np.where(share < 0, _BLUE, _RED)
    return np.rint(_PAPER + (ink - _PAPER) * np.abs(share)).astype(np.uint8)


def _shipped_float16() -> Path:
    names = zoo.shipped_card("compact").files
    return zoo.WEIGHTS / next(name for name in names if "float16" in name)


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise ModelError(f"A model is an existing file. Received: {path}. Check the path.")
    return path.read_bytes()


def _interpreter(content: bytes, path: Path) -> Any:
    make = interpreter_class()
    with warnings.catch_warnings():
        # That keeping every tensor takes memory is known here, and is what is wanted.
        warnings.filterwarnings("ignore", message=".*experimental_preserve_all_tensors", category=UserWarning)
        try:
            return make(model_content=content, experimental_preserve_all_tensors=True)
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"A model for LiteRT is a readable .tflite file. Received: {path}. Export it again."
            ) from error
