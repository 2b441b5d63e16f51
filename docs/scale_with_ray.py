"""A folder enlarged by many processes: python -m docs.scale_with_ray FOLDER -o OUT, with --workers N.

Ray Data gives each file to one of N workers, and to another one when a worker dies. It needs `ray[data]` and,
on several machines, folders that all of them reach by the same path. docs/scale.md tells what is guaranteed.
"""

import argparse
import functools
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from waifu4x_tf import load_upscaler
from waifu4x_tf.batch.inputs import Source, list_sources
from waifu4x_tf.batch.plan import Job, plan_jobs, resolve_destination
from waifu4x_tf.batch.runner import run_job, settled_outcome
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.inference.identity import identify_model
from waifu4x_tf.inference.options import ModelOptions


class EnlargeFile:
    """What one worker does: it loads the network once, and enlarges the file of each row.

    Results are written atomically, and one whose receipt is up to date is left as it is. So a file that
    is given out twice, since a worker died between writing it and saying so, is not enlarged twice.

    Args:
        model: A shipped model or the path of a file that every worker reaches.
    """

    def __init__(self, model: str = "compact") -> None:
        self._settings = RunSettings(skip_existing=True)
        # One thread each: the workers share the processor's cores among them.
        self._load = functools.cache(lambda: load_upscaler(model, threads=1))
        self._identify = functools.cache(lambda: identify_model(ModelOptions(model)))

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Enlarge the file of a row of `rows_of`; the row comes back with what came of it."""
        job = Job(Source(Path(row["input"]), Path(row["relative"])), Path(row["output"]))
        outcome = settled_outcome(job, self._settings, self._identify)
        if outcome is None:
            outcome = run_job(job, self._settings, self._load)
        return {**row, "status": outcome.status, "error": outcome.error or "", "worker": os.getpid()}


def rows_of(folder: str, out: str) -> list[dict[str, str]]:
    """A row for each picture of a folder: its path, its place below the folder, and where its result goes.

    Raises:
        Waifu4xError: The folder and the place for results contradict each other.
    """
    sources = list_sources([folder], out=out).sources
    jobs = plan_jobs(sources, resolve_destination(out, None, sources)) if sources else []
    return [
        {
            "input": os.path.abspath(job.source.label),
            "relative": job.source.relative.as_posix(),
            "output": os.path.abspath(str(job.output)),
        }
        for job in jobs
        if job.problem is None
    ]


def seconds_of_one_process(folder: str, model: str) -> float:
    """How long `waifu4x upscale` takes for the folder, its start included."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "waifu4x_tf", "upscale", folder, "-o", out, "--model", model]
        started = time.monotonic()
        subprocess.run([*command, "--quiet"], check=False)
        return time.monotonic() - started


def main(argv: list[str] | None = None) -> int:
    """Enlarge the folder and say how long it took; 1 when a picture failed."""
    parser = argparse.ArgumentParser(prog="python -m docs.scale_with_ray", description=__doc__)
    parser.add_argument("folder", help="pictures, searched recursively")
    parser.add_argument("-o", "--output", required=True, help="folder of the results")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: one a core)")
    parser.add_argument("--model", default="compact", help="a shipped model or a file (default compact)")
    parser.add_argument("--compare", action="store_true", help="then time one process, into a spare folder")
    arguments = parser.parse_args(argv)
    import ray  # pyright: ignore[reportMissingImports]
    import ray.data  # pyright: ignore[reportMissingImports]

    rows = rows_of(arguments.folder, arguments.output)
    if not rows:
        print(f"{arguments.folder}: no picture found", file=sys.stderr)
        return 2
    ray.init(ignore_reinit_error=True, log_to_driver=False)
    started = time.monotonic()
    # A block is what is given out again when a worker dies: one picture each.
    dataset = ray.data.from_items(rows, override_num_blocks=len(rows))
    enlarged = dataset.map(
        EnlargeFile,
        fn_constructor_kwargs={"model": arguments.model},
        compute=ray.data.ActorPoolStrategy(size=arguments.workers),
        num_cpus=1,
    )
    counts: Counter[str] = Counter()
    workers = set()
    for row in enlarged.iter_rows():
        counts[row["status"]] += 1
        workers.add(row["worker"])
        if row["status"] == "failed":
            print(row["error"], file=sys.stderr)
    seconds = time.monotonic() - started
    told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    print(f"{told} in {seconds:.1f} s by {len(workers)} workers, {len(rows) / seconds:.2f} pictures a second")
    if arguments.compare:
        alone = seconds_of_one_process(arguments.folder, arguments.model)
        print(f"one process on all cores: {alone:.1f} s, {alone / seconds:.2f} times as long")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
