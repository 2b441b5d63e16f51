"""Answers of tensorflow-addons' SpectralNormalization, which ended in 2024 and cannot stand beside Keras 3.

Made with Python 3.11, tensorflow-cpu 2.15.1, tensorflow-addons 0.23.0 and numpy 1.26.4, from this folder:

    python3.11 -m venv addons
    addons/bin/pip install tensorflow-cpu==2.15.1 tensorflow-addons==0.23.0 "numpy<2"
    addons/bin/python make_spectral_golden.py

Writes spectral.npz beside itself. For each case: the picture, the kernel, bias and u before the first call,
and u and the output after each of several training calls and after one call that does not train.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa  # pyright: ignore[reportMissingImports]

# name: filters, kernel size, strides, bias, power iterations, training calls
CASES = {
    "usual": (5, 3, 1, True, 1, 3),
    "strided": (6, 4, 2, False, 2, 2),
    "converged": (4, 3, 1, True, 60, 1),
}


def main() -> None:
    """Write every case's arrays."""
    rng = np.random.default_rng(2024)
    arrays = {}
    for name, (filters, size, strides, use_bias, iterations, calls) in CASES.items():
        picture = rng.random((2, 7, 6, 3), np.float32)
        kernel = rng.normal(0, 0.4, (size, size, 3, filters)).astype(np.float32)
        bias = rng.normal(0, 0.2, filters).astype(np.float32)
        u = rng.normal(0, 1, (1, filters)).astype(np.float32)
        layer = tf.keras.layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=use_bias)
        normalised = tfa.layers.SpectralNormalization(layer, power_iterations=iterations)
        normalised.build(picture.shape)
        layer.set_weights([kernel, bias] if use_bias else [kernel])
        normalised.u.assign(u)
        settings = np.array([filters, size, strides, use_bias, iterations], np.int32)
        arrays |= {f"{name}/settings": settings, f"{name}/picture": picture, f"{name}/kernel": kernel}
        arrays |= {f"{name}/bias": bias, f"{name}/u": u}
        outputs, vectors = [], []
        for _ in range(calls):
            outputs.append(normalised(picture, training=True).numpy())
            vectors.append(normalised.u.numpy())
        arrays |= {f"{name}/training_outputs": np.stack(outputs), f"{name}/training_u": np.stack(vectors)}
        arrays[f"{name}/output"] = normalised(picture, training=False).numpy()
    np.savez_compressed(Path(__file__).with_name("spectral.npz"), **arrays)


if __name__ == "__main__":
    main()
