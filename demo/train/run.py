"""One training run as a process that outlives the page: started, found again, watched by its files, stopped.

`python -m train.pretrain` does the work. The process inherits a locked file: as long as it lives the lock is
held, so it is found again after a restart of the demo, and never mistaken for another one of the same number.
"""

import contextlib
import dataclasses
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.train.folders import TrainingRefusedError, next_folder, run_folder, shown
from demo.train.recipes import CHECKOUT, RecipeChoice
from demo.train.run_files import RunFiles, is_finished, read_run
from waifu4x_tf.models import zoo

if sys.platform != "win32":
    import fcntl

RUNS = CHECKOUT / "runs"
_RECORD_NAME = ".demo_run.json"
_LOCK_NAME = ".demo_run.lock"
_ERROR = re.compile(r"^train\.pretrain: error: (.+)$", re.MULTILINE)
_MOST_LOG_BYTES = 20_000
_TAIL_LINES = 8
# Ctrl-C first, which the trainer answers; a demo started in the background of a script makes it deaf to that.
_SIGNALS = ("SIGINT", "SIGTERM", "SIGKILL")


@dataclass(frozen=True)
class RunRecord:
    """What is remembered of the last run that was started.

    Attributes:
        recipe: Its name.
        steps: Batches in all.
        out: Its folder.
        command: The whole command.
        log: What it prints.
        log_start: Where in that file this start's lines begin.
        started: Seconds since 1970.
        pid: Of its process, which leads a process group; 0 until that is known.
        stopped: Whether it was asked to stop.
    """

    recipe: str
    steps: int
    out: str
    command: list[str]
    log: str
    log_start: int
    started: float
    pid: int = 0
    stopped: bool = False


@dataclass(frozen=True)
class RunView:
    """How the run is.

    Attributes:
        phase: "running"; "finished"; "stopped", when it was asked to; "failed", when the trainer said why; or
            "ended", when it did not.
        record: What was started.
        files: What is in its folder.
        error: The trainer's sentence.
        tail: The last lines of what it printed.
    """

    phase: str
    record: RunRecord
    files: RunFiles
    error: str = ""
    tail: str = ""

    @property
    def can_resume(self) -> bool:
        """Whether the same command again would go on."""
        return self.phase in ("stopped", "ended")


