"""Small files of VGG19 weights."""

from pathlib import Path

import keras
import numpy as np

from waifu4x_tf.losses.vgg_weights import BGR_MEANS, read_weights


def write_normalised(path: Path, deepest: str = "conv2_1", seed: int = 7) -> dict[str, np.ndarray]:
    """An .npz of conv0 to a layer, with drawn numbers; gives what it holds."""
    arrays = {
        "conv0_kernel": np.float32(255) * np.eye(3, dtype=np.float32)[::-1].reshape(1, 1, 3, 3),
        "conv0_bias": -np.array(BGR_MEANS, np.float32),
    }
    rng = np.random.default_rng(seed)
    for name, (kernel, bias) in read_weights(None, deepest, seed).convolutions.items():
        arrays[f"{name}_kernel"] = kernel / np.float32(128 if name == "conv1_1" else 1)
        arrays[f"{name}_bias"] = rng.normal(0, 0.1, bias.shape).astype(np.float32)
    np.savez(path, **arrays)  # pyright: ignore[reportArgumentType]
    return arrays


def top_of_keras_vgg19(seed: int = 9) -> keras.Model:
    """The first two convolutions of Keras' VGG19, by its names, drawn."""
    picture = keras.Input((None, None, 3))
    x = picture
    for index in (1, 2):
        x = keras.layers.Conv2D(64, 3, padding="same", activation="relu", name=f"block1_conv{index}")(x)
    model = keras.Model(picture, x)
    drawn = read_weights(None, "conv1_2", seed).convolutions.values()
    model.set_weights([array for kernel, bias in drawn for array in (kernel, bias + np.float32(0.5))])
    return model
