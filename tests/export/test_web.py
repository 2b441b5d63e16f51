"""The page put together from a small bundle and a stand-in for LiteRT.js; test_web_browser.py runs it."""

import gzip
import hashlib
import json
import re
import shutil
import struct
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
from export_files import for_tiles
from web_site import names_in, write_bundle, write_node_modules

from export.web import litertjs
from export.web.__main__ import main
from export.web.assembly import PAGE, assemble
from export.web.sizes import size_places
from waifu4x_tf.errors import ModelError, UsageError

OTHERS = {
    ("int8", None): b"int8 of any size",
    ("int16x8", 64): b"int16x8 of 64",
    ("dynamic", 64): b"dynamic of 64",
}


@pytest.fixture(scope="session")
def networks(tiny_models):
    int8, float32 = ((tiny_models / f"tiny_{name}.tflite").read_bytes() for name in ("int8", "float32"))
    fitting = {("int8", 128): for_tiles(int8, 128), ("int8", 64): for_tiles(int8, 64)}
    return OTHERS | fitting | {("float32", 64): for_tiles(float32, 64)}


@pytest.fixture
def bundle(networks, tmp_path):
    return write_bundle(tmp_path / "bundle", networks)


def named(name, content):
    """A network's name on the site."""
    return f"{name}_{hashlib.sha256(content).hexdigest()[:8]}.tflite"


@pytest.fixture
def node_modules(tmp_path):
    return write_node_modules(tmp_path / "node_modules")


def texts(language):
    return json.loads((PAGE / "texts" / f"{language}.json").read_text(encoding="utf-8"))


def scripts():
    return {path.relative_to(PAGE).as_posix(): path.read_text("utf-8") for path in PAGE.rglob("*.js")}


def test_it_holds_the_page_a_network_of_each_precision_and_one_wasm(bundle, networks, node_modules, tmp_path):
    site = assemble(bundle, tmp_path / "site", litertjs=node_modules)
    names = names_in(tmp_path / "site")
    assert names == set(site.files)
    assert names_in(PAGE) < names
    assert {name for name in names if name.startswith("models/")} == {
        "models/model.json",
        f"models/{named('tiny_int8', networks['int8', 64])}",
        f"models/{named('tiny_float32', networks['float32', 64])}",
    }
    assert [name for name in names if ".wasm" in name] == [f"litert/{litertjs.WASM}.gz"]
    assert {"LICENSE.txt", "litert/NOTICE.txt", "example.png"} < names
    assert site.size_bytes == sum((tmp_path / "site" / name).stat().st_size for name in names)


def test_the_wasm_is_packed_and_its_packed_size_is_known(bundle, node_modules, tmp_path):
    assemble(bundle, tmp_path / "site", litertjs=node_modules)
    runtime = json.loads((tmp_path / "site" / "litert" / "runtime.json").read_text())
    packed = (tmp_path / "site" / "litert" / runtime["wasm"]).read_bytes()
    assert runtime["bytes"] == len(packed)
    assert gzip.decompress(packed) == litertjs.WASM.encode()


def offered(bundle, node_modules, out, recommended=None):
    """What the page is told of the networks, when the bundle recommends that file for browsers."""
    described = json.loads((bundle / "model.json").read_text())
    if recommended:
        described["recommended"] = {"browser": recommended}
    (bundle / "model.json").write_text(json.dumps(described))
    assemble(bundle, out, litertjs=node_modules)
    return json.loads((out / "models" / "model.json").read_text())


def test_it_offers_what_the_bundle_holds(bundle, networks, node_modules, tmp_path):
    model = offered(bundle, node_modules, tmp_path / "site")
    assert (model["name"], model["scale"], model["licence"]) == ("tiny", 4, "Apache-2.0")
    assert "denoise" not in model
    content = networks["int8", 64]
    assert model["files"][0] == {
        "file": named("tiny_int8", content),
        "precision": "int8",
        "scale": 4,
        "receptive_radius": 6,
        "type": "uint8",
        "bytes": len(content),
        "sizes": size_places(content, 64, 4),
    }


