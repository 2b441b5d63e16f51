"""What the shipped generator sees, and what it makes of three pictures."""

from typing import Any

import keras
import numpy as np
from PIL import Image

from docs.figures.canvas import finished, sheet_of_axes, show
from docs.figures.pictures import drawn
from waifu4x_tf.evaluation.scores import score, shrunk_pair
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.method.features import LIVELIEST, liveliest
from waifu4x_tf.models.zoo import build_generator

_STAGES = {"head": "first layer", "block3_add": "after block 3", "block6_add": "after block 6"}
# kind of drawing, seed, and the corner (x, y) of the part that is shown
_GALLERY = (("face", 20_261, (160, 160)), ("manga", 20_260, (64, 64)), ("figure", 20_263, (64, 32)))
_PART_PX = 192


def features_of_the_generator() -> Image.Image:
    """The liveliest feature maps of three layers of `compact`, for one small face."""
    picture = drawn("face", 96)
    network = build_generator("compact", weights="shipped")
    layers = [network.get_layer(name).output for name in _STAGES]
    stages: Any = keras.Model(network.inputs, layers)(picture[None].astype(np.float32) / 255)
    figure, axes = sheet_of_axes(len(_STAGES), LIVELIEST + 1, 14, 5.2)
    for row, maps, title in zip(axes, stages, _STAGES.values(), strict=True):
        features = np.asarray(maps)[0]
        show(row[0], picture, title)
        for axis, index in zip(row[1:], liveliest(features), strict=True):
            most = np.abs(features[..., index]).max()
            show(axis, features[..., index], f"{index}", cmap="coolwarm", vmin=-most, vmax=most)
    return finished(figure)


def gallery() -> Image.Image:
    """Three drawings: the small picture, bicubic, the default model, its GAN variant and the original."""
    upscaler, gan = load_upscaler("compact"), load_upscaler("compact", strength=1.0)
    figure, axes = sheet_of_axes(len(_GALLERY), 5, 16.2, 10.2)
    for row, (kind, seed, (left, top)) in zip(axes, _GALLERY, strict=True):
        large, small = shrunk_pair(drawn(kind, 512, seed), upscaler.scale)
        part = np.s_[top : top + _PART_PX, left : left + _PART_PX]
        small_part = tuple(slice(each.start // 4, each.stop // 4) for each in part)
        enlarged = {
            "bicubic": resize(small, large.shape[:2], "bicubic"),
            "compact": upscaler.upscale(small),
            "compact-gan": gan.upscale(small),
        }
        show(row[0], small[small_part], "input")
        for axis, (title, answer) in zip(row[1:4], enlarged.items(), strict=True):
            show(axis, answer[part], f"{title}, {score(large, answer, upscaler.scale).psnr:.1f} dB")
        show(row[4], large[part], "original")
    return finished(figure)
