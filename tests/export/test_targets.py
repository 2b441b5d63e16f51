"""What falls off which accelerator: a float network, an int8 one, fixed sizes, and what no phone runs."""

import pytest

from export.equivalents import without_depth_to_space
from export.rewrite import with_fixed_size
from export.targets import TARGETS, falls_off
from export.tflite import converter_output

CPU, GPU, NPU, BROWSER = (target.name for target in TARGETS)


@pytest.fixture(scope="module")
def int8(tiny_models):
    return (tiny_models / "tiny_int8.tflite").read_bytes()


@pytest.fixture(scope="module")
def float32(tiny_models):
    return (tiny_models / "tiny_float32.tflite").read_bytes()


def test_a_file_for_any_size_runs_on_cpus_alone(int8, float32):
    for content in (int8, float32):
        found = falls_off(content)
        assert found[CPU] == []
        for name in (GPU, NPU, BROWSER):
            assert found[name] == ["everything: wants fixed shapes"]


def test_an_int8_file_of_one_size_suits_an_npu(int8):
    found = falls_off(with_fixed_size(int8, 32))
    assert found[CPU] == found[NPU] == []
    assert found[GPU] == ["DEPTH_TO_SPACE: not in int8"]
    assert found[BROWSER] == ["everything: int8"]


def test_without_depth_to_space_a_float_file_suits_a_gpu(bilinear, float32):
    assert falls_off(with_fixed_size(float32, 32))[GPU] == ["DEPTH_TO_SPACE: not in float"]
    found = falls_off(converter_output(without_depth_to_space(bilinear), "float16", edge_px=32))
    assert found[CPU] == found[GPU] == found[BROWSER] == []
    assert found[NPU] == ["everything: float"]
