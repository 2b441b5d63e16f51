"""What the command line understands: commands, options, and the text of --help.

Nothing that costs time is imported here, so that --help and --version are instant.
"""

import argparse
import sys

from waifu4x_tf.cli.argument_types import (
    crop,
    denoise,
    factor,
    format_name,
    positive_number,
    shard,
    size,
    strength,
    whole_number,
)
from waifu4x_tf.cli.parser import Parser
from waifu4x_tf.imaging.target import DEFAULT_SCALE, FITS, MOST_SCALE, WRAPS
from waifu4x_tf.version import VERSION

_EXIT_CODES = """\
exit codes:
  0  all done          2    wrong usage, or no picture found
  1  some failed       130  stopped with Ctrl-C (143: terminated)
"""
_UPSCALE_EPILOG = f"""\
examples:
  waifu4x upscale cat.png                         writes cat_4x.png beside it
  waifu4x upscale cat.png -o big.webp --scale 2.5
  waifu4x upscale cat.png --size 1920x1080 --fit cover
  waifu4x upscale stickers more/*.png -o upscaled --skip-existing
  curl -s https://example.org/cat.png | waifu4x upscale - -o - > big.png

Folders are searched recursively, and their directory structure is kept. In them, and among the matches of a
quoted pattern, hidden entries, linked folders and files that are no pictures are passed over, and so is the
output folder; without -o also earlier results: cat_4x.png or cat_1920x1080.png beside cat.png. Of two
pictures that differ in the suffix alone one gives its result the plain name, and the other its whole one:
cat.jpg.png.

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
a border as wide as the scale left out; transparent pictures are composited on white. Of an animation the
first frame is taken.

{_EXIT_CODES}"""


_INSPECT_EPILOG = f"""\
examples:
  waifu4x inspect cat.jpg
  waifu4x inspect stickers --json

Reported are: JPEG and WebP quality, an earlier save at a lower one, traces of a former JPEG, an earlier
enlargement, pixel art, grey, screentone, kind of alpha, colour profile, a PNG's own colour tags, orientation,
animation. Nothing is written.

{_EXIT_CODES}"""


