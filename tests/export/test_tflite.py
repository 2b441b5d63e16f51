"""Conversion to .tflite, and an export that writes everything or nothing."""

import hashlib
import json
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from export_files import contents_of, save_with_card
from tiny_networks import tiny_generator

from export import tflite
from export.halving import halved_keras
from export.tflite import calibration_patches, convert, export
from export.tflite_graph import TfliteGraph
from export.verify import operators
from waifu4x_tf.data.degradations import Degradation
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.errors import ConfigError, ModelError, UsageError
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.models.zoo import build_generator

BUILT_IN = {
    "CONV_2D",
    "ADD",
    "DEPTH_TO_SPACE",
    "MINIMUM",
    "MAXIMUM",
    "RELU",
    "RELU_0_TO_1",
    "DEQUANTIZE",
    "QUANTIZE",
}


def run(content: bytes, picture: np.ndarray) -> np.ndarray:
    interpreter = Interpreter(model_content=content)
    (entry,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(entry["index"], picture.shape, strict=True)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry["index"], picture)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.fixture(scope="module")
def files(tiny_models):
    return {name: (tiny_models / f"tiny_{name}.tflite").read_bytes() for name in ("float32", "int8")}


@pytest.fixture(scope="module")
def model(tiny_models):
    return keras.saving.load_model(tiny_models / "tiny.keras")


@pytest.mark.parametrize("size", [(1, 1), (17, 40), (64, 9)])
def test_the_float32_file_answers_what_keras_answers(files, model, size):
    picture = np.random.default_rng(0).random((1, *size, 3), np.float32)
    answer = run(files["float32"], picture)
    assert answer.shape == (1, size[0] * 4, size[1] * 4, 3)
    np.testing.assert_allclose(answer, np.asarray(model(picture)), rtol=0, atol=1e-5)


def test_the_float16_file_is_small_and_answers_nearly_that():
    wide = build_generator("compact", width=32, blocks=2)
    content = convert(wide, "float16")
    assert len(content) < 2.4 * wide.count_params()
    assert set(operators(TfliteGraph(content))) <= BUILT_IN
    picture = np.random.default_rng(0).random((1, 12, 15, 3), np.float32)
    np.testing.assert_allclose(run(content, picture), np.asarray(wide(picture)), rtol=0, atol=5e-3)


@pytest.mark.parametrize("name", ["float32", "int8"])
def test_height_and_width_are_dynamic_and_operators_built_in(files, name):
    interpreter = Interpreter(model_content=files[name])
    for edge in (interpreter.get_input_details()[0], interpreter.get_output_details()[0]):
        assert list(edge["shape_signature"][1:]) == [-1, -1, 3]
        assert edge["dtype"] == (np.uint8 if name == "int8" else np.float32)
    assert set(operators(TfliteGraph(files[name]))) <= BUILT_IN


def test_a_uint8_value_of_the_int8_file_is_the_pixel(files):
    interpreter = Interpreter(model_content=files["int8"])
    for edge in (interpreter.get_input_details()[0], interpreter.get_output_details()[0]):
        scale, zero_point = edge["quantization"]
        assert scale == pytest.approx(1 / 255, rel=1e-5)
        assert zero_point == 0


def test_the_bilinear_picture_keeps_its_256_levels_in_int8(files):
    """The converter must not move the tail's bias onto it: flat fields would change by several levels."""
    interpreter = Interpreter(model_content=files["int8"])
    steps = [d["quantization"] for d in interpreter.get_tensor_details() if "bilinear" in d["name"]]
    assert [zero_point for step, zero_point in steps if abs(step * 255 - 1) < 1e-3] == [-128]


def test_the_int8_file_has_no_clip_left_and_answers_nearly_what_keras_answers(files, model):
    assert not {"MINIMUM", "MAXIMUM", "RELU", "RELU_0_TO_1"} & set(operators(TfliteGraph(files["int8"])))
    picture = draw_rgb(0, seed=21, width=50, height=41)[None]
    expected = 255 * np.asarray(model(picture.astype(np.float32) / 255))
    difference = np.abs(run(files["int8"], picture) - expected)
    assert difference.mean() < 1.5
    assert difference.max() < 16


