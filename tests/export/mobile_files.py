"""Compiling export/mobile/cpp, bundles and pictures for it, and one form for it and its two siblings."""

import importlib.metadata
import importlib.util
import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

MOBILE = Path(__file__).resolve().parents[2] / "export" / "mobile"
SOURCES = {
    "cpp": MOBILE / "cpp" / "waifu4x.cc",
    "kotlin": MOBILE / "kotlin" / "Waifu4x.kt",
    "swift": MOBILE / "swift" / "Waifu4x.swift",
}
TUPLE_TYPES = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA"}


def compiled_program(folder: Path) -> Path:
    """The C++ program, linked against the library of ai-edge-litert; skips where that cannot be."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no g++ here to compile export/mobile/cpp with")
    version = importlib.metadata.version("ai-edge-litert")
    if tuple(map(int, version.split(".")[:2])) < (2, 2):
        pytest.skip(f"export/mobile/cpp needs LiteRT 2.2, here is {version}")
    spec = importlib.util.find_spec("ai_edge_litert")
    assert spec is not None
    (package,) = spec.submodule_search_locations or []
    library = Path(package) / "libLiteRt.so"
    if not library.is_file():
        pytest.skip("the wheel of ai-edge-litert for this system has no libLiteRt.so")
    sources = sorted((MOBILE / "cpp").glob("*.cc"))
    objects = [folder / f"{source.stem}.o" for source in sources]

    def call(*arguments: object) -> None:
        subprocess.run([compiler, *map(str, arguments)], check=True, timeout=300)

    def compile_one(source: Path, made: Path) -> None:
        call("-std=c++17", "-O1", "-Wall", "-Wextra", "-ffp-contract=off", "-c", source, "-o", made)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(compile_one, sources, objects))
    program = folder / "waifu4x-cpp"
    call(*objects, library, f"-Wl,-rpath,{package}", "-o", program)
    return program


def entry(
    name: str, element: str, edge_px: int | None = None, *, radius: int = 6, scale: int = 4
) -> dict[str, object]:
    """What a bundle's model.json says of a file."""
    common = {
        "type": element,
        "layout": "NHWC",
        "channels": "RGB",
        "range": [0, 255 if element == "uint8" else 1],
    }
    large = edge_px and edge_px * scale
    return {
        "file": name,
        "input": {**common, "shape": [1, edge_px, edge_px, 3]},
        "output": {**common, "shape": [1, large, large, 3]},
        "scale": scale,
        "receptive_radius": radius,
        "tile": {"edge_px": edge_px, "overlap_px": radius, "core_px": edge_px and edge_px - 2 * radius},
    }


