"""Does a picture cost what its size says: python -m benchmarks.scaling, with --repeat N and --model PATH.

Drawn pictures of 512, 1024 and 2048 px through the whole command, in turn, each time in a fresh process.
Held to: seconds of inference per megapixel of the result within 20 % of each other, and a peak memory of at
most twice the bytes of the result plus 300 MB. Leaves with 1 when one of them does not hold.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import Run, draw_picture, model_options, parser, print_table, run_upscale

SIDES_PX = (512, 1024, 2048)
LARGEST_RATIO = 1.2
MEGABYTE = 10**6
FIXED_BYTES = 300 * MEGABYTE


def main(argv: list[str] | None = None) -> int:
    """Measure, print the table, and say what holds."""
    options = parser("benchmarks.scaling", __doc__, repeat=5)
    options.add_argument("--sides", type=int, nargs="+", default=SIDES_PX, metavar="PX", help="of the inputs")
    options.add_argument("--kind", default="face", help="kind of drawing (default face; sticker_soft: alpha)")
    options.add_argument("--tile", metavar="N", help="as waifu4x upscale has it")
    arguments = options.parse_args(argv)
    command_options = model_options(arguments) + (["--tile", arguments.tile] if arguments.tile else [])
    with tempfile.TemporaryDirectory() as folder:
        pictures = {
            side: draw_picture(Path(folder) / f"{side}.png", arguments.kind, side) for side in arguments.sides
        }
        runs: dict[int, list[Run]] = {side: [] for side in pictures}
        for _ in range(arguments.repeat):
            for side, picture in pictures.items():
                runs[side].append(run_upscale(picture, command_options))
    return _report(runs, channels=4 if arguments.kind.startswith("sticker") else 3)


def _report(runs: dict[int, list[Run]], *, channels: int) -> int:
    speeds, rows, fits = [], [], True
    for side, of_side in runs.items():
        report = of_side[0].report
        megapixels = report["width"] * report["height"] / 1e6
        result_bytes = report["width"] * report["height"] * channels
        upscale, write = (
            min(run.report["seconds"][stage] for run in of_side) for stage in ("upscale", "write")
        )
        peak, budget = max(run.peak_bytes for run in of_side), 2 * result_bytes + FIXED_BYTES
        fits = fits and peak <= budget
        speeds.append(upscale / megapixels)
        rows.append(
            (
                f"{side} -> {report['width']} px",
                f"{upscale:.2f}",
                f"{upscale / megapixels:.4f}",
                f"{write:.2f}",
                f"{write / megapixels:.4f}",
                f"{peak / MEGABYTE:.0f}",
                f"{budget / MEGABYTE:.0f}",
                f"{peak / budget:.2f}",
            )
        )
    print(f"best of {len(next(iter(runs.values())))}, peak memory the largest of them")
    print_table(
        ("size", "infer s", "s/MP", "PNG s", "s/MP", "peak MB", "budget MB", "peak/budget"),
        rows,
    )
    ratio = max(speeds) / min(speeds)
    even = ratio <= LARGEST_RATIO
    print(
        f"inference per megapixel, slowest / fastest {ratio:.2f}: {_result(even)} (at most {LARGEST_RATIO})"
    )
    print(f"peak memory: {_result(fits)} (at most 2 x the result + {FIXED_BYTES / MEGABYTE:.0f} MB)")
    return 0 if even and fits else 1


def _result(holds: bool) -> str:
    return "OK" if holds else "over budget"


if __name__ == "__main__":
    sys.exit(main())
