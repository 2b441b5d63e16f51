"""`waifu4x evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from waifu4x_tf.cli.console import (
    EXIT_DONE,
    EXIT_SOME_FAILED,
    complain,
    print_json,
    shows_progress,
)
from waifu4x_tf.cli.models import load
from waifu4x_tf.errors import PictureError, UsageError, named

if TYPE_CHECKING:
    from argparse import Namespace


def evaluate(arguments: Namespace) -> int:
    """Measure the model on a folder of originals; the exit code."""
    from waifu4x_tf.batch.inputs import list_sources
    from waifu4x_tf.batch.reading import read_capped
    from waifu4x_tf.cli.progress import Progress
    from waifu4x_tf.evaluation import scores
    from waifu4x_tf.evaluation.comparison import flatten_on_white

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
            rows[name] = scores.evaluate(
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
            print_json({"input": source.label, "scores": scores.scores_as_json(rows[name])})
    progress.clear()
    if not rows:
        raise PictureError(f"No picture of {folder} could be measured. The lines above say why.")
    mean = scores.mean_scores(list(rows.values()))
    if arguments.json:
        settings = {
            "pictures": len(rows),
            "scale": arguments.scale,
            "jpeg": arguments.jpeg,
            "denoise": arguments.denoise,
        }
        print_json({"mean": scores.scores_as_json(mean), **settings})
    else:
        print(scores.scores_table({**(rows if arguments.verbose else {}), "mean": mean}))
        counted = f"{len(rows)} picture{'s' if len(rows) != 1 else ''}"
        damage = f", JPEG {arguments.jpeg}" if arguments.jpeg else ""
        damage += f", denoise {arguments.denoise}"
        print(f"{counted}, x{arguments.scale}{damage}, Y channel, border {arguments.scale}")
    return EXIT_DONE if len(rows) == len(sources) else EXIT_SOME_FAILED
