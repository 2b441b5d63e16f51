"""Other projects' networks, run on the CPU with ncnn: how each wants its picture, and what is cut off.

The files are not part of this project. A folder of peers holds ``<stem>.param`` and ``<stem>.bin`` of as many
of `PEERS` as there are.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from waifu4x_tf.errors import MissingExtraError, ModelError, UsageError

SCALE = 4
FILE_SUFFIXES = (".param", ".bin")

Network = Callable[[np.ndarray], np.ndarray]
"""float32 (3, H, W) RGB in [0, 1] to float32 (3, h, w), not yet clipped."""


@dataclass(frozen=True)
class Convention:
    """What stands around a network so that it enlarges a picture by four.

    Attributes:
        factor: What one pass enlarges by.
        passes: Passes one after the other; ``factor ** passes`` is 4.
        context_px: Pixels of replicated edge on each side, which the network eats up.
        multiple: Height and width are filled up to one of these, at the bottom and at the right.
        adds_input: The network gives the difference from the input with its pixels repeated.
    """

    factor: int
    passes: int
    context_px: int = 0
    multiple: int = 1
    adds_input: bool = False

    def enlarge(self, rgb: np.ndarray, network: Network) -> np.ndarray:
        """uint8 (H, W, 3) to uint8 (4 * H, 4 * W, 3); what leaves [0, 1] is clipped after each pass."""
        planes = np.ascontiguousarray(rgb.transpose(2, 0, 1)).astype(np.float32) / np.float32(255)
        for _ in range(self.passes):
            planes = np.clip(self._pass(planes, network), 0, 1)
        return np.rint(planes * np.float32(255)).astype(np.uint8).transpose(1, 2, 0).copy()

    def _pass(self, planes: np.ndarray, network: Network) -> np.ndarray:
        height, width = planes.shape[1:]
        sides = [(self.context_px, self.context_px + -edge % self.multiple) for edge in (height, width)]
        large = network(np.pad(planes, ((0, 0), *sides), mode="edge"))
        large = large[:, : height * self.factor, : width * self.factor]
        if large.shape != (3, height * self.factor, width * self.factor):
            raise ModelError(
                f"A network of factor {self.factor} gives at least {width * self.factor}x"
                f"{height * self.factor} pixels here. Received: {large.shape[2]}x{large.shape[1]}."
                " The peer's files are another network's."
            )
        if self.adds_input:
            large = large + planes.repeat(self.factor, axis=1).repeat(self.factor, axis=2)
        return large


@dataclass(frozen=True)
class Peer:
    """A network of another project.

    Attributes:
        stem: Of its two files.
        input: Name of the blob that the picture goes into.
        output: Name of the blob that the result is read from.
        convention: What stands around it.
    """

    stem: str
    input: str
    output: str
    convention: Convention

    def missing_from(self, folder: Path) -> list[str]:
        """Names of its files that the folder lacks."""
        names = [self.stem + suffix for suffix in FILE_SUFFIXES]
        return [name for name in names if not (folder / name).is_file()]


_WHOLE = Convention(factor=4, passes=1)
_REAL_CUGAN = Convention(factor=4, passes=1, context_px=19, multiple=4, adds_input=True)
PEERS = {
    "realesr-animevideov3": Peer("realesr-animevideov3-x4", "data", "output", _WHOLE),
    "upscayl-lite": Peer("upscayl-lite-4x", "data", "output", _WHOLE),
    "waifu2x-upconv7": Peer(
        "upconv7_scale2.0x_model", "Input1", "Eltwise4", Convention(factor=2, passes=2, context_px=7)
    ),
    "waifu2x-cunet": Peer(
        "cunet_scale2.0x_model",
        "Input1",
        "Eltwise4",
        Convention(factor=2, passes=2, context_px=18, multiple=4),
    ),
    "realesrgan-x4plus-anime": Peer("realesrgan-x4plus-anime", "data", "output", _WHOLE),
    "realcugan-conservative": Peer("cugan4x-conservative", "in0", "out0", _REAL_CUGAN),
    "realcugan-no-denoise": Peer("cugan4x-no-denoise", "in0", "out0", _REAL_CUGAN),
}
"""Name in tables and for --only -> peer."""


def split_present(folder: Path, names: list[str]) -> tuple[list[str], dict[str, str]]:
    """Those of some peers whose files a folder holds, and why each of the others is left out.

    Raises:
        UsageError: Peers are asked for, and the folder holds none of them.
    """
    missing = {name: lacking for name in names if (lacking := PEERS[name].missing_from(folder))}
    if missing and len(missing) == len(names):
        received = f"{folder} with none of theirs" if folder.is_dir() else f"{folder}, which is no folder"
        raise UsageError(
            f"A folder of peers holds the .param and .bin files of at least one of {', '.join(names)}."
            f" Received: {received}. Put them there (for instance {PEERS[names[0]].stem}.param and .bin), or"
            " measure without peers: --only bicubic compact."
        )
    reasons = {name: f"{folder} has no {' and no '.join(lacking)}" for name, lacking in missing.items()}
    return [name for name in names if name not in missing], reasons


class NcnnNetwork:
    """A peer's network, loaded; ncnn's defaults but for the threads.

    Args:
        peer: Whose.
        folder: Where its files are.
        threads: Of ncnn, at least 1.

    Raises:
        MissingExtraError: ncnn is not installed.
        ModelError: ncnn cannot load the files.
    """

    def __init__(self, peer: Peer, folder: Path, threads: int) -> None:
        self._ncnn = _import_ncnn()
        self._peer = peer
        self._net = self._ncnn.Net()
        self._net.opt.use_vulkan_compute = False
        self._net.opt.num_threads = threads
        parameters, weights = (folder / (peer.stem + suffix) for suffix in FILE_SUFFIXES)
        # ncnn reports by a code, not by an exception, that it could not read a file.
        if self._net.load_param(str(parameters)) != 0 or self._net.load_model(str(weights)) != 0:
            raise ModelError(
                f"A peer's files are a network that ncnn can load. Received: {parameters} and {weights.name}."
                " Fetch them again."
            )

    def __call__(self, planes: np.ndarray) -> np.ndarray:
        """As `Network`."""
        # A Mat made from an array only points at it, and so may one that is turned back into an array.
        contiguous = np.ascontiguousarray(planes, np.float32)
        extractor = self._net.create_extractor()
        extractor.input(self._peer.input, self._ncnn.Mat(contiguous).clone())
        code, blob = extractor.extract(self._peer.output)
        if code != 0:
            raise ModelError(
                f"A peer's network runs on {planes.shape[2]}x{planes.shape[1]} pixels. Received: error {code}"
                f" of ncnn from {self._peer.stem}. Its files are another network's, or memory ran out."
            )
        return np.array(blob, np.float32, copy=True)


def _import_ncnn() -> Any:
    """The package, which has no type hints and is no dependency of the project."""
    try:
        return importlib.import_module("ncnn")
    except ImportError as error:
        raise MissingExtraError("Running the peers' networks with ncnn", "bench") from error
