"""EnsembleEngine: a network run on all eight orientations of a tile, and its outputs averaged.

The geometric self-ensemble of Timofte et al., "Seven ways to improve example-based single image super
resolution" (2016), section 3.6.
"""

from collections.abc import Iterator

import numpy as np

from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.engines import Engine

ORIENTATIONS = 8
# Of the sum of one tile's outputs, with the present output and the mean: 4 x 4 x 3 values of 8 bytes, twice.
_SUM_BYTES_PER_PIXEL = 800


class EnsembleEngine:
    """One network whose outputs for a tile, flipped and turned in every way, are turned back and averaged.

    A tile that is its own mirror image gets an output that is: the sum of the eight is exact, so that their
    order does not matter, and it is rounded once.

    Args:
        engine: Runs each orientation; its fixed size, if it has one, is square.

    Raises:
        ModelError: The fixed size is not square, so the network takes no tile that is turned.
    """

    def __init__(self, engine: Engine) -> None:
        if engine.fixed_size is not None and engine.fixed_size[0] != engine.fixed_size[1]:
            height, width = engine.fixed_size
            raise ModelError(
                "A network that is asked in every orientation takes square tiles or any size. Received: a "
                f"model of the fixed size {height}x{width}. Leave out `tta`, or use a square or dynamic file."
            )
        self.name = engine.name
        self.fixed_size = engine.fixed_size
        self.bytes_per_pixel = engine.bytes_per_pixel + _SUM_BYTES_PER_PIXEL
        self._engine = engine

    def run(self, tile: np.ndarray) -> np.ndarray:
        """See `Engine.run`."""
        outputs = self._outputs(tile)
        first = next(outputs)
        if first.dtype == np.uint8:
            total = first.astype(np.uint16)
            for output in outputs:
                total += output
            total += ORIENTATIONS // 2
            total //= ORIENTATIONS
            return total.astype(np.uint8)
        # In double precision eight numbers of single precision add up without an error.
        total = first.astype(np.float64)
        for output in outputs:
            total += output
        total /= ORIENTATIONS
        return total.astype(np.float32)

    def _outputs(self, tile: np.ndarray) -> Iterator[np.ndarray]:
        # Those of one shape one after the other: the network is set up anew for another.
        for turned in (False, True):
            for rows in (1, -1):
                for columns in (1, -1):
                    oriented = tile[:, ::rows, ::columns]
                    if turned:
                        oriented = oriented.transpose(0, 2, 1, 3)
                    output = self._engine.run(np.ascontiguousarray(oriented))
                    if turned:
                        output = output.transpose(0, 2, 1, 3)
                    yield output[:, ::rows, ::columns]
