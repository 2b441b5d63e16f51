"""What a run of `train.pretrain` leaves in its folder, read while it is still being written."""

import csv
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
        rows: Of the log, oldest first.
        sheet: The newest sheet of samples.
        model: The newest network, once there is one.
        model_steps: After how many steps that was written.
        bicubic_psnr: What bicubic reaches on the validation's pictures, in dB.
    """

    rows: list[LogRow] = field(default_factory=list)
    sheet: Path | None = None
    model: Path | None = None
    model_steps: int = 0
    bicubic_psnr: float | None = None

    @property
    def step_seconds(self) -> float:
        """Mean over all rows; 0 before the first."""
        return sum(row.seconds for row in self.rows) / self.rows[-1].step if self.rows else 0.0


def read_run(out: Path) -> RunFiles:
    """All that can be read now of a run's folder, which need not exist."""
    rows = read_log(out / "log.csv")
    # Of the logged epochs: a row is written after its sheet, so that one is whole.
    sheets = (
        out / "samples" / f"epoch_{row.epoch:04d}.png" for row in reversed(rows) if row.psnr is not None
    )
    model = out / "generator.keras"
    try:
        card = read_json(out / "card.json")
        known = int(card["training"]["steps"]), float(card["figures"]["validation"]["bicubic_psnr"])
    except (ConfigError, ValueError, KeyError, TypeError):
        known = 0, None
    sheet = next((path for path in sheets if path.is_file()), None)
    return RunFiles(rows, sheet, model if model.is_file() else None, *known)


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
            numbers = int(line["epoch"]), int(line["step"]), float(line["loss"]), float(line["seconds"])
        except (KeyError, TypeError, ValueError):
            continue
        rows.append(LogRow(*numbers, psnr))
    return rows
