"""Fidelity of networks whose outputs are known."""

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from export_files import save_with_card

from export import verify as verify_module
from export.cards import load_card
from export.tflite import convert
from export.tflite_graph import TfliteGraph
from export.verify import Fidelity, keras_upscaler, operators, verify
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import ModelError
from waifu4x_tf.evaluation.metrics import psnr, ssim
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.inference.graph import tflite_radius

CARD = {"name": "bilinear", "scale": 4, "receptive_radius": 4}


@pytest.fixture(scope="module")
def pictures():
    return [draw_rgb(index, seed=13, width=101, height=90) for index in range(2)]


@pytest.fixture(scope="module")
def reference(bilinear, tmp_path_factory):
    path = save_with_card(bilinear, tmp_path_factory.mktemp("bilinear"), **CARD)
    return keras_upscaler(path, load_card(path))


@pytest.fixture(scope="module")
def same(bilinear):
    return convert(bilinear, "float32")


def with_bias(model: keras.Model, levels: float) -> bytes:
    biased = keras.models.clone_model(model)
    biased.set_weights(model.get_weights())
    tail = biased.get_layer("tail")
    kernel, bias = tail.get_weights()
    tail.set_weights([kernel, bias + levels / 255])
    return convert(biased, "float32")


def test_the_same_network_loses_nothing(same, reference, pictures):
    fidelity = verify(same, reference, pictures)
    assert abs(fidelity.loss_db) < 1e-3
    assert fidelity.largest_difference <= 1
    assert fidelity.mean_difference < 1e-3
    assert (fidelity.flat_error, fidelity.black_white_error) == (0, 0)


def test_psnr_and_ssim_are_those_of_the_enlarged_pictures(same, reference, pictures):
    scores = []
    for picture in pictures:
        large = np.ascontiguousarray(picture[:88, :100])
        enlarged = resize(resize(large, (22, 25), "bicubic"), (88, 100), "bilinear")
        scores.append((psnr(enlarged, large), ssim(enlarged, large)))
    fidelity = verify(same, reference, pictures)
    # Pillow rounds after each of its two passes, the network once.
    assert fidelity.psnr == pytest.approx(np.mean([score[0] for score in scores]), abs=0.01)
    assert fidelity.ssim == pytest.approx(np.mean([score[1] for score in scores]), abs=0.001)


def test_a_straight_ramp_is_straight(same, reference, pictures):
    fidelity = verify(same, reference, pictures[:1])
    assert fidelity.ramp_error <= 0.5
    assert fidelity.ramp_plateau_px == 4


def test_a_biased_network_shows_in_every_figure(bilinear, reference, pictures):
    fidelity = verify(with_bias(bilinear, 10.0), reference, pictures)
    assert fidelity.loss_db > 0.2
    assert 10 <= fidelity.largest_difference <= 11
    assert 8 < fidelity.mean_difference <= 10.01
    assert (fidelity.flat_error, fidelity.black_white_error) == (10, 10)
    assert fidelity.keras_flat_error == 0
    assert 9.5 <= fidelity.ramp_error <= 10.5


def test_a_network_that_answers_black_is_one_plateau(bilinear, reference, pictures):
    fidelity = verify(with_bias(bilinear, -300.0), reference, pictures[:1])
    assert fidelity.ramp_plateau_px == 4 * 256 - 2 * 16
    assert fidelity.ramp_error > 245
    assert fidelity.black_white_error == 255


def test_operators_are_counted_by_name(same):
    counted = operators(TfliteGraph(same))
    assert counted["DEPTH_TO_SPACE"] == 1
    assert counted["CONV_2D"] == 5
    assert list(counted) == sorted(counted)


@pytest.mark.parametrize(
    ("number", "custom", "name"),
    [(schema.BuiltinOperator.CUSTOM, b"FlexDepthToSpace", "FlexDepthToSpace"), (5000, None, "operator 5000")],
    ids=["custom", "newer than the schema"],
)
def test_foreign_operators_go_by_their_own_names(same, number, custom, name):
    graph = TfliteGraph(same)
    for code in graph.model.operatorCodes:
        if code.builtinCode == schema.BuiltinOperator.DEPTH_TO_SPACE:
            code.builtinCode, code.customCode = number, custom
            code.deprecatedBuiltinCode = min(number, 127)
    foreign = graph.packed()
    assert operators(TfliteGraph(foreign))[name] == 1
    with pytest.raises(ModelError, match=f"foreign.tflite with {name}"):
        tflite_radius(foreign, "foreign.tflite")


def test_the_card_holds_rounded_plain_values():
    fidelity = Fidelity(28.123456, 0.91234567, 0.012345, 0.02, 3, 0.1, 1, 1, 0, 0.5, 4, {"CONV_2D": 5})
    card = fidelity.as_card()
    assert (card["psnr"], card["ssim"], card["loss_db"]) == (28.1235, 0.9123, 0.0123)
    assert card["operators"] == {"CONV_2D": 5}


def test_the_command_prints_a_block_for_each_file(tiny_models, picture_folder, capsys):
    files = [str(tiny_models / f"tiny_{precision}.tflite") for precision in ("float32", "int8")]
    arguments = [str(tiny_models / "tiny.keras"), *files, "--validation", str(picture_folder)]
    assert verify_module.main(arguments) == 0
    out = capsys.readouterr().out
    assert out.count("  loss_db") == 2
    assert out.index("tiny_float32.tflite\n") < out.index("tiny_int8.tflite\n")
    assert "DEPTH_TO_SPACE" in out


@pytest.mark.parametrize(
    ("model", "file", "message"),
    [
        ("nowhere.keras", "tiny_int8.tflite", "nowhere.keras'`. Check the name."),
        ("tiny.keras", "nowhere.tflite", "nowhere.tflite"),
        ("tiny.keras", "tiny.json", "readable .tflite"),
    ],
)
def test_mistakes_end_with_2_and_a_message(tiny_models, picture_folder, capsys, model, file, message):
    arguments = [str(tiny_models / model), str(tiny_models / file), "--validation", str(picture_folder)]
    assert verify_module.main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("export.verify: error: ")
    assert message in err
