"""The list of models: plain data without Keras, and builders that name what is wrong."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from tiny_networks import tiny_generator

from waifu4x_tf.errors import MissingExtraError, ModelError
from waifu4x_tf.models import zoo
from waifu4x_tf.models.zoo import build_discriminator, build_generator

ROOT = Path(__file__).parents[2]


def test_the_list_is_read_without_keras():
    code = (
        "import sys; from waifu4x_tf.models import zoo; assert zoo.receptive_radius('compact') == 14;"
        "zoo.shipped_names(); print(sorted({'keras', 'tensorflow', 'jax'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_receptive_radius_follows_the_arguments():
    assert zoo.receptive_radius("compact", {"width": 16}) == 14
    assert zoo.receptive_radius("compact", {"blocks": 1}) == 4
    assert zoo.receptive_radius("srresnet") == 40


def test_receptive_radius_without_a_scale_is_the_largest():
    assert [zoo.receptive_radius("srcnn", scale=scale) for scale in (2, 4)] == [5, 3]
    assert zoo.receptive_radius("srcnn") == 5


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelError, match=r"one of .*compact.* Received: 'compakt'"):
        build_generator("compakt")
    with pytest.raises(ModelError, match="compact"):
        zoo.receptive_radius("srgan9000")


@pytest.mark.parametrize(
    ("kind", "found", "having"),
    [
        ("area", "compact_area", "compact, large"),
        ("low", "compact_denoise1", "compact, large"),
        ("medium", "compact_denoise2", "compact, large"),
        ("high", "compact_denoise3", "compact, large"),
        ("gan", "compact-gan", "compact"),
        ("denoise_gan", "compact_denoise-gan", "compact"),
    ],
)
def test_a_variant_is_known_by_model_and_kind(kind, found, having):
    assert zoo.variant("compact", kind, "denoise") == found
    assert zoo.is_variant(found)
    assert zoo.is_denoise(found) == (kind in (*zoo.DENOISE_LEVELS, "denoise_gan"))
    for other in (found, "espcn", "mine.tflite", "nonesuch"):
        rule = rf"There is a variant for {kind} of {having}\. Received: the model {other}\. .*`denoise`"
        with pytest.raises(ModelError, match=rule):
            zoo.variant(other, kind, "denoise")


def test_large_has_the_variants_of_compact_but_its_gan():
    for kind in ("area", *zoo.DENOISE_LEVELS):
        assert zoo.variant("large", kind, "denoise") == zoo.variant("compact", kind, "denoise")
    for kind in ("gan", "denoise_gan"):
        assert zoo.shipped_variant("large", kind) is None
    assert not zoo.is_variant("large")
    assert not zoo.is_denoise("large")


def test_a_variant_without_weights_is_none_to_choose(tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "WEIGHTS", tmp_path)
    assert zoo.shipped_variant("compact", "low") is None
    (tmp_path / "compact_denoise1.json").touch()
    assert zoo.shipped_variant("compact", "low") == "compact_denoise1"
    assert zoo.shipped_variant("large", "low") == "compact_denoise1"
    assert zoo.shipped_variant("srresnet", "low") is None


def test_all_levels_share_a_gan_variant_and_what_has_none_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "WEIGHTS", tmp_path)
    with pytest.raises(
        ModelError, match=r"clean pictures, which no model here has\. Received: the model comp"
    ):
        zoo.gan_variant("compact", "")
    (tmp_path / "compact-gan.json").touch()
    assert {zoo.gan_variant("compact", kind) for kind in ("", "area")} == {"compact-gan"}
    for kind in zoo.DENOISE_LEVELS:
        with pytest.raises(ModelError, match=r"damaged pictures, .*compact\. Use `denoise='off'`, or leave"):
            zoo.gan_variant("compact", kind)
    (tmp_path / "compact_denoise-gan.json").touch()
    assert {zoo.gan_variant("compact", kind) for kind in zoo.DENOISE_LEVELS} == {"compact_denoise-gan"}
    for kind in ("", "area", *zoo.DENOISE_LEVELS):
        with pytest.raises(
            ModelError, match=r"pictures, which compact has\. .* large\. Leave out `model` or"
        ):
            zoo.gan_variant("large", kind)


def test_an_unknown_scale_lists_the_known_ones():
    with pytest.raises(ModelError, match=r"\(2, 4\)\. Received: 3"):
        build_generator("compact", scale=3)


def test_an_unknown_argument_lists_the_known_ones():
    with pytest.raises(ModelError, match=r"width, blocks\. Received: depth, layers"):
        build_generator("compact", layers=3, depth=4)


@pytest.mark.parametrize("value", [0, -1, 2.0, "8", True])
def test_a_width_is_a_whole_number(value):
    with pytest.raises(ModelError, match=r"width is a whole number.* Received: "):
        build_generator("compact", width=value)


def test_the_model_bears_the_name_and_arguments():
    model = build_generator("compact", scale=2, width=8, blocks=3)
    assert model.name == "compact"
    assert model.get_layer("head").filters == 8
    assert model.get_layer("tail").filters == 12
    assert sum(layer.name.endswith("_add") for layer in model.layers) == 3


@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_weights_of_the_same_network_are_loaded(tmp_path, suffix):
    path = tmp_path / f"tiny{suffix}"
    model = tiny_generator()
    model.save(path) if suffix == ".keras" else model.save_weights(path)
    loaded = build_generator("compact", weights=path, width=8, blocks=2)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
@pytest.mark.parametrize(("width", "blocks"), [(16, 2), (8, 1), (8, 3)])
def test_weights_of_another_network_are_refused(tmp_path, suffix, width, blocks):
    path = tmp_path / f"tiny{suffix}"
    model = tiny_generator()
    model.save(path) if suffix == ".keras" else model.save_weights(path)
    with pytest.raises(ModelError, match=r"Weights fit the network.*Received: .*tiny.*Build the network"):
        build_generator("compact", weights=path, width=width, blocks=blocks)


@pytest.mark.parametrize("name", ["broken.keras", "broken.weights.h5", "broken.txt"])
def test_a_file_that_holds_no_weights_is_named(tmp_path, name):
    (tmp_path / name).write_text("no network")
    with pytest.raises(ModelError, match=name):
        build_generator("compact", weights=str(tmp_path / name))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"existing file\. Received: .*nowhere\.keras"):
        build_generator("compact", weights=tmp_path / "nowhere.keras")


def test_shipped_weights_come_from_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "WEIGHTS", tmp_path)
    assert zoo.shipped_names() == []
    with pytest.raises(ModelError, match="no model"):
        zoo.shipped_card("compact")
    with pytest.raises(ModelError, match="existing file"):
        build_generator("compact", weights="shipped")
    model = tiny_generator()
    model.save(tmp_path / "compact.keras")
    card = {"name": "compact", "scale": 4, "receptive_radius": 6}
    (tmp_path / "compact.json").write_text(json.dumps(card))
    assert zoo.shipped_names() == ["compact"]
    assert zoo.shipped_card("compact").document == card
    loaded = build_generator("compact", weights="shipped", width=8, blocks=2)
    np.testing.assert_array_equal(model.get_weights()[0], loaded.get_weights()[0])


def test_without_keras_the_extra_is_named(monkeypatch):
    def no_keras(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name="keras")

    monkeypatch.setattr(zoo.importlib, "import_module", no_keras)
    with pytest.raises(MissingExtraError, match=r"waifu4x\[train\]"):
        build_generator("compact")


def test_each_network_of_the_list_is_built_with_its_smallest_arguments():
    for entry in {entry.module: entry for entry in zoo.MODELS.values()}.values():
        for scale in entry.scales:
            smallest: Any = dict.fromkeys(entry.widths, 1)
            model = build_generator(entry.name, scale=scale, **smallest)
            assert isinstance(model, keras.Model)
            assert model.output_shape == (None, None, None, 3)


@pytest.mark.parametrize(
    ("name", "shape"), [("features", (None, 7, 7, 3)), ("srgan", (None, 1)), ("unet", (None, 13, 13, 1))]
)
def test_a_discriminator_is_built_for_a_patch_size(name, shape):
    model = build_discriminator(name, patch_size=13, vgg_weights=None, width=1)
    assert model.name == name
    assert model.input_shape == (None, 13, 13, 3)
    assert model.output_shape == shape


def test_an_unknown_discriminator_lists_the_known_ones():
    with pytest.raises(ModelError, match=r"one of features, srgan, unet\. Received: 'compact'"):
        build_discriminator("compact", patch_size=96)
    with pytest.raises(ModelError, match=r"width\. Received: dense_width"):
        build_discriminator("unet", patch_size=96, dense_width=8)


@pytest.mark.parametrize("wrong", [{"patch_size": 0}, {"patch_size": 96.0}, {"patch_size": 8, "width": True}])
def test_a_discriminators_arguments_are_whole_numbers(wrong):
    with pytest.raises(ModelError, match=r"(patch_size|width) is a whole number.* Received: "):
        build_discriminator("unet", **wrong)
