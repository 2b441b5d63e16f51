"""What a .tflite says of itself, read back by the numbers of metadata_schema.fbs."""

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from flatbuffers.number_types import Float32Flags
from flatbuffers.table import Table

from export.metadata import describe, own_metadata, stored_metadata
from export.tflite_graph import TfliteGraph
from export.variants import Variant
from waifu4x_tf.inference.engines import LiteRTEngine


class Fields:
    """A table's fields by their numbers, as a reader generated from the schema finds them."""

    def __init__(self, content: bytes, at: int | None = None) -> None:
        start = flatbuffers.encode.Get(flatbuffers.packer.uoffset, content, 0) if at is None else at
        self.table = Table(bytearray(content), start)

    def _at(self, number: int) -> int:
        offset = self.table.Offset(4 + 2 * number)
        assert offset, f"field {number} is not there"
        return offset + self.table.Pos

    def text(self, number: int) -> str:
        """A string."""
        return self.table.String(self._at(number)).decode()

    def byte(self, number: int) -> int:
        """An enumeration or type of a union."""
        return self.table.Bytes[self._at(number)]

    def inner(self, number: int) -> "Fields":
        """A table."""
        return Fields(bytes(self.table.Bytes), self.table.Indirect(self._at(number)))

    def only(self, number: int) -> "Fields":
        """The one table of a vector."""
        offset = self._at(number) - self.table.Pos
        assert self.table.VectorLen(offset) == 1
        at = self.table.Indirect(self.table.Vector(offset))
        return Fields(bytes(self.table.Bytes), at)

    def only_float(self, number: int) -> float:
        """The one number of a vector."""
        offset = self._at(number) - self.table.Pos
        assert self.table.VectorLen(offset) == 1
        return self.table.Get(Float32Flags, self.table.Vector(offset))


@pytest.fixture(scope="module")
def content(tiny_models):
    return (tiny_models / "tiny_int8.tflite").read_bytes()


def described(content: bytes, variant: Variant) -> TfliteGraph:
    graph = TfliteGraph(content)
    describe(graph, {"name": "tïny", "licence": "Apache-2.0", **variant.description(4, 6)})
    return TfliteGraph(graph.packed())


def test_the_input_is_called_image_and_the_output_enlarged(content):
    named = described(content, Variant("int8", None)).packed()
    interpreter = Interpreter(model_content=named)
    assert interpreter.get_input_details()[0]["name"] == "image"
    assert interpreter.get_output_details()[0]["name"] == "enlarged"
    assert interpreter.get_signature_list() == {
        "serving_default": {"inputs": ["image"], "outputs": ["enlarged"]}
    }
    tile = np.random.default_rng(0).integers(0, 256, (1, 9, 7, 3), np.uint8)
    assert (LiteRTEngine(named, "named").run(tile) == LiteRTEngine(content, "plain").run(tile)).all()


@pytest.mark.parametrize(
    ("variant", "mean", "std", "low", "high"),
    [
        (Variant("int8", None), 0, 1, 0, 255),
        (Variant("float16", 128), 0, 255, 0, 1),
        (Variant("int8io", 128), 128, 1, -128, 127),
    ],
    ids=["uint8", "float32", "int8"],
)
def test_readers_of_tflite_metadata_find_an_rgb_picture(content, variant, mean, std, low, high):
    stored = stored_metadata(described(content, variant), "TFLITE_METADATA")
    assert stored is not None
    assert stored[4:8] == b"M001"
    model = Fields(stored)
    assert (model.text(0), model.text(5), model.text(7)) == ("tïny", "Apache-2.0", "1.0.0")
    graph = model.only(3)
    for number, name in ((2, "image"), (3, "enlarged")):
        tensor = graph.only(number)
        assert tensor.text(0) == name
        picture = tensor.inner(3)
        assert picture.byte(0) == 2  # ImageProperties
        assert picture.inner(1).byte(0) == 1  # RGB
        unit = tensor.only(4)
        assert unit.byte(0) == 1  # NormalizationOptions
        assert (unit.inner(1).only_float(0), unit.inner(1).only_float(1)) == (mean, std)
        assert (tensor.inner(5).only_float(0), tensor.inner(5).only_float(1)) == (high, low)


def test_what_stands_in_model_json_stands_in_the_file(content):
    variant = Variant("int8", 128)
    expected = {"name": "tïny", "licence": "Apache-2.0", **variant.description(4, 6)}
    assert own_metadata(described(content, variant)) == expected
    assert own_metadata(TfliteGraph(content)) is None
    assert stored_metadata(TfliteGraph(content), "another") is None
