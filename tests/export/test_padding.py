"""A file that pads inside: a bare call on a whole picture gives what the library gives."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from export_files import rewritten

from export.padding import pad_inside
from export.rewrite import take_int8
from export.tflite import convert
from export.tflite_graph import TfliteGraph
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.inference.loading import load_upscaler

RADIUS, SCALE = 6, 4
SIZES = [(1, 1), (2, 1), (1, 9), (7, 5), (16, 16), (37, 29)]


def padded(content: bytes, *before) -> bytes:
    return rewritten(content, *before, lambda graph: pad_inside(graph, RADIUS, SCALE))


def bare(content: bytes, picture: np.ndarray) -> np.ndarray:
    """What an app does that knows nothing of tiles: resize the input, set it, run, read the output."""
    interpreter = Interpreter(model_content=content)
    (source,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(source["index"], [1, *picture.shape], strict=True)
    interpreter.allocate_tensors()
    interpreter.set_tensor(source["index"], picture[None])
    interpreter.invoke()
    return interpreter.get_tensor(result["index"])[0]


def coloured(width: int, height: int) -> np.ndarray:
    """A drawing that is not grey, for of grey ones the library takes the mean of the channels."""
    picture = draw_rgb(0, seed=11, width=max(16, width), height=max(16, height))[:height, :width].copy()
    picture[0, 0] = (10, 200, 90)
    return picture


@pytest.fixture(scope="module")
def files(tiny_models):
    return {name: padded((tiny_models / f"tiny_{name}.tflite").read_bytes()) for name in ("int8", "float32")}


@pytest.mark.parametrize("size", SIZES)
def test_an_int8_file_gives_the_librarys_bytes(files, tiny_models, size):
    picture = coloured(*size)
    expected = load_upscaler(str(tiny_models / "tiny_int8.tflite"), raw=True).upscale(picture)
    assert np.count_nonzero(bare(files["int8"], picture) != expected) == 0


@pytest.mark.parametrize("size", SIZES)
def test_a_float_file_gives_the_librarys_levels(files, tiny_models, size):
    picture = coloured(*size)
    expected = load_upscaler(str(tiny_models / "tiny_float32.tflite"), raw=True).upscale(picture)
    output = bare(files["float32"], picture.astype(np.float32) / np.float32(255))
    assert np.abs(output * 255 - expected).max() <= 0.51


def test_a_network_of_bilinear_interpolation_leaves_a_flat_field_flat_to_its_rim(bilinear):
    content = convert(bilinear, "float32")
    blue = np.broadcast_to(np.float32([0.1, 0.2, 0.9]), (9, 8, 3))
    at_rim = np.abs(bare(content, blue) - [0.1, 0.2, 0.9])[[0, -1]].max()
    assert at_rim > 0.1  # it sees zeros beyond the border
    np.testing.assert_allclose(
        bare(padded(content), blue), np.broadcast_to([0.1, 0.2, 0.9], (36, 32, 3)), atol=1e-5
    )


def test_int8_input_and_output_pad_the_same(files, tiny_models):
    content = padded((tiny_models / "tiny_int8.tflite").read_bytes(), take_int8)
    picture = coloured(13, 10)
    output = bare(content, (picture ^ 128).view(np.int8))
    assert (output.view(np.uint8) ^ 128 == bare(files["int8"], picture)).all()


@pytest.mark.parametrize("name", ["int8", "float32"])
def test_only_input_and_output_have_unknown_sides(files, name):
    """A tensor of unknown sides in the middle would keep XNNPACK, and its speed, from the network."""
    graph = TfliteGraph(files[name])
    made = [operator.outputs[0] for operator, kind in graph.operators if kind in ("GATHER", "CONCATENATION")]
    assert len(made) == 6
    assert all(graph.tensor(index).shapeSignature is None for index in made)
    for index in (graph.source, graph.result):
        assert list(graph.tensor(index).shapeSignature[1:]) == [-1, -1, 3]
