"""The C++ core gives what the library gives, raw, to the byte, and no input makes it crash."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from export_files import for_tiles, rewritten
from mobile_files import MOBILE, Core, built, entry, pam, write_bundle

from export.padding import pad_inside
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.imaging.alpha import bleed
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.tiling import too_thin

FILES = ("tiny_int8.tflite", "tiny_float32.tflite")
ELEMENTS = {"tiny_int8.tflite": "uint8", "tiny_float32.tflite": "float32"}
PIXELS: dict = entry("", "uint8")
OK, WRONG_ARGUMENT, UNREADABLE, WRONG_DESCRIPTION, DAMAGED, WRONG_NETWORK, _, CANCELLED = range(8)
Run = tuple[subprocess.CompletedProcess, Path]


@pytest.fixture(scope="module")
def build(tmp_path_factory) -> Path:
    return built(tmp_path_factory.mktemp("cpp"), "-DBUILD_SHARED_LIBS=ON")


@pytest.fixture(scope="module")
def program(build) -> Path:
    return build / "waifu4x-cpp"


@pytest.fixture(scope="module")
def core(build) -> Core:
    return Core(build / "libwaifu4x.so")


@pytest.fixture(scope="module")
def bundle(tiny_models, tmp_path_factory) -> Path:
    """Both precisions for any size, padding inside or not, and for tiles of 32 px, whose core is 20."""
    contents, entries = {}, []
    for name, element in ELEMENTS.items():
        content = (tiny_models / name).read_bytes()
        padded = rewritten(content, lambda graph: pad_inside(graph, 6, 4))
        contents |= {name: content, f"fixed_{name}": for_tiles(content, 32), f"padded_{name}": padded}
        entries += [entry(name, element), entry(f"fixed_{name}", element, 32)]
        entries += [entry(f"padded_{name}", element, padding="inside")]
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
    expected = upscalers[name].upscale(picture)
    check_same(call(bundle, name, pam(picture), "--core", str(core)), expected)
    check_same(call(bundle, f"padded_{name}", pam(picture), "--core", str(core), out="padded"), expected)


@pytest.mark.parametrize("size", [(12_000, 1), (1, 12_000)])
@pytest.mark.parametrize("kind", ["soft", "hard"])
def test_a_picture_too_thin_for_a_network_is_interpolated_as_the_librarys(
    call, bundle, upscalers, size, kind
):
    assert too_thin(*size, radius=6)
    picture = np.dstack([np.resize(drawing(300, 200), (size[1], size[0], 3)), alpha_of(kind, *size)])
    for name in (FILES[0], f"fixed_{FILES[0]}"):
        run = call(bundle, name, pam(picture), out=f"out_{name}")
        check_same(run, upscalers[FILES[0]].upscale(picture))


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
    content = (bundle / "tiny_int8.tflite").read_bytes()
    described = {**entry(name, "uint8"), "sha256": hashlib.sha256(content).hexdigest()}
    document = {
        "schema_version": 1,
        "licence": "\\/\b\f…",
        "nested": [[], {}, [{"a": None}, True, False, -1.5e-3]],
        "files": [entry("another.tflite", "float32"), described],
    }
    folder = write_bundle(tmp_path / "odd", {name: content}, [])
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


FIXED = {"tile": {"side_px": 32, "overlap_px": 6, "core_px": 20}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"receptive_radius": "6"}, "radius is a whole number from 0 to 32768. Received: another kind"),
        ({"receptive_radius": 6.5}, "radius is a whole number from 0 to 32768. Received: 6.5"),
        ({"receptive_radius": True}, "receptive_radius is a whole number"),
        ({"receptive_radius": 7}, "tile.overlap_px is a whole number from 7 to 32768. Received: 6"),
        ({"scale": 0}, "scale is a whole number from 1 to 16"),
        ({"scale": 1e300}, "scale is a whole number from 1 to 16"),
        ({"scale": 32768}, "scale is a whole number from 1 to 16"),
        ({"scale": 2}, "A network of scale 2 gives that many times the tile"),
        ({"sha256": "0" * 64}, "model.json was written with, of sha256 000"),
        ({"sha256": 0}, "sha256 is a text"),
        ({"padding": "none"}, "padding is inside or caller. Received: none"),
        ({"padding": "inside", **FIXED}, "A file that pads inside takes any size"),
        ({"receptive_radius": 9999, "tile": {**PIXELS["tile"], "overlap_px": 9999}}, "at most 2 GiB"),
        ({"file": 3}, "file is a text"),
        ({"file": "other.tflite"}, "Received: tiny_int8.tflite. It names other.tflite"),
        ({"input": {"type": "int8"}}, "input is uint8 or float32. Received: int8. Choose another file"),
        ({"input": entry("", "float32")["input"]}, "takes and gives the same type"),
        ({"input": {**PIXELS["input"], "range": [0, 1]}}, "range of uint8 is 0 to 255"),
        ({"input": {**PIXELS["input"], "layout": "NCHW"}}, "RGB in the layout NHWC"),
        ({"tile": {"overlap_px": 6}}, "names tile.side_px"),
        ({"tile": {"side_px": 12, "overlap_px": 6, "core_px": 0}}, "core is its side less twice the overlap"),
        ({"tile": {"side_px": 32, "overlap_px": 6, "core_px": 20}}, "as model.json says. Received: "),
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


def test_a_message_is_text_whatever_bytes_it_quotes(call, bundle):
    for word in (b"\xd2\xff\x1b[2J", "größe".encode(), b"\xe2\x82", b"x" * 5000):
        check_refused(call(bundle, "tiny_int8.tflite", b"P7\n" + word + b" 5\n"), "the unknown field ")


def test_missing_and_foreign_files_are_named(call, bundle, tmp_path):
    picture = pam(drawing(5, 5))
    check_refused(call(tmp_path / "nowhere", "tiny_int8.tflite", picture), "A bundle has a model.json")
    folder = write_bundle(tmp_path / "some", {"text.tflite": b"a text"}, [])
    for name in ("missing.tflite", "text.tflite"):
        write_bundle(folder, {}, [entry(name, "uint8")])
        check_refused(call(folder, name, picture), "A model is a readable .tflite file. Received: ")
    outside = f"../{folder.name}/text.tflite"
    write_bundle(folder, {}, [entry(outside, "uint8")])
    check_refused(call(folder, outside, picture), "A model file lies beside its model.json.")
    document = json.loads((folder / "model.json").read_text())
    for version in (0, 2, "1", None):
        (folder / "model.json").write_text(json.dumps({**document, "schema_version": version}))
        check_refused(call(folder, outside, picture), "A model.json is of schema version 1.")
    write_bundle(folder, {"f.tflite": (bundle / FILES[1]).read_bytes()}, [entry("f.tflite", "uint8")])
    check_refused(call(folder, "f.tflite", picture), "with type 1 (-1, -1, -1, 3)")


def test_an_output_that_cannot_be_written_leaves_nothing(call, bundle, tmp_path):
    picture = pam(drawing(5, 5))
    run = call(bundle, "tiny_int8.tflite", picture, out="nowhere/out")
    check_refused(run, "An output is a new file in a folder that can be written to.")
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "out").write_text("older")
    process, target = call(tmp_path / "no bundle", "none.tflite", b"no picture")
    assert process.returncode == 1
    assert "out, which exists" in process.stderr  # noticed before anything else is
    assert target.read_text() == "older"
    assert [path.name for path in tmp_path.glob("out*")] == ["out"]


def test_wrong_arguments_are_told(program, call, bundle):
    process = subprocess.run([str(program), "one"], capture_output=True, text=True, timeout=60)
    assert process.returncode == 2
    assert process.stderr.startswith("usage: waifu4x-cpp BUNDLE_DIR MODEL_FILE_NAME INPUT OUTPUT")
    picture = pam(drawing(5, 5))
    for option in (("--core", "-1"), ("--core",), ("--threads", "0"), ("--core", "7px")):
        check_refused(call(bundle, FILES[0], picture, *option), f"{option[0]} is a whole number", code=2)
    check_refused(call(bundle, FILES[0], picture, "--cores"), "An option is --core or --threads.", code=2)


@pytest.fixture
def network(core, bundle):
    """The int8 network through the C interface."""
    status, made = core.load(bundle, FILES[0])
    assert status == OK, core.error
    yield made
    core.c.waifu4x_free(made)


def test_rows_come_from_the_top_in_bands_and_may_lie_apart(core, network, upscalers):
    wide = np.dstack([drawing(60, 61), alpha_of("soft", 60, 61)])
    picture = wide[:, :41]  # its rows are 240 bytes from each other
    run = core.run(network, picture, 16)
    assert run.status == OK, core.error
    expected = upscalers[FILES[0]].upscale(np.ascontiguousarray(picture))
    assert (run.pixels(expected) == expected).all()
    assert [first for first, _ in run.bands] == list(np.cumsum([0, *(count for _, count in run.bands)])[:-1])
    status, plan = core.plan(network, 41, 61, 4, 16)
    assert status == OK
    assert (plan.width, plan.height) == (164, 244)
    assert max(count for _, count in run.bands) == plan.band_rows == 4 * 16
    assert plan.band_bytes == plan.band_rows * 164 * 4
    assert run.progress == [(done, plan.tiles) for done in range(1, plan.tiles + 1)]
    assert plan.tiles == 2 * 3 * 4


def test_a_run_ends_when_its_caller_cancels_and_can_be_started_again(core, network, upscalers):
    picture = drawing(60, 61)
    stopped = core.run(network, picture, 16, stop_after=5)
    assert stopped.status == CANCELLED
    assert "until its caller stops it" in core.error
    assert len(stopped.progress) == 5
    assert len(stopped.content) < 9 * 16 * picture.size
    again = core.run(network, picture, 16)
    assert (again.pixels(upscalers[FILES[0]].upscale(picture)) == upscalers[FILES[0]].upscale(picture)).all()


def test_a_file_comes_from_memory_too(core, bundle, upscalers):
    document, content = (bundle / "model.json").read_bytes(), (bundle / FILES[0]).read_bytes()
    status, made = core.load_memory(document, FILES[0], content)
    assert status == OK, core.error
    picture, expected = drawing(9, 7), upscalers[FILES[0]].upscale(drawing(9, 7))
    assert (core.run(made, picture).pixels(expected) == expected).all()
    core.c.waifu4x_free(made)


def test_a_damaged_file_is_refused_wherever_the_damage_is(core, bundle):
    document, content = (bundle / "model.json").read_bytes(), (bundle / FILES[0]).read_bytes()
    places = [*range(64), *range(64, len(content), len(content) // 200)]
    damaged = [content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :] for at in places]
    for each in (*damaged, b"", content[:-1], content + b"\0"):
        status, made = core.load_memory(document, FILES[0], each)
        assert (status, made.value) == (DAMAGED, None)
        # The sha256 that it names is hashlib's, for every length of the last block.
        assert hashlib.sha256(each).hexdigest() in core.error


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 119, 120, 128])
def test_the_sha256_is_that_of_hashlib(core, bundle, length):
    content = bytes(range(256))[:length]
    status, _ = core.load_memory((bundle / "model.json").read_bytes(), FILES[0], content)
    assert status == DAMAGED
    assert f"with {hashlib.sha256(content).hexdigest()}" in core.error


def test_a_damaged_model_json_gives_a_status_and_a_text(core, bundle):
    name = FILES[0]
    described = json.loads((bundle / "model.json").read_text())
    document = json.dumps({**described, "files": described["files"][:1]}).encode()
    content = (bundle / name).read_bytes()
    mutants = [document[:at] for at in range(0, len(document), 7)]
    mutants += [document[:at] + bytes([document[at] ^ 4]) + document[at + 1 :] for at in range(len(document))]
    seen = set()
    for mutant in mutants:
        status, made = core.load_memory(mutant, name, content)
        assert status in (OK, WRONG_DESCRIPTION, DAMAGED, WRONG_NETWORK), core.error
        assert (status == OK) == bool(made.value)
        assert status == OK or "Received: " in core.error
        core.c.waifu4x_free(made)
        seen.add(status)
    assert {WRONG_DESCRIPTION, DAMAGED} <= seen


def test_wrong_arguments_of_the_interface_are_statuses(core, network):
    assert core.plan(network, 0, 5, 3, 256)[0] == WRONG_ARGUMENT
    assert core.plan(network, 5, 5, 5, 256)[0] == WRONG_ARGUMENT
    assert core.plan(network, 5, 5, 3, -1)[0] == WRONG_ARGUMENT
    assert core.plan(network, 1_000_000, 1_000_000, 3, 0)[0] == WRONG_ARGUMENT
    assert core.plan(None, 5, 5, 3, 256)[0] == WRONG_ARGUMENT
    assert core.c.waifu4x_load(None, None, 1, None) == WRONG_ARGUMENT
    assert core.c.waifu4x_run(network, None, 0, None) == WRONG_ARGUMENT
    assert core.c.waifu4x_scale(None) == 0
    assert core.c.waifu4x_scale(network) == 4
    assert core.load(Path("/no/such/folder"), "x.tflite")[0] == UNREADABLE


def test_the_header_is_c(tmp_path):
    """Also the C of 1999, without extensions."""
    source = tmp_path / "uses.c"
    source.write_text('#include "waifu4x.h"\nint main(void) { return waifu4x_scale(NULL); }\n')
    command = ["gcc", "-std=c99", "-pedantic-errors", "-Wall", "-Werror", "-fsyntax-only", str(source)]
    subprocess.run([*command, f"-I{MOBILE / 'cpp'}"], check=True, timeout=60)


def test_ctrl_c_leaves_no_output(program, bundle, tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(pam(np.resize(drawing(256, 256), (1500, 1500, 3))))
    command = [str(program), str(bundle), FILES[1], str(source), str(target), "--core", "16"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not list(tmp_path.glob("out.partial*")) and process.poll() is None:
            pass
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "until its caller stops it" in error
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.slow
def test_memory_is_bounded_by_a_band_of_rows(program, bundle, tmp_path):
    """A result of 307 MB from a process that never holds a third of that."""
    width, height = 1200, 4000
    picture = np.dstack([np.resize(drawing(256, 256), (height, width, 3)), alpha_of("soft", width, height)])
    (tmp_path / "in").write_bytes(pam(picture))
    command = [
        str(program),
        str(bundle),
        FILES[0],
        str(tmp_path / "in"),
        str(tmp_path / "out"),
        "--core",
        "64",
    ]
    # A process of its own starts it: memory is counted from the fork on, and this one's is large.
    measured = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", measured, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").stat().st_size > 16 * picture.size
    assert int(done.stdout.split()[-1]) * 1024 < 16 * picture.size / 3


@pytest.mark.slow
def test_sanitizers_find_nothing(bundle, tmp_path):
    """Pictures of all kinds, and damage of all kinds, through a program that watches its own memory."""
    program = built(tmp_path / "sanitized", "-DWAIFU4X_SANITIZE=ON") / "waifu4x-cpp"
    # LiteRT keeps what it allocated once until the process ends.
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    source, target = tmp_path / "in", tmp_path / "out"

    def run(folder: Path, name: str, content: bytes, *options: str) -> int:
        source.write_bytes(content)
        target.unlink(missing_ok=True)
        command = [str(program), str(folder), name, str(source), str(target), *options]
        process = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
        assert "Sanitizer" not in process.stderr, process.stderr
        assert "runtime error" not in process.stderr, process.stderr
        assert process.returncode in (0, 1)
        return process.returncode

    for size in ((1, 1), (37, 29), (12_000, 1), (1, 12_000)):
        for kind in ("soft", "hard", "clear"):
            picture = np.dstack([np.resize(drawing(64, 64), (size[1], size[0], 3)), alpha_of(kind, *size)])
            for name in (*FILES, f"fixed_{FILES[0]}", f"padded_{FILES[0]}"):
                assert run(bundle, name, pam(picture), "--core", "16") == 0
    document, content = (bundle / "model.json").read_bytes(), (bundle / FILES[0]).read_bytes()
    folder = tmp_path / "damaged"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for _ in range(60):
        for path, whole in (("model.json", document), (FILES[0], content)):
            damaged = bytearray(whole)
            damaged[int(rng.integers(len(whole)))] ^= 1 << int(rng.integers(8))
            (folder / path).write_bytes(damaged if rng.random() < 0.7 else whole)
        run(folder, FILES[0], pam(drawing(5, 5)))
    whole = pam(np.dstack([drawing(9, 7), alpha_of("soft", 9, 7)]))
    for at in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << int(rng.integers(8))
        run(bundle, FILES[0], bytes(damaged))
        run(bundle, FILES[0], whole[:at])