class _ShowVersion(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(f"waifu4x {VERSION}\n")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """The parser of `waifu4x`; what it gives has ``command`` and that command's options.

    A mistake in the arguments raises UsageError; --help and --version raise SystemExit.
    """
    parser = Parser(
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
    _add_inspect(commands)
    parser.commands = commands.choices
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
        type=format_name,
        metavar="png|jpeg|webp|avif|gif|tiff",
        help="format of the results (default: by OUT, else png); webp is lossless without --quality;"
        " animations go into png, webp and gif",
    )
    add(
        "--bits",
        type=int,
        choices=(8, 16),
        help="bits per channel, 16 in png and tiff (default: as the picture has and the format holds)",
    )
    add(
        "--quality",
        type=whole_number(1, 100),
        metavar="N",
        help="1 to 100, for jpeg (default 95), avif (default 90) and webp",
    )
    how_large = parser.add_mutually_exclusive_group()
    how_large.add_argument(
        "--scale",
        type=factor,
        metavar="S",
        help=f"how many times larger: 1 to {MOST_SCALE:g}, such as 2.5 (default {DEFAULT_SCALE:g})",
    )
    how_large.add_argument(
        "--size", type=size, metavar="WxH", help="the size of the results in pixels, such as 1920x1080"
    )
    how_large.add_argument(
        "--min-side",
        type=whole_number(1, 1_000_000),
        metavar="N",
        help="the shorter side of the results in pixels",
    )
    how_large.add_argument(
        "--preset",
        choices=("telegram", "discord"),
        help="a sticker of the size, format and bytes that the messenger takes, without metadata",
    )
    add(
        "--fit",
        choices=FITS,
        help="how a picture of another shape goes into --size: as large as fits inside it (default), covering"
        " it and cut, padded to it with transparency or --background, or stretched",
    )
    add(
        "--wrap",
        choices=[each for each in WRAPS if each],
        default="",
        help="the pictures are tiles laid side by side in these directions; so are the results",
    )
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument("--overwrite", action="store_true", help="replace results that exist")
    existing.add_argument(
        "--skip-existing",
        action="store_true",
        help="leave results that exist, unless their receipt names another source, model or setting",
    )
    add(
        "--background", metavar="COLOUR", help="colour under transparency, for jpeg, such as white or #ff00ff"
    )
    add("--strip", action="store_true", help="leave out colour profile, EXIF, resolution and receipt")
    add(
        "--receipt",
        action=argparse.BooleanOptionalAction,
        help="say in every result, or in RESULT.json beside it, what it was made from, which --skip-existing"
        " reads (default: in png only)",
    )
    add(
        "--shard",
        type=shard,
        metavar="K/N",
        help="do the K-th of N shares of the pictures, the same on every machine",
    )
    _add_limit(parser)
    _add_model(parser)
    add("--json", action="store_true", help="one JSON object a picture, on standard output")
    add("--quiet", action="store_true", help="only errors: no progress, no summary")
    add(
        "--dry-run",
        action="store_true",
        help="say what would be done, and write nothing: the peak of memory, and each picture's time (the"
        " first one's with the start of the command), from enlarging a small part of it",
    )


def _add_compare(commands: argparse._SubParsersAction) -> None:
    parser = _add_command(
        commands, "compare", "a sheet: nearest, bilinear, bicubic and the model side by side", _COMPARE_EPILOG
    )
    add = parser.add_argument
    add(
        "picture",
        metavar="PICTURE",
        help="a picture, of an animation its first frame; transparency is composited on white",
    )
    add("-o", "--output", metavar="SHEET", help="the file to write (default: PICTURE_compare.png beside it)")
    add(
        "--crop",
        type=crop,
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
    add("folder", metavar="FOLDER", help="a folder of originals, searched recursively")
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


def _add_inspect(commands: argparse._SubParsersAction) -> None:
    parser = _add_command(
        commands,
        "inspect",
        "say what a picture has been through, and what --denoise auto chooses",
        _INSPECT_EPILOG,
    )
    add = parser.add_argument
    add(
        "inputs",
        nargs="+",
        metavar="FILE",
        help="a picture, a folder, a quoted pattern, or - for standard input",
    )
    add("--verbose", action="store_true", help="one line for every finding")
    add("--json", action="store_true", help="one JSON object a picture")
    _add_limit(parser)
    add(
        "--model",
        default="compact",
        metavar="NAME|PATH",
        help="whose variants are chosen among; the names are below (default compact)",
    )


def _add_command(
    commands: argparse._SubParsersAction, name: str, summary: str, epilog: str
) -> argparse.ArgumentParser:
    from waifu4x_tf.models.zoo import shipped_names

    return commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        # Not in the option's own help, where argparse breaks lines at the hyphens of names.
        epilog=f"models:\n  {', '.join(shipped_names())}\n\n{epilog}",
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
        help="a shipped model, whose names are below, or a .tflite or .keras file (default compact)",
    )
    add(
        "--denoise",
        type=denoise,
        default="auto",
        metavar="LEVEL",
        help="remove noise and what JPEG, WebP and videos leave: auto looks at each picture and leaves clean"
        " ones alone; else off, low, medium or high, or 0 to 3 (default auto)",
    )
    add(
        "--strength",
        type=strength,
        default=0.0,
        metavar="0..1",
        help="0 adds no detail of its own; 1 is the GAN variant, crisper, which invents detail; between them"
        " the two are blended, in twice the time; with any --denoise (default 0)",
    )
    add(
        "--tta",
        action="store_true",
        help="average the outputs for the picture flipped and turned in 8 ways: better, in 8 times the time",
    )
    add(
        "--raw",
        action="store_true",
        help="the network's output as it is: the picture is not looked at, colours are not held to it",
    )
    add(
        "--engine", choices=("litert", "keras"), default="litert", help="what runs the model (default litert)"
    )
    add("--threads", type=whole_number(1, 1024), metavar="N", help="threads (default: by the machine)")
    add(
        "--tile",
        type=whole_number(0, 1_000_000),
        metavar="N",
        help="side of a tile in input pixels, without its overlap; 0 is the whole picture (default: chosen)",
    )
