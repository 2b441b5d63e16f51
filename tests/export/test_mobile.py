"""The C++ tiler answers what the library does, raw, to the byte; its Kotlin and Swift siblings say so too."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from mobile_files import SOURCES, compiled_program, entry, functions, pam, write_bundle

from export.rewrite import with_fixed_size
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging.alpha import bleed
from waifu4x_tf.inference.loading import load_upscaler

FILES = ("tiny_int8.tflite", "tiny_float32.tflite")
ELEMENTS = {"tiny_int8.tflite": "uint8", "tiny_float32.tflite": "float32"}
PIXELS: dict = entry("", "uint8")
Run = tuple[subprocess.CompletedProcess, Path]


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    return compiled_program(tmp_path_factory.mktemp("cpp"))


@pytest.fixture(scope="module")
def bundle(tiny_models, tmp_path_factory) -> Path:
    """Both precisions for any size and for tiles of 32 px, whose core is 20."""
    contents, entries = {}, []
    for name, element in ELEMENTS.items():
        content = (tiny_models / name).read_bytes()
        contents |= {name: content, f"fixed_{name}": with_fixed_size(content, 32)}
        entries += [entry(name, element), entry(f"fixed_{name}", element, 32)]
    return write_bundle(tmp_path_factory.mktemp("bundle"), contents, entries)


@pytest.fixture(scope="module")
def upscalers(tiny_models):
    return {name: load_upscaler(str(tiny_models / name), tile_px=64, raw=True) for name in FILES}


@pytest.fixture
def call(program, tmp_path):
    """Runs the program on the bytes of a picture file; the process and the path of the output."""

    def run(folder: Path, name: str, content: bytes, *options: str, out: str = "out") -> Run:
        source, target = tmp_path / "in", tmp_path / out
        source.write_bytes(content)
        arguments = [str(program), str(folder), name, str(source), str(target), *options]
        process = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
        return process, target

    return run


def drawing(width: int, height: int) -> np.ndarray:
    return draw_rgb(0, seed=11, width=max(16, width), height=max(16, height))[:height, :width]


def alpha_of(kind: str, width: int, height: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    distance = np.hypot(2 * rows / height - 1, 2 * columns / width - 1)
    soft = np.clip(400 * (1 - distance), 0, 255).astype(np.uint8)
    specks = np.random.default_rng(0).integers(0, 256, (height, width), np.uint8)
    return {
        "soft": soft,
        "hard": np.where(soft > 99, np.uint8(255), np.uint8(0)),
        "specks": np.where(specks > 99, specks, np.uint8(0)),
        "clear": np.zeros_like(soft),
        "opaque": np.full_like(soft, 255),
    }[kind]


def check_same(run: Run, expected: np.ndarray) -> None:
    process, target = run
    assert process.returncode == 0, process.stderr
    written, wanted = target.read_bytes(), pam(expected)
    assert written[: -expected.size] == wanted[: -expected.size]
    pixels = np.frombuffer(written[-expected.size :], np.uint8).reshape(expected.shape)
    assert np.count_nonzero(pixels != expected) == 0


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("size", "core"),
    [((1, 1), 256), ((1, 1), 7), ((37, 29), 7), ((37, 29), 0), ((150, 101), 64), ((31, 133), 33)],
)
def test_the_program_answers_what_the_library_answers_whatever_the_tiles(
    call, bundle, upscalers, name, size, core
):
    picture = drawing(*size)
    check_same(call(bundle, name, pam(picture), "--core", str(core)), upscalers[name].upscale(picture))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["soft", "hard", "specks", "clear", "opaque"])
def test_alpha_and_the_colours_under_it_are_the_librarys(call, bundle, upscalers, name, kind):
    picture = np.dstack([drawing(37, 45), alpha_of(kind, 37, 45)])
    check_same(call(bundle, name, pam(picture), "--core", "33"), upscalers[name].upscale(picture))


@pytest.mark.parametrize("size", [(331, 170), (170, 331), (200, 1), (3, 190)])
def test_far_from_visible_pixels_the_colours_fade_as_the_librarys(call, bundle, upscalers, size):
    """A hole wider than colours reach, and a visible part so large that its middle does not count."""
    width, height = size
    rows, columns = np.mgrid[:height, :width]
    alpha = np.where((rows - 30) ** 2 + (columns - 40) ** 2 < 35**2, np.uint8(255), np.uint8(0))
    alpha[-2:, -3:] = 77
    picture = np.dstack([255 - drawing(*size) // 2, alpha])
    assert bleed(picture[..., :3], alpha).min() == 0 < picture[..., :3].min()
    check_same(call(bundle, FILES[0], pam(picture)), upscalers[FILES[0]].upscale(picture))


@pytest.mark.parametrize("name", FILES)
def test_grey_stays_grey(call, bundle, upscalers, name):
    grey, alpha = drawing(37, 29)[..., 1], alpha_of("soft", 37, 29)
    check_same(call(bundle, name, pam(grey), "--core", "16"), upscalers[name].upscale(grey))
    three_times = np.dstack([grey] * 3)
    check_same(call(bundle, name, pam(three_times), out="out3"), upscalers[name].upscale(three_times))
    expected = upscalers[name].upscale(np.dstack([three_times, alpha]))
    check_same(call(bundle, name, pam(np.dstack([grey, alpha])), out="out2"), expected[..., 2:])


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("size", [(5, 3), (20, 20), (47, 61)])
def test_a_file_for_tiles_of_one_size_takes_every_picture(call, bundle, upscalers, name, size):
    picture = np.dstack([drawing(*size), alpha_of("soft", *size)])
    check_same(
        call(bundle, f"fixed_{name}", pam(picture), "--threads", "1"), upscalers[name].upscale(picture)
    )


@pytest.mark.parametrize("magic", ["P5", "P6"])
def test_the_older_formats_come_back_as_they_came(call, bundle, upscalers, magic):
    picture = drawing(37, 29) if magic == "P6" else drawing(37, 29)[..., 0]
    content = f"{magic} # a comment\n37\t29\n# another\n255\n".encode() + picture.tobytes()
    process, target = call(bundle, "tiny_int8.tflite", content)
    assert process.returncode == 0, process.stderr
    expected = upscalers["tiny_int8.tflite"].upscale(picture)
    assert target.read_bytes() == f"{magic}\n148 116\n255\n".encode() + expected.tobytes()


def test_model_json_may_be_written_in_every_way_that_json_allows(call, bundle, upscalers, tmp_path):
    name = 'tïny "😀"\t.tflite'
    document = {
        "licence": "\\/\b\f…",
        "nested": [[], {}, [{"a": None}, True, False, -1.5e-3]],
        "files": [entry("another.tflite", "float32"), entry(name, "uint8")],
    }
    folder = write_bundle(tmp_path / "odd", {name: (bundle / "tiny_int8.tflite").read_bytes()}, [])
    picture = drawing(9, 7)
    texts = {"escaped": json.dumps(document), "plain": json.dumps(document, indent="\t", ensure_ascii=False)}
    for out, text in texts.items():
        (folder / "model.json").write_text(text, encoding="utf-8")
        run = call(folder, name, pam(picture), out=out)
        check_same(run, upscalers["tiny_int8.tflite"].upscale(picture))


def check_refused(run: Run, message: str, code: int = 1) -> None:
    """It says why, and there is no output, not even half of one."""
    process, target = run
    assert process.returncode == code
    assert message in process.stderr
    assert "Received: " in process.stderr
    assert [path.name for path in target.parent.glob("out*")] == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"receptive_radius": "6"}, "radius is a whole number of at least 0. Received: another kind"),
        ({"receptive_radius": 6.5}, "radius is a whole number of at least 0. Received: 6.5"),
        ({"receptive_radius": True}, "receptive_radius is a whole number"),
        ({"receptive_radius": 7}, "tile.overlap_px is a whole number of at least 7. Received: 6"),
        ({"scale": 0}, "scale is a whole number of at least 1"),
        ({"scale": 1e300}, "scale is a whole number of at least 1"),
        ({"scale": 32768}, "enlarged at most 2 GiB. Received: 5 x 5"),
        ({"scale": 2}, "A network of scale 2 answers with that many times the tile"),
        ({"file": 3}, "file is a text"),
        ({"file": "other.tflite"}, "Received: tiny_int8.tflite. It names other.tflite"),
        ({"input": {"type": "int8"}}, "input is uint8 or float32. Received: int8. Choose another file"),
        ({"input": entry("", "float32")["input"]}, "takes and gives the same type"),
        ({"input": {**PIXELS["input"], "range": [0, 1]}}, "range of uint8 is 0 to 255"),
        ({"input": {**PIXELS["input"], "layout": "NCHW"}}, "RGB in the layout NHWC"),
        ({"tile": {"overlap_px": 6}}, "names tile.edge_px"),
        ({"tile": {"edge_px": 12, "overlap_px": 6, "core_px": 0}}, "core is its edge less twice the overlap"),
        ({"tile": {"edge_px": 32, "overlap_px": 6, "core_px": 20}}, "as model.json says. Received: "),
    ],
)
def test_a_model_json_that_cannot_be_right_is_refused(call, bundle, tmp_path, changes, message):
    name = "tiny_int8.tflite"
    described = {**entry(name, "uint8"), **changes}
    folder = write_bundle(tmp_path / "wrong", {name: (bundle / name).read_bytes()}, [described])
    check_refused(call(folder, name, pam(drawing(5, 5))), message)


NO_JSON = ["", "{", '{"a": [1,]}', '{"a": 1} 2', '{"a": 1, "a": 2}', '{"a" 1}', "[1 2]", "[" * 1000]
NO_JSON += ["nul", "01", "1.", '"\\ud83d"', '"\\ude00"', '"\\x"', '"a', '"\n"']


@pytest.mark.parametrize("text", NO_JSON)
def test_what_is_no_json_is_refused(call, tmp_path, text):
    folder = write_bundle(tmp_path / "wrong", {}, [])
    (folder / "model.json").write_text(text, encoding="utf-8")
    check_refused(call(folder, "tiny_int8.tflite", pam(drawing(5, 5))), "A model.json is one JSON value.")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "another kind"),
        (b"\x89PNG\r\n\x1a\n", "Convert it"),
        (b"P4\n8 1\n\xff", "another kind"),
        (pam(drawing(5, 4))[:-1], "59 bytes of pixels instead of 60"),
        (pam(drawing(5, 4)) + b"\0", "61 bytes of pixels instead of 60"),
        (b"P6\n5 4\n65535\n" + bytes(120), "a maximum other than 255"),
        (b"P6\n5 -4\n255\n" + bytes(60), "the number -4"),
        (b"P6\n99999999999999999999 1\n255\n", "the number 99999999999999999999"),
        (b"P6\n5 4\n255", "an unfinished header"),
        (b"P6\n5 4 # no end", "an unfinished header"),
        (b"P7\nWIDTH 5\nHEIGHT 4\nDEPTH 3\nENDHDR\n", "a maximum other than 255"),
        (b"P7\nWIDTH 5\nDEPTH 3\nMAXVAL 255\nENDHDR\n", "a size missing"),
        (pam(drawing(5, 4)).replace(b"TUPLTYPE RGB", b"TUPLTYPE CMY"), "the tuple type CMY of depth 3"),
        (pam(drawing(5, 4)).replace(b"TUPLTYPE", b"COLOURS"), "the unknown field COLOURS"),
    ],
)
def test_a_broken_picture_is_refused(call, bundle, content, message):
    check_refused(call(bundle, "tiny_int8.tflite", content), message)


def test_missing_and_foreign_files_are_named(call, bundle, tmp_path):
    picture = pam(drawing(5, 5))
    check_refused(call(tmp_path / "nowhere", "tiny_int8.tflite", picture), "A bundle has a model.json")
    folder = write_bundle(tmp_path / "some", {"text.tflite": b"a text"}, [])
    for name in ("missing.tflite", "text.tflite"):
        write_bundle(folder, {}, [entry(name, "uint8")])
        check_refused(call(folder, name, picture), "A model is a readable .tflite file. Received: ")
    write_bundle(folder, {"f.tflite": (bundle / FILES[1]).read_bytes()}, [entry("f.tflite", "uint8")])
    check_refused(call(folder, "f.tflite", picture), "with type 1 (-1, -1, -1, 3)")


def test_an_output_that_cannot_be_written_leaves_nothing(call, bundle, tmp_path):
    picture = pam(drawing(5, 5))
    run = call(bundle, "tiny_int8.tflite", picture, out="nowhere/out")
    check_refused(run, "An output is a file that can be written.")
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "out").write_text("older")
    process, target = call(bundle, "tiny_int8.tflite", picture)
    assert process.returncode == 1
    assert "out, which exists" in process.stderr
    assert target.read_text() == "older"
    assert not (tmp_path / "out.partial").exists()


def test_wrong_arguments_are_told(program, call, bundle):
    process = subprocess.run([str(program), "one"], capture_output=True, text=True, timeout=60)
    assert process.returncode == 2
    assert process.stderr.startswith("usage: waifu4x-cpp BUNDLE_DIR MODEL_FILE_NAME INPUT OUTPUT")
    picture = pam(drawing(5, 5))
    for option in (("--core", "-1"), ("--core",), ("--threads", "0"), ("--core", "7px")):
        check_refused(call(bundle, FILES[0], picture, *option), f"{option[0]} is a whole number", code=2)
    check_refused(call(bundle, FILES[0], picture, "--cores"), "An option is --core or --threads.", code=2)


@pytest.mark.parametrize("language", ["kotlin", "swift"])
def test_kotlin_and_swift_have_the_functions_of_the_compiled_source_in_its_order(language):
    names, others = list(functions("cpp")), list(functions(language))
    assert len(names) == 17
    assert others[-len(names) :] == names


@pytest.mark.parametrize("language", ["kotlin", "swift"])
@pytest.mark.parametrize(
    "name", ["coreEdge", "coreStarts", "cutTile", "placeCore", "enlarge", "averaged", "between", "doubled"]
)
def test_kotlin_and_swift_tile_line_for_line_as_the_compiled_source(language, name):
    assert functions(language)[name] == functions("cpp")[name]


@pytest.mark.parametrize("language", ["kotlin", "swift"])
def test_kotlin_and_swift_say_at_their_top_that_they_were_never_run(language):
    assert "NEVER COMPILED OR RUN" in "".join(SOURCES[language].read_text(encoding="utf-8").splitlines()[:4])
