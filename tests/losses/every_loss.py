"""Every loss on the same numbers; run as a program it prints them as JSON, for the backend at hand."""

import json
from typing import Any

import numpy as np
from differentiation import with_gradients

from waifu4x_tf.losses.adversarial import ADVERSARIAL_LOSSES, adversarial_loss
from waifu4x_tf.losses.checkerboard import CheckerboardLoss
from waifu4x_tf.losses.perceptual import PerceptualLoss
from waifu4x_tf.losses.pixel import PIXEL_LOSSES, pixel_loss


def values_and_slopes() -> dict[str, tuple[float, list[float]]]:
    """Name of a loss -> its value and the sizes of its gradients by both inputs."""
    rng = np.random.default_rng(0)
    pictures = [rng.random((2, 8, 8, 3), np.float32) for _ in range(2)]
    logits = [rng.normal(size=(4, 1)).astype(np.float32) for _ in range(2)]
    cases: dict[str, Any] = {name: (pixel_loss(name), pictures) for name in PIXEL_LOSSES}
    for name in ADVERSARIAL_LOSSES:
        loss = adversarial_loss(name)
        cases[f"{name} generator"] = (loss.generator_loss, logits)
        cases[f"{name} discriminator"] = (loss.discriminator_loss, logits)
    cases["perceptual"] = (PerceptualLoss(["conv1_2", "conv2_1"], None), pictures)
    cases["checkerboard"] = (CheckerboardLoss(2, period=2), pictures)
    found = {}
    for name, (loss, inputs) in cases.items():
        value, slopes = with_gradients(loss, *inputs)
        found[name] = (value, [float(np.abs(each).sum()) for each in slopes])
    return found


if __name__ == "__main__":
    print(json.dumps(values_and_slopes()))  # noqa: T201
