"""One broken file through the whole path, in a process with little memory, and what is wrong with its end."""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.fuzz.mutations import mutated, suffix_of
from waifu4x_tf.batch import receipt_storage
from waifu4x_tf.batch.inputs import Source
from waifu4x_tf.batch.outcome import Outcome
from waifu4x_tf.batch.plan import Job
from waifu4x_tf.batch.reading import read_capped
from waifu4x_tf.batch.runner import run_job
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import FORMATS, WriteOptions
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.inspection.findings import inspect

SCALE = 4
# Every so many files the shipped network stands in for the one that repeats pixels, the command for the
# function behind it, and `waifu4x inspect` and the search for a receipt read the file too.
_SHIPPED_EVERY, _COMMAND_EVERY, _INSPECTED_EVERY = 25, 100, 3
_MAX_MEGAPIXELS, _SHIPPED_MAX_MEGAPIXELS = 1.0, 0.005
_COMMAND_PREFIX = "waifu4x: error: "


@dataclass(frozen=True)
class Limits:
    """What one file may cost.

    Attributes:
        seconds: Wall clock, after which the process is killed.
        memory_bytes: Address space beyond what the process has when it is ready.
    """

    seconds: float = 30.0
    memory_bytes: int = 512 * 2**20


@dataclass(frozen=True)
class Report:
    """How a file ended.

    Attributes:
        index: Which one.
        suffix: Its format.
        is_picture: Whether there is a result; a refusal otherwise.
        finding: What is wrong about that end, or None.
        seconds: Wall clock.
        peak_bytes: Largest resident memory of the process so far.
    """

    index: int
    suffix: str
    is_picture: bool
    finding: str | None
    seconds: float
    peak_bytes: int


class RepeatingEngine:
    """Stands in for a network: repeats every pixel four times each way."""

    name = "repeating"
    fixed_size: tuple[int, int] | None = None
    bytes_per_pixel = 48

    def run(self, tile: np.ndarray) -> np.ndarray:
        """See `waifu4x_tf.inference.engines.Engine.run`."""
        return tile.repeat(SCALE, axis=1).repeat(SCALE, axis=2)


def serve(connection: Connection, seed: int, limits: Limits) -> None:
    """Works on the indices that come through a connection, and answers each with a Report, until None."""
    bench = Bench(seed, limits)
    connection.send(None)
    while (index := connection.recv()) is not None:
        connection.send(bench.examine(index))


