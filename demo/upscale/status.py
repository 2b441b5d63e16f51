"""What the Upscale tab says: how far a run is, and what was done to each picture."""

import html
from pathlib import Path

from demo.messages import failure
from demo.translations import say
from demo.upscale.inspection import told_moving, told_treatment
from demo.upscale.job import Progress, Result


def progress_line(language: str, progress: Progress, told: list[Result]) -> str:
    """How far it is, in HTML, with what failed until now."""
    line = say(
        language,
        "upscale_running",
        index=progress.index + 1,
        count=progress.count,
        name=html.escape(progress.name),
        percent=round(100 * progress.fraction),
    )
    if progress.seconds_left is not None:
        line += say(language, "upscale_left", seconds=round(progress.seconds_left))
    bar = f'<progress max="1" value="{progress.fraction:.3f}" aria-hidden="true"></progress>'
    failed = "".join(failure(language, result.outcome.error or "") for result in told if not result.file)
    return f"{line}<br>{bar}{failed}"


def result_lines(language: str, results: list[Result], background: str | None, *, strip: bool) -> str:
    """What was done to each file, a line each, in HTML.

    Args:
        language: Of the visitor.
        results: Of the run.
        background: Over which transparency was laid; None when it was kept.
        strip: Whether metadata was left out.
    """
    lines = "".join(f"<li>{_line(language, result, background, strip)}</li>" for result in results)
    return f'<ul class="w4x-lines">{lines}</ul>'


def readable_bytes(count: int) -> str:
    """A size as people write it, such as 1.2 MB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def _line(language: str, result: Result, background: str | None, strip: bool) -> str:
    outcome = result.outcome
    if outcome.status != "done" or outcome.input_size is None or outcome.size is None:
        return failure(language, outcome.error or "")
    alpha = "flattened" if background and result.alpha != "none" else result.alpha
    icc = ("stripped" if strip else "kept") if result.icc else "none"
    details = [
        told_treatment(language, outcome.treatment) if outcome.treatment else "",
        told_moving(language, outcome.frames or 1, outcome.duration_ms or 0),
        say(language, "upscale_bits_16") if outcome.bits == 16 else "",
        say(language, f"upscale_alpha_{alpha}", colour=html.escape(background or "")),
        say(language, f"upscale_icc_{icc}"),
        f"{sum(outcome.seconds.values()):.1f} s",
        html.escape(outcome.model or ""),
        readable_bytes(outcome.bytes or 0),
    ]
    line = say(
        language,
        "upscale_done",
        name=html.escape(Path(str(outcome.output)).name),
        from_size="{}x{}".format(*outcome.input_size),
        size="{}x{}".format(*outcome.size),
        details=say(language, "page_comma").join(filter(None, details)),
    )
    return " ".join([line, *_remarks(language, result)])


def _remarks(language: str, result: Result) -> list[str]:
    """What else should be known of the result, or of what is shown of it."""
    outcome, shown = result.outcome, result.shown
    found = []
    if outcome.levels_off is not None:
        found.append(say(language, "upscale_drift", levels=f"{outcome.levels_off:.1f}"))
    for note in (outcome.note or "").split("; "):
        if note.startswith("rounded"):  # what the demo has words of its own for
            found.append(say(language, "upscale_rounded"))
        elif note:
            found.append(f"{html.escape(note)}.")
    if shown is None:
        found.append(say(language, "upscale_not_shown"))
    else:
        if shown.still:
            found.append(say(language, "upscale_still_below" if shown.moving else "upscale_still"))
        found += [say(language, "upscale_part")] if shown.part else []
    return found