def test_an_unknown_precision_lists_the_known_ones(model):
    with pytest.raises(ConfigError, match=r"float32, float16, dynamic, int8\. Received: 'int4'"):
        convert(model, "int4")
    with pytest.raises(ConfigError, match="needs calibration pictures"):
        convert(model, "int8")


def test_calibration_patches_are_degraded_patches_and_flat_fields():
    drawings = [draw_rgb(index, seed=3, width=100, height=80) for index in range(3)]
    patches = calibration_patches(drawings, scale=4, count=7, lr_size=16, seed=1)
    assert {(patch.shape, patch.dtype.name) for patch in patches} == {((16, 16, 3), "uint8")}
    flat = {tuple(patch[0, 0].tolist()) for patch in patches if (patch == patch[0, 0]).all()}
    assert {(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 255)} <= flat
    assert sum((patch != patch[0, 0]).any() for patch in patches) == 7
    again = calibration_patches(drawings, scale=4, count=7, lr_size=16, seed=1)
    assert all((a == b).all() for a, b in zip(patches, again, strict=True))
    other = calibration_patches(drawings, scale=4, count=7, lr_size=16, seed=2)
    assert any((a != b).any() for a, b in zip(patches, other, strict=True))


def test_a_calibration_patch_is_a_shrunk_piece_of_a_picture():
    picture = draw_rgb(0, seed=3, width=64, height=64)
    how = Degradation(bicubic=0.5, area=0.25, lanczos=0.25)
    patches = calibration_patches([picture], scale=4, degradation=how, count=20, lr_size=16)[:20]
    kinds = {method: resize(picture, (16, 16), method).tobytes() for method in ("bicubic", "area", "lanczos")}
    assert {patch.tobytes() for patch in patches} == set(kinds.values())


def test_calibration_pictures_must_be_large_enough():
    with pytest.raises(ConfigError, match=r"at least 256 px\. Received: 2 picture"):
        calibration_patches([np.zeros((255, 300, 3), np.uint8)] * 2, scale=4)


def test_a_faithful_network_passes_the_gates(exported):
    _, results = exported
    assert list(results) == list(tflite.USUAL_PRECISIONS)
    for fidelity in results.values():
        assert fidelity.loss_db < 0.1
        assert fidelity.black_white_error <= 1
        assert fidelity.flat_error <= 1
        assert fidelity.ramp_plateau_px <= 8


def test_an_export_writes_the_files_and_their_card(exported, faithful):
    out, results = exported
    names = {f"tiny_{precision}_dynamic.tflite" for precision in tflite.USUAL_PRECISIONS} | {"tiny.keras"}
    assert set(contents_of(out)) == names | {"tiny.json"}
    assert (out / "tiny.keras").read_bytes() == halved_keras(faithful)
    card = json.loads((out / "tiny.json").read_text(encoding="utf-8"))
    assert set(card["files"]) == names
    for name, entry in card["files"].items():
        content = (out / name).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)
    for precision, fidelity in results.items():
        entry = card["files"][f"tiny_{precision}_dynamic.tflite"]
        assert entry["validation"] == fidelity.as_card()
    assert card["engines"] == {"keras": "tiny.keras", "litert": "tiny_int8_dynamic.tflite"}
    assert (card["scale"], card["receptive_radius"]) == (4, 4)


def test_exported_files_are_loaded_with_their_card(exported):
    out, _ = exported
    picture = draw_rgb(1, seed=21, width=30, height=20)
    for name, engine in (("tiny_int8_dynamic.tflite", "litert"), ("tiny.keras", "keras")):
        upscaler = load_upscaler(str(out / name), engine=engine)
        assert upscaler.radius == 4
        assert upscaler.upscale(picture).shape == (80, 120, 3)


