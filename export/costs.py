"""What a .tflite costs on this machine: processor time for a pixel, and memory for a tile."""

import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.variants import Variant
from waifu4x_tf.inference.engines import LiteRTEngine

SIDE_PX = 128
_CHECKOUT = Path(__file__).resolve().parents[1]
_ROUNDS, _THREADS = 3, 1
# What int8 or float kernels choose by, the fastest last.
_INSTRUCTIONS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_int8", "asimd", "asimddp", "i8mm", "sve2")
_RUN = """
import resource, sys
from pathlib import Path
import numpy as np
from waifu4x_tf.inference.engines import LiteRTEngine

engine = LiteRTEngine(open(sys.argv[1], "rb").read(), sys.argv[1])
tile = np.zeros((1, int(sys.argv[2]), int(sys.argv[2]), 3), np.uint8)
resident = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
before = resident()
engine.run(tile)
print(resident() - before)
"""


@dataclass(frozen=True)
class Machine:
    """What was measured on.

    Attributes:
        cpu: Its name.
        threads: That the files were timed on.
        instructions: Those of its instruction sets that networks are fast or slow by.
    """

    cpu: str
    threads: int
    instructions: tuple[str, ...]


def this_machine() -> Machine:
    """The machine as the operating system names it."""
    cpu, flags = platform.processor() or platform.machine(), ""
    path = Path("/proc/cpuinfo")
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            flags = value
        elif name.strip() == "model name":
            cpu = value.strip()
    known = set(flags.split())
    return Machine(cpu, _THREADS, tuple(name for name in _INSTRUCTIONS if name in known))


def seconds_a_megapixel(files: Mapping[Variant, bytes], radius: int) -> dict[Variant, float]:
    """Seconds of one core for a million pixels of the small picture, the best of a few rounds in turn.

    It is the thread's processor time, so that whatever else the machine does hardly changes it. Of a tile its
    core counts alone: the pixels around it are run for it.

    Args:
        files: Each file's bytes.
        radius: Receptive radius.
    """
    engines = {variant: LiteRTEngine(content, "a file", _THREADS) for variant, content in files.items()}
    seconds = dict.fromkeys(files, float("inf"))
    for _ in range(_ROUNDS + 1):  # the first allocates, and is seldom the best
        for variant, engine in engines.items():
            side = variant.side_px or SIDE_PX
            tile = np.random.default_rng(0).integers(0, 256, (1, side, side, 3), np.uint8)
            started = time.thread_time()
            engine.run(tile)
            useful_px = (side if variant.side_px is None else side - 2 * radius) ** 2
            seconds[variant] = min(seconds[variant], (time.thread_time() - started) / useful_px * 1e6)
    return seconds


def memory_megabytes(content: bytes, side_px: int) -> float | None:
    """What running a tile adds to the memory of a process that has loaded the file.

    Args:
        content: A file of uint8 or float32 input and output.
        side_px: Of the tile.

    Returns:
        Megabytes of 10**6 bytes; None where the system does not say.
    """
    if sys.platform != "linux":
        return None  # Other systems have no such figure, or give it in other units.
    with tempfile.TemporaryDirectory(prefix="waifu4x-memory-") as home:
        path = Path(home) / "file.tflite"
        path.write_bytes(content)
        command = [sys.executable, "-c", _RUN, str(path), str(side_px)]
        process = subprocess.run(command, capture_output=True, text=True, check=True, cwd=_CHECKOUT)
    return round(int(process.stdout) / 1e6, 1)
