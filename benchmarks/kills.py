"""SIGKILL at random moments of a batch: python -m benchmarks.kills, with --kills N and --model PATH.

`waifu4x upscale FOLDER -o OUT --skip-existing` is started on drawn pictures, killed at a random moment and
started again, until it was killed N times; a batch that comes to its end begins again with an empty folder.
After every kill each result is compared with that of an uninterrupted run, and with itself before.
Held to: every file that bears a result's name is whole, byte for byte; nothing that was finished is done
again; the last run completes. Leaves with 1 when that does not hold.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measuring import ROOT

LONGEST_RUN_SECONDS = 600


@dataclass
class Batch:
    """A folder of pictures, the results of an uninterrupted run, and a folder that is killed into.

    Attributes:
        pictures: The folder with the pictures.
        out: The folder with the results.
        options: Further arguments of `waifu4x upscale`.
        wanted: Bytes of each result by name, from an uninterrupted run.
        finished: When and where each result that is there was stored, by name.
        wrong: What did not hold so far, for people.
    """

    pictures: Path
    out: Path
    options: list[str]
    wanted: dict[str, bytes] = field(default_factory=dict)
    finished: dict[str, tuple[int, int]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def start(self, out: Path | None = None) -> subprocess.Popen:
        """Start the command; it writes one JSON object a picture."""
        command = [sys.executable, "-m", "waifu4x_tf", "upscale", str(self.pictures)]
        command += ["-o", str(out or self.out), "--skip-existing", "--json", *self.options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def look(self) -> int:
        """Check what is there, and how many temporary files lie among it."""
        leftovers = 0
        for path in self.out.glob("*") if self.out.is_dir() else ():
            if path.name.startswith("."):
                leftovers += 1
                continue
            status = path.stat()
            stored = status.st_ino, status.st_mtime_ns
            if path.read_bytes() != self.wanted.get(path.name):
                self.wrong.append(f"{path.name} is not whole")
            if self.finished.setdefault(path.name, stored) != stored:
                self.wrong.append(f"{path.name} was done again")
        return leftovers

    def clear(self) -> None:
        """Begin again."""
        for path in self.out.glob("*"):
            path.unlink()
        self.finished.clear()


def main(argv: list[str] | None = None) -> int:
    """Kill, look, and say what holds."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    options.add_argument("--kills", type=int, default=50, help="how often (default 50)")
    options.add_argument("--files", type=int, default=40, help="pictures of the batch (default 40)")
    options.add_argument("--side", type=int, default=48, metavar="PX", help="of the pictures (default 48)")
    options.add_argument("--seed", type=int, default=0, help="of the moments (default 0)")
    options.add_argument("--model", metavar="NAME|PATH", help="a shipped model or a file (default: compact)")
    arguments = options.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        model = ["--model", arguments.model] if arguments.model else []
        batch = Batch(root / "in", root / "out", model)
        _draw(batch.pictures, arguments.files, arguments.side)
        seconds = _run_whole(batch, root / "whole")
        return _kill(batch, arguments.kills, random.Random(arguments.seed), seconds)


def _draw(folder: Path, count: int, side_px: int) -> None:
    from PIL import Image

    from waifu4x_tf.data.procedural import KINDS, draw

    folder.mkdir()
    for index in range(count):
        pixels = draw(KINDS[index % len(KINDS)], seed=index, width=side_px, height=side_px)
        Image.fromarray(pixels).save(folder / f"{index:03}.png")


def _run_whole(batch: Batch, out: Path) -> float:
    """Seconds of an uninterrupted run, whose results are the ones that are wanted."""
    started = time.monotonic()
    process = batch.start(out)
    process.communicate(timeout=LONGEST_RUN_SECONDS)
    if process.returncode != 0:
        raise RuntimeError(f"waifu4x upscale left with {process.returncode} without being killed")
    batch.wanted = {path.name: path.read_bytes() for path in out.iterdir()}
    return time.monotonic() - started


def _kill(batch: Batch, kills: int, moments: random.Random, seconds: float) -> int:
    killed = while_writing = completed = early = 0
    while killed < kills:
        process = batch.start()
        before = batch.look()
        try:
            process.communicate(timeout=moments.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            killed += 1
            while_writing += batch.look() > before
            early += not batch.finished
        else:
            completed += 1
            _check_whole(batch, process.returncode)
            batch.clear()
    resumed = len(batch.finished)
    process = batch.start()
    printed, _ = process.communicate(timeout=LONGEST_RUN_SECONDS)
    _check_whole(batch, process.returncode)
    statuses = [json.loads(line)["status"] for line in printed.splitlines()]
    if statuses.count("skipped") != resumed or statuses.count("done") != len(batch.wanted) - resumed:
        batch.wrong.append(f"the last run skipped {statuses.count('skipped')} of {resumed} finished results")
    print(
        f"{killed} kills of a batch of {len(batch.wanted)} that takes {seconds:.1f} s: {early} before the "
        f"first result, {while_writing} while a file was written; it came to its end {completed + 1} times"
    )
    print(f"the last run found {resumed} results, left them, and made {len(batch.wanted) - resumed}")
    print("whole results, none done again: " + ("OK" if not batch.wrong else "; ".join(batch.wrong[:5])))
    return 1 if batch.wrong else 0


def _check_whole(batch: Batch, code: int | None) -> None:
    batch.look()
    if code != 0 or batch.finished.keys() != batch.wanted.keys():
        batch.wrong.append(f"a run that was not killed left with {code}, {len(batch.finished)} results")


if __name__ == "__main__":
    sys.exit(main())
