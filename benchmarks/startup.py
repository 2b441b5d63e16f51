"""How long a single sticker takes, cold: python -m benchmarks.startup, with --repeat N and --model PATH.

The whole command `waifu4x upscale` on a drawn 64 x 64 sticker, a fresh process each time, in turn with
`import tensorflow` alone. A first round that fills the file cache and writes bytecode is not counted.
Held to: under 1 s at best. Leaves with 1 when that does not hold.
"""

import importlib.util
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import draw_picture, model_options, parser, print_table, run_python, run_upscale

SIDE_PX = 64
LARGEST_SECONDS = 1.0
_NOTHING = "pass"
_IMPORTS = """\
from waifu4x_tf.batch import runner
from waifu4x_tf.cli.main import main
from waifu4x_tf.inference import loading
import ai_edge_litert.interpreter
"""
_TENSORFLOW = "import tensorflow"


def main(argv: list[str] | None = None) -> int:
    """Measure, print the tables, and say what holds."""
    arguments = parser("benchmarks.startup", __doc__, repeat=7).parse_args(argv)
    programs = {"python alone": _NOTHING, "with our imports": _IMPORTS}
    if importlib.util.find_spec("tensorflow"):
        programs["import tensorflow"] = _TENSORFLOW
    seconds: dict[str, list[float]] = {name: [] for name in ("waifu4x upscale", *programs)}
    stages: dict[str, list[float]] = {"read": [], "upscale": [], "write": []}
    with tempfile.TemporaryDirectory() as folder:
        sticker = draw_picture(Path(folder) / "sticker.png", "sticker_soft", SIDE_PX)
        for counted in [False] + [True] * arguments.repeat:
            run = run_upscale(sticker, model_options(arguments))
            others = {name: run_python("-c", code)[0] for name, code in programs.items()}
            if counted:
                seconds["waifu4x upscale"].append(run.seconds)
                for name, other in others.items():
                    seconds[name].append(other.seconds)
                for stage, values in stages.items():
                    values.append(run.report["seconds"][stage])
    return _report(seconds, stages, arguments.repeat)


def _report(seconds: dict[str, list[float]], stages: dict[str, list[float]], repeat: int) -> int:
    print(f"a {SIDE_PX} x {SIDE_PX} sticker, {repeat} cold runs")
    print_table(
        ("process", "best s", "median s"),
        [
            (name, f"{min(values):.3f}", f"{statistics.median(values):.3f}")
            for name, values in seconds.items()
        ],
    )
    best = {name: min(values) for name, values in (seconds | stages).items()}
    whole = best["waifu4x upscale"]
    parts = {
        "python": best["python alone"],
        "imports": best["with our imports"] - best["python alone"],
        **{stage: best[stage] for stage in stages},
    }
    parts["model load, leaving"] = whole - sum(parts.values())
    print("of which, seconds: " + ", ".join(f"{name} {part:.3f}" for name, part in parts.items()))
    if "import tensorflow" in best:
        print(f"import tensorflow / waifu4x upscale, best: {best['import tensorflow'] / whole:.1f}")
    else:
        print("import tensorflow: not measured, it is not installed")
    holds = whole < LARGEST_SECONDS
    print(f"whole command: {'OK' if holds else 'over budget'} ({whole:.2f} s of {LARGEST_SECONDS:.0f} s)")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
