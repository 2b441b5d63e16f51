"""The input doctor on the page and for programs: what a picture has been through, before it is enlarged."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from demo.translations import say
from waifu4x_tf.batch.reading import read_capped
from waifu4x_tf.imaging import reading
from waifu4x_tf.inference.options import ModelOptions
from waifu4x_tf.inference.treatment import Treatment, treatment_of
from waifu4x_tf.inspection.damage import Damage
from waifu4x_tf.inspection.findings import Findings, inspect
from waifu4x_tf.models import zoo

INSPECTION_QUEUE: dict[str, Any] = {"concurrency_id": "inspect", "concurrency_limit": 1}


class Inspected(NamedTuple):
    """What was found, and what "auto" does for it; None where a model leaves nothing to choose."""

    findings: Findings
    treatment: Treatment | None

    def as_json(self, name: str) -> dict[str, Any]:
        """As `waifu4x inspect --json` reports it."""
        treatment = self.treatment or Treatment()
        seen = {"seen": treatment.seen, "treatment": treatment.done}
        return {"input": name, "error": None, **self.findings.as_json(), **seen}


def inspected(path: Path, model: str, max_megapixels: float) -> Inspected:
    """Look at one picture.

    Raises:
        PictureError: It cannot be read.
    """
    content = reading.content(path, name=path.name)
    picture = read_capped(content, path.name, max_megapixels)
    treatment = treatment_of(picture, ModelOptions(model)) if model in zoo.shipped_names() else None
    return Inspected(inspect(content, picture), treatment)


def findings_line(language: str, name: str, found: Inspected) -> str:
    """One line, in HTML: the findings that matter, and what "auto" does."""
    findings = found.findings
    remarks = [_origin_words(language, findings), *_kind_words(language, findings)]
    return say(
        language,
        "inspect_line",
        name=html.escape(name),
        size=f"{findings.width}x{findings.height}",
        remarks=say(language, "page_comma").join(filter(None, remarks)),
        advice=treatment_words(language, found.treatment or Treatment()) or say(language, "treated_nothing"),
    )


def treatment_words(language: str, treatment: Treatment) -> str:
    """What is done for a picture, and for what, in a few words; none for nothing."""
    parts = []
    if treatment.variant:
        unnamed = "damage" if treatment.denoises else "averaging"
        words = [say(language, f"seen_{name}") for name in treatment.damages or (unnamed,)]
        seen = say(language, "seen_join").join(words)
        if treatment.denoises:
            level = say(language, f"upscale_denoise_{treatment.variant}")
            parts.append(say(language, "treated_denoise", level=level, seen=seen))
        else:
            parts.append(say(language, f"treated_{treatment.variant}", seen=seen))
    if treatment.amount:
        key = "treated_soft" if treatment.amount > 0 else "treated_sharp"
        parts.append(say(language, key, amount=f"{abs(treatment.amount):.2f}"))
    return say(language, "page_comma").join(parts)


def damage_words(language: str, damage: Damage) -> str:
    """What lossy formats did, in a few words."""
    if damage.codec is None:
        return say(language, "inspect_lossless")
    key = "inspect_former" if damage.codec == "former JPEG" else "inspect_saved"
    words = say(language, key, format=damage.codec)
    if damage.quality is not None:
        quality = "inspect_quality" if damage.is_exact else "inspect_quality_about"
        words += say(language, quality, quality=damage.quality)
    if damage.earlier_quality is not None:
        words += say(language, "inspect_earlier", quality=damage.earlier_quality)
    return words


def duration_words(language: str, frames: int, duration_ms: int) -> str:
    """Frames and duration of an animation; nothing of a still."""
    if frames == 1:
        return ""
    return say(language, "upscale_moving", frames=frames, seconds=f"{duration_ms / 1000:.1f}")


def _origin_words(language: str, findings: Findings) -> str:
    enlargement = findings.enlargement
    words = damage_words(language, findings.damage)
    if enlargement is None:
        return words + (say(language, "inspect_pixel_art") if findings.is_pixel_art else "")
    kind = "repeated" if enlargement.repeats_pixels else "enlarged" if enlargement.is_exact else "soft"
    return words + say(language, f"inspect_{kind}", factor=f"{enlargement.factor:g}")


def _kind_words(language: str, findings: Findings) -> Iterator[str]:
    if findings.has_screentone:
        yield say(language, "inspect_screentone")
    elif findings.colours != "colour":
        yield say(language, "inspect_grey")
    if findings.alpha in ("hard", "soft", "invisible"):
        yield say(language, f"inspect_alpha_{findings.alpha}")
    if findings.bits > 8:
        yield say(language, "upscale_bits_16")
    yield duration_words(language, findings.frames, findings.duration_ms)