class TrainingRun:
    """The one run that a checkout's demo may have going.

    Args:
        folder: Where runs lie; made with the first one.
        program: What takes the options of `train.pretrain`.
    """

    def __init__(
        self, folder: Path = RUNS, program: tuple[str, ...] = (sys.executable, "-m", "train.pretrain")
    ) -> None:
        self.folder = folder.resolve()
        self._program = program
        self._mutex = threading.Lock()

    def start(self, recipe: RecipeChoice, *, data: Path | None = None, out: str = "", init: str = "") -> Path:
        """Begin, or go on with what is in the folder.

        Args:
            recipe: What to train.
            data: Folder of pictures; None for drawn ones.
            out: Folder of the run, as runs/NAME; "" for the next free one.
            init: Shipped network to start from; "" for fresh weights.

        Returns:
            The file that everything it prints goes into.

        Raises:
            TrainingRefusedError: A run is going, a folder is no good, or the process cannot be started.
        """
        free = next_folder(self.folder, recipe.name)
        folder = run_folder(self.folder, out) if out.strip() else free
        if is_finished(folder):
            shown_folders = {"out": shown(self.folder, folder), "other": shown(self.folder, free)}
            raise TrainingRefusedError("finished_before", **shown_folders)
        command = [*self._program, "--recipe", recipe.name, "--out", str(folder)]
        if data is not None:
            command += ["--data", str(data)]
        if init:
            if init not in recipe.starts:
                raise TrainingRefusedError("init_refused", received=init[:40], recipe=recipe.name)
            command += ["--init", str(zoo.WEIGHTS / f"{init}.keras")]
        log = folder.with_name(f"{folder.name}.log")  # beside it: a run starts in an empty folder
        return self._launch(RunRecord(recipe.name, recipe.steps, str(folder), command, str(log), 0, 0.0))

    def resume(self) -> Path:
        """The last command again, which goes on from its checkpoint.

        Returns:
            The file that everything it prints goes into.

        Raises:
            TrainingRefusedError: A run is going, there was none, or the process cannot be started.
        """
        record = self._read()
        if record is None:
            raise TrainingRefusedError("nothing_to_resume")
        return self._launch(dataclasses.replace(record, pid=0, stopped=False))

    def stop(self, patience_seconds: tuple[float, ...] = (5, 3, 3)) -> None:
        """Ask the run to end, ever more firmly; `resume` goes on from its last checkpoint.

        Args:
            patience_seconds: How long to wait after Ctrl-C, after SIGTERM and after SIGKILL.

        Raises:
            TrainingRefusedError: It is still there.
        """
        record = self._read()
        if record is None or not self._is_going():
            return
        if record.pid:
            self._write(dataclasses.replace(record, stopped=True))
            for name, seconds in zip(_SIGNALS, patience_seconds, strict=True):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(record.pid, getattr(signal, name))
                if self._has_ended_within(seconds):
                    return
        raise TrainingRefusedError("still_there", pid=record.pid)

    def look(self) -> RunView | None:
        """How the run is now; None before the first."""
        going = self._is_going()  # before the files, so that an ended run's are complete
        record = self._read()
        if record is None:
            return None
        files = read_run(Path(record.out), since=record.started)
        if going:
            return RunView("running", record, files)
        told = _read_from(Path(record.log), record.log_start)
        errors = _ERROR.findall(told)
        if errors:  # rows from before this start may be another run's, which the folder belongs to
            return RunView("failed", record, files if files.is_fresh else RunFiles(), error=errors[-1])
        if files.rows and files.rows[-1].step >= record.steps:
            return RunView("finished", record, files)
        if record.stopped:
            return RunView("stopped", record, files)
        return RunView("ended", record, files, tail="\n".join(told.splitlines()[-_TAIL_LINES:]))

    def _launch(self, record: RunRecord) -> Path:
        try:
            with self._mutex:
                self._launch_alone(record)
        except OSError as error:
            raise TrainingRefusedError("not_started", error=str(error)) from error
        return Path(record.log)

    def _launch_alone(self, record: RunRecord) -> None:
        Path(record.out).parent.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _LOCK_NAME).open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TrainingRefusedError("one_at_a_time") from error
            with Path(record.log).open("ab") as log:
                record = dataclasses.replace(record, log_start=log.tell(), started=time.time())
                self._write(record)
                process = subprocess.Popen(
                    record.command,
                    cwd=CHECKOUT,
                    env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "PYTHONUNBUFFERED": "1"},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # neither Ctrl-C for the demo nor its end reach it
                    pass_fds=(lock.fileno(),),
                )
            self._write(dataclasses.replace(record, pid=process.pid))
        threading.Thread(target=process.wait, name="training", daemon=True).start()

    def _is_going(self) -> bool:
        path = self.folder / _LOCK_NAME
        if not path.is_file():
            return False
        with self._mutex, path.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _has_ended_within(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self._is_going():
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True

    def _read(self) -> RunRecord | None:
        try:
            values: dict[str, Any] = json.loads((self.folder / _RECORD_NAME).read_text(encoding="utf-8"))
            return RunRecord(**values)
        except (OSError, ValueError, TypeError):
            return None

    def _write(self, record: RunRecord) -> None:
        aside = self.folder / f"{_RECORD_NAME}.part"
        aside.write_text(json.dumps(dataclasses.asdict(record), indent=2), encoding="utf-8")
        os.replace(aside, self.folder / _RECORD_NAME)


def what_is_missing() -> str:
    """The key of the sentence that says why nothing can be trained here; "" when it can."""
    if not (importlib.util.find_spec("tensorflow") and importlib.util.find_spec("keras")):
        return "missing"
    return "elsewhere" if sys.platform == "win32" else ""


def _read_from(path: Path, start: int) -> str:
    """The end of a file from a place on; "" without one."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(start, size - _MOST_LOG_BYTES))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
