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
from itertools import chain, count
from pathlib import Path

from demo.train.recipes import CHECKOUT, RecipeChoice
from demo.train.run_files import RunFiles, read_run
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.imaging.atomic_files import replace_file
from waifu4x_tf.models import zoo

if sys.platform != "win32":
    import fcntl

RUNS = CHECKOUT / "runs"
_RECORD_NAME = ".demo_run.json"
_LOCK_NAME = ".demo_run.lock"
_ERROR = re.compile(r"^train\.pretrain: error: (.+)$", re.MULTILINE)
_TAIL_LINES = 8
# Ctrl-C first, which the trainer answers; a demo started in the background of a script makes it deaf to that.
_SIGNALS = ("SIGINT", "SIGTERM", "SIGKILL")


class TrainingRefusedError(Waifu4xError):
    """What cannot be done.

    Args:
        key: Of the sentence that says so, in demo/words/train.toml without the file's name.
        **values: What stands in its braces.
    """

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values


@dataclass(frozen=True)
class RunRecord:
    """What is remembered of the last run that was started.

    Attributes:
        recipe: Its name.
        steps: Batches in all.
        out: Its folder.
        command: The whole command.
        log: What it prints, from its last start on.
        started: Seconds since 1970.
        pid: Of its process, which leads a process group; 0 until that is known.
    """

    recipe: str
    steps: int
    out: str
    command: list[str]
    log: str
    started: float = 0.0
    pid: int = 0


@dataclass(frozen=True)
class RunView:
    """How the run is.

    Attributes:
        phase: "running", "finished", "failed" where the trainer said why, or "ended" before its last step.
        record: What was started.
        files: What is in its folder.
        tail: The trainer's sentence of a failure, or the last lines of what it printed.
    """

    phase: str
    record: RunRecord
    files: RunFiles
    tail: str = ""


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

    def start(self, recipe: RecipeChoice, data: Path | None = None) -> None:
        """Begin in the first of RECIPE-demo, RECIPE-demo-2 and so on that is not there yet.

        Args:
            recipe: What to train, from the weights that its own command names.
            data: Folder of pictures; None for drawn ones.

        Raises:
            TrainingRefusedError: A run is going, or the process cannot be started.
        """
        names = chain([f"{recipe.name}-demo"], (f"{recipe.name}-demo-{number}" for number in count(2)))
        folder = next(self.folder / name for name in names if not (self.folder / name).exists())
        command = [*self._program, "--recipe", recipe.name, "--out", str(folder)]
        command += [] if data is None else ["--data", str(data)]
        command += ["--init", str(zoo.WEIGHTS / f"{recipe.init}.keras")] if recipe.init else []
        log = folder.with_name(f"{folder.name}.log")  # beside it: a run starts in an empty folder
        self._launch(RunRecord(recipe.name, recipe.steps, str(folder), command, str(log)))

    def resume(self) -> None:
        """The last command again, which goes on from its checkpoint.

        Raises:
            TrainingRefusedError: A run is going, there was none, or the process cannot be started.
        """
        record = self._read()
        if record is None:
            raise TrainingRefusedError("nothing_to_resume")
        self._launch(record)

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
            for name, seconds in zip(_SIGNALS, patience_seconds, strict=True):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(record.pid, getattr(signal, name))
                until = time.monotonic() + seconds
                while self._is_going() and time.monotonic() <= until:
                    time.sleep(0.1)
                if not self._is_going():
                    return
        raise TrainingRefusedError("still_there", pid=record.pid)

    def look(self) -> RunView | None:
        """How the run is now; None before the first."""
        going = self._is_going()  # before the files, so that an ended run's are complete
        record = self._read()
        if record is None:
            return None
        files = read_run(Path(record.out))
        if going:
            return RunView("running", record, files)
        try:
            printed = Path(record.log).read_text(encoding="utf-8", errors="replace")
        except OSError:
            printed = ""
        if errors := _ERROR.findall(printed):
            return RunView("failed", record, files, errors[-1])
        if files.rows and files.rows[-1].step >= record.steps:
            return RunView("finished", record, files)
        return RunView("ended", record, files, "\n".join(printed.splitlines()[-_TAIL_LINES:]))

    def _launch(self, record: RunRecord) -> None:
        record = dataclasses.replace(record, pid=0, started=time.time())
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._mutex, (self.folder / _LOCK_NAME).open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                with Path(record.log).open("wb") as log:
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
        except BlockingIOError as error:
            raise TrainingRefusedError("one_at_a_time") from error
        except OSError as error:
            raise TrainingRefusedError("not_started", error=str(error)) from error
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

    def _read(self) -> RunRecord | None:
        try:
            return RunRecord(**json.loads((self.folder / _RECORD_NAME).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _write(self, record: RunRecord) -> None:
        content = json.dumps(dataclasses.asdict(record), indent=2)
        replace_file(self.folder / _RECORD_NAME, content.encode())


def what_is_missing() -> str:
    """The key of the sentence that says why nothing can be trained here; "" when it can."""
    if not (importlib.util.find_spec("tensorflow") and importlib.util.find_spec("keras")):
        return "missing"
    return "elsewhere" if sys.platform == "win32" else ""
