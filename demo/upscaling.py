"""The work behind the Upscale tab: files in, the command line's files out, beside the page that waits."""

import dataclasses
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from demo.context import DemoContext
from demo.previews import before_and_after
from waifu4x_tf.batch import Job, result_stem
from waifu4x_tf.batch_runner import RunSettings, read_capped, run_job
from waifu4x_tf.imaging import writing
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.input_listing import Source
from waifu4x_tf.outcome import Outcome
from waifu4x_tf.progress import seconds_left

# Beside the results: what the page shows of them.
SHOWN = "shown"
_TOLD_EVERY_SECONDS = 0.2
# A page that nobody reads any more asks for no further news; its run ends then.
_UNREAD_SECONDS = 30.0


@dataclass(frozen=True)
class Wishes:
    """What is asked of every picture of a run; the options of `waifu4x upscale` by the same names."""

    model: str = "compact"
    denoise: int = 0
    strength: float = 0.0
    scale: float = 4.0
    format: str = "png"
    quality: int | None = None
    background: str | None = None
    strip: bool = False

    @classmethod
    def of(
        cls,
        model: str,
        denoise: float,
        strength: float,
        scale: float,
        file_format: str,
        quality: float | None,
        background: str | None,
        strip: bool,
    ) -> "Wishes":
        """From what the page's controls give; an empty quality or background is none."""
        return cls(
            model,
            int(denoise),
            float(strength),
            float(scale),
            file_format,
            int(quality) if quality else None,
            (background or "").strip() or None,
            bool(strip),
        )

    def settings(self, max_megapixels: float) -> RunSettings:
        """Those of the command line.

        Raises:
            UsageError: No picture could satisfy them.
        """
        options = WriteOptions(self.format, self.quality, self.background, self.strip)
        writing.check(1, 1, False, options)
        return RunSettings(Target(self.scale), self.denoise, options, max_megapixels=max_megapixels)


@dataclass(frozen=True)
class Result:
    """What came of one picture.

    Attributes:
        outcome: As the command line tells it.
        alpha: Of what was read: "none", "binary" or "soft".
        icc: Whether it has a colour profile.
        before: Bicubic at the result's size, or a part of it; None when it failed.
        after: The same part of the result.
        part: Whether both are a part.
    """

    outcome: Outcome
    alpha: str = "none"
    icc: bool = False
    before: Path | None = None
    after: Path | None = None
    part: bool = False

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
        wishes: For all of them.
        folder: Where results go: new and empty.
        previews: Write what the slider shows beside every result.
    """

    context: DemoContext
    files: list[Path]
    wishes: Wishes
    folder: Path
    previews: bool = True
    results: list[Result] = field(default_factory=list)
    stopped: bool = False
    error: Exception | None = None

    def __enter__(self) -> "UpscaleRun":
        """Check everything that can be told before the work, and begin.

        Raises:
            UsageError, ModelError: What is asked for cannot be done with any picture.
        """
        self.context.limits.check_count(self.files)
        self._settings = self.wishes.settings(self.context.limits.max_megapixels)
        self._progress = Progress(0, len(self.files), self.files[0].name, 0.0, None)
        self._started = self._read_at = time.monotonic()
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

            def models(denoise: int) -> Upscaler:
                return self.context.upscalers.get(
                    self.wishes.model, denoise=denoise, strength=self.wishes.strength
                )

            models(self._settings.denoise)  # a wrong one is told before the first picture
            for index, (path, output) in enumerate(zip(self.files, self._outputs(), strict=True)):
                if self._cancelled():
                    break
                self._tell(index, 0, 1)
                job = Job(Source(path, Path(path.name)), output)
                outcome = run_job(
                    job,
                    self._settings,
                    models,
                    progress=lambda done, total, index=index: self._tell(index, done, total),
                    cancel=self._cancelled,
                )
                if not self._cancelled():
                    self.results.append(self._result(job, outcome))
        except Exception as error:  # told in the page's thread
            self.error = error
        finally:
            self._finished.set()

    def _result(self, job: Job, outcome: Outcome) -> Result:
        """With what the page shows beside it; an error of that is the picture's."""
        name = job.source.relative.name
        told = dataclasses.replace(
            outcome, error=outcome.error and outcome.error.replace(job.source.label, name)
        )
        path, output, size = job.source.path, job.output, outcome.size
        if not self.previews or path is None or output is None or size is None:
            return Result(told)
        picture = read_capped(path, name, self._settings.max_megapixels)
        aside = self.folder / SHOWN
        aside.mkdir(exist_ok=True)
        shown = before_and_after(picture, output, size, aside / str(len(self.results)))
        return Result(
            told, _alpha_kind(picture), picture.icc_profile is not None, shown.before, shown.after, shown.part
        )

    def _outputs(self) -> Iterator[Path]:
        """The name that the command line gives, made unique where two pictures share it."""
        taken: set[str] = set()
        for path in self.files:
            stem = name = result_stem(path, self.wishes.scale)
            number = 1
            while name.casefold() in taken:
                number += 1
                name = f"{stem}_{number}"
            taken.add(name.casefold())
            yield self.folder / f"{name}.{self.wishes.format}"

    def _cancelled(self) -> bool:
        self.stopped = self.stopped or time.monotonic() - self._read_at > _UNREAD_SECONDS
        return self.stopped

    def _tell(self, index: int, done: int, total: int) -> None:
        fraction = (index + done / max(1, total)) / len(self.files)
        left = seconds_left(fraction, time.monotonic() - self._started)
        self._progress = Progress(index, len(self.files), self.files[index].name, fraction, left)


def finished_files(folder: Path) -> list[Path]:
    """The results of a run until now, oldest first; none where there was no run."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def _alpha_kind(picture: Picture) -> str:
    if not picture.has_alpha:
        return "none"
    return "binary" if picture.alpha_is_binary else "soft"
