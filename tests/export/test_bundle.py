"""The bundle: what stands in the folder is true, every file runs, and a mistake leaves nothing behind."""

import hashlib
import json

import jsonschema
import keras
import numpy as np
import pytest
from export_files import contents_of, save_with_card
from PIL import Image

from export import bundle, ranges, variants
from export.metadata import own_metadata
from export.pictures import validation_pictures
from export.tflite_graph import TfliteGraph
from export.variants import ON_REQUEST, Variant
from export.verify import operators
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.inference.engines import LiteRTEngine
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models.cards import ModelCard
from waifu4x_tf.models.zoo import WEIGHTS


@pytest.fixture(scope="module", autouse=True)
def quick():
    """The search of test_ranges.py ends after ten trials, and three of the nine pictures are validated on."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ranges, "_MOST_TRIALS", 10)
        patched.setattr(bundle, "validation_pictures", lambda *given: validation_pictures(*given)[::3])
        yield


@pytest.fixture(scope="module")
def made(faithful, picture_folder, tmp_path_factory):
    """A bundle with all there is, and what the command printed."""
    out = tmp_path_factory.mktemp("bundle") / "new" / "tiny"
    lines = []
    bundle.bundle(faithful, out, calibration=picture_folder, also=ON_REQUEST, report=lines.append)
    return out, json.loads((out / "model.json").read_text()), lines


def picture_of(path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.mode == "RGB"
        return np.asarray(image)


@pytest.mark.slow
def test_every_file_is_there_with_its_hash_and_nothing_else(made):
    folder, document, lines = made
    precisions = ("float32", "float16", "dynamic", "int8", "int8io", "int16x8")
    names = {f"tiny_{p}_{size}.tflite" for p in precisions for size in ("dynamic", "128", "256")}
    names |= {f"tiny_float16shuffle_{size}.tflite" for size in ("128", "256")}
    assert {path.name for path in folder.glob("*.tflite")} == names
    for entry in document["files"]:
        content = (folder / entry["file"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)
        assert entry["operators"] == operators(TfliteGraph(content))
    assert lines[0] == "reading generator.keras"
    numbered = [line for line in lines if f" of {len(names)}, " in line]
    assert [line.split()[0] for line in numbered] == [str(number + 1) for number in range(len(names))]
    assert len(document["files"]) == len(names)
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


@pytest.mark.slow
def test_each_file_takes_and_gives_what_is_said_of_it(made):
    from ai_edge_litert.interpreter import Interpreter

    folder, document, _ = made
    for entry in document["files"]:
        interpreter = Interpreter(model_path=str(folder / entry["file"]))
        for side, (details,) in (
            ("input", interpreter.get_input_details()),
            ("output", interpreter.get_output_details()),
        ):
            shape = [None if edge == -1 else int(edge) for edge in details["shape_signature"]]
            assert shape[0] in (1, None)  # files for any size would take several pictures too
            assert shape[1:] == entry[side]["shape"][1:], entry["file"]
            assert details["dtype"] == np.dtype(entry[side]["type"]), entry["file"]
        tile = entry["tile"]
        assert tile["overlap_px"] == 4
        assert tile["side_px"] is None or tile["core_px"] == tile["side_px"] - 8


@pytest.mark.slow
def test_what_a_file_is_stands_inside_it_too(made):
    folder, document, _ = made
    for entry in document["files"]:
        inside = own_metadata(TfliteGraph((folder / entry["file"]).read_bytes()))
        assert inside is not None
        assert inside["name"] == "tiny"
        assert inside["licence"] == document["licence"] == "not stated"
        said = ("precision", "size", "input", "output", "scale", "receptive_radius", "tile")
        assert {key: inside[key] for key in said} == {key: entry[key] for key in said}


@pytest.mark.slow
def test_the_golden_pictures_are_what_the_files_answer(made):
    folder, document, _ = made
    assert len(document["golden"]) >= 3
    for entry in document["golden"]:
        small = picture_of(folder / entry["input"])
        assert set(entry["outputs"]) == {file["file"] for file in document["files"]}
        for file, answer in entry["outputs"].items():
            if "int8io" in file:
                continue  # the library takes uint8; the next test runs these
            engine = LiteRTEngine((folder / file).read_bytes(), file)
            got = Upscaler(engine, name=file, scale=4, radius=4, raw=True).upscale(small)
            difference = np.abs(got.astype(int) - picture_of(folder / answer)).max()
            assert difference <= (1 if "dynamic_dynamic" in file else 0), file


@pytest.mark.slow
def test_a_bare_call_on_a_whole_picture_gives_the_golden_picture(made):
    folder, document, _ = made
    for entry in document["golden"]:
        small = picture_of(folder / entry["input"])
        for file in document["files"]:
            if file["padding"] != "inside" or file["input"]["type"] != "uint8":
                continue
            content = (folder / file["file"]).read_bytes()
            output = LiteRTEngine(content, "bare").run(small[None])[0]
            if not (small == small[..., :1]).all():
                assert (output == picture_of(folder / entry["outputs"][file["file"]])).all(), file["file"]


@pytest.mark.slow
def test_model_json_is_valid_by_the_schema_beside_it(made):
    folder, document, _ = made
    schema = json.loads((folder / document["$schema"]).read_text())
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)


@pytest.mark.slow
def test_times_and_memory_are_of_a_named_machine(made):
    _, document, _ = made
    assert document["machine"]["threads"] >= 1
    for entry in document["files"]:
        if entry["precision"] == "int8io":
            continue
        assert entry["seconds_a_megapixel"] > 0
        assert entry["memory_mb"] is None or entry["memory_mb"] > 0


@pytest.mark.slow
def test_the_int8_file_beside_a_network_is_the_one_in_its_bundle(exported, tmp_path, capsys):
    """Its arithmetic, that is: the file for any size pads too."""
    out, lines = tmp_path / "out", []
    beside = (exported[0] / "tiny_int8_dynamic.tflite").read_bytes()
    document = bundle.bundle(exported[0] / "tiny.keras", out, report=lines.append)
    assert document["calibration"]["sha256"] == hashlib.sha256(beside).hexdigest()
    assert any("the int8 file beside the network" in line for line in lines)
    picture = draw_rgb(0, seed=31, width=50, height=41)
    expected = Upscaler(LiteRTEngine(beside, "beside"), name="beside", scale=4, radius=4, raw=True)
    for name in ("tiny_int8_dynamic.tflite", "tiny_int8_128.tflite"):
        engine = LiteRTEngine((out / name).read_bytes(), name)
        found = Upscaler(engine, name=name, scale=4, radius=4, raw=True)
        assert (found.upscale(picture) == expected.upscale(picture)).all()


@pytest.mark.slow
def test_int8_edges_are_pixels_less_128(made):
    from ai_edge_litert.interpreter import Interpreter

    folder, _, _ = made
    interpreter = Interpreter(model_path=str(folder / "tiny_int8io_128.tflite"))
    interpreter.allocate_tensors()
    tile = np.random.default_rng(1).integers(0, 256, (1, 128, 128, 3), np.uint8)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], (tile ^ 128).view(np.int8))
    interpreter.invoke()
    answer = interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).view(np.uint8) ^ 128
    expected = LiteRTEngine((folder / "tiny_int8_128.tflite").read_bytes(), "uint8").run(tile)
    assert (answer == expected).all()


@pytest.mark.slow
def test_the_saved_model_answers_as_keras_does(made, faithful):
    import tensorflow as tf

    folder, _, _ = made
    picture = np.random.default_rng(2).random((2, 9, 14, 3), np.float32)
    loaded = tf.saved_model.load(str(folder / "saved_model"))
    answer = loaded.serve(picture)
    np.testing.assert_allclose(answer, keras.saving.load_model(faithful)(picture), rtol=0, atol=1e-6)


@pytest.mark.slow
def test_the_report_has_every_file_and_its_pictures(made):
    folder, document, _ = made
    markdown = (folder / "report.md").read_text(encoding="utf-8")
    page = (folder / "report.html").read_text(encoding="utf-8")
    for entry in document["files"]:
        assert markdown.count(f"| {entry['file']} |") == 2
        assert page.count(f"<td>{entry['file']}</td>") == 2
    for entry in document["golden"]:
        path = entry["input"].replace("golden", "report")
        assert f'src="{path}"' in page
        assert f"]({path})" in markdown
        assert picture_of(folder / path).shape[0] > 300


@pytest.mark.slow
def test_an_older_bundle_is_replaced_only_when_asked(made, faithful, capsys):
    folder, _, _ = made
    before = contents_of(folder)
    assert bundle.main([str(faithful), "-o", str(folder)]) == 2
    assert "Add --overwrite" in capsys.readouterr().err
    assert contents_of(folder) == before


@pytest.mark.slow
def test_a_file_that_loses_too_much_is_no_bundle(trained, picture_folder, tmp_path, capsys):
    """Lively random weights lose more in int8 than any trained network."""
    arguments = [str(trained), "-o", str(tmp_path / "out"), "--calibration", str(picture_folder)]
    assert bundle.main(arguments) == 2
    assert "Nothing was written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_another_network_is_bundled_with_its_true_loss(trained, picture_folder, tmp_path, monkeypatch):
    """What the compact family is refused for is reported of another, and another file recommended."""
    monkeypatch.setattr(variants, "TILES_PX", (64,))
    path = save_with_card(keras.saving.load_model(trained), tmp_path / "network", name="espcn")
    document = bundle.bundle(path, tmp_path / "out", calibration=picture_folder, report=lambda _: None)
    losses = {file["precision"]: file["trial"].get("loss_db", 0) for file in document["files"][::-1]}
    told = document["remarks"][1:]  # after the one of dynamic files, which every bundle has
    of_int8 = [remark for remark in told if "A int8 file" in remark or "in int8." in remark]
    assert told
    assert bool(of_int8) == (document["recommended"]["cpu"] != "espcn_int8_dynamic.tflite")
    assert (losses["int8"] > 0.1) <= bool(of_int8)
    assert losses["float32"] == pytest.approx(0, abs=1e-3)


def test_the_shipped_int8_file_is_the_one_that_its_card_names(tmp_path):
    model, card = WEIGHTS / "compact.keras", ModelCard.read(WEIGHTS / "compact.json")
    content = (WEIGHTS / "compact_int8_dynamic.tflite").read_bytes()
    assert bundle.int8_beside(model, card) == content
    assert bundle.int8_beside(tmp_path / "compact.keras", card) is None
    (tmp_path / "compact_int8_dynamic.tflite").write_bytes(content[:-1])
    assert bundle.int8_beside(tmp_path / "compact.keras", card) is None


def test_what_a_file_takes_and_gives():
    fixed = Variant("int8io", 128)
    assert fixed.file_name("compact") == "compact_int8io_128.tflite"
    said = fixed.description(4, 12)
    assert said["input"] == {
        "name": "image",
        "type": "int8",
        "layout": "NHWC",
        "channels": "RGB",
        "range": [-128, 127],
        "shape": [1, 128, 128, 3],
    }
    assert said["output"]["shape"] == [1, 512, 512, 3]
    assert said["tile"] == {"side_px": 128, "overlap_px": 12, "core_px": 104}
    any_size = Variant("float16", None).description(2, 3)
    assert any_size["output"]["shape"] == [1, None, None, 3]
    assert any_size["output"]["range"] == [0, 1]
    assert any_size["tile"] == {"side_px": None, "overlap_px": 3, "core_px": None}
    assert (fixed.description(4, 12)["padding"], any_size["padding"]) == ("caller", "inside")


def test_the_schema_is_one_and_refuses_what_is_not_described():
    schema = json.loads(bundle.SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    described = {"file": "a_int8_128.tflite", **Variant("int8", 128).description(4, 12)}
    described |= {"sha256": "0" * 64, "bytes": 1}
    document = {"schema_version": 1, "name": "a", "scale": 4, "receptive_radius": 12, "licence": "x"}
    document |= {"recommended": {"npu": "a_int8_128.tflite"}, "files": [described]}
    validator = jsonschema.Draft202012Validator(schema)
    assert list(validator.iter_errors(document)) == []
    for wrong in (
        {"schema_version": 2},
        {"files": []},
        {"scale": 0},
        {"recommended": {"cpu": "../a.tflite"}},
    ):
        assert not validator.is_valid({**document, **wrong})
    for wrong in ({"padding": "none"}, {"sha256": "0"}, {"tile": {}}, {"input": {}}):
        assert not validator.is_valid({**document, "files": [{**described, **wrong}]})


def test_a_wrong_place_is_told_before_any_work(faithful, tmp_path, capsys):
    (tmp_path / "file").write_text("text")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    before = contents_of(tmp_path)
    for place, options, message in (
        ("file", [], "A bundle is a folder"),
        ("full", [], "It holds no bundle"),
        ("full", ["--overwrite"], "It holds no bundle"),
    ):
        assert bundle.main([str(faithful), "-o", str(tmp_path / place), *options]) == 2
        assert message in capsys.readouterr().err
    assert contents_of(tmp_path) == before


def test_an_unusable_network_or_folder_is_told_before_anything_is_written(faithful, tmp_path, capsys):
    out, empty = tmp_path / "out", tmp_path / "empty"
    empty.mkdir()
    reduced = keras.Sequential(
        [keras.Input((None, None, 3)), keras.layers.Conv2D(3, 3, dtype="mixed_bfloat16")]
    )
    mixed = save_with_card(reduced, tmp_path / "mixed")
    for arguments, message in (
        ([str(mixed)], "Export needs a float32 network"),
        ([str(tmp_path / "none.keras")], "existing .keras file"),
        ([str(faithful), "--calibration", str(empty)], "Received: "),
        ([str(faithful), "--calibration", str(tmp_path / "none")], "Received: "),
    ):
        assert bundle.main([*arguments, "-o", str(out)]) == 2
        error = capsys.readouterr().err
        assert error.startswith("export.bundle: error: ")
        assert message in error
        assert not out.exists()


@pytest.mark.slow
def test_an_operator_that_no_phone_has_is_named(tmp_path, capsys):
    picture = keras.Input((None, None, 3))
    enlarged = keras.ops.repeat(keras.ops.repeat(keras.ops.erfinv(picture * 0.5), 4, axis=1), 4, axis=2)
    path = save_with_card(keras.Model(picture, enlarged), tmp_path / "network")
    assert bundle.main([str(path), "-o", str(tmp_path / "out")]) == 2
    assert "Erfinv" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