@pytest.mark.parametrize("precision", ["int8", "float32"])
def test_another_size_written_into_a_file_is_what_the_network_is_for_that_size(networks, precision):
    """A tile of 40 x 72 comes out as it does within one of 64 x 64."""
    content = bytearray(networks[precision, 64])
    for offset, factor in size_places(networks[precision, 64], 64, 4):
        assert struct.unpack_from("<2i", content, offset) == (64 * factor, 64 * factor)
        struct.pack_into("<2i", content, offset, 40 * factor, 72 * factor)
    tile = np.random.default_rng(5).integers(0, 256, (1, 40, 72, 3))
    tile = tile.astype(np.uint8) if precision == "int8" else (tile / 255).astype(np.float32)
    # Without its context of 6 px, a part of 28 x 52 is the same in a tile of 64 x 64.
    around = np.pad(tile, ((0, 0), (0, 24), (0, 0), (0, 0)), mode="edge")[:, :, :64]
    inner, expected = (
        output_of(file, pixels)[:, 24:136, 24:232]
        for file, pixels in ((bytes(content), tile), (networks[precision, 64], around))
    )
    assert inner.shape == (1, 112, 208, 3)
    assert np.ptp(expected) > 0
    assert inner == pytest.approx(expected, abs=0 if precision == "int8" else 1e-6)


