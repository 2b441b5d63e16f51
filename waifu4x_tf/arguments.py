"""What the command line understands: commands, options, and the text of --help.

Nothing that costs time is imported here, so that --help and --version are instant.
"""

import argparse
import math
import sys
from collections.abc import Callable
from typing import NoReturn

from waifu4x_tf.errors import UsageError

_EXIT_CODES = """\
exit codes:
  0  all done          2    wrong usage, or no picture found
  1  some failed       130  stopped with Ctrl-C (143: terminated)
"""
_UPSCALE_EPILOG = f"""\
examples:
  waifu4x upscale cat.png                         writes cat_4x.png beside it
  waifu4x upscale cat.png -o big.webp --scale 2.5
  waifu4x upscale stickers more/*.png -o upscaled --skip-existing
  curl -s https://example.org/cat.png | waifu4x upscale - -o - > big.png

Folders are searched to the bottom and their tree is kept. In them, and among the matches of a quoted pattern,
hidden entries, linked folders and files that are no pictures are passed over, and so is the output folder;
without -o also earlier results: cat_4x.png beside cat.png.

{_EXIT_CODES}"""
_COMPARE_EPILOG = f"""\
examples:
  waifu4x compare cat.png                         writes cat_compare.png beside it
  waifu4x compare cat.png -o sheet.png --crop 40,10,96,96

{_EXIT_CODES}"""
_EVALUATE_EPILOG = f"""\
examples:
  waifu4x evaluate originals
  waifu4x evaluate originals --model my.tflite --verbose
  waifu4x evaluate originals --jpeg 60            how well damaged pictures come back

Every picture is shrunk with antialiased bicubic and enlarged again. PSNR and SSIM are of the Y channel, with
a border as wide as the scale left out; transparent pictures are laid on white.

{_EXIT_CODES}"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Make a mistake in the arguments one line like every other error."""
        raise UsageError(f"{message} (see: {self.prog} --help)")


class _ShowVersion(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            sys.stdout.write(f"waifu4x {version('waifu4x')}\n")
        except PackageNotFoundError:
            sys.stdout.write("waifu4x (run from a checkout, not installed)\n")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """The parser of `waifu4x`; what it gives has ``command`` and that command's options.

    A mistake in the arguments raises UsageError; --help and --version raise SystemExit.
    """
    parser = _Parser(
        prog="waifu4x",
        description="Make small anime pictures, stickers and memes four times larger and clean, on the CPU.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print the version and leave")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    _add_upscale(commands)
    _add_compare(commands)
    _add_evaluate(commands)
    return parser


def _add_upscale(commands: argparse._SubParsersAction) -> None:
    parser = _add_command(commands, "upscale", "enlarge pictures and folders of pictures", _UPSCALE_EPILOG)
    add = parser.add_argument
    add(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="a picture, a folder, a quoted pattern, or - for standard input",
    )
    add(
        "-o",
        "--output",
        metavar="OUT",
        help="a folder; a file, when there is one picture; - for standard output",
    )
    add(
        "--format",
        type=_format_name,
        metavar="png|jpeg|webp",
        help="format of the results (default: by OUT, else png); webp is lossless without --quality",
    )
    add("--quality", type=whole_number(1, 100), metavar="N", help="1 to 100, for jpeg (default 95) and webp")
    add("--scale", type=_factor, default=4.0, metavar="S", help="any factor from 1 to 4 (default 4)")
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument("--overwrite", action="store_true", help="replace results that exist")
    existing.add_argument(
        "--skip-existing", action="store_true", help="leave results that exist, without failing"
    )
    add(
        "--background", metavar="COLOUR", help="colour under transparency, for jpeg, such as white or #ff00ff"
    )
    add("--strip", action="store_true", help="leave out colour profile, EXIF and resolution")
    _add_limit(parser)
    _add_model(parser)
    add("--json", action="store_true", help="one JSON object a picture, on standard output")
    add("--quiet", action="store_true", help="only errors: no progress, no summary")
    add(
        "--dry-run",
        action="store_true",
        help="say what would be done, its time and memory, and write nothing",
    )


def _add_compare(commands: argparse._SubParsersAction) -> None:
    parser = _add_command(
        commands, "compare", "a sheet: nearest, bilinear, bicubic and the model side by side", _COMPARE_EPILOG
    )
    add = parser.add_argument
    add("picture", metavar="PICTURE", help="a picture; transparency is laid on white")
    add("-o", "--output", metavar="SHEET", help="the file to write (default: PICTURE_compare.png beside it)")
    add(
        "--crop",
        type=_crop,
        metavar="X,Y,W,H",
        help="the part to enlarge (default: at most 128x128 of the centre)",
    )
    add("--overwrite", action="store_true", help="replace a sheet that exists")
    add("--quiet", action="store_true", help="only errors")
    _add_limit(parser)
    _add_model(parser)


def _add_evaluate(commands: argparse._SubParsersAction) -> None:
    parser = _add_command(
        commands, "evaluate", "PSNR and SSIM of nearest, bilinear, bicubic and the model", _EVALUATE_EPILOG
    )
    add = parser.add_argument
    add("folder", metavar="FOLDER", help="a folder of originals, searched to the bottom")
    add("--scale", type=whole_number(2, 4), default=4, metavar="N", help="2, 3 or 4 (default 4)")
    add(
        "--jpeg",
        type=whole_number(1, 100),
        metavar="Q",
        help="save the shrunk pictures as JPEG of this quality first (4:2:0)",
    )
    add("--verbose", action="store_true", help="the scores of every picture too")
    add("--json", action="store_true", help="one JSON object a picture, then one with the mean")
    add("--quiet", action="store_true", help="no progress")
    _add_limit(parser)
    _add_model(parser)


def _add_command(
    commands: argparse._SubParsersAction, name: str, summary: str, epilog: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # A shortened option would change its meaning when a longer one comes.
        allow_abbrev=False,
    )


def _add_limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--max-megapixels",
        type=positive_number,
        default=64.0,
        metavar="M",
        help="refuse larger pictures before decoding them (default 64)",
    )


