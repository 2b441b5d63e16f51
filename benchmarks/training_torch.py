"""The networks and the step of `benchmarks.training` once more, in PyTorch."""
# pyright: reportMissingImports=false

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from benchmarks.training_settings import DISCRIMINATOR_WIDTH, STEP, VGG_LAYER

_VGG_CHANNELS = ((64, 64), (128, 128), (256,))


def torch_parts(small: np.ndarray, large: np.ndarray, *, threads: int) -> dict[str, Callable[[], Any]]:
    """Parts by the titles of `benchmarks.training.keras_parts`; a batch is made without PyTorch."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    few, many = (
        torch.from_numpy(np.ascontiguousarray(side.transpose(0, 3, 1, 2))) for side in (small, large)
    )
    generator, discriminator, vgg = _Compact(), _UNet(DISCRIMINATOR_WIDTH), _vgg()
    g_steps = torch.optim.Adam(generator.parameters(), 1e-4)
    d_steps = torch.optim.Adam(discriminator.parameters(), 1e-4)

    def learn() -> None:
        g_steps.zero_grad()
        functional.l1_loss(generator(few), many).backward()
        g_steps.step()

    def see(picture: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            true = vgg(many)
        return functional.mse_loss(vgg(picture), true)

    def update_discriminator(fake: torch.Tensor) -> None:
        d_steps.zero_grad()
        (
            functional.softplus(-discriminator(many)).mean() + functional.softplus(discriminator(fake)).mean()
        ).backward()
        d_steps.step()

    def step() -> None:
        fake = generator(few)
        update_discriminator(fake.detach())
        g_steps.zero_grad()
        loss = functional.l1_loss(fake, many) + 0.05 * see(fake)
        (loss + 0.005 * functional.softplus(-discriminator(fake)).mean()).backward()
        g_steps.step()

    def forward() -> None:
        with torch.no_grad():
            generator(few)

    return {
        "generator, forward": forward,
        "generator, forward and backward": learn,
        f"VGG19 to {VGG_LAYER}, both pictures and backward": lambda: see(
            many.clone().requires_grad_()
        ).backward(),
        "discriminator, both pictures and backward": lambda: update_discriminator(1 - many),
        STEP: step,
    }


class _Compact(nn.Module):
    """`waifu4x_tf.models.compact` with its default widths."""

    def __init__(self, width: int = 64, blocks: int = 5) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, width, 3, padding=1)
        pairs = [
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
            )
            for _ in range(blocks)
        ]
        self.blocks = nn.ModuleList(pairs)
        self.tail = nn.Conv2d(width, 48, 3, padding=1)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.head(picture))
        for block in self.blocks:
            x = x + block(x)
        enlarged = functional.interpolate(picture, scale_factor=4, mode="bilinear")
        return (enlarged + functional.pixel_shuffle(self.tail(x), 4)).clamp(0, 1)


class _UNet(nn.Module):
    """`waifu4x_tf.models.unet_discriminator`."""

    def __init__(self, width: int) -> None:
        super().__init__()

        def conv(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Module:
            return spectral_norm(nn.Conv2d(inputs, outputs, size, stride, 1, bias=False))

        self.head = nn.Conv2d(3, width, 3, padding=1)
        self.down = nn.ModuleList([conv(width * 2**i, width * 2 ** (i + 1), 4, 2) for i in range(3)])
        self.up = nn.ModuleList([conv(width * 2 ** (i + 1), width * 2**i) for i in (2, 1, 0)])
        self.refine = nn.ModuleList([conv(width, width) for _ in range(2)])
        self.logits = nn.Conv2d(width, 1, 3, padding=1)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        x = functional.leaky_relu(self.head(picture), 0.2)
        skips = []
        for layer in self.down:
            skips.append(x)
            x = functional.leaky_relu(layer(x), 0.2)
        for layer in self.up:
            x = functional.interpolate(x, scale_factor=2, mode="bilinear")
            x = functional.leaky_relu(layer(x), 0.2) + skips.pop()
        for layer in self.refine:
            x = functional.leaky_relu(layer(x), 0.2)
        return self.logits(x)


def _vgg() -> nn.Module:
    layers: list[nn.Module] = []
    inputs = 3
    for index, block in enumerate(_VGG_CHANNELS):
        if index:
            layers.append(nn.MaxPool2d(2))
        for outputs in block:
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
            inputs = outputs
    return nn.Sequential(*layers).requires_grad_(False)
