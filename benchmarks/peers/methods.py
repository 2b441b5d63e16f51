"""The ways to enlarge by four that are compared: python -m benchmarks.peers.methods NAME times one of them.

Run as a program, it loads one method alone, enlarges a picture once for warmth and once for the clock, and
prints seconds and peak memory as JSON. `measure_in_turn` starts such processes, one method after the other.
"""

import argparse
import importlib.metadata
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.measuring import run_python
from benchmarks.peers.networks import PEERS, SCALE, NcnnNetwork
from waifu4x_tf.cli.process import native_log_hidden
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.models import zoo

Method = Callable[[np.ndarray], np.ndarray]
"""uint8 (H, W, 3) to uint8 (4 * H, 4 * W, 3)."""

BICUBIC = "bicubic"
_STATUS = Path("/proc/self/status")


def method_names() -> list[str]:
    """All that can be compared: bicubic, the shipped models, the peers."""
    return [BICUBIC, *zoo.shipped_names(), *PEERS]


def label(name: str) -> str:
    """A method's name as a stranger understands it."""
    return f"waifu4x {name}" if name in zoo.MODELS else name


def load_method(name: str, peers: Path, threads: int) -> Method:
    """One of `method_names`, ready to run.

    Args:
        name: Of the method.
        peers: Folder of the peers' files.
        threads: Of the network; bicubic has one.

    Raises:
        MissingExtraError: A peer, and ncnn is not installed.
        ModelError: An unknown name, or files that cannot be loaded.
    """
    if name == BICUBIC:
        return _bicubic
    if name in PEERS:
        network = NcnnNetwork(PEERS[name], peers, threads)
        convention = PEERS[name].convention
        return lambda rgb: convention.enlarge(rgb, network)
    from waifu4x_tf.inference.loading import load_upscaler

    with native_log_hidden():
        upscaler = load_upscaler(name, threads=threads)  # as users run it, what it looks at before included
        # What LiteRT logs about itself comes with the first tile.
        upscaler.upscale(np.zeros((1, 1, 3), np.uint8))
    return upscaler.upscale


def _bicubic(rgb: np.ndarray) -> np.ndarray:
    return resize(rgb, (rgb.shape[0] * SCALE, rgb.shape[1] * SCALE), "bicubic")


def runtimes(names: Iterable[str]) -> str:
    """What runs these methods, with versions, for the heading of a table."""
    packages = {BICUBIC: "pillow", **dict.fromkeys(PEERS, "ncnn")}
    used = dict.fromkeys(packages.get(name, "ai-edge-litert") for name in names)
    return ", ".join(f"{package} {_version(package)}" for package in used)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "of an unknown version"


@dataclass
class Cost:
    """What a method takes for one picture.

    Attributes:
        seconds: One entry a round.
        peak_bytes: Largest resident memory of the processes, Python included; None where the system does not
            tell it.
    """

    seconds: list[float] = field(default_factory=list)
    peak_bytes: int | None = None


def measure_in_turn(
    names: Sequence[str], picture: Path, peers: Path, *, threads: int, repeat: int
) -> dict[str, Cost]:
    """Time every method ``repeat`` times, in turn, each time in a fresh process.

    A process of its own makes the memory the method's own, and keeps its idle threads from the others.

    Raises:
        RuntimeError: A process failed.
    """
    costs = {name: Cost() for name in names}
    options = ("--peers", str(peers), "--threads", str(threads), "--picture", str(picture))
    for _ in range(repeat):
        for name, cost in costs.items():
            _, text = run_python("-m", "benchmarks.peers.methods", name, *options)
            reported = json.loads(text)
            cost.seconds.append(reported["seconds"])
            if reported["peak_bytes"] is not None:
                cost.peak_bytes = max(cost.peak_bytes or 0, reported["peak_bytes"])
    return costs


def own_peak_bytes() -> int | None:
    """Largest resident memory of this program so far, without that of the process which started it.

    ``ru_maxrss`` counts both, so there is no figure on systems that tell nothing better.
    """
    if not _STATUS.is_file():
        return None
    found = re.search(r"^VmHWM:\s*(\d+) kB$", _STATUS.read_text(), flags=re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def main(argv: list[str] | None = None) -> int:
    """Load one method, enlarge the picture twice, and print what the second time took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.methods", description=__doc__)
    parser.add_argument("name", choices=method_names(), help="the method")
    parser.add_argument("--peers", type=Path, required=True, metavar="DIR", help="folder of the peers' files")
    parser.add_argument("--threads", type=int, required=True, metavar="N", help="threads of the network")
    parser.add_argument("--picture", type=Path, required=True, metavar="PATH", help="RGB picture to enlarge")
    arguments = parser.parse_args(argv)
    with Image.open(arguments.picture) as image:
        rgb = np.array(image.convert("RGB"))
    method = load_method(arguments.name, arguments.peers, arguments.threads)
    method(rgb)
    started = time.perf_counter()
    method(rgb)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_bytes": own_peak_bytes()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
