"""Make the pictures of docs/method.md.

python -m docs.figures [NAME...] [-o DIR]

Every picture is computed: by the library, from drawings that no network is trained on and from the shipped
model. The extra `dev` holds all that it needs.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
from PIL import Image

from docs.figures import charts, diagrams, filters, interpolation, networks, pixels
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.pil import from_pil
from waifu4x_tf.imaging.writing import WriteOptions, write

FIGURES: dict[str, Callable[[], Image.Image]] = {
    "interpolation": interpolation.numbers_of_each_method,
    "filters": filters.filters_and_their_maps,
    "srcnn": diagrams.srcnn,
    "sub_pixel": diagrams.sub_pixel,
    "features": networks.features_of_the_generator,
    "equal_psnr": pixels.six_of_equal_psnr,
    "colour_spaces": pixels.channels_of_colour_spaces,
    "vgg19": diagrams.vgg19,
    "stacks": diagrams.stacks_of_3x3,
    "adversarial": charts.two_goals_of_the_generator,
    "srgan": diagrams.srgan,
    "gallery": networks.gallery,
}
DEFAULT_FOLDER = Path(__file__).parents[1] / "method"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 for a mistake of the user."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.figures",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(FIGURES)}; default: all")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_FOLDER, metavar="DIR")
    arguments = parser.parse_args(argv)
    return run_program("docs.figures", _run, arguments)


def _run(arguments: argparse.Namespace) -> None:
    if unknown := sorted(set(arguments.names) - set(FIGURES)):
        raise UsageError(f"A figure is one of {', '.join(FIGURES)}. Received: {', '.join(unknown)}.")
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or FIGURES:
        path = arguments.output / f"{name}.png"
        write(from_pil(FIGURES[name]()), path, WriteOptions("png"), overwrite=True)
        print(path, flush=True)


if __name__ == "__main__":
    sys.exit(main())
