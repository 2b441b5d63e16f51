"""The page put together: its sources, LiteRT.js and a bundle's fixed-size networks, in one static folder."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.placing import check_place
from export.web.litertjs import load_runtime
from waifu4x_tf.errors import ModelError
from waifu4x_tf.imaging.atomic_files import replacing_folder

_HERE = Path(__file__).parent
_CHECKOUT = _HERE.parents[1]
PAGE = _HERE / "page"
# Not dynamic: its activations take their range from each tile, so tiles would show. Not int16x8, which
# LiteRT.js does not run.
PRECISIONS = ("int8", "float16", "float32")

_WORKER = "service-worker.js"
_VERSION_LINE = 'const VERSION = "development";\n'
_FILES_LINE = "const FILES = [];\n"
_EXAMPLE = "example.png"


@dataclass(frozen=True)
class Site:
    """A page that was put together.

    Attributes:
        version: Hash of all files but the service worker, which carries it.
        files: Their names.
        size_bytes: Of all of them.
    """

    version: str
    files: tuple[str, ...]
    size_bytes: int


def assemble(bundle: Path, out: Path, *, litertjs: Path | None = None, overwrite: bool = False) -> Site:
    """Put the page together, aside first, and then in its place.

    Args:
        bundle: Folder that export.bundle wrote.
        out: The folder; it does not exist yet, is empty, or is an older page and ``overwrite`` is on.
        litertjs: A node_modules folder with LiteRT.js; None fetches it with npm.
        overwrite: Replace an older page.

    Raises:
        UsageError: ``out`` is taken, or there is no LiteRT.js.
        ModelError: The bundle is none, or has no network of a fixed size.
    """
    check_place(out, "page", marks=(_WORKER, "models/model.json"), overwrite=overwrite)
    files = {
        path.relative_to(PAGE).as_posix(): path.read_bytes()
        for path in sorted(PAGE.rglob("*"))
        if path.is_file()
    }
    files |= _networks(bundle)
    files |= {f"litert/{name}": content for name, content in load_runtime(litertjs).files.items()}
    files["LICENSE.txt"] = (_CHECKOUT / "LICENSE").read_bytes()
    files[_EXAMPLE] = (_CHECKOUT / "examples" / "face.png").read_bytes()
    version = _version(files)
    files[_WORKER] = _filled_worker(files, version)
    with replacing_folder(out) as folder:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return Site(version, tuple(sorted(files)), sum(map(len, files.values())))


def _networks(bundle: Path) -> dict[str, bytes]:
    """models/model.json, with what the page needs of the bundle's, and the networks."""
    described = _described(bundle)
    networks, kept = {}, []
    try:
        scale = int(described["scale"])
        recommended = described.get("recommended", {}).get("browser")
        for entry in described["files"]:
            fits = entry["tile"]["side_px"] and entry["input"]["type"] in ("uint8", "float32")
            if not fits or entry["precision"] not in PRECISIONS:
                continue
            networks[f"models/{entry['file']}"] = _network(bundle, entry)
            kept.append(
                {key: entry[key] for key in ("file", "precision", "scale", "tile")}
                | {"input": {key: entry["input"][key] for key in ("type", "shape")}}
            )
        model = {"name": described["name"], "licence": described["licence"], "scale": scale}
        model |= {"data": described.get("data", {})}  # whose pictures it was trained on goes where it goes
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ModelError(
            f"A bundle's model.json describes its files. Received: {bundle / 'model.json'} without"
            f" {error}. Make it again with: python -m export.bundle"
        ) from error
    if not kept:
        raise ModelError(
            "The page needs networks of a fixed size, such as compact_int8_128.tflite. Received:"
            f" {bundle} without one. Make it again with: python -m export.bundle"
        )
    model |= {
        "recommended": _recommended(recommended, kept),
        "example": _EXAMPLE,
        "files": kept,
    }
    return networks | {"models/model.json": json.dumps(model, indent=1).encode()}


def _recommended(file: str | None, kept: Sequence[Mapping[str, Any]]) -> str:
    """The precision the page begins with. A bundle that recommends none of its files doubts int8."""
    order = PRECISIONS if file is None else ("float16", "float32", "int8")
    named = [each["precision"] for each in kept if each["file"] == file]
    present = {each["precision"] for each in kept}
    return (named or [precision for precision in order if precision in present])[0]


def _described(bundle: Path) -> dict[str, Any]:
    try:
        described = json.loads((bundle / "model.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = "one that cannot be read" if (bundle / "model.json").is_file() else "none"
        raise ModelError(
            f"A bundle is a folder with a model.json. Received: {bundle} with {reason}. Make one with:"
            " python -m export.bundle MODEL.keras -o DIR"
        ) from error
    if not isinstance(described, dict):
        raise ModelError(
            f"A bundle's model.json is an object. Received: {type(described).__name__} in {bundle}."
            " Make it again with: python -m export.bundle"
        )
    return described


def _network(bundle: Path, entry: Mapping[str, Any]) -> bytes:
    path = bundle / entry["file"]
    if path.parent != bundle or not path.is_file():
        raise ModelError(
            f"A bundle holds every file that its model.json names. Received: {bundle} without"
            f" {entry['file']}. Make it again with: python -m export.bundle"
        )
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise ModelError(
            f"A bundle's file is the one its model.json names. Received: {path} with another sha256."
            " Make the bundle again with: python -m export.bundle"
        )
    return content


def _version(files: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name, content in sorted(files.items()):
        total.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return total.hexdigest()[:16]


def _filled_worker(files: Mapping[str, bytes], version: str) -> bytes:
    """The service worker with the version and the names of all files to keep."""
    kept = ["./", *sorted(set(files) - {_WORKER})]
    text = files[_WORKER].decode()
    for line, filled in (
        (_VERSION_LINE, f"const VERSION = {json.dumps(version)};\n"),
        (_FILES_LINE, f"const FILES = {json.dumps(kept)};\n"),
    ):
        before, found, after = text.partition(line)
        if not found:
            raise ModelError(f"{_WORKER} has the line {line.strip()!r}. Received: none. Restore the file.")
        text = before + filled + after
    return text.encode()