def write_bundle(folder: Path, contents: dict[str, bytes], entries: list[dict[str, object]]) -> Path:
    """A folder with files and a model.json that describes them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "model.json").write_text(json.dumps({"name": "tiny", "files": entries}), encoding="utf-8")
    return folder


def pam(pixels: np.ndarray) -> bytes:
    """A PAM file of uint8 (H, W) or (H, W, 1 to 4)."""
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    height, width, depth = pixels.shape
    header = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL 255\nTUPLTYPE {TUPLE_TYPES[depth]}\n"
    return f"{header}ENDHDR\n".encode() + pixels.tobytes()


def functions(language: str) -> dict[str, str]:
    """Each function of a source by name, in their order: its parameters' names and its body in one form.

    What is left is the same text in every language when the functions do the same in the same words.
    """
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", SOURCES[language].read_text(encoding="utf-8"), flags=re.DOTALL)
    found = {}
    for match in re.finditer(_HEADERS[language], text):
        start = text.index("{", match.end())
        parameters = re.findall(_PARAMETERS[language], text[match.end() : start])
        body = text[start : _end_of(text, start, "{}")]
        for pattern, replacement in _RULES[language]:
            body = re.sub(pattern, replacement, body)
        tokens = re.findall(r"[\w.]+|[^\w\s{};]", _without_condition_brackets(body))
        found[match["name"]] = " ".join([*parameters, ":", *tokens])
    return found


def _end_of(text: str, start: int, pair: str) -> int:
    """Just behind the bracket that closes the one at ``start``."""
    depth = 0
    for index in range(start, len(text)):
        depth += (text[index] == pair[0]) - (text[index] == pair[1])
        if depth == 0:
            return index + 1
    raise ValueError(f"no end of {text[start : start + 40]!r}")


def _without_condition_brackets(body: str) -> str:
    """`if (a) b` as Swift writes it: `if a b`."""
    at = 0
    while (at := body.find("if (", at) + 3) > 2:
        end = _end_of(body, at, "()")
        body = f"{body[:at]} {body[at + 1 : end - 1]} {body[end:]}"
    return body


_HEADERS = {
    "cpp": r"\n[\w:<>]+ (?:Upscaler::)?(?P<name>[a-z]\w*)\(",
    "kotlin": r"\n *(?:private )?fun (?P<name>\w+)\(",
    "swift": r"\n *(?:private )?func (?P<name>\w+)\(",
}
_PARAMETERS = {"cpp": r"(\w+)(?=[,)])", "kotlin": r"(\w+):", "swift": r"_ (\w+):"}
_RULES = {
    "cpp": [
        (r"std::vector<(\w+)> (\w+);", r"\2 = \1s()"),
        (r"std::vector<float> (\w+)\(", r"\1 = floats("),
        (r"std::vector<float>\(", "floats("),
        (r"float (\w+)\[4\] = \{0, 0, 0, 0\}", r"\1 = floats(4)"),
        (r"Level (\w+)\{(.+?)\}", r"\1 = Level(\2)"),
        (r"Bytes (\w+)\(", r"\1 = bytes("),
        (r"for \(int (\w+) = (.+?); \1 < (.+?); \+\+\1\)", r"for \1 in \2 to \3"),
        (r"for \(int (\w+) = (.+?); \1 < (.+?); \1 \+= (\w+)\)", r"for \1 in \2 to \3 by \4"),
        (r"for \(int (\w+) : (.+?)\) \{", r"for \1 in \2 {"),
        (r"(?:const )?(?:int|float|Bytes|std::vector<\w+>) (\w+) = ", r"\1 = "),
        (r"push_back", "append"),
        (r"network_\.file\(\)", "network.file"),
        (r"std::|_\b|\.0f\b|(?<=\d)f\b", ""),
    ],
    "kotlin": [
        (r"mutableListOf<Int>\(\)", "ints()"),
        (r"FloatArray\(", "floats("),
        (r"ByteArray\(", "bytes("),
        (r"\b(?:val|var) ", ""),
        (r"for \((\w+) in (.+?) until (.+?) step (\w+)\)", r"for \1 in \2 to \3 by \4"),
        (r"for \((\w+) in (.+?) until (.+)\) \{", r"for \1 in \2 to \3 {"),
        (r"for \((\w+) in (.+?) until (\w+)\)", r"for \1 in \2 to \3"),
        (r"for \((\w+) in (.+)\) \{", r"for \1 in \2 {"),
        (r"starts\.add", "starts.append"),
        (r"\(if \((.+?)\) (.+?) else (.+?)\)", r"(\1 ? \2 : \3)"),
        (r"= if \((.+?)\) (.+?) else (.+)", r"= \1 ? \2 : \3"),
        (r"(?<=\d)f\b", ""),
    ],
    "swift": [
        (r"(\w+): \[Int\] = \[\]", r"\1 = ints()"),
        (r"\[UInt8\]\(repeating: 0, count: ", "bytes("),
        (r"\[Float\]\(repeating: 0, count: ", "floats("),
        (r": \[Float\] = \[0, 0, 0, 0\]", " = floats(4)"),
        (r"\b(?:width|height|colour|weight): ", ""),
        (r"\b(?:let|var|try) |&(?=\w)", ""),
        (r"for (\w+) in stride\(from: (.+?), to: (.+?), by: (\w+)\)", r"for \1 in \2 to \3 by \4"),
        (r"for (\w+) in (.+?)\.\.<(.+?) \{", r"for \1 in \2 to \3 {"),
    ],
}
