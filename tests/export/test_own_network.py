"""A network of a user's own script, trained with plain Keras, goes the whole way without a card of ours."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

from export import tflite
from waifu4x_tf.cli.main import main
from waifu4x_tf.data.patches import PairedPatches
from waifu4x_tf.data.sources import drawn_pictures
from waifu4x_tf.models.layers import frozen_bilinear_phases

pytestmark = pytest.mark.slow


def own_network() -> keras.Model:
    """What a user writes: convolutions, BN, PReLU, a residual, one shuffle."""
    layers = keras.layers
    x = picture = keras.Input((None, None, 3))
    for _ in range(2):
        x = layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same")(x))
        x = layers.PReLU(shared_axes=[1, 2])(x)
    x = layers.Conv2D(12, 3, padding="same", kernel_initializer="zeros")(x)
    x = layers.Add()([x, frozen_bilinear_phases(picture, 2)])
    return keras.Model(picture, keras.ops.depth_to_space(keras.ops.clip(x, 0.0, 1.0), 2))


def test_it_is_trained_exported_to_every_precision_and_upscales(tmp_path):
    keras.utils.set_random_seed(1)
    sizes = {"batch_size": 4, "lr_size": 16, "batches_per_epoch": 60, "scale": 2}
    patches = PairedPatches(drawn_pictures(4, seed=0, size=128), flat_share=0.4, **sizes)
    network = own_network()
    network.compile(keras.optimizers.Adam(1e-3), "mae")
    history = network.fit(patches, epochs=4, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    network.save(tmp_path / "mine.keras")

    out = tmp_path / "exported"
    assert tflite.main([str(tmp_path / "mine.keras"), "-o", str(out)]) == 0
    card = json.loads((out / "mine.json").read_text(encoding="utf-8"))
    assert (card["name"], card["scale"], card["receptive_radius"]) == ("mine", 2, 4)
    files = [f"mine_{precision}_dynamic.tflite" for precision in tflite.USUAL_PRECISIONS]
    small = np.random.default_rng(0).integers(0, 256, (20, 24, 3), np.uint8)
    Image.fromarray(small).save(tmp_path / "small.png")
    for name in files:
        large = tmp_path / f"{name}.png"
        command = ["upscale", str(tmp_path / "small.png"), "-o", str(large), "--model", str(out / name)]
        assert main([*command, "--scale", "2", "--raw"]) == 0
        with Image.open(large) as picture:
            assert picture.size == (48, 40)
