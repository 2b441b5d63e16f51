"""Narrower ranges of an int8 graph: nearer to the float network, and never farther from it."""

import numpy as np
import pytest
from export_files import drawn_patches, rewritten
from tiny_networks import tiny_generator

from export.ranges import Judge, change_step, narrow_ranges, narrowable, spread_colours
from export.rewrite import clip_by_saturation
from export.tflite import converter_output
from export.tflite_graph import TfliteGraph
from waifu4x_tf.inference.engines import LiteRTEngine


@pytest.fixture(scope="module")
def patches():
    return drawn_patches(lr_size=24)


@pytest.fixture(scope="module")
def int8(patches):
    return rewritten(converter_output(tiny_generator(), "int8", patches), clip_by_saturation)


@pytest.fixture(scope="module")
def network():
    model = tiny_generator()
    return lambda small: np.asarray(model(small[None].astype(np.float32) / 255))[0] * 255


@pytest.fixture(scope="module")
def expected(patches, network):
    return [network(patch) for patch in patches]


def answers(content: bytes, patches) -> np.ndarray:
    engine = LiteRTEngine(content, "test")
    return np.stack([engine.run(patch[None])[0].astype(np.float32) for patch in patches])


@pytest.fixture(scope="module")
def judge(patches, network):
    return Judge(patches, network)


def flat(small: np.ndarray) -> bool:
    return bool((small == small[0, 0]).all())


def test_the_error_is_that_of_the_pictures_and_of_every_flat_field(int8, patches, network, judge):
    pictures = [patch for patch in patches if not flat(patch)]
    fields = [patch for patch in patches if flat(patch)]
    fields += [np.full((32, 32, 3), colour, np.uint8) for colour in spread_colours(32)]
    assert len(pictures) == 8
    squared = [np.square(answers(int8, [patch])[0] - network(patch)).mean() for patch in pictures]
    too_far = 0.0
    for field in fields:
        side = 4 * len(field)
        inner = slice(side * 3 // 8, side - side * 3 // 8)
        changed, allowed = (
            np.abs(answer[inner, inner] - field[0, 0]).max()
            for answer in (answers(int8, [field])[0], network(field))
        )
        too_far += max(0.0, changed - max(1.0, allowed)) ** 2
    assert judge.error(int8) == pytest.approx(np.mean(squared) + 0.1 * too_far, rel=1e-4)


def test_the_colours_of_the_fields_fill_the_cube():
    colours = spread_colours(64)
    assert colours.shape == (64, 3)
    assert colours.dtype == np.uint8
    for channel in colours.T:
        assert np.bincount(channel // 16, minlength=16).min() >= 1
    assert len(np.unique(colours // 64, axis=0)) > 45  # drawn at random, 64 fill about 40 of the 64 cells


def test_all_inner_activations_may_change_and_the_pixels_may_not(int8):
    graph = TfliteGraph(int8)
    # head, two blocks of two convolutions and a sum, tail; not the enlarged picture
    tensors, summed = narrowable(graph)
    assert len(tensors) == 1 + 2 * 3 + 1
    assert len(summed) == len(tensors) - 2  # all but what the first convolutions of the blocks give
    assert set(summed) < set(tensors)
    assert not {graph.source, graph.result} & set(tensors)


def test_a_wider_range_changes_the_answers_by_rounding_alone(int8, patches):
    before = answers(int8, patches)
    graph = TfliteGraph(int8)
    for tensor in narrowable(graph)[0]:
        take_back = change_step(graph, tensor, 1.5)
        after = answers(graph.packed(), patches)
        take_back()
        assert np.abs(after - before).max() <= 12  # a bias left behind moves whole fields by far more
        assert np.abs(after - before).mean() < 1.5
    assert graph.packed() == rewritten(int8)


def test_above_the_limit_the_rest_is_not_looked_at(int8, judge, monkeypatch):
    error = judge.error(int8)
    looks = []
    run = LiteRTEngine.run
    monkeypatch.setattr(LiteRTEngine, "run", lambda *given: looks.append(given) or run(*given))
    assert judge.error(int8, limit=error) == error
    whole = len(looks)
    looks.clear()
    assert error / 2 < judge.error(int8, limit=error / 2) <= error
    assert 0 < len(looks) < whole


def test_ranges_that_are_far_too_wide_are_found_and_narrowed(int8, judge):
    graph = TfliteGraph(int8)
    for tensor in narrowable(graph)[0][1::3]:
        change_step(graph, tensor, 5.0)
    assert judge.error(graph.packed()) > 1.5 * judge.error(int8)
    narrow_ranges(graph, judge)
    assert judge.error(graph.packed()) < 1.1 * judge.error(int8)


def test_the_result_is_never_farther_from_the_float_network(int8, judge):
    graph = TfliteGraph(int8)
    narrow_ranges(graph, judge)
    assert judge.error(graph.packed()) <= judge.error(int8)
    graph.drop_unused_data()
    # Biases of trials that were given up do not stay in the file.
    named = {each.buffer for each in (*graph.main.tensors, *graph.model.metadata)}
    assert named | {0} == set(range(len(graph.model.buffers)))
    assert judge.error(graph.packed()) <= judge.error(int8)
