"""What becomes of faint grain on flat greys: python -m benchmarks.grain [--peers DIR] [--only NAME ...].

A network that takes grain for detail makes dots of it. Flat fields from dark to light get Gaussian grain, of
luma alone and of each channel by itself, and every method enlarges them by four. Printed for each strength:
the largest deviation of the result as a share of that of the grain, 1 = as grainy as before, and how far the
mean moves.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measuring import print_table
from benchmarks.peers.methods import BICUBIC, label, load_method, method_names
from benchmarks.peers.networks import PEERS, SCALE, split_present
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.data.degradations import Degradation, degrade
from waifu4x_tf.inference.engines import usable_cores

GREYS = tuple(range(16, 241, 32))
SIGMAS = (1, 2, 3, 4)
_SIDE_LR_PX, _BORDER_LR_PX = 48, 8
_SEED = 7


@dataclass(frozen=True)
class Grain:
    """What became of grain of one strength, the worst over all greys and both kinds.

    Attributes:
        gain: Standard deviation of the result over that of the low-resolution picture.
        drift: Largest difference of the means, in levels.
        worst_grey: Where the gain is largest.
    """

    gain: float
    drift: float
    worst_grey: int


def grainy(grey: int, sigma: float, *, coloured: bool, side_px: int = _SIDE_LR_PX) -> np.ndarray:
    """A flat field with Gaussian grain, uint8 (side, side, 3)."""
    flat = np.full((side_px, side_px, 3), grey, np.uint8)
    how = Degradation(grain_share=1.0, grain_sigma=(sigma, sigma), grain_colour_share=float(coloured))
    return degrade(flat, 1, np.random.default_rng([_SEED, grey]), how)


def measure(enlarge: Callable[[np.ndarray], np.ndarray], sigma: float) -> Grain:
    """The worst that a method (uint8 (H, W, 3) to (4 * H, 4 * W, 3)) makes of grain of one strength."""
    gains, drifts = {}, []
    for grey in GREYS:
        for coloured in (False, True):
            small = grainy(grey, sigma, coloured=coloured)
            large, inner = (
                picture[border:-border, border:-border].astype(np.float64)
                for picture, border in ((enlarge(small), SCALE * _BORDER_LR_PX), (small, _BORDER_LR_PX))
            )
            gains[grey] = max(gains.get(grey, 0.0), float(large.std() / inner.std()))
            drifts.append(float(np.abs(large.mean(axis=(0, 1)) - inner.mean(axis=(0, 1))).max()))
    worst = max(gains, key=gains.__getitem__)
    return Grain(gains[worst], max(drifts), worst)


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table; 0 where no model of this project strengthens grain or moves a mean, else 1."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.grain", description=__doc__)
    options.add_argument(
        "--peers", type=Path, metavar="DIR", help="folder of the peers' .param and .bin files"
    )
    options.add_argument("--only", nargs="+", choices=method_names(), metavar="NAME")
    options.add_argument("--threads", type=int, default=usable_cores(), metavar="N")
    arguments = options.parse_args(argv)
    return run_program("benchmarks.grain", _run, arguments)


def _run(arguments: argparse.Namespace) -> int:
    names = [name for name in method_names() if not arguments.only or name in arguments.only]
    peers = [name for name in names if name in PEERS]
    present = split_present(arguments.peers, peers)[0] if arguments.peers and peers else []
    names = [name for name in names if name not in PEERS or name in present]
    holds, rows = True, []
    for name in names:
        method = load_method(name, arguments.peers or Path(), arguments.threads)
        found = [measure(method, sigma) for sigma in SIGMAS]
        ours = name not in PEERS and name != BICUBIC
        holds = holds and not (ours and any(each.gain > 1 or each.drift > 1 for each in found))
        rows.append(
            (label(name), *(f"{each.gain:.2f} / {each.drift:.1f} at {each.worst_grey}" for each in found))
        )
    print(f"Greys {GREYS[0]} to {GREYS[-1]}: deviation out / in, drift in levels, at the worst grey")
    print_table(("method", *(f"sigma {sigma}" for sigma in SIGMAS)), rows)
    print(f"this project's at most 1 and 1 level: {'OK' if holds else 'NOT reached'}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
