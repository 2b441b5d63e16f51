"""Quality, speed and memory beside other projects' networks: python -m benchmarks.peers --peers DIR.

Bicubic, every shipped model and the networks of a folder (realesr-animevideov3, upscayl-lite, waifu2x,
Real-CUGAN, Real-ESRGAN; ncnn on the CPU) enlarge the same pictures by four with the same number of threads.
Pictures of --pictures are shrunk with antialiased bicubic first, with --field also in every other way of
`waifu4x_tf.data.field`; PSNR and SSIM are of the Y channel with a border of 4 left out. Time is that of
128x128 to 512x512 pixels, each method in turn and in a process of its own.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.edge_chart import draw_chart
from benchmarks.measuring import draw_picture, print_table
from benchmarks.peers.methods import Cost, Method, label, load_method, measure_in_turn, method_names, runtimes
from benchmarks.peers.networks import PEERS, SCALE, split_present
from benchmarks.peers.quality import measure_folder, print_field, print_quality
from benchmarks.peers.sheet import Place, busiest_box, draw_sheet
from waifu4x_tf.batch.inputs import list_sources
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.errors import UsageError
from waifu4x_tf.evaluation.scores import scores_as_json, shrunk_pair
from waifu4x_tf.inference.engines import usable_cores

TIMED_SIDE_PX = 128
REFERENCE = "compact"
MEGABYTE = 10**6
_ABSENT = "-"

Figures = Mapping[str, float | None]


def main(argv: list[str] | None = None) -> int:
    """Measure and print the tables; 0 all measured, 1 some pictures could not be, 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    return run_program("benchmarks.peers", _run, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    add = parser.add_argument
    add("--peers", type=Path, required=True, metavar="DIR", help="folder of the peers' .param and .bin files")
    add(
        "--pictures", type=Path, action="append", default=[], metavar="DIR", help="originals; may be repeated"
    )
    add("--threads", type=int, default=usable_cores(), metavar="N", help="default: all usable cores")
    add("--repeat", type=int, default=5, metavar="N", help="timed rounds (default 5); 0: no timing")
    add("--jpeg", type=int, metavar="Q", help="save the small pictures as JPEG first (1 to 100)")
    add("--field", action="store_true", help="also each kind of the field: kernels, grain, codecs and others")
    add("--sheet", type=Path, metavar="PATH.png", help="crops side by side; an existing file is replaced")
    add("--json", type=Path, metavar="PATH", help="all figures; an existing file is replaced")
    add("--only", nargs="+", choices=method_names(), metavar="NAME", help=f"of {', '.join(method_names())}")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    _check(arguments)
    names = [name for name in method_names() if not arguments.only or name in arguments.only]
    present, left_out = split_present(arguments.peers, [name for name in names if name in PEERS])
    names = [name for name in names if name not in PEERS or name in present]
    for name, reason in left_out.items():
        print(f"left out: {name} ({reason})")
    methods = {name: load_method(name, arguments.peers, arguments.threads) for name in names}

    edge_errors, of_chart = _edge_errors(methods)
    speed = speed_figures(_costs(names, arguments), edge_errors)
    _print_speed(speed, arguments)
    places: list[Place] = []
    quality: dict[str, Any] = {}
    refused = 0
    for folder in arguments.pictures:
        sys.stdout.flush()
        measured = measure_folder(folder, methods, jpeg_quality=arguments.jpeg, with_field=arguments.field)
        print_quality(folder, measured, jpeg_quality=arguments.jpeg)
        if measured.field:
            print_field(folder, measured.field)
        places += measured.places
        refused += measured.refused
        quality[str(folder)] = {
            "pictures": len(measured.scores),
            "mean": scores_as_json(measured.means()),
            "field": {name: scores_as_json(scores) for name, scores in measured.field.items()},
        }

    if arguments.sheet:
        draw_sheet([*places, of_chart]).save(arguments.sheet)
    if arguments.json:
        figures = {"threads": arguments.threads, "repeat": arguments.repeat, "runtimes": runtimes(names)}
        figures["jpeg"] = arguments.jpeg
        figures |= {"left_out": left_out, "speed": speed, "quality": quality}
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if refused else 0


def _check(arguments: argparse.Namespace) -> None:
    """Refuse before minutes of work what would fail after them."""
    if arguments.threads < 1:
        raise UsageError(
            f"--threads is at least 1. Received: {arguments.threads}. Leave it out for all cores."
        )
    if arguments.repeat < 0:
        raise UsageError(f"--repeat is 0 or more. Received: {arguments.repeat}. Use 5.")
    if arguments.jpeg is not None and not 1 <= arguments.jpeg <= 100:
        raise UsageError(f"--jpeg is a quality from 1 to 100. Received: {arguments.jpeg}. Use 60.")
    if arguments.sheet and arguments.sheet.suffix.lower() != ".png":
        raise UsageError(f"A sheet is a .png file. Received: {arguments.sheet}. Change its suffix.")
    for path in (arguments.sheet, arguments.json):
        if path and not path.parent.is_dir():
            raise UsageError(
                f"A result goes into an existing folder. Received: {path}. Make the folder first."
            )
    for folder in arguments.pictures:
        if not folder.is_dir() or not list_sources([str(folder)], out="-").sources:
            raise UsageError(f"--pictures is a folder with pictures. Received: {folder}. Check the name.")


def _edge_errors(methods: Mapping[str, Method]) -> tuple[dict[str, float], Place]:
    chart = draw_chart()
    _, small = shrunk_pair(chart.picture, SCALE)
    box = busiest_box(small, SCALE)
    errors, panels = {}, {"original": box.cut(chart.picture)}
    for name, method in methods.items():
        result = method(small)
        errors[name] = chart.error(result)
        panels[label(name)] = box.cut(result)
    return errors, Place(f"edge chart, at {box.left},{box.top}", panels)


def _costs(names: list[str], arguments: argparse.Namespace) -> dict[str, Cost]:
    with tempfile.TemporaryDirectory() as folder:
        picture = draw_picture(Path(folder) / "small.png", "face", TIMED_SIDE_PX)
        return measure_in_turn(
            names, picture, arguments.peers, threads=arguments.threads, repeat=arguments.repeat
        )


def speed_figures(costs: Mapping[str, Cost], edge_errors: Mapping[str, float]) -> dict[str, Figures]:
    """Method to its figures; what was not measured is None."""
    megapixels = (TIMED_SIDE_PX * SCALE) ** 2 / 1e6
    best = {name: min(cost.seconds) for name, cost in costs.items() if cost.seconds}
    figures: dict[str, Figures] = {}
    for name, cost in costs.items():
        seconds = best.get(name)
        figures[name] = {
            "best_seconds": seconds,
            "median_seconds": statistics.median(cost.seconds) if cost.seconds else None,
            "seconds_per_megapixel": seconds / megapixels if seconds else None,
            f"times_{REFERENCE}": seconds / best[REFERENCE] if seconds and REFERENCE in best else None,
            "peak_bytes": cost.peak_bytes,
            "edge_error": edge_errors[name],
        }
    return figures


def _print_speed(speed: Mapping[str, Figures], arguments: argparse.Namespace) -> None:
    columns = (
        ("best ms", "best_seconds", 1e3, ".1f"),
        ("median ms", "median_seconds", 1e3, ".1f"),
        ("s/MP", "seconds_per_megapixel", 1, ".3f"),
        (f"x {REFERENCE}", f"times_{REFERENCE}", 1, ".2f"),
        ("peak MB", "peak_bytes", 1 / MEGABYTE, ".0f"),
        ("edge error", "edge_error", 1, ".2f"),
    )
    side = TIMED_SIDE_PX * SCALE
    print(f"{TIMED_SIDE_PX}x{TIMED_SIDE_PX} to {side}x{side} px, {runtimes(speed)}")
    timed = f"best of {arguments.repeat} rounds" if arguments.repeat else "not timed"
    print(f"threads {arguments.threads}, {timed}; s/MP and x {REFERENCE} are of the best")
    print_table(
        ("method", *(title for title, *_ in columns)),
        [
            (label(name), *(_shown(figures[key], unit, digits) for _, key, unit, digits in columns))
            for name, figures in speed.items()
        ],
    )
    print(
        "peak MB: of the whole process; edge error: RMS in levels of 0..255 beside the edges of a drawn chart"
    )


def _shown(value: float | None, unit: float, digits: str) -> str:
    return _ABSENT if value is None else format(value * unit, digits)


if __name__ == "__main__":
    sys.exit(main())