def output_of(content, tile):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    (entry,), (leaving,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(entry["index"], tile)
    interpreter.invoke()
    return interpreter.get_tensor(leaving["index"])


def test_a_denoise_variant_comes_along_in_the_same_precisions(bundle, networks, node_modules, tmp_path):
    less = {key: content for key, content in networks.items() if key != ("float32", 64)}
    denoise = write_bundle(tmp_path / "denoise", networks, "tiny_denoise2")
    lacking = write_bundle(tmp_path / "lacking", less, "tiny_denoise2")
    out = tmp_path / "site"
    assert (
        main([str(bundle), "-o", str(out), "--litertjs", str(node_modules), "--denoise", str(denoise)]) == 0
    )
    variant = named("tiny_denoise2_int8", networks["int8", 64])
    assert json.loads((out / "models" / "model.json").read_text())["denoise"][0]["file"] == variant
    assert f"models/{variant}" in kept_by_service_worker(out)
    shutil.rmtree(out)
    refusal(ModelError, "each precision", bundle, out, litertjs=node_modules, denoise=lacking)


@pytest.mark.parametrize(
    ("recommended", "first"),
    [
        (None, "int8"),
        ("tiny_int8_128.tflite", "int8"),
        ("tiny_float32_64.tflite", "float32"),
        ("tiny_dynamic_64.tflite", "float32"),
    ],
)
def test_it_begins_with_what_the_bundle_recommends(bundle, node_modules, tmp_path, recommended, first):
    assert offered(bundle, node_modules, tmp_path / "site", recommended)["recommended"] == first


def test_the_one_bare_import_names_the_file_beside_it(bundle, node_modules, tmp_path):
    assemble(bundle, tmp_path / "site", litertjs=node_modules)
    script = (tmp_path / "site" / "litert" / "litert.js").read_text()
    assert 'from "./wasm-utils.js"' in script
    assert "@litertjs/wasm-utils" not in script
    assert script.startswith("// Changed")


def test_every_import_of_the_page_leads_to_a_file():
    for name, script in scripts().items():
        for target in re.findall(r'^import .* from "(.+)";$', script, re.MULTILINE):
            assert target.startswith("."), f"{name} imports {target}"
            assert ((PAGE / name).parent / target).resolve().is_file(), f"{name} imports {target}"


def kept_by_service_worker(site):
    worker = (site / "service-worker.js").read_text()
    (kept,) = re.findall(r"^const FILES = (.*);$", worker, re.MULTILINE)
    return set(json.loads(kept))


def test_the_service_worker_keeps_every_file_of_the_recommended_precision(
    bundle, networks, node_modules, tmp_path
):
    site = assemble(bundle, tmp_path / "site", litertjs=node_modules)
    other = f"models/{named('tiny_float32', networks['float32', 64])}"
    assert kept_by_service_worker(tmp_path / "site") == set(site.files) - {"service-worker.js", other} | {
        "./"
    }
    worker = (tmp_path / "site" / "service-worker.js").read_text()
    assert f'const VERSION = "{site.version}";' in worker


def test_the_version_follows_every_change(bundle, node_modules, tmp_path):
    first = assemble(bundle, tmp_path / "one", litertjs=node_modules)
    assert assemble(bundle, tmp_path / "two", litertjs=node_modules).version == first.version
    (node_modules / "@litertjs" / "core" / "wasm" / litertjs.WASM).write_bytes(b"another")
    assert assemble(bundle, tmp_path / "three", litertjs=node_modules).version != first.version


def test_the_policy_lets_nothing_leave_the_device():
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="(.+)">', page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    assert rules["form-action"] == "'none'"
    for sources in rules.values():
        assert set(sources.split()) <= {"'none'", "'self'", "'wasm-unsafe-eval'", "blob:"}


def test_nothing_of_the_page_comes_from_elsewhere():
    for path in PAGE.rglob("*"):
        if path.is_file():
            found = re.findall(r"https?://[^\s\"']+", path.read_text(encoding="utf-8"))
            assert set(found) <= {"http://www.w3.org/2000/svg"}, path


def test_both_languages_say_the_same():
    english, chinese = texts("en"), texts("zh")
    assert list(english) == list(chinese)

    def values(text):
        return sorted(re.findall(r"\{(\w+)\}", text))

    assert [key for key in english if values(english[key]) != values(chinese[key])] == []


class _Named(HTMLParser):
    """Gathers the texts and labels that elements ask for, and what stands in them before any script runs."""

    def __init__(self):
        super().__init__()
        self.found, self.key = {}, None

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.key = attributes.get("data-text")
        if "data-label" in attributes:
            self.found[attributes["data-label"]] = attributes["aria-label"]

    def handle_data(self, data):
        if self.key:
            self.found[self.key], self.key = data, None


def test_every_text_of_the_page_exists_and_english_stands_there_already():
    named = _Named()
    named.feed((PAGE / "index.html").read_text(encoding="utf-8"))
    filled = {key: text.format(scale=4, most=16) for key, text in texts("en").items() if key in named.found}
    assert named.found == filled


def test_every_text_is_used():
    sources = "\n".join([*scripts().values(), (PAGE / "index.html").read_text(encoding="utf-8")])
    composed = ("precision_", "on_", "hint_")
    unused = [key for key in texts("en") if f'"{key}"' not in sources and not key.startswith(composed)]
    assert unused == []


def test_scripts_can_be_read_in_one_go():
    counted = {name: script.count("\n") for name, script in scripts().items()}
    assert {name: count for name, count in counted.items() if count > 400} == {}


def refusal(error, what, bundle, out, **how):
    before = names_in(out.parent)
    with pytest.raises(error, match=what) as caught:
        assemble(bundle, out, **how)
    assert "Received: " in str(caught.value)
    assert names_in(out.parent) == before
    return str(caught.value)


def test_a_folder_that_is_no_bundle_is_refused(node_modules, tmp_path):
    (tmp_path / "empty").mkdir()
    refusal(ModelError, "model.json", tmp_path / "empty", tmp_path / "site", litertjs=node_modules)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"scale": 4, "files": [{"file": "a.tflite"}]}'])
def test_a_bundle_that_does_not_describe_itself_is_refused(bundle, node_modules, tmp_path, text):
    (bundle / "model.json").write_text(text)
    refusal(ModelError, "bundle", bundle, tmp_path / "site", litertjs=node_modules)


def test_a_bundle_without_networks_of_a_fixed_size_is_refused(node_modules, tmp_path):
    bundle = write_bundle(tmp_path / "dynamic", {("int8", None): b"any", ("int16x8", 64): b"other"})
    refusal(ModelError, "fixed size", bundle, tmp_path / "site", litertjs=node_modules)


