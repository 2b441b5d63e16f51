"""SRResNet: its published size, and its forward pass in NumPy."""

import keras
import numpy as np
import pytest
from network_checks import answer, check_radius, check_starts_as, lively, trainable_count, weights_of
from numpy_layers import convolve, depth_to_space, normalise, rectify

from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.models.srresnet import build_srresnet


def tiny(scale: int = 4, blocks: int = 2) -> keras.Model:
    keras.utils.set_random_seed(7)
    return build_srresnet(scale=scale, width=4, blocks=blocks)


@pytest.mark.parametrize(("scale", "total"), [(2, 1_400_771), (4, 1_548_547)])
def test_number_of_parameters_is_about_the_published_million_and_a_half(scale, total):
    inner, norm, slopes = 3 * 3 * 64 * 64, 2 * 64, 64
    head = 9 * 9 * 3 * 64 + 64 + slopes
    block = 2 * inner + 2 * norm + slopes
    trunk = inner + norm
    stage = 3 * 3 * 64 * 256 + 256 + slopes
    tail = 9 * 9 * 64 * 3 + 3
    model = build_srresnet(scale=scale)
    assert head + 16 * block + trunk + {2: 1, 4: 2}[scale] * stage + tail == total
    assert trainable_count(model) == total
    assert model.count_params() == total + (2 * 16 + 1) * norm  # and the moving averages


@pytest.mark.parametrize("scale", [2, 4])
def test_it_equals_numpys_blocks_and_stages(scale):
    model = lively(tiny(scale))
    picture = np.random.default_rng(1).random((2, 6, 5, 3), np.float32)

    def conv(x: np.ndarray, layer: str) -> np.ndarray:
        return convolve(x, *weights_of(model, layer))

    def prelu(x: np.ndarray, layer: str) -> np.ndarray:
        return rectify(x, *weights_of(model, layer))

    def norm(x: np.ndarray, layer: str) -> np.ndarray:
        gamma, beta, mean, variance = weights_of(model, layer)
        return normalise(x, gamma, beta, mean, variance)

    head = x = prelu(conv(picture, "head"), "head_prelu")
    for block in ("block1", "block2"):
        inner = prelu(norm(conv(x, f"{block}_conv1"), f"{block}_norm1"), f"{block}_prelu")
        x = x + norm(conv(inner, f"{block}_conv2"), f"{block}_norm2")
    x = head + norm(conv(x, "trunk_conv"), "trunk_norm")
    for stage in {2: [1], 4: [1, 2]}[scale]:
        x = prelu(depth_to_space(conv(x, f"enlarge{stage}_conv"), 2), f"enlarge{stage}_prelu")
    expected = np.clip(conv(x, "tail"), 0, 1)
    assert 0 < expected.min() < expected.max() < 1
    np.testing.assert_allclose(answer(model, picture), expected, rtol=0, atol=2e-6)


def test_it_starts_as_bilinear_once_for_each_factor_of_2():
    def twice(small: np.ndarray) -> np.ndarray:
        return resize(resize(small, (36, 32), "bilinear"), (72, 64), "bilinear")

    check_starts_as(build_srresnet(blocks=2), twice, radius=2)


@pytest.mark.parametrize("blocks", [1, 3])
@pytest.mark.parametrize("scale", [2, 4])
def test_the_receptive_radius_is_the_zoos(scale, blocks):
    check_radius(tiny(scale, blocks), scale, {"blocks": blocks})