def test_existing_files_are_overwritten_only_when_asked(exported, faithful, picture_folder, tmp_path, capsys):
    out = tmp_path / "out"
    shutil.copytree(exported[0], out)
    before = contents_of(out)
    with pytest.raises(
        UsageError, match=r"which has tiny_float16.*, tiny\.keras, tiny\.json\. Add --overwrite"
    ):
        export(faithful, out, precisions=("float16",), calibration=picture_folder, validation=picture_folder)
    assert contents_of(out) == before
    arguments = [str(faithful), "-o", str(out), "--precisions", "float32", "--overwrite"]
    folders = ["--calibration", str(picture_folder), "--validation", str(picture_folder)]
    assert tflite.main([*arguments, *folders]) == 0
    assert "loss_db" in capsys.readouterr().out
    after = contents_of(out)
    assert {name for name in after if after[name] != before[name]} == {"tiny.json"}


def test_a_refused_file_leaves_everything_as_it_was(faithful, picture_folder, tmp_path, monkeypatch, capsys):
    """Not even the float32 file, which passed, is written; an older card stays."""
    (tmp_path / "tiny.json").write_text("an older card")
    before = contents_of(tmp_path)
    monkeypatch.setitem(tflite.LARGEST_LOSS_DB, "float16", -1.0)
    arguments = [str(faithful), "-o", str(tmp_path), "--precisions", "float32", "float16", "--overwrite"]
    folders = ["--calibration", str(picture_folder), "--validation", str(picture_folder)]
    assert tflite.main([*arguments, *folders]) == 2
    err = capsys.readouterr().err
    assert "A float16 file loses at most -1.0 dB" in err
    assert "Nothing was written" in err
    assert contents_of(tmp_path) == before


def test_a_loss_that_is_no_number_is_refused_without_a_folder(
    faithful, picture_folder, tmp_path, monkeypatch
):
    monkeypatch.setitem(tflite.LARGEST_LOSS_DB, "float32", float("nan"))
    folders = {"calibration": picture_folder, "validation": picture_folder}
    with pytest.raises(ModelError, match="A float32 file loses at most"):
        export(faithful, tmp_path / "out", precisions=("float32",), **folders)
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_greys_white_is_refused(picture_folder, tmp_path):
    model = tiny_generator(width=4, blocks=1)
    tail = model.get_layer("tail")
    tail.set_weights([0 * tail.get_weights()[0], np.full(48, -5 / 255)])
    path = save_with_card(model, tmp_path / "grey", receptive_radius=4)
    with pytest.raises(ModelError, match=r"Black and white .*Received: a change of 5 levels in float32"):
        export(
            path,
            tmp_path / "out",
            precisions=("float32",),
            calibration=picture_folder,
            validation=picture_folder,
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("file", "network", "refused"), [(2, 1, True), (2, 0, True), (1, 0, False), (3, 3, False)]
)
def test_flat_fields_change_by_one_level_or_as_in_keras(exported, file, network, refused):
    fidelity = replace(exported[1]["float32"], flat_error=file, keras_flat_error=network)
    told = " ".join(tflite.shortcomings("float32", fidelity))
    assert ("changes flat fields by at most 1 level" in told and f"Received: {file}." in told) == refused
    assert bool(told) == refused


def test_a_missing_network_and_a_reduced_precision_are_refused(tmp_path, capsys):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        build_generator("compact", width=4, blocks=1).save(tmp_path / "half.keras")
    finally:
        keras.config.set_dtype_policy("float32")
    for name, message in (
        ("half.keras", "half.keras with head"),
        ("nowhere.keras", "existing .keras file"),
    ):
        assert tflite.main([str(tmp_path / name), "-o", str(tmp_path / "out")]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_out_is_no_file(faithful, tmp_path, capsys):
    (tmp_path / "out").write_text("a file")
    assert tflite.main([str(faithful), "-o", str(tmp_path / "out")]) == 2
    assert "out, which is a file" in capsys.readouterr().err