class Bench:
    """Both networks, loaded once, and the process's limits.

    Args:
        seed: Of the mutations.
        limits: The memory of this process is limited by them from here on.
    """

    def __init__(self, seed: int, limits: Limits) -> None:
        self._seed, self._limits = seed, limits
        self._repeating = Upscaler(RepeatingEngine(), name="repeating", scale=SCALE, radius=1)
        self._shipped = load_upscaler(threads=1)
        self._shipped.upscale(np.zeros((1, 1, 3), np.uint8))
        Image.init()
        ready_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = ready_bytes + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def examine(self, index: int) -> Report:
        """Sends one file through the path and looks at its end."""
        name, content = mutated(self._seed, index)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="fuzz") as place, tempfile.TemporaryFile() as noise:
            folder = Path(place)
            source = folder / f"{index}.{suffix_of(name)}"
            source.write_bytes(content)
            with _standard_error_into(noise.fileno()):
                if index % _COMMAND_EVERY == _COMMAND_EVERY - 1:
                    is_picture, finding = self._by_command(source, folder)
                else:
                    is_picture, finding = self._by_function(source, folder, index)
                    if finding is None and index % _INSPECTED_EVERY == 0:
                        finding = wrong_inspection(source)
            noise.seek(0)
            told = noise.read().decode(errors="replace").strip()
        if finding is None and "Traceback" in told:
            finding = f"a traceback on standard error: {told}"
        seconds = time.monotonic() - started
        peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return Report(index, suffix_of(name), is_picture, finding, seconds, peak_bytes)

    def _by_function(self, source: Path, folder: Path, index: int) -> tuple[bool, str | None]:
        rng = random.Random(index)
        format_name = rng.choice(sorted(FORMATS))
        is_shipped = index % _SHIPPED_EVERY == 0
        settings = RunSettings(
            target=Target(rng.choice((4.0, 2.5, 1.0))),
            write=WriteOptions(
                format_name,
                background="white" if format_name == "jpeg" or rng.random() < 0.2 else None,
                strip=rng.random() < 0.2,
            ),
            max_megapixels=_SHIPPED_MAX_MEGAPIXELS if is_shipped else _MAX_MEGAPIXELS,
        )
        upscaler = self._shipped if is_shipped else self._repeating
        output = folder / f"result{FORMATS[format_name][0]}"
        outcome = run_job(Job(Source(source, Path(source.name)), output), settings, lambda: upscaler)
        return outcome.status == "done", wrong_outcome(outcome) or wrong_files(
            folder, source, output, outcome.status == "done"
        )

    def _by_command(self, source: Path, folder: Path) -> tuple[bool, str | None]:
        output = folder / "result.png"
        command = [sys.executable, "-m", "waifu4x_tf", "upscale", str(source), "-o", str(output)]
        options = ["--quiet", "--threads", "1", "--max-megapixels", str(_SHIPPED_MAX_MEGAPIXELS)]
        process = subprocess.run(
            [*command, *options],
            capture_output=True,
            cwd=Path(__file__).resolve().parents[1],
            timeout=self._limits.seconds * 0.9,
            check=False,
        )
        lines = process.stderr.decode(errors="replace").splitlines()
        is_picture = process.returncode == 0
        right = not lines if is_picture else len(lines) == 1 and lines[0].startswith(_COMMAND_PREFIX)
        if process.returncode not in (0, 1) or process.stdout or not right or "internal error" in lines[-1:]:
            return is_picture, f"exit code {process.returncode}, standard error {lines}"
        return is_picture, wrong_files(folder, source, output, is_picture)


def wrong_outcome(outcome: Outcome) -> str | None:
    """What is wrong with the words for a failure, or None; every error of ours has a rule and a way out."""
    if outcome.status == "done":
        return None
    told = outcome.error or ""
    if outcome.trace is not None:
        return f"an unexpected error: {outcome.trace}"
    if "must fit" in told and "memory" in told:
        return f"more memory than the bound: {told}"
    if "Received: " not in told or "\n" in told or "\r" in told:
        return f"no line that says what was received: {told!r}"
    return None


def wrong_inspection(source: Path) -> str | None:
    """What is wrong with the end of an inspection and of the search for a receipt, or None."""
    try:
        receipt_storage.find(source)
    except Waifu4xError:
        pass
    except Exception:  # Whatever it is, a person would meet it as a fault of ours.
        return f"an unexpected error of the receipt: {traceback.format_exc()}"
    try:
        content = source.read_bytes()
        findings = inspect(content, read_capped(content, source.name, _MAX_MEGAPIXELS))
        json.dumps(findings.as_json())
    except Waifu4xError:
        return None
    except Exception:  # As above.
        return f"an unexpected error of the inspection: {traceback.format_exc()}"
    return None


def wrong_files(folder: Path, source: Path, output: Path, is_picture: bool) -> str | None:
    """What is wrong with the files that are left, or None."""
    found = {path.name for path in folder.iterdir()}
    expected = {source.name, output.name} if is_picture else {source.name}
    if found != expected:
        return f"left in the folder: {sorted(found)}, not {sorted(expected)}"
    if is_picture:
        try:
            with Image.open(output) as image:
                image.load()
        except Exception as error:  # Whatever a reader trips over, the file is not whole.
            return f"the result cannot be read: {type(error).__name__}: {error}"
    return None


@contextmanager
def _standard_error_into(descriptor: int) -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    os.dup2(descriptor, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
