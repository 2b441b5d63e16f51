"""How right is --dry-run: python -m benchmarks.dry_run, with --repeat N.

The estimate and the command that it is about, one right after the other, each in a fresh process, for drawn
pictures of several kinds. Both are in seconds of all cores, so that other programs disturb little; memory is
the peak of the process. The medians are printed. Leaves with 1 when one is more than 30 % off.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import parser, print_table, run_python

LARGEST_ERROR = 0.3
CASES = {
    "300x300 png": ["a.png"],
    "1200x900 png": ["b.png"],
    "1200x900 png, soft alpha": ["c.png"],
    "90000x1 png": ["d.png"],
    "640x480 jpg to webp": ["e.jpg", "--format", "webp"],
    "gif of 20 frames": ["f.gif", "--format", "gif"],
    "640x480 jpg, scale 2.5": ["e.jpg", "--scale", "2.5"],
    "640x480 jpg to 1920x1080": ["e.jpg", "--size", "1920x1080"],
    "300x300 png, large": ["a.png", "--model", "large"],
    "300x300 png, tta": ["a.png", "--tta"],
    "300x300 png, 16 bits": ["a.png", "--bits", "16"],
}
_DRAW = """\
import sys
from PIL import Image
from waifu4x_tf.data.procedural import draw
def drawn(kind, seed, width, height):
    return Image.fromarray(draw(kind, seed=seed, width=width, height=height))
folder = sys.argv[1]
drawn("face", 1, 300, 300).save(f"{folder}/a.png")
drawn("face", 2, 1200, 900).save(f"{folder}/b.png")
drawn("sticker_soft", 3, 1200, 900).save(f"{folder}/c.png")
drawn("face", 4, 900, 100).resize((90_000, 1)).save(f"{folder}/d.png")
drawn("face", 5, 640, 480).save(f"{folder}/e.jpg", quality=90)
frames = [drawn("face", 6, 240, 200) for _ in range(20)]
for number, frame in enumerate(frames):
    frame.paste(frames[0].crop((100, 100, 150, 140)), (40 + 4 * number, 60))
frames = [frame.quantize(128) for frame in frames]
frames[0].save(f"{folder}/f.gif", save_all=True, append_images=frames[1:], duration=80, loop=0)
"""
# The whole command, with every clock that of the process's cores.
_COMMAND = """\
import sys, time
time.perf_counter = time.monotonic = time.process_time
from waifu4x_tf.cli.main import main
code = main(["upscale", *sys.argv[1:]])
print(time.process_time())
sys.exit(code)
"""


def main(argv: list[str] | None = None) -> int:
    """Measure, print the table, and say what holds."""
    options = parser("benchmarks.dry_run", __doc__, repeat=3)
    options.add_argument("--case", nargs="+", choices=CASES, default=list(CASES), help="only these")
    arguments = options.parse_args(argv)
    rows, holds = [], True
    with tempfile.TemporaryDirectory() as folder:
        run_python("-c", _DRAW, folder)
        for case in arguments.case:
            runs = [_estimate_and_real(Path(folder), CASES[case]) for _ in range(arguments.repeat)]
            seconds, real_seconds, megabytes, real_megabytes = (
                statistics.median(column) for column in zip(*runs, strict=True)
            )
            ratios = seconds / real_seconds, megabytes / real_megabytes
            holds = holds and all(abs(ratio - 1) <= LARGEST_ERROR for ratio in ratios)
            cells = f"{seconds:.2f}", f"{real_seconds:.2f}", f"{ratios[0]:.2f}"
            rows.append((case, *cells, f"{megabytes:.0f}", f"{real_megabytes:.0f}", f"{ratios[1]:.2f}"))
    print_table(("picture", "estimate s", "real s", "ratio", "estimate MB", "real MB", "ratio"), rows)
    print(f"all within {LARGEST_ERROR:.0%}: {'yes' if holds else 'no'}")
    return 0 if holds else 1


def _estimate_and_real(folder: Path, case: list[str]) -> tuple[float, float, float, float]:
    """Seconds as estimated and as they were, then megabytes."""
    picture, *options = case
    command = [str(folder / picture), "-o", f"{folder}/out/", "--overwrite", "--json", *options]
    planned = json.loads(run_python("-c", _COMMAND, *command, "--dry-run")[1].splitlines()[0])
    run, said = run_python("-c", _COMMAND, *command)
    seconds = float(said.splitlines()[-1])
    return planned["seconds"]["estimate"], seconds, planned["memory_bytes"] / 1e6, run.peak_bytes / 1e6


if __name__ == "__main__":
    sys.exit(main())