def test_a_network_that_is_missing_or_another_is_refused(bundle, node_modules, tmp_path):
    (bundle / "tiny_int8_64.tflite").write_bytes(b"another")
    refusal(ModelError, "sha256", bundle, tmp_path / "site", litertjs=node_modules)
    (bundle / "tiny_int8_64.tflite").unlink()
    refusal(ModelError, "without tiny_int8_64", bundle, tmp_path / "site", litertjs=node_modules)


def test_a_network_outside_the_bundle_is_refused(bundle, node_modules, tmp_path):
    shutil.copy(bundle / "tiny_int8_64.tflite", tmp_path)
    described = (bundle / "model.json").read_text().replace("tiny_int8_64", "../tiny_int8_64")
    (bundle / "model.json").write_text(described)
    refusal(ModelError, "names", bundle, tmp_path / "site", litertjs=node_modules)


def test_a_file_that_is_no_network_is_refused(node_modules, tmp_path):
    bundle = write_bundle(tmp_path / "bundle", {("int8", 64): b"no network"})
    refusal(ModelError, "without", bundle, tmp_path / "site", litertjs=node_modules)


def test_a_network_for_other_tiles_than_model_json_names_is_refused(networks, node_modules, tmp_path):
    bundle = write_bundle(tmp_path / "bundle", {("int8", 128): networks["int8", 64]})
    told = refusal(ModelError, "128 px alone", bundle, tmp_path / "site", litertjs=node_modules)
    assert "[1, 64, 64, 3]" in told


def test_an_older_page_is_replaced_only_when_asked(bundle, node_modules, tmp_path):
    out = tmp_path / "site"
    assemble(bundle, out, litertjs=node_modules)
    (out / "kept.txt").write_text("from before")
    assert "--overwrite" in refusal(UsageError, "new folder", bundle, out, litertjs=node_modules)
    assemble(bundle, out, litertjs=node_modules, overwrite=True)
    assert not (out / "kept.txt").exists()


def test_a_folder_of_other_things_is_never_replaced(bundle, node_modules, tmp_path):
    out = tmp_path / "documents"
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    refusal(UsageError, "no page", bundle, out, litertjs=node_modules, overwrite=True)
    refusal(UsageError, "is a file", bundle, out / "letter.txt", litertjs=node_modules, overwrite=True)


@pytest.mark.parametrize("missing", ["package.json", "dist/index.js", f"wasm/{litertjs.LOADER}"])
def test_a_folder_without_litertjs_is_refused(bundle, node_modules, tmp_path, missing):
    (node_modules / "@litertjs" / "core" / missing).unlink()
    told = refusal(UsageError, "node_modules", bundle, tmp_path / "site", litertjs=node_modules)
    assert missing in told


@pytest.mark.parametrize(
    ("place", "old", "new", "what"),
    [
        ("package.json", "Apache-2.0", "UNLICENSED", "under UNLICENSED"),
        ("dist/index.js", '"@litertjs/wasm-utils"', '"another"', "with 0 of them"),
    ],
)
def test_another_litertjs_is_refused(bundle, node_modules, tmp_path, place, old, new, what):
    path = node_modules / "@litertjs" / "core" / place
    path.write_text(path.read_text().replace(old, new))
    refusal(UsageError, what, bundle, tmp_path / "site", litertjs=node_modules)


def test_without_npm_it_says_what_to_install(bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    told = refusal(UsageError, "no npm", bundle, tmp_path / "site")
    assert "--litertjs" in told


def test_when_npm_fails_its_reason_is_told(bundle, tmp_path, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "npm warn old\nnpm error code ENOTFOUND\n")
    monkeypatch.setattr(litertjs.shutil, "which", lambda name: name)
    monkeypatch.setattr(litertjs.subprocess, "run", lambda *args, **kwargs: failed)
    refusal(UsageError, "ENOTFOUND", bundle, tmp_path / "site")


def test_the_command_line(bundle, node_modules, tmp_path, capsys):
    arguments = [str(bundle), "-o", str(tmp_path / "site"), "--litertjs", str(node_modules)]
    assert main(arguments) == 0
    assert "service-worker.js" in names_in(tmp_path / "site")
    assert "version" in capsys.readouterr().out
    assert main(arguments) == 2
    assert "export.web: error: A page goes into a new folder." in capsys.readouterr().err
