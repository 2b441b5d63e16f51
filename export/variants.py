"""The .tflite files of a bundle: what there is, what each takes and gives, and how it is made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from export.equivalents import folded, without_depth_to_space, without_prelu
from export.metadata import INPUT_NAME, OUTPUT_NAME, describe
from export.padding import pad_inside
from export.rewrite import fix_size, take_int8
from export.tflite import PRECISIONS, convert, converter_output
from export.tflite_graph import TfliteGraph

TILES_PX = (128, 256)
ON_REQUEST = ("int8io", "int16x8", "float16shuffle")


@dataclass(frozen=True)
class Variant:
    """One .tflite file of a bundle.

    Attributes:
        precision: Of `PRECISIONS` or `ON_REQUEST`.
        side_px: Height and width of its tiles; None = any.
    """

    precision: str
    side_px: int | None

    @property
    def whole(self) -> "Variant":
        """The file for any size that computes the same."""
        return Variant("float16" if self.precision == "float16shuffle" else self.precision, None)

    @property
    def size(self) -> str:
        """As in the file's name."""
        return "dynamic" if self.side_px is None else str(self.side_px)

    def file_name(self, model: str) -> str:
        """``<model>_<precision>_<size>.tflite``."""
        return f"{model}_{self.precision}_{self.size}.tflite"

    @property
    def padding(self) -> str:
        """Who repeats a picture's border: the file itself ("inside"), or its caller."""
        return "inside" if self.side_px is None else "caller"

    def description(self, scale: int, radius: int) -> dict[str, Any]:
        """What the file takes and gives, as in model.json."""
        element = {"int8": "uint8", "int8io": "int8"}.get(self.precision, "float32")
        span = {"uint8": [0, 255], "int8": [-128, 127], "float32": [0, 1]}[element]
        side, core = self.side_px, self.side_px and self.side_px - 2 * radius
        common = {"type": element, "layout": "NHWC", "channels": "RGB", "range": span}
        shapes = {INPUT_NAME: [1, side, side, 3], OUTPUT_NAME: [1, *(side and side * scale,) * 2, 3]}
        ends = [{"name": name, **common, "shape": shape} for name, shape in shapes.items()]
        return {
            "precision": self.precision,
            "size": self.size,
            "input": ends[0],
            "output": ends[1],
            "scale": scale,
            "receptive_radius": radius,
            "padding": self.padding,
            "tile": {"side_px": side, "overlap_px": radius, "core_px": core},
        }


class Converter:
    """Makes the files of a bundle, one after the other.

    Args:
        model: Float32 generator.
        facts: Its "name" and "licence", for the files' metadata.
        scale: Enlargement factor.
        radius: Receptive radius: a tile without a core is left out.
        patches: uint8 small pictures to calibrate with, as from `calibration_patches`.
        int8: A full-int8 file of this network for any size, which is taken instead of a new one.
        also: Of `ON_REQUEST`.
    """

    def __init__(
        self,
        model: keras.Model,
        facts: Mapping[str, str],
        *,
        scale: int,
        radius: int,
        patches: Sequence[np.ndarray],
        int8: bytes | None = None,
        also: Sequence[str] = (),
    ) -> None:
        self._facts, self._scale, self._radius = facts, scale, radius
        self._patches, self._also = patches, also
        self._any_size = {} if int8 is None else {"int8": int8}
        self._plain = folded(model)
        # A transposed convolution of ones and zeros: older GPU delegates have no depth_to_space.
        self._for_gpus = without_depth_to_space(self._plain)

    def variants(self) -> list[Variant]:
        """All that will be made, in this order; of a precision, the one for any size comes first."""
        precisions = [*PRECISIONS, *(each for each in ON_REQUEST if each in self._also)]
        sides = [None, *(side for side in TILES_PX if side > 2 * self._radius)]
        variants = [Variant(precision, side) for precision in precisions for side in sides]
        return [variant for variant in variants if variant != Variant("float16shuffle", None)]

    def files(self) -> Iterator[tuple[Variant, TfliteGraph]]:
        """Each of `variants` with its graph."""
        for variant in self.variants():
            graph = self._graph(variant)
            if variant.padding == "inside":
                pad_inside(graph, self._radius, self._scale)
            describe(graph, {**self._facts, **variant.description(self._scale, self._radius)})
            yield variant, graph

    def _graph(self, variant: Variant) -> TfliteGraph:
        precision, side = variant.precision, variant.side_px
        if precision in ("float32", "float16") and side is not None:
            return TfliteGraph(converter_output(self._for_gpus, precision, side_px=side))
        if precision == "float16shuffle":
            return TfliteGraph(converter_output(self._plain, "float16", side_px=side))
        graph = TfliteGraph(self._file_for_any_size("int8" if precision == "int8io" else precision))
        if precision == "int8io":
            take_int8(graph)
        if side is not None:
            fix_size(graph, side)
        return graph

    def _file_for_any_size(self, precision: str) -> bytes:
        """The file as the library takes it, whose caller repeats the border; made once."""
        if precision not in self._any_size:
            self._any_size[precision] = (
                converter_output(without_prelu(self._for_gpus), precision, self._patches)
                if precision == "int16x8"
                else convert(self._plain, precision, self._patches)
            )
        return self._any_size[precision]
