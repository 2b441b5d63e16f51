"""Answers of tensorflow-addons' mean, gaussian and median filters.

Made with Python 3.11, tensorflow-cpu 2.15.1, tensorflow-addons 0.23.0 and numpy 1.26.4, from this folder:

    python3.11 -m venv addons
    addons/bin/pip install tensorflow-cpu==2.15.1 tensorflow-addons==0.23.0 "numpy<2"
    addons/bin/python make_filters_golden.py

Writes filters.npz beside itself: a picture and each filter's answer, for squares of 3 and 5 pixels.
"""

from pathlib import Path

import numpy as np
import tensorflow_addons as tfa  # pyright: ignore[reportMissingImports]


def main() -> None:
    """Write the arrays."""
    picture = np.random.default_rng(2024).random((9, 8, 3), np.float32)
    arrays = {"picture": picture}
    for side in (3, 5):
        arrays[f"mean{side}"] = tfa.image.mean_filter2d(picture, side).numpy()
        arrays[f"gaussian{side}"] = tfa.image.gaussian_filter2d(picture, side, sigma=1.0).numpy()
        arrays[f"median{side}"] = tfa.image.median_filter2d(picture, side).numpy()
    np.savez_compressed(Path(__file__).with_name("filters.npz"), **arrays)


if __name__ == "__main__":
    main()
