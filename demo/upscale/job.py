"""The work behind the Upscale tab: files in, the command line's files out, beside the page that waits."""

import dataclasses
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from demo.context import DemoContext
from demo.storage import files_below
from demo.upscale.previews import Shown, before_and_after
from demo.upscale.request import UpscaleRequest
from waifu4x_tf.batch.inputs import Source
from waifu4x_tf.batch.outcome import Outcome
from waifu4x_tf.batch.plan import Job
from waifu4x_tf.batch.runner import run_job
from waifu4x_tf.cli.progress import seconds_left
from waifu4x_tf.errors import MissingExtraError
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.presets import PRESETS

# Beside the results: what the page shows of them.
SHOWN = "shown"
_TOLD_EVERY_SECONDS = 0.2
# A page that nobody reads any more asks for no further news; its run ends then.
_UNREAD_SECONDS = 30.0


@dataclass(frozen=True)
class Result:
    """What came of one picture.

    Attributes:
        source: The picture's file.
        outcome: As the command line reports it.
        alpha: Of what was read: "none", "binary" or "soft"; "padded" where the result has bars around it.
        icc: Whether it has a colour profile.
        shown: What the slider shows; None when it failed, or the result cannot be decoded here.
    """

    source: Path
    outcome: Outcome
    alpha: str = "none"
    icc: bool = False
    shown: Shown | None = None

    @property
    def file(self) -> Path | None:
        """The result, when there is one."""
        output = self.outcome.output
        return Path(output) if output and self.outcome.status == "done" else None


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        index: Of the present picture.
        count: Of all.
        name: Of the present picture.
        fraction: Of the whole run.
        seconds_left: Guessed from the time until now; None while that says too little.
    """

    index: int
    count: int
    name: str
    fraction: float
    seconds_left: float | None


@dataclass
class UpscaleRun:
    """One visitor's pictures, enlarged in a thread of their own; leaving the `with` block stops it.

    Args:
        context: Of the demo.
        files: The uploaded pictures.
        asked: For all of them.
        folder: Where results go: new and empty.
        visitor: Whose bytes they are.
        previews: Write what the slider shows beside every result.
        taken: Names that results must not have, such as those of earlier results.
    """

    context: DemoContext
    files: list[Path]
    asked: UpscaleRequest
    folder: Path
    visitor: str = ""
    previews: bool = True
    taken: frozenset[str] = frozenset()
    results: list[Result] = field(default_factory=list)
    stopped: bool = False
    error: Exception | None = None

    def __enter__(self) -> "UpscaleRun":
        """Check everything that can be known before the work, and begin.

        Raises:
            UsageError, ModelError: What is asked for cannot be done with any picture.
        """
        self.context.limits.check_count(self.files)
        self._settings = self.asked.settings(self.context.limits.max_megapixels)
        self._progress = Progress(0, len(self.files), self.files[0].name, 0.0, None)
        self._started = self._read_at = time.monotonic()
        self._booked = 0
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._work, name="upscale", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop after the present tile, and wait for that."""
        self.stopped = self.stopped or not self._finished.is_set()
        self._thread.join()

    def news(self) -> Iterator[Progress]:
        """How far it is, again and again, until it is over.

        Raises:
            Waifu4xError: What ended the run as a whole.
        """
        while not self._finished.wait(_TOLD_EVERY_SECONDS):
            self._read_at = time.monotonic()
            yield self._progress
        if self.error is not None:
            raise self.error

    def _work(self) -> None:
        try:
            asked = self.asked
            upscaler = self.context.upscalers.get(  # a wrong one is refused before the first picture
                asked.model,
                denoise=asked.denoise,
                strength=asked.strength,
                tta=asked.tta,
                raw=asked.raw,
            )
            for index, job in enumerate(self._jobs()):
                if self._cancelled():
                    break
                self.context.storage.check(self.visitor)
                self._tell(index, 0, 1)
                read: list[Picture] = []
                outcome = run_job(
                    job,
                    self._settings,
                    lambda: upscaler,
                    progress=lambda done, total, index=index: self._tell(index, done, total),
                    cancel=self._cancelled,
                    on_read=read.append,
                )
                if not self._cancelled():
                    self.results.append(self._result(job, outcome, *read))
                self._book()
        except Exception as error:  # raised again in the page's thread
            self.error = error
        finally:
            self._finished.set()

    def _book(self) -> None:
        size = sum(each for _, each, _ in files_below(self.folder))
        self.context.storage.book(self.visitor, size - self._booked)
        self._booked = size

    def _result(self, job: Job, outcome: Outcome, picture: Picture | None = None) -> Result:
        """With what the page shows beside it, of the picture as it was read."""
        name = job.source.relative.name
        outcome = dataclasses.replace(
            outcome, error=outcome.error and outcome.error.replace(job.source.label, name)
        )
        path = job.source.path
        if not self.previews or path is None or picture is None or outcome.status != "done":
            return Result(path or Path(name), outcome)
        target, strip = self._settings.target, self._settings.write.strip
        pads = target.pads(picture.width, picture.height)
        aside = self.folder / SHOWN
        aside.mkdir(exist_ok=True)
        plain = dataclasses.replace(picture, icc_profile=None) if strip else picture
        try:
            shown = before_and_after(plain, outcome, target, aside / str(len(self.results)))
        except MissingExtraError:
            shown = None
        alpha = "padded" if pads else _alpha_kind(picture)
        return Result(path, outcome, alpha, picture.icc_profile is not None, shown)

    def _jobs(self) -> Iterator[Job]:
        """With the names that the command line gives, made unique where two pictures share one."""
        label = self.asked.label
        formats = PRESETS[label].formats if label in PRESETS else (self._settings.write.format,)
        taken = {Path(name).stem.casefold() for name in self.taken}
        for path in self.files:
            stem = name = f"{path.stem}_{label}"
            number = 1
            while name.casefold() in taken:
                number += 1
                name = f"{stem}_{number}"
            taken.add(name.casefold())
            outputs = [self.folder / f"{name}.{each}" for each in formats]
            yield Job(Source(path, Path(path.name)), outputs[0], other_output=(*outputs, None)[1])

    def _cancelled(self) -> bool:
        self.stopped = self.stopped or time.monotonic() - self._read_at > _UNREAD_SECONDS
        return self.stopped

    def _tell(self, index: int, done: int, total: int) -> None:
        fraction = (index + done / max(1, total)) / len(self.files)
        left = seconds_left(fraction, time.monotonic() - self._started)
        self._progress = Progress(index, len(self.files), self.files[index].name, fraction, left)


def _alpha_kind(picture: Picture) -> str:
    if not picture.has_alpha:
        return "none"
    return "binary" if picture.alpha_is_binary else "soft"
