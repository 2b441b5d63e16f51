"""VGG19's features against NumPy and Keras' own network, and where its weights come from."""

# Results of Keras' functions are typed as if they could be None.
# pyright: reportArgumentType=false, reportOptionalMemberAccess=false

from typing import Literal

import keras
import numpy as np
import pytest
from differentiation import gradients
from keras import ops
from vgg_files import top_of_keras_vgg19, write_normalised

from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.losses.vgg import VGGFeatures, features_computed_once, vgg_features
from waifu4x_tf.losses.vgg_weights import LAYERS as LAYERS_OF
from waifu4x_tf.losses.vgg_weights import read_weights

BGR_MEANS = np.array([103.939, 116.779, 123.68])
LAYERS = LAYERS_OF["vgg19"]


def picture(height: int = 12, width: int = 10, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((2, height, width, 3), np.float32)


def convolved(
    x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, edges: Literal["constant", "reflect"]
) -> np.ndarray:
    """3x3 convolution (N, H, W, C) in float64; `edges` is a mode of `numpy.pad`."""
    padded = np.pad(x.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)), mode=edges)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.einsum("nyxcij,ijco->nyxo", windows, kernel.astype(np.float64)) + bias


def pooled(x: np.ndarray) -> np.ndarray:
    even = x[:, : x.shape[1] // 2 * 2, : x.shape[2] // 2 * 2]
    return even.reshape(len(x), x.shape[1] // 2, 2, x.shape[2] // 2, 2, -1).max(axis=(2, 4))


def features(layers, weights=None, of=None, **options) -> dict[str, np.ndarray]:
    found = vgg_features(layers, weights, **options)(picture() if of is None else of)
    return {name: np.asarray(value) for name, value in found.items()}


def test_the_layers_are_the_papers_sixteen():
    assert len(LAYERS) == 16
    assert [LAYERS[0], LAYERS[3], LAYERS[4], LAYERS[-1]] == ["conv1_1", "conv2_2", "conv3_1", "conv5_4"]
    assert list(LAYERS) == sorted(LAYERS)


@pytest.mark.parametrize(("backbone", "deepest"), [("vgg19", "conv5_4"), ("vgg16", "conv5_3")])
def test_the_layers_are_those_of_keras_by_other_names(backbone, deepest):
    """Kernels in the order of Keras' network have the shapes of ours."""
    theirs = getattr(keras.applications, backbone.upper())(include_top=False, weights=None)
    shapes = [layer.kernel.shape for layer in theirs.layers if isinstance(layer, keras.layers.Conv2D)]
    ours = read_weights(None, deepest, backbone=backbone).convolutions
    assert [kernel.shape for kernel, _ in ours.values()] == [tuple(shape) for shape in shapes]


def test_half_precision_gives_nearly_the_same_features():
    layers = ("conv1_2", "conv3_1")
    exact, half = features(layers), features(layers, dtype="bfloat16")
    for name in layers:
        assert half[name].dtype == np.float32
        assert 0 < np.abs(half[name] - exact[name]).max() < 0.05 * np.abs(exact[name]).max()


def test_shapes_for_a_patch_of_srgan():
    asked = ("conv5_4", "conv2_2", "conv3_1", "conv4_4")
    found = features(asked, of=picture(96, 96)[:1])
    assert tuple(found) == asked
    shapes = [(1, 6, 6, 512), (1, 48, 48, 128), (1, 24, 24, 256), (1, 12, 12, 512)]
    assert [value.shape for value in found.values()] == shapes
    assert {value.dtype.name for value in found.values()} == {"float32"}


def test_the_first_layer_sees_bgr_levels_less_their_means_and_zeros_around():
    kernel, bias = read_weights(None, "conv1_1").convolutions["conv1_1"]
    expected = convolved(picture()[..., ::-1] * 255.0 - BGR_MEANS, kernel, bias, "constant") / 12.75
    before = features("conv1_1", after_activation=False)["conv1_1"]
    np.testing.assert_allclose(before, expected, atol=1e-3)
    assert before.min() < 0


def test_features_of_an_npz_are_unscaled_and_see_reflected_edges(tmp_path):
    arrays = write_normalised(tmp_path / "part.npz")
    x = picture(11, 10)
    expected = x[..., ::-1] * 255.0 - BGR_MEANS
    names = ("conv1_1", "conv1_2", "conv2_1")
    found = features(names, tmp_path / "part.npz", of=x)
    for name in names:
        expected = pooled(expected) if name == "conv2_1" else expected
        expected = convolved(expected, arrays[f"{name}_kernel"], arrays[f"{name}_bias"], "reflect")
        expected = np.maximum(expected, 0)
        np.testing.assert_allclose(found[name], expected, atol=1e-3)
    assert found["conv2_1"].shape == (2, 5, 5, 128)


def test_an_npz_says_itself_what_its_first_layer_sees(tmp_path):
    arrays = write_normalised(tmp_path / "part.npz", "conv1_1")
    rgb = {**arrays, "conv0_kernel": np.eye(3).reshape(1, 1, 3, 3), "conv0_bias": np.zeros(3)}
    np.savez(tmp_path / "rgb.npz", **rgb)
    expected = convolved(picture(), arrays["conv1_1_kernel"], arrays["conv1_1_bias"], "reflect")
    found = features("conv1_1", tmp_path / "rgb.npz", after_activation=False)["conv1_1"]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("layer", ["conv1_1", "conv1_2", "conv2_2"])
def test_after_the_activation_is_before_it_without_negatives(layer):
    before = features(layer, after_activation=False)[layer]
    assert before.min() < 0
    np.testing.assert_array_equal(features(layer)[layer], np.maximum(before, 0))


def test_an_npz_of_keras_weights_in_half_floats_gives_what_keras_computes(tmp_path):
    network = keras.applications.VGG16(include_top=False, weights=None, input_shape=(None, None, 3))
    stored = {}
    for layer in network.layers[:6]:
        if layer.weights:
            halves = [values.astype(np.float16) for values in layer.get_weights()]
            layer.set_weights([half.astype(np.float32) for half in halves])
            stored |= {f"{layer.name}_{end}": half for end, half in zip("Wb", halves, strict=True)}
    np.savez(tmp_path / "vgg16.npz", **stored)
    top = keras.Model(network.input, network.get_layer("block2_conv2").output)
    x = picture(16, 16)
    expected = np.asarray(top(keras.applications.vgg16.preprocess_input(x * 255)))
    found = features("conv2_2", tmp_path / "vgg16.npz", of=x, backbone="vgg16")["conv2_2"]
    np.testing.assert_allclose(found * 12.75, expected, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("backbone", ["vgg19", "vgg16"])
def test_normalised_features_do_not_tell_the_size_of_the_weights(tmp_path, backbone):
    """Each layer's mean over drawings becomes 1, so all kernels of a network may be larger by any factor."""
    kernels = read_weights(None, "conv2_1", backbone=backbone).convolutions
    for name, factor in (("small.npz", 1.0), ("large.npz", 3.0)):
        stored = {}
        for layer, (kernel, bias) in kernels.items():
            place = layer.replace("conv", "block").replace("_", "_conv")
            stored |= {f"{place}_W": kernel * factor, f"{place}_b": bias}
        np.savez(tmp_path / name, **stored)
    names, options = ("conv1_2", "conv2_1"), {"backbone": backbone, "normalise": True}
    small, large = (features(names, tmp_path / name, **options) for name in ("small.npz", "large.npz"))
    for name in names:
        np.testing.assert_allclose(small[name], large[name], rtol=1e-3, atol=1e-4)
    drawings = np.stack([draw_rgb(index, seed=19, width=64, height=64) for index in range(9)])
    of = drawings.astype(np.float32) / np.float32(255)
    found = features(names, tmp_path / "large.npz", of=of, **options)
    for values in found.values():
        assert values.mean() == pytest.approx(1, rel=1e-4)


def test_an_unknown_backbone_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"one of vgg19, vgg16\. Received: 'vgg11'"):
        vgg_features("conv1_1", None, backbone="vgg11")


def test_weights_of_the_other_backbone_are_refused(tmp_path):
    keras.applications.VGG16(include_top=False, weights=None).save_weights(tmp_path / "v.weights.h5")
    with pytest.raises(ConfigError, match="or name the other backbone"):
        vgg_features("conv5_1", tmp_path / "v.weights.h5", backbone="vgg19")


def test_a_layer_is_the_same_alone_and_with_others():
    together = features(["conv2_1", "conv1_1"], after_activation=False)
    for name, value in together.items():
        np.testing.assert_array_equal(features(name, after_activation=False)[name], value)


def test_the_network_ends_with_the_deepest_layer_asked_for():
    found = vgg_features(["conv2_1", "conv1_1"], None)
    assert list(found._convolutions) == ["conv1_1", "conv1_2", "conv2_1"]


def test_drawn_weights_are_repeated_by_their_seed():
    first, again, other = (features("conv1_2", seed=seed)["conv1_2"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_pictures_are_left_as_they_are_and_half_floats_are_widened():
    given = picture().astype(np.float16)
    kept = given.copy()
    found = features("conv1_1", of=given)["conv1_1"]
    np.testing.assert_array_equal(given, kept)
    np.testing.assert_array_equal(found, features("conv1_1", of=kept.astype(np.float32))["conv1_1"])


def test_a_keras_file_gives_what_keras_computes_divided_by_12_75(tmp_path):
    model = top_of_keras_vgg19()
    model.save(tmp_path / "vgg.keras")
    levels = (picture() * 255).astype(np.float32)
    expected = model(keras.applications.vgg19.preprocess_input(levels.copy()))
    found = features("conv1_2", tmp_path / "vgg.keras")["conv1_2"]
    np.testing.assert_allclose(found * 12.75, expected, rtol=1e-4, atol=1e-2)


def test_files_of_weights_alone_give_what_keras_computes(tmp_path):
    network = keras.applications.VGG19(include_top=False, weights=None)
    network.save_weights(tmp_path / "vgg.weights.h5")
    network.save(tmp_path / "older.h5")
    expected = network.get_layer("block2_conv1").get_weights()
    for name in ("vgg.weights.h5", "older.h5"):
        kernel, bias = read_weights(tmp_path / name, "conv2_1").convolutions["conv2_1"]
        np.testing.assert_array_equal(kernel, expected[0])
        np.testing.assert_array_equal(bias, expected[1])


def test_imagenet_asks_keras_for_the_network_without_its_top(monkeypatch):
    asked = []
    monkeypatch.setattr(
        keras.applications, "VGG19", lambda **options: asked.append(options) or top_of_keras_vgg19()
    )
    found = vgg_features("conv1_2")
    assert asked == [{"include_top": False, "weights": "imagenet"}]
    assert np.asarray(found(picture())["conv1_2"]).shape == (2, 12, 10, 64)


def test_a_failed_download_says_what_to_do(monkeypatch):
    def failing(**options):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.applications, "VGG19", failing)
    with pytest.raises(ConfigError, match=r"Received: URL fetch failure\. Without a network, give the path"):
        vgg_features("conv1_1")


@pytest.mark.parametrize("layers", ["conv3_5", ["conv1_1", "block1_conv2"], [], "conv0"])
def test_unknown_layers_list_the_known_ones(layers):
    with pytest.raises(ConfigError, match=r"conv1_1, .*conv5_4\. Received: ('|none)"):
        vgg_features(layers, None)


def test_a_layer_deeper_than_the_weights_names_the_deepest(tmp_path):
    write_normalised(tmp_path / "part.npz", "conv2_1")
    with pytest.raises(
        ConfigError, match=r"end with conv2_1\. Received: conv5_4\. Ask for conv2_1 or a layer"
    ):
        vgg_features(["conv1_1", "conv5_4"], tmp_path / "part.npz")


def test_a_keras_file_that_ends_too_early_is_refused(tmp_path):
    top_of_keras_vgg19().save(tmp_path / "short.keras")
    with pytest.raises(ConfigError, match=r"No such layer: block2_conv1"):
        vgg_features("conv2_1", tmp_path / "short.keras")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.npz", r"must exist\. Received: .*absent\.npz"),
        ("weights.pth", r"\.keras or \.npz\. Received: .*weights\.pth"),
        ("empty.npz", r"Received: .*empty\.npz.*Save it anew"),
        ("not.npz", r"Received: .*not\.npz.*Save it anew"),
        ("not.keras", r"Received: .*not\.keras.*Save it anew"),
        ("not.h5", r"Received: .*not\.h5.*Save it anew"),
        ("narrow.npz", r"conv1_1 is \(3, 3, 3, 64\), here \(3, 3, 3, 8\)"),
        ("layer.keras", r"it holds a Dense"),
    ],
)
def test_files_without_a_vgg19_are_refused(tmp_path, name, message):
    np.savez(tmp_path / "empty.npz", a=np.zeros(1))
    for unreadable in ("not.npz", "not.keras", "not.h5", "weights.pth"):
        (tmp_path / unreadable).write_bytes(b"no weights")
    if name == "narrow.npz":
        arrays = write_normalised(tmp_path / name, "conv1_1")
        np.savez(tmp_path / name, **{**arrays, "conv1_1_kernel": np.zeros((3, 3, 3, 8), np.float32)})
    if name == "layer.keras":
        dense = keras.layers.Dense(2)
        dense.build((None, 3))
        keras.saving.save_model(dense, tmp_path / name)
    with pytest.raises(ConfigError, match=message):
        vgg_features("conv1_1", tmp_path / name)


@pytest.mark.parametrize(("layer", "least_px"), [("conv1_1", 2), ("conv2_1", 4)])
def test_pictures_that_vanish_on_the_way_are_refused(tmp_path, layer, least_px):
    write_normalised(tmp_path / "part.npz")
    reflecting, zeros = vgg_features(layer, tmp_path / "part.npz"), vgg_features(layer, None)
    assert np.isfinite(np.asarray(reflecting(picture(least_px, 9))[layer])).all()
    assert np.isfinite(np.asarray(zeros(picture(9, least_px // 2))[layer])).all()
    with pytest.raises(
        ConfigError, match=rf"{least_px} px or more a side\. Received: shape \(2, 9, {least_px - 1}"
    ):
        reflecting(picture(9, least_px - 1))


@pytest.mark.parametrize("is_normalised", [False, True], ids=["zero padding", "reflection"])
def test_the_gradient_of_a_convolution_is_its_slope(is_normalised, tmp_path):
    """Before its ReLU the first layer is affine: the slope is a difference, exactly."""
    file = tmp_path / "vgg.npz"
    write_normalised(file, "conv1_1")
    of = vgg_features("conv1_1", file if is_normalised else None, after_activation=False)
    weights, way = (
        np.random.default_rng(4).standard_normal(shape).astype(np.float32)
        for shape in ((2, 12, 10, 64), picture().shape)
    )

    def weighted(x):
        return ops.sum(ops.multiply(of(x)["conv1_1"], weights))

    (slope,) = gradients(weighted, picture())
    difference = float(weighted(picture() + way)) - float(weighted(picture()))
    assert float(np.sum(slope * way)) == pytest.approx(difference, rel=1e-3)


def test_losses_on_one_picture_share_its_features_and_their_gradient(monkeypatch):
    """Two networks of equal weights, the second one deeper: inside, only what is new is computed."""
    computed = []
    convolution = VGGFeatures._convolution
    monkeypatch.setattr(VGGFeatures, "_convolution", lambda *given: computed.append(1) or convolution(*given))
    shallow, deep = vgg_features("conv1_2", None), vgg_features(["conv1_2", "conv2_1"], None)

    def both(x):
        return ops.sum(shallow(x)["conv1_2"]) + ops.sum(deep(x)["conv2_1"])

    def shared(x):
        with features_computed_once():
            return both(x)

    apart = gradients(both, picture())
    assert len(computed) == 2 + 3
    together = gradients(shared, picture())
    assert len(computed) == 5 + 3
    np.testing.assert_allclose(together[0], apart[0], rtol=1e-3, atol=1e-3 * np.abs(apart[0]).max())
