"""`waifu4x compare`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from waifu4x_tf.cli.console import EXIT_DONE
from waifu4x_tf.cli.models import load
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.pil import from_pil

if TYPE_CHECKING:
    from argparse import Namespace


def compare(arguments: Namespace) -> int:
    """Write a sheet of one picture enlarged in every way; the exit code."""
    from waifu4x_tf.batch.reading import read_capped
    from waifu4x_tf.evaluation import comparison
    from waifu4x_tf.imaging import reading, writing

    source = Path(arguments.picture)
    if not source.is_file():
        raise UsageError(
            f"A picture to compare is a file. Received: {source}, which is none. Check the name."
        )
    sheet = Path(arguments.output or source.with_name(f"{source.stem}_compare.png"))
    format_name = writing.format_of_suffix(sheet.suffix)
    if format_name is None:
        raise UsageError(
            f"A sheet is written as .png, .jpg or .webp. Received: {sheet}. Choose one of these."
        )
    if sheet.exists() and (not arguments.overwrite or sheet.samefile(source)):
        raise UsageError(
            f"A file that exists is kept. Received: the sheet {sheet}. Choose another -o, or add "
            "--overwrite; the picture itself is never replaced."
        )
    content = reading.content(source)
    picture = read_capped(content, str(source), arguments.max_megapixels)
    box = comparison.crop_box(picture.width, picture.height, arguments.crop)
    x, y, width, height = box
    part = comparison.flatten_on_white(picture)[y : y + height, x : x + width]
    upscaler = load(arguments).for_picture(picture)
    panels = comparison.enlarge_by_each(part, upscaler, (height * upscaler.scale, width * upscaler.scale))
    where = f"{width}x{height} px at {x},{y} of {picture.width}x{picture.height}"
    image = comparison.draw_sheet(panels, f"{source.name}: {where}, {upscaler.scale} times larger")
    sheet.parent.mkdir(parents=True, exist_ok=True)
    writing.write(
        from_pil(image),
        sheet,
        writing.WriteOptions(format=format_name),
        overwrite=arguments.overwrite,
    )
    if not arguments.quiet:
        whole = (width, height) == (picture.width, picture.height)
        hint = "" if whole or arguments.crop else " (the centre; --crop X,Y,W,H chooses another part)"
        treatment = str(upscaler.treatment or "")
        treated = f"; {treatment}" if treatment else ""
        first = f", the first of {len(picture.frames)} frames" if picture.is_animated else ""
        print(f"{source} -> {sheet}: {where}{first}{hint}{treated}", file=sys.stderr)
    return EXIT_DONE
