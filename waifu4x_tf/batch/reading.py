"""The input of a job: opened, and read under the caps of a run."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from waifu4x_tf.batch.inputs import Source
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.imaging import reading
from waifu4x_tf.imaging.picture import Picture

# The x4 result of a picture has sixteen times its pixels, and the reader caps both.
OUTPUT_PIXELS_PER_INPUT_PIXEL = 16


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
