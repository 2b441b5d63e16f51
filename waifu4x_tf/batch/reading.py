"""The input of a job: opened, and read under the caps of a run."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from waifu4x_tf.batch.inputs import Source
from waifu4x_tf.batch.plan import Job
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.imaging import presets, reading, writing
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.presets import PRESETS
from waifu4x_tf.imaging.target import Target

# The x4 result of a picture has sixteen times its pixels, and the reader caps both.
OUTPUT_PIXELS_PER_INPUT_PIXEL = 16


@dataclass(frozen=True)
class Input:
    """A picture that may be enlarged and written as asked.

    Attributes:
        content: The file's bytes.
        picture: What is in it.
        target: That of the run, with this picture's bits.
        size: (width, height) of its result.
        note: What the person should know of it.
    """

    content: bytes
    picture: Picture
    target: Target
    size: tuple[int, int]
    note: str | None


def read_input(job: Job, settings: RunSettings, standard_input: BinaryIO | None) -> Input:
    """Read a job's picture, and refuse one whose result could not be written.

    Raises:
        PictureError, UsageError, OSError: It cannot be read, or not be written as the settings say.
    """
    with opened(job.source, standard_input) as source:
        content = reading.content(source, name=job.source.label)
    picture = read_capped(content, job.source.label, settings.max_megapixels)
    size = settings.target.result_size(picture.width, picture.height)
    target, note = _target_of(picture.bits, settings)
    if settings.preset is not None:
        presets.check(picture, PRESETS[settings.preset])
    writing.check(
        *size,
        not picture.is_opaque or target.pads(picture.width, picture.height),
        settings.write,
        exif=picture.exif,
        frames=len(picture.frames),
        bits=target.bits or 8,
    )
    notes = "; ".join(each for each in (job.note, picture.note, note) if each)
    return Input(content, picture, target, size, notes or None)


def _target_of(bits: int, settings: RunSettings) -> tuple[Target, str | None]:
    """The target of one picture with its bits settled, and what the person should know of them.

    Without a wish the result has as many bits per channel as the picture and its format allow.
    """
    format_name = settings.write.format
    most = writing.most_bits(format_name)
    chosen = settings.target.bits or min(bits, most)
    note = None
    if settings.target.bits is None and chosen < bits:
        note = f"rounded from {bits} to {most} bits per channel, all that {format_name} holds"
    return replace(settings.target, bits=chosen), note


@contextmanager
def opened(source: Source, standard_input: BinaryIO | None) -> Iterator[Path | BinaryIO]:
    """What the reader takes: a path for a regular file, else a stream."""
    if source.path is None:
        yield standard_input if standard_input is not None else io.BytesIO()
    elif source.path.is_fifo():
        # Such as a shell's <(command): the reader refuses its path, because nobody may ever write there.
        # Named on a command line it was meant.
        with source.path.open("rb") as stream:
            yield stream
    else:
        yield source.path


def read_capped(content: Path | bytes | BinaryIO, name: str, max_megapixels: float) -> Picture:
    """Read a picture of at most so many megapixels; the cap on its x4 result follows."""
    return reading.read(
        content,
        name=name,
        max_megapixels=max_megapixels,
        max_output_megapixels=max_megapixels * OUTPUT_PIXELS_PER_INPUT_PIXEL,
    )


def probe_capped(content: Path | bytes | BinaryIO, name: str, max_megapixels: float) -> reading.Header:
    """What the header says, under the caps of `read_capped`."""
    return reading.read_header(
        content,
        name=name,
        max_megapixels=max_megapixels,
        max_output_megapixels=max_megapixels * OUTPUT_PIXELS_PER_INPUT_PIXEL,
    )


def probe_px(source: Source, settings: RunSettings) -> int:
    """Pixels of all frames of a picture, for its share of the progress; 1 where they cannot be known yet."""
    if source.path is None or not source.path.is_file():
        return 1
    try:
        header = probe_capped(source.path, source.label, settings.max_megapixels)
    except Exception:  # Whatever it is, the job itself meets it again and reports it.
        return 1
    return header.width * header.height * header.frames
