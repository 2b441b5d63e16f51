"""What the benchmarks share: fresh processes of this checkout, their seconds and peak memory, and tables.

Only the standard library is imported: until it starts its program, a child counts the memory of the process
that made it, so that one must stay small.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

_DRAW = """\
import sys
from PIL import Image
from waifu4x_tf.data.procedural import draw
path, kind, side = sys.argv[1:]
Image.fromarray(draw(kind, seed=5, width=int(side), height=int(side))).save(path)
"""


@dataclass(frozen=True)
class Run:
    """One process from its start to its end.

    Attributes:
        seconds: Wall clock, the start of Python included.
        peak_bytes: Largest resident memory.
        report: What `waifu4x upscale --json` said; empty for other programs.
    """

    seconds: float
    peak_bytes: int
    report: dict[str, Any] = field(default_factory=dict)


def run_python(*arguments: str) -> tuple[Run, str]:
    """Run a fresh Python in this checkout; its standard output comes beside the figures.

    Raises:
        RuntimeError: It failed; the message is what it wrote to standard error.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    # An installed package has its bytecode; so shall the checkout, from its first run on.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], stdout=out, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (out, errors):
            stream.seek(0)
        if process.returncode != 0:
            said = errors.read().decode(errors="replace").strip()
            raise RuntimeError(f"python {' '.join(arguments)}: {said}")
        unit = 1 if sys.platform == "darwin" else 1024
        return Run(seconds, usage.ru_maxrss * unit), out.read().decode()


def run_upscale(picture: Path, options: Sequence[str] = ()) -> Run:
    """Run the whole command `waifu4x upscale` on a picture; the result is written and removed again.

    Raises:
        RuntimeError: It failed.
    """
    result = picture.with_name(f"{picture.stem}_large.png")
    run, text = run_python(
        "-m", "waifu4x_tf", "upscale", str(picture), "-o", str(result), "--overwrite", "--json", *options
    )
    result.unlink()
    return Run(run.seconds, run.peak_bytes, json.loads(text))


def draw_picture(path: Path, kind: str, side_px: int) -> Path:
    """Draw a square picture of `waifu4x_tf.data.procedural.KINDS` into a file, in a process of its own."""
    run_python("-c", _DRAW, str(path), kind, str(side_px))
    return path


def parser(module: str, description: str | None, *, repeat: int) -> argparse.ArgumentParser:
    """The options that every benchmark has: --repeat, and --model and --threads as `waifu4x` has them."""
    options = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    options.add_argument("--repeat", type=int, default=repeat, help=f"runs of each case (default {repeat})")
    options.add_argument("--model", metavar="NAME|PATH", help="a shipped model or a file (default: compact)")
    options.add_argument("--threads", metavar="N", help="threads of the model (default: by the machine)")
    return options


def model_options(arguments: argparse.Namespace) -> list[str]:
    """Those of `parser` as arguments of `waifu4x`; a card beside a model's file is used."""
    named = {"--model": arguments.model, "--threads": arguments.threads}
    return [word for name, value in named.items() if value is not None for word in (name, value)]


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print columns, the first to the left and the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        first, *others = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *others]).rstrip())
