"""`waifu4x compare` and `waifu4x evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from waifu4x_tf.commands.loading import load
from waifu4x_tf.commands.talking import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    complain,
    print_json,
    shows_progress,
)
from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.plain_text import named

if TYPE_CHECKING:
    from argparse import Namespace


def compare(arguments: Namespace) -> int:
    """Write a sheet of one picture enlarged in every way; the exit code."""
    from waifu4x_tf.batch.runner import read_capped
    from waifu4x_tf.evaluation import comparison
    from waifu4x_tf.imaging import reading, writing
    from waifu4x_tf.imaging.picture import Picture

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
        Picture.from_pil(image),
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


def evaluate(arguments: Namespace) -> int:
    """Measure the model on a folder of originals; the exit code."""
    from waifu4x_tf.batch.inputs import list_sources
    from waifu4x_tf.batch.runner import read_capped
    from waifu4x_tf.evaluation import scores as evaluation
    from waifu4x_tf.evaluation.comparison import flatten_on_white
    from waifu4x_tf.progress import Progress

    folder = Path(arguments.folder)
    if not folder.is_dir():
        raise UsageError(f"Pictures to evaluate are in a folder. Received: {folder}, which is none.")
    sources = list_sources([arguments.folder], out="-").sources
    if not sources:
        raise UsageError(f"A folder to evaluate holds pictures. Received: {folder}, which holds none.")
    upscaler = load(arguments)
    progress = Progress(sys.stderr, [1] * len(sources), enabled=shows_progress(arguments))
    rows = {}
    for index, source in enumerate(sources):
        progress.start_picture(index, source.label)
        name = source.relative.as_posix()
        try:
            picture = read_capped(Path(source.label), source.label, arguments.max_megapixels)
            rows[name] = evaluation.evaluate(
                flatten_on_white(picture),
                upscaler,
                scale=arguments.scale,
                jpeg_quality=arguments.jpeg,
                name=source.label,
            )
        except (PictureError, OSError, MemoryError) as error:
            progress.clear()
            complain(named(source.label, str(error) or "not enough memory for this picture."))
            continue
        if arguments.json:
            progress.clear()
            print_json({"input": source.label, "scores": evaluation.scores_as_json(rows[name])})
    progress.clear()
    if not rows:
        raise PictureError(f"No picture of {folder} could be measured. The lines above say why.")
    mean = evaluation.mean_scores(list(rows.values()))
    if arguments.json:
        settings = {
            "pictures": len(rows),
            "scale": arguments.scale,
            "jpeg": arguments.jpeg,
            "denoise": arguments.denoise,
        }
        print_json({"mean": evaluation.scores_as_json(mean), **settings})
    else:
        print(evaluation.scores_table({**(rows if arguments.verbose else {}), "mean": mean}))
        counted = f"{len(rows)} picture{'s' if len(rows) != 1 else ''}"
        damage = f", JPEG {arguments.jpeg}" if arguments.jpeg else ""
        damage += f", denoise {arguments.denoise}"
        print(f"{counted}, x{arguments.scale}{damage}, Y channel, border {arguments.scale}")
    return EXIT_DONE if len(rows) == len(sources) else EXIT_SOME_FAILED
