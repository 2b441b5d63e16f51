"""Half-size .keras files: what is lost is float16's rounding, and nothing else."""

import keras
import numpy as np
import pytest
from tiny_networks import tiny_generator

from export.halving import halved_keras
from export.saved_model import load_generator


@pytest.fixture
def network(tmp_path):
    model = tiny_generator()
    model.save(tmp_path / "whole.keras")
    return model


def halved_network(tmp_path) -> keras.Model:
    (tmp_path / "half.keras").write_bytes(halved_keras(tmp_path / "whole.keras"))
    return load_generator(tmp_path / "half.keras")


def test_half_a_file_holds_the_weights_rounded_to_float16(tmp_path, network):
    loaded = halved_network(tmp_path)
    assert [variable.path for variable in loaded.weights] == [variable.path for variable in network.weights]
    assert {variable.dtype for variable in loaded.weights} == {"float32"}
    for half, whole in zip(loaded.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(half, whole.astype(np.float16))


def test_its_arrays_take_half_the_bytes(tmp_path):
    keras.Sequential([keras.Input((200,)), keras.layers.Dense(300)]).save(tmp_path / "whole.keras")
    whole = (tmp_path / "whole.keras").stat().st_size
    assert len(halved_keras(tmp_path / "whole.keras")) < 0.55 * whole


def test_the_same_file_gives_the_same_bytes(tmp_path, network):
    assert halved_keras(tmp_path / "whole.keras") == halved_keras(tmp_path / "whole.keras")


def test_what_float16_cannot_hold_stays_float32(tmp_path, network):
    kernel, *others = network.get_weights()
    kernel.flat[0] = 1e6
    network.set_weights([kernel, *others])
    network.save(tmp_path / "whole.keras")
    first, *rest = halved_network(tmp_path).get_weights()
    np.testing.assert_array_equal(first, kernel)
    for half, whole in zip(rest, others, strict=True):
        np.testing.assert_array_equal(half, whole.astype(np.float16))
