"""What every network is held to, whatever it computes."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import pytest
from network_checks import (
    check_any_size,
    check_clipped,
    check_dynamic_tflite,
    check_gradients,
    check_reduced_policy,
    check_saving,
)

from waifu4x_tf.models.discriminator import build_discriminator
from waifu4x_tf.models.espcn import build_espcn
from waifu4x_tf.models.feature_discriminator import build_feature_discriminator
from waifu4x_tf.models.srcnn import build_srcnn
from waifu4x_tf.models.srresnet import build_srresnet
from waifu4x_tf.models.unet_discriminator import build_unet_discriminator

# A builder and the arguments of a small one.
GENERATORS: dict[str, tuple[Callable[..., keras.Model], dict[str, int]]] = {
    "srcnn": (build_srcnn, {"width": 6, "mapping_width": 5}),
    "espcn": (build_espcn, {"width": 4, "mapping_width": 3}),
    "srresnet": (build_srresnet, {"width": 4, "blocks": 2}),
}
NETWORKS = GENERATORS | {
    "srgan discriminator": (build_discriminator, {"patch_size": 17, "width": 2, "dense_width": 5}),
    "unet discriminator": (build_unet_discriminator, {"width": 3}),
    "feature discriminator": (partial(build_feature_discriminator, vgg_weights=None), {"width": 3}),
}
# Height and width of what discriminators get: 17 is that one's patch, 13 and 10 are no multiples of 8.
DISCRIMINATOR_SIZES = {
    "srgan discriminator": (17, 17),
    "unet discriminator": (13, 10),
    "feature discriminator": (13, 10),
}

every_generator = pytest.mark.parametrize("name", GENERATORS)
every_network = pytest.mark.parametrize("name", NETWORKS)


def tiny(name: str, **arguments: Any) -> keras.Model:
    build, widths = NETWORKS[name]
    keras.utils.set_random_seed(7)
    return build(**widths, **arguments)


@every_generator
@pytest.mark.parametrize("scale", [2, 4])
def test_any_size_comes_out_scale_times_larger(name, scale):
    check_any_size(tiny(name, scale=scale), scale)


@every_generator
def test_the_output_is_clipped_inside_the_graph(name):
    check_clipped(tiny(name))


@every_generator
def test_it_exports_to_tflite_with_dynamic_height_and_width(name):
    check_dynamic_tflite(tiny(name))


@every_network
def test_a_saved_network_gives_the_same(name, tmp_path):
    check_saving(tiny(name), DISCRIMINATOR_SIZES.get(name, (5, 7)), tmp_path)


@every_network
def test_the_gradient_reaches_every_trainable_weight(name):
    check_gradients(tiny(name), DISCRIMINATOR_SIZES.get(name, (6, 5)))


@every_network
def test_under_a_reduced_policy_the_edges_are_float32(name):
    check_reduced_policy(lambda: tiny(name), DISCRIMINATOR_SIZES.get(name, (4, 4)))
