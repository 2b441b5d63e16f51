"""Narrower ranges of an int8 graph: nearer to the float network, and never farther from it."""

import numpy as np
import pytest
from tiny_networks import tiny_generator

from export.ranges import narrow_ranges, narrowable, with_step
from export.rewrite import clip_by_saturation
from export.tflite import calibration_patches, converter_output
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.inference.engines import LiteRTEngine
from waifu4x_tf.inference.graph import parse_tflite


@pytest.fixture(scope="module")
def patches():
    drawings = [draw_rgb(index, seed=3, width=96, height=96) for index in range(4)]
    return calibration_patches(drawings, scale=4, count=8, lr_size=24)


@pytest.fixture(scope="module")
def int8(patches):
    return clip_by_saturation(converter_output(tiny_generator(), "int8", patches))


@pytest.fixture(scope="module")
def expected(patches):
    network = tiny_generator()
    return [np.asarray(network(patch[None].astype(np.float32) / 255))[0] * 255 for patch in patches]


def answers(content: bytes, patches) -> np.ndarray:
    engine = LiteRTEngine(content, "test")
    return np.stack([engine.run(patch[None])[0].astype(np.float32) for patch in patches])


def error(content: bytes, patches, expected) -> float:
    return float(np.mean(np.square(answers(content, patches) - np.stack(expected))))


def steps(content: bytes) -> list[float]:
    tensors = parse_tflite(content).subgraphs[0].tensors
    return [float(tensors[index].quantization.scale[0]) for index in narrowable(content)]


def test_all_inner_activations_may_change_and_the_pixels_may_not(int8):
    graph = parse_tflite(int8).subgraphs[0]
    # head, two blocks of two convolutions and a sum, tail, the bilinear phases
    assert len(narrowable(int8)) == 1 + 2 * 3 + 2
    edges = {*map(int, graph.inputs), *map(int, graph.outputs)}
    assert not edges & set(narrowable(int8))


def test_a_wider_range_changes_the_answers_by_rounding_alone(int8, patches):
    before = answers(int8, patches)
    for tensor in narrowable(int8):
        after = answers(with_step(int8, tensor, 1.5), patches)
        assert np.abs(after - before).max() <= 12  # a bias left behind moves whole fields by far more
        assert np.abs(after - before).mean() < 1.5


def test_ranges_that_are_far_too_wide_are_found_and_narrowed(int8, patches, expected):
    wide = int8
    for tensor in narrowable(int8)[1::3]:
        wide = with_step(wide, tensor, 6.0)
    assert error(wide, patches, expected) > 2 * error(int8, patches, expected)
    narrowed = narrow_ranges(wide, patches, expected)
    assert error(narrowed, patches, expected) < 1.1 * error(int8, patches, expected)


def test_the_result_is_never_farther_from_the_float_network(int8, patches, expected):
    narrowed = narrow_ranges(int8, patches, expected)
    assert error(narrowed, patches, expected) <= error(int8, patches, expected)
    assert all(after <= before * 1.0001 for after, before in zip(steps(narrowed), steps(int8), strict=True))
