"""The generator's two goals against the discriminator, and their slopes."""

import numpy as np
from PIL import Image

from docs.figures.canvas import BLUE, ORANGE, finished, sheet_of_axes


def two_goals_of_the_generator() -> Image.Image:
    """log(1 - x) and -log x, which the generator minimises, and their slopes along the logit."""
    figure, axes = sheet_of_axes(1, 2, 11, 3.8)
    probability = np.linspace(0.002, 0.998, 500)
    goals, slopes = axes[0]
    goals.plot(probability, np.log(1 - probability), color=BLUE, label="log(1 - x): minimax")
    goals.plot(probability, -np.log(probability), color=ORANGE, label="-log x: non-saturating")
    goals.set(xlabel="x = D(G(z)), the probability that the output is real", ylim=(-5, 5))
    # x is the sigmoid of the logit, whose own slope is x (1 - x).
    slopes.plot(probability, -probability, color=BLUE, label="of log(1 - x): -x")
    slopes.plot(probability, probability - 1, color=ORANGE, label="of -log x: x - 1")
    slopes.axvline(0.01, color="#999999", lw=1, ls=":")
    slopes.text(0.025, -0.55, "x = 0.01:\n-0.01 and -0.99", fontsize=9)
    slopes.set(xlabel="x", title="slope along the discriminator's logit")
    goals.set_title("what the generator minimises")
    for axis in (goals, slopes):
        axis.grid(alpha=0.3)
        axis.legend(fontsize=9)
    return finished(figure)