def _add_model(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--model",
        default="compact",
        metavar="NAME|PATH",
        help="a shipped model or a model file (default compact)",
    )
    add(
        "--denoise",
        type=whole_number(0, 3),
        default=0,
        metavar="0|1|2|3",
        help="clean JPEG damage too: 1 light (quality 85 to 95), 2 middling (65 to 85), 3 heavy (below 65, or"
        " saved again and again); default 0: none",
    )
    add(
        "--strength",
        type=_strength,
        default=0.0,
        metavar="0..1",
        help="0 keeps to what the small picture says; 1 is crisper and invents fine detail; between them the"
        " two are blended, in twice the time (default 0)",
    )
    add(
        "--engine", choices=("litert", "keras"), default="litert", help="what runs the model (default litert)"
    )
    add("--threads", type=whole_number(1, 1024), metavar="N", help="threads (default: by the machine)")
    add(
        "--tile",
        type=whole_number(0, 1_000_000),
        metavar="N",
        help="edge of a tile in input pixels, without its overlap; 0 is the whole picture (default: chosen)",
    )


def _format_name(text: str) -> str:
    name = {"jpg": "jpeg"}.get(text.lower(), text.lower())
    if name not in ("png", "jpeg", "webp"):
        raise argparse.ArgumentTypeError(
            f"a format is png, jpeg or webp. Received: {text}. Choose one of these."
        )
    return name


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """What reads an option that is a whole number within these bounds."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most}. Received: {text}.")
        return number

    return parse


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _factor(text: str) -> float:
    if not 1 <= _number(text) <= 4:
        raise argparse.ArgumentTypeError(f"a factor from 1 to 4, such as 4 or 2.5. Received: {text}.")
    return _number(text)


def _strength(text: str) -> float:
    if not 0 <= _number(text) <= 1:
        raise argparse.ArgumentTypeError(f"a number from 0 to 1, such as 0.5. Received: {text}.")
    return _number(text)


def positive_number(text: str) -> float:
    """Reads an option that is a number above 0."""
    if not 0 < _number(text) < math.inf:
        raise argparse.ArgumentTypeError(f"a number above 0. Received: {text}.")
    return _number(text)


def _crop(text: str) -> tuple[int, int, int, int]:
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"four whole numbers: X,Y,WIDTH,HEIGHT. Received: {text}.") from None
    return x, y, width, height
