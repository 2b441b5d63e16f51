"""What each accelerator leaves to the CPU: of float networks, of int8 ones, of fixed sizes."""

import pytest

from export.equivalents import without_depth_to_space
from export.rewrite import fix_size
from export.targets import TARGETS, left_to_cpu
from export.tflite import converter_output
from export.tflite_graph import TfliteGraph

CPU, NEW_GPU, GPU, NPU, BROWSER = (target.name for target in TARGETS)


@pytest.fixture(scope="module")
def int8(tiny_models):
    return (tiny_models / "tiny_int8.tflite").read_bytes()


@pytest.fixture(scope="module")
def float32(tiny_models):
    return (tiny_models / "tiny_float32.tflite").read_bytes()


def tiles_of(content: bytes) -> TfliteGraph:
    graph = TfliteGraph(content)
    fix_size(graph, 32)
    return graph


def test_a_file_for_any_size_runs_on_cpus_alone(int8, float32):
    for content in (int8, float32):
        found = left_to_cpu(TfliteGraph(content))
        assert found[CPU] == []
        for name in (NEW_GPU, GPU, NPU, BROWSER):
            assert found[name] == ["everything: wants fixed shapes"]


def test_an_int8_file_of_one_size_suits_an_npu(int8):
    found = left_to_cpu(tiles_of(int8))
    assert found[CPU] == found[NPU] == []
    assert found[GPU] == ["DEPTH_TO_SPACE: not in int8"]
    assert found[NEW_GPU] == []
    assert found[BROWSER] == ["everything: int8"]


def test_without_depth_to_space_a_float_file_suits_a_gpu(bilinear, float32):
    assert left_to_cpu(tiles_of(float32))[GPU] == ["DEPTH_TO_SPACE: not in float"]
    assert left_to_cpu(tiles_of(float32))[NEW_GPU] == []
    found = left_to_cpu(
        TfliteGraph(converter_output(without_depth_to_space(bilinear), "float16", side_px=32))
    )
    assert found[CPU] == found[GPU] == found[NEW_GPU] == found[BROWSER] == []
    assert found[NPU] == ["everything: float"]
