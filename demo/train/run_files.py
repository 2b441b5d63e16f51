"""What a run of `train.pretrain` leaves in its folder, read while it is still being written."""

import csv
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from waifu4x_tf.config import read_json
from waifu4x_tf.errors import ConfigError


@dataclass(frozen=True)
class LogRow:
    """One epoch.

    Attributes:
        epoch: Its number, from 1.
        step: Batches until its end.
        loss: Its mean.
        seconds: How long it took, without validation.
        psnr: Of the validation after it, in dB; None when there was none.
    """

    epoch: int
    step: int
    loss: float
    seconds: float
    psnr: float | None


@dataclass(frozen=True)
class RunFiles:
    """The files of one run.

    Attributes:
        claimed: Whether the trainer has taken the folder, after its network was built.
        rows: Of the log, oldest first.
        is_fresh: Whether the last row is from this start.
        age_seconds: Of the last row.
        sheet: The newest sheet of samples.
        model: The newest network, once there is one.
        model_steps: After how many steps that was written.
        bicubic_psnr: What bicubic reaches on the validation's pictures, in dB.
    """

    claimed: bool = False
    rows: list[LogRow] = field(default_factory=list)
    is_fresh: bool = False
    age_seconds: float = 0.0
    sheet: Path | None = None
    model: Path | None = None
    model_steps: int = 0
    bicubic_psnr: float | None = None

    @property
    def step_seconds(self) -> float:
        """Mean over all rows; 0 before the first."""
        return sum(row.seconds for row in self.rows) / self.rows[-1].step if self.rows else 0.0

    def seconds_left(self, steps: int) -> float | None:
        """Until all the steps are done, guessed from the rows; None while they say nothing."""
        if not (self.rows and self.is_fresh):
            return None
        return max(0.0, (steps - self.rows[-1].step) * self.step_seconds - self.age_seconds)


def read_run(out: Path, *, since: float) -> RunFiles:
    """All that can be read now.

    Args:
        out: The run's folder, which need not exist.
        since: When it was started, in seconds since 1970.
    """
    rows = read_log(out / "log.csv")
    model = out / "generator.keras"
    model_steps, bicubic_psnr = _read_card(out / "card.json")
    try:
        written = (out / "log.csv").stat().st_mtime
    except OSError:
        written = 0.0
    return RunFiles(
        (out / "recipe.json").is_file(),
        rows,
        # File systems round times down.
        is_fresh=bool(rows) and written > since - 1,
        age_seconds=max(0.0, time.time() - written),
        sheet=_newest_sheet(out / "samples", rows),
        model=model if model.is_file() else None,
        model_steps=model_steps,
        bicubic_psnr=bicubic_psnr,
    )


def read_log(path: Path) -> list[LogRow]:
    """Its whole rows; a last line without an end is left out."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    rows = []
    for line in csv.DictReader(text[: text.rfind("\n") + 1].splitlines()):
        try:
            psnr = float(line["val_psnr"]) if line.get("val_psnr") else None
            row = LogRow(
                int(line["epoch"]), int(line["step"]), float(line["loss"]), float(line["seconds"]), psnr
            )
        except (KeyError, TypeError, ValueError):
            continue
        rows.append(row)
    return rows


def is_finished(out: Path) -> bool:
    """Whether a folder holds a run that has made all its steps."""
    rows = read_log(out / "log.csv")
    try:
        # The recipe comes first; lines that only the trainer reads follow.
        recipe, _ = json.JSONDecoder().raw_decode((out / "recipe.json").read_text(encoding="utf-8"))
        return bool(rows) and rows[-1].step >= recipe["training"]["steps"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _newest_sheet(folder: Path, rows: list[LogRow]) -> Path | None:
    """Of the logged epochs: a row is written after its sheet, so that one is whole."""
    names = [f"epoch_{row.epoch:04d}.png" for row in reversed(rows) if row.psnr is not None]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _read_card(path: Path) -> tuple[int, float | None]:
    """Steps of the network beside it, and PSNR of bicubic on the same pictures."""
    try:
        card = read_json(path)
        return int(card["training"]["steps"]), float(card["figures"]["validation"]["bicubic_psnr"])
    except (ConfigError, ValueError, KeyError, TypeError):
        return 0, None
