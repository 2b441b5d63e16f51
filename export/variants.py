"""The .tflite files of a bundle: what there is, what each takes and gives, and how it is made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from export.equivalents import folded, without_depth_to_space, without_prelu
from export.rewrite import with_fixed_size, with_int8_edges
from export.tflite import PRECISIONS, convert, converter_output

TILES_PX = (128, 256)
ON_REQUEST = ("int8edges", "int16x8")


@dataclass(frozen=True)
class Variant:
    """One .tflite file of a bundle.

    Attributes:
        precision: Of `PRECISIONS` or `ON_REQUEST`.
        edge_px: Height and width of its tiles; None = any.
    """

    precision: str
    edge_px: int | None

    @property
    def size(self) -> str:
        """As in the file's name."""
        return "dynamic" if self.edge_px is None else str(self.edge_px)

    def file_name(self, model: str) -> str:
        """``<model>_<precision>_<size>.tflite``."""
        return f"{model}_{self.precision}_{self.size}.tflite"

    def description(self, scale: int, radius: int) -> dict[str, Any]:
        """What the file takes and gives, as in model.json."""
        element = {"int8": "uint8", "int8edges": "int8"}.get(self.precision, "float32")
        span = {"uint8": [0, 255], "int8": [-128, 127], "float32": [0, 1]}[element]
        edge, core = self.edge_px, self.edge_px and self.edge_px - 2 * radius
        shapes = {"input": [1, edge, edge, 3], "output": [1, *(edge and edge * scale,) * 2, 3]}
        common = {"type": element, "layout": "NHWC", "channels": "RGB", "range": span}
        return {
            "precision": self.precision,
            "size": self.size,
            **{side: {**common, "shape": shape} for side, shape in shapes.items()},
            "scale": scale,
            "receptive_radius": radius,
            "tile": {"edge_px": edge, "overlap_px": radius, "core_px": core},
        }


def converted(
    model: keras.Model, patches: Sequence[np.ndarray], radius: int, also: Sequence[str] = ()
) -> Iterator[tuple[Variant, bytes]]:
    """Each variant with its file; of a precision, the one for any size comes first.

    Args:
        model: Float32 generator.
        patches: uint8 small pictures to calibrate with, as from `calibration_patches`.
        radius: Receptive radius: a tile without a core is left out.
        also: Of `ON_REQUEST`.
    """
    plain = folded(model)
    # A transposed convolution of ones and zeros: GPU delegates have no depth_to_space.
    for_gpus = without_depth_to_space(plain)
    edges = [edge for edge in TILES_PX if edge > 2 * radius]
    for precision in PRECISIONS:
        any_size = convert(plain, precision, patches)
        if precision in ("float32", "float16"):
            fixed = {edge: converter_output(for_gpus, precision, edge_px=edge) for edge in edges}
        else:
            fixed = {edge: with_fixed_size(any_size, edge) for edge in edges}
        files = {None: any_size, **fixed}
        yield from ((Variant(precision, edge), content) for edge, content in files.items())
        if precision == "int8" and "int8edges" in also:
            for edge, content in files.items():
                yield Variant("int8edges", edge), with_int8_edges(content)
    if "int16x8" in also:
        any_size = converter_output(without_prelu(for_gpus), "int16x8", patches)
        yield Variant("int16x8", None), any_size
        for edge in edges:
            yield Variant("int16x8", edge), with_fixed_size(any_size, edge)
