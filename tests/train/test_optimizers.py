"""Muon: orthogonal steps for the inner convolutions, Adam's for the others."""

import keras
import numpy as np
import pytest
from tiny_networks import tiny_generator

from train.optimizers import Muon, orthogonalised


def step(optimizer: keras.optimizers.Optimizer, seed: int = 0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Two steps with random gradients: each variable's gradient of the second step, and its change."""
    network = tiny_generator()
    optimizer.build(network.trainable_variables)
    rng = np.random.default_rng(seed)
    for _ in range(2):
        before = [np.array(v) for v in network.trainable_variables]
        gradients = [rng.normal(size=v.shape).astype(np.float32) for v in network.trainable_variables]
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients])
    return {
        v.path: (gradient, np.array(v) - old)
        for v, gradient, old in zip(network.trainable_variables, gradients, before, strict=True)
    }


@pytest.mark.parametrize("shape", [(72, 8), (8, 72), (16, 16)])
def test_orthogonalised_keeps_the_directions_and_levels_the_sizes(shape):
    matrix = np.random.default_rng(3).normal(size=shape).astype(np.float32) * 7
    u, _, v = np.linalg.svd(matrix, full_matrices=False)
    result = np.asarray(orthogonalised(keras.ops.convert_to_tensor(matrix)))
    assert result.shape == shape
    sizes = np.diag(u.T @ result @ v.T)
    assert sizes.min() > 0.4
    assert sizes.max() < 1.3
    np.testing.assert_allclose(u * sizes @ v, result, atol=1e-3)


def test_inner_kernels_step_orthogonally_with_nesterov_momentum():
    rng = np.random.default_rng(0)
    network = tiny_generator()
    path = network.get_layer("block1_conv1").kernel.path
    gradients = [
        [rng.normal(size=v.shape).astype(np.float32) for v in network.trainable_variables] for _ in range(2)
    ]
    index = [v.path for v in network.trainable_variables].index(path)
    first, second = (g[index].reshape(72, 8) for g in gradients)
    ahead = second + 0.95 * (0.95 * first + second)
    expected = -0.01 * 0.4 * np.sqrt(72) * np.asarray(orthogonalised(keras.ops.convert_to_tensor(ahead)))
    change = step(Muon(0.01))[path][1]
    np.testing.assert_allclose(change.reshape(72, 8), expected, rtol=1e-3, atol=1e-6)


def test_first_last_and_biases_step_as_adam_does():
    muon, adam = step(Muon(0.01)), step(keras.optimizers.Adam(0.01))
    for path, (_, change) in muon.items():
        same = np.allclose(change, adam[path][1], atol=1e-7)
        assert same == (not path.startswith("block") or path.endswith("bias")), path


def test_a_zero_gradient_moves_nothing_to_infinity():
    zero = np.asarray(orthogonalised(keras.ops.zeros((18, 4))))
    np.testing.assert_array_equal(zero, np.zeros((18, 4)))


def test_its_config_builds_it_again():
    optimizer = Muon(0.02, matrix_momentum=0.9, update_rms=1.0, adam_layers=("first",), use_ema=True)
    again = Muon.from_config(optimizer.get_config())
    assert again.get_config() == optimizer.get_config()
