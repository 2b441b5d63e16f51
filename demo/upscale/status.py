"""What the Upscale tab says: how far a run is, and what was done to each picture."""

import html

from demo.messages import failure, progress_bar
from demo.translations import say
from demo.upscale.inspection import duration_words, treatment_words
from demo.upscale.job import Progress, Result
from demo.upscale.request import UpscaleRequest

# More would push the options off the screen; every picture has its thumbnail.
_MOST_LINES = 4


def progress_line(language: str, progress: Progress) -> str:
    """How far it is, in HTML."""
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
    return line + progress_bar(progress.fraction)


def lines(items: list[str]) -> str:
    """A line each, in HTML; of many the first, and how many more there are."""
    return f'<ul class="w4x-lines">{"".join(f"<li>{item}</li>" for item in items[:_MOST_LINES])}</ul>'


def result_lines(language: str, results: list[Result], asked: UpscaleRequest) -> str:
    """What was done to each file, in HTML: failures first, since the thumbnails show the others."""
    ordered = sorted(results, key=lambda result: result.file is not None)
    shown = lines([_line(language, result, asked) for result in ordered])
    if len(results) <= _MOST_LINES:
        return shown
    return shown + say(language, "upscale_more_lines", count=len(results) - _MOST_LINES)


def readable_bytes(count: int) -> str:
    """A size as people write it, such as 1.2 MB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def _line(language: str, result: Result, asked: UpscaleRequest) -> str:
    outcome = result.outcome
    if result.file is None or outcome.input_size is None or outcome.size is None:
        return failure(language, outcome.error or "")
    strip = asked.strip or bool(asked.preset)
    alpha = "flattened" if asked.background and result.alpha != "none" else result.alpha
    icc = ("stripped" if strip else "kept") if result.icc else ""
    details = [
        treatment_words(language, outcome.treatment) if outcome.treatment else "",
        duration_words(language, outcome.frames or 1, outcome.duration_ms or 0),
        say(language, "upscale_bits_16") if outcome.bits == 16 else "",
        say(language, f"upscale_alpha_{alpha}", colour=html.escape(asked.background or "")),
        say(language, f"upscale_icc_{icc}") if icc else "",
        f"{sum(outcome.seconds.values()):.1f} s",
        html.escape(outcome.model or ""),
        readable_bytes(outcome.bytes or 0),
    ]
    line = say(
        language,
        "upscale_done",
        name=html.escape(result.file.name),
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
        found += [say(language, "upscale_still")] if shown.still else []
        found += [say(language, "upscale_part")] if shown.part else []
    return found
