"""Broken and forged files: python -m benchmarks.fuzz, with --files N, --seed S, --jobs N; on Linux.

PNG, JPEG, WebP, GIF, TIFF and BMP files of every kind that is read, drawn here and mutated from a seed, each
read, enlarged and written as `waifu4x upscale` does, in processes with little memory and little time; some
through the shipped network, some through the command itself.
Held to: each ends in a whole picture or in one line that says why not, and leaves nothing else behind. A
traceback, a hang, a crash, more memory than the bound or a half file is a finding: the file is kept and the
command that repeats it printed. Leaves with 1 when there is one.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.fuzz.mutations import mutated, suffix_of
from benchmarks.fuzz.worker import Limits, Report, serve
from benchmarks.measuring import print_table

_START_SECONDS = 120.0


def main(argv: list[str] | None = None) -> int:
    """Run, print the table, keep and name the findings."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    options.add_argument("--files", type=int, default=5000, metavar="N", help="how many (default 5000)")
    options.add_argument("--seed", type=int, default=0, metavar="S", help="of the mutations (default 0)")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    options.add_argument("--only", type=int, nargs="+", metavar="I", help="these files of the seed alone")
    options.add_argument(
        "--keep", type=Path, default=Path("runs/fuzz"), metavar="FOLDER", help="for the findings' files"
    )
    arguments = options.parse_args(argv)
    indices = arguments.only or range(arguments.files)
    started = time.monotonic()
    reports = []
    for report in examined(indices, arguments.seed, jobs=min(arguments.jobs, len(indices))):
        reports.append(report)
        if report.finding is not None:
            _keep(report, arguments.seed, arguments.keep)
        if len(reports) % 500 == 0:
            print(f"{len(reports)} of {len(indices)}, {time.monotonic() - started:.0f} s", flush=True)
    _print_summary(reports)
    findings = sum(report.finding is not None for report in reports)
    print(
        f"seed {arguments.seed}: {len(reports)} files, {findings} finding{'s' if findings != 1 else ''}, "
        f"{time.monotonic() - started:.0f} s"
    )
    return 1 if findings else 0


def examined(
    indices: Iterable[int],
    seed: int,
    *,
    jobs: int,
    limits: Limits | None = None,
    serve: Callable[[Connection, int, Limits], None] = serve,
) -> Iterator[Report]:
    """The end of every file, in the order in which they ended.

    Args:
        indices: Which files of the seed.
        seed: Of the mutations.
        jobs: Processes at once.
        limits: What one file may cost.
        serve: What runs in each process.
    """
    waiting = iter(indices)
    crew = [_Worker(seed, limits or Limits(), serve) for _ in range(jobs)]
    busy = {worker for worker in crew if worker.take(next(waiting, None))}
    while busy:
        ready = wait([worker.connection for worker in busy], timeout=0.5)
        for worker in sorted(busy, key=lambda worker: worker.index):
            report = worker.report(is_ready=worker.connection in ready)
            if report is None:
                continue
            yield report
            if not worker.take(next(waiting, None)):
                busy.remove(worker)


class _Worker:
    """A process that examines one file after the other, replaced when one of them ends it."""

    connection: Connection
    _process: BaseProcess

    def __init__(self, seed: int, limits: Limits, serve: Callable[[Connection, int, Limits], None]) -> None:
        self._seed, self._limits, self._serve = seed, limits, serve
        self.index = -1
        self._started = 0.0
        self._start()

    def _start(self) -> None:
        # Each from a small process that has imported everything and loaded nothing.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([serve.__module__])
        self.connection, other = context.Pipe()
        self._process = context.Process(
            target=self._serve, args=(other, self._seed, self._limits), daemon=True
        )
        self._process.start()
        other.close()
        if not self.connection.poll(_START_SECONDS):
            self._process.kill()
            raise RuntimeError(f"a worker was not ready after {_START_SECONDS:g} s")
        self.connection.recv()

    def take(self, index: int | None) -> bool:
        """Begins with a file; None ends the process, and the answer is False."""
        self.connection.send(index)
        if index is None:
            self._process.join()
            return False
        self.index, self._started = index, time.monotonic()
        return True

    def report(self, *, is_ready: bool) -> Report | None:
        """The end of the present file, or None while it goes on."""
        seconds = time.monotonic() - self._started
        finding = f"no end after {seconds:.0f} s"
        if is_ready:
            try:
                return self.connection.recv()
            except EOFError:
                self._process.join()
                finding = f"the process ended with {self._process.exitcode}"
        elif seconds < self._limits.seconds:
            return None
        self._process.kill()
        self._process.join()
        self._start()
        name, _ = mutated(self._seed, self.index)
        return Report(self.index, suffix_of(name), False, finding, seconds, 0)


def _keep(report: Report, seed: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name, content = mutated(seed, report.index)
    kept = folder / f"{seed}_{report.index}_{name}"
    kept.write_bytes(content)
    print(f"FINDING {kept}: {report.finding}")
    print(f"  again: python -m benchmarks.fuzz --seed {seed} --only {report.index}", flush=True)


def _print_summary(reports: list[Report]) -> None:
    rows = []
    for suffix in sorted({report.suffix for report in reports}):
        of_format = [report for report in reports if report.suffix == suffix]
        counts = Counter(
            "finding" if each.finding else "picture" if each.is_picture else "refused" for each in of_format
        )
        slowest = max(each.seconds for each in of_format)
        shown = [str(counts[kind]) for kind in ("picture", "refused", "finding")]
        rows.append((suffix, str(len(of_format)), *shown, f"{slowest:.1f}"))
    print_table(("format", "files", "pictures", "refused", "findings", "slowest s"), rows)
    if reports:
        slowest = max(reports, key=lambda report: report.seconds)
        peak = max(report.peak_bytes for report in reports)
        print(f"slowest: file {slowest.index}; largest memory of a process: {peak / 2**20:.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
