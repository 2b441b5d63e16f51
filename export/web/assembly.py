"""The page put together: its sources, LiteRT.js and a bundle's network in each precision, in one folder."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.placing import check_place
from export.web.litertjs import load_runtime
from export.web.sizes import size_places
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


def assemble(
    bundle: Path,
    out: Path,
    *,
    denoise: Path | None = None,
    litertjs: Path | None = None,
    overwrite: bool = False,
) -> Site:
    """Put the page together, aside first, and then in its place.

    Args:
        bundle: Folder that export.bundle wrote.
        out: The folder; it does not exist yet, is empty, or is an older page and ``overwrite`` is on.
        denoise: The bundle of the network's denoise variant, which the page takes for damaged JPEGs.
        litertjs: A node_modules folder with LiteRT.js; None fetches it with npm.
        overwrite: Replace an older page.

    Raises:
        UsageError: ``out`` is taken, or there is no LiteRT.js.
        ModelError: A bundle is none, or has no network of a fixed size, or ``denoise`` lacks a precision.
    """
    check_place(out, "page", marks=(_WORKER, "models/model.json"), overwrite=overwrite)
    files = {
        path.relative_to(PAGE).as_posix(): path.read_bytes()
        for path in sorted(PAGE.rglob("*"))
        if path.is_file()
    }
    model, networks = _networks(bundle)
    kept = _recommended_files(model)
    if denoise is not None:
        variant, more = _networks(denoise)
        _check_fits(variant, model, denoise)
        model, networks = model | {"denoise": variant["files"]}, networks | more
        kept |= _recommended_files(variant | {"recommended": model["recommended"]})
    files |= networks | {"models/model.json": json.dumps(model | {"example": _EXAMPLE}, indent=1).encode()}
    files |= {f"litert/{name}": content for name, content in load_runtime(litertjs).files.items()}
    files["LICENSE.txt"] = (_CHECKOUT / "LICENSE").read_bytes()
    files[_EXAMPLE] = (_CHECKOUT / "examples" / "face.png").read_bytes()
    version = _version(files)
    files[_WORKER] = _filled_worker(files, (set(files) - set(networks) - {_WORKER}) | kept, version)
    with replacing_folder(out) as folder:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return Site(version, tuple(sorted(files)), sum(map(len, files.values())))


def _networks(bundle: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """models/model.json, with what the page needs of the bundle's, and the networks by their names."""
    described = _described(bundle)
    kept: dict[str, dict[str, Any]] = {}
    networks = {}
    try:
        tiled = [entry for entry in described["files"] if _takes_tiles(entry)]
        # The page writes the size it wants into the file: one of a precision is enough.
        for entry in sorted(tiled, key=lambda each: each["tile"]["side_px"]):
            if entry["precision"] in kept:
                continue
            content = _network(bundle, entry)
            # Named by its content: a page of an older version, still open, gets its own or none.
            name = f"{described['name']}_{entry['precision']}_{entry['sha256'][:8]}.tflite"
            networks[f"models/{name}"] = content
            kept[entry["precision"]] = {
                **{key: entry[key] for key in ("precision", "scale", "receptive_radius")},
                "file": name,
                "bytes": len(content),
                "type": entry["input"]["type"],
                "sizes": size_places(content, entry["tile"]["side_px"], entry["scale"]),
            }
        model = {
            "name": described["name"],
            "licence": described["licence"],
            "scale": int(described["scale"]),
            "data": described.get("data", {}),  # whose pictures it was trained on goes where it goes
        }
        if not kept:
            raise ModelError(
                "The page needs networks of a fixed size, such as compact_int8_128.tflite. Received:"
                f" {bundle} without one. Make it again with: python -m export.bundle"
            )
        model["recommended"] = _recommended(described, kept)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ModelError(
            f"A bundle's model.json describes its files. Received: {bundle / 'model.json'} without"
            f" {error}. Make it again with: python -m export.bundle"
        ) from error
    return model | {"files": list(kept.values())}, networks


def _recommended_files(model: Mapping[str, Any]) -> set[str]:
    """Of the precision that the page begins with: it alone is kept for the time without a connection."""
    entries = [entry for entry in model["files"] if entry["precision"] == model["recommended"]]
    return {f"models/{entry['file']}" for entry in entries}


def _check_fits(variant: Mapping[str, Any], model: Mapping[str, Any], folder: Path) -> None:
    offered, wanted = (
        [(each["precision"], each["scale"]) for each in of["files"]] for of in (variant, model)
    )
    if not set(wanted) <= set(offered):
        raise ModelError(
            f"A denoise variant has each precision of the network, at its scale: {wanted}. Received: {folder}"
            f" with {offered}. Make both with the same: python -m export.bundle"
        )


def _takes_tiles(entry: Mapping[str, Any]) -> bool:
    has_type = entry["input"]["type"] in ("uint8", "float32")
    return bool(entry["tile"]["side_px"]) and has_type and entry["precision"] in PRECISIONS


def _recommended(described: Mapping[str, Any], kept: Collection[str]) -> str:
    """The precision the page begins with. A bundle that recommends none of its files doubts int8."""
    file = described.get("recommended", {}).get("browser")
    order = PRECISIONS if file is None else ("float16", "float32", "int8")
    named = [entry["precision"] for entry in described["files"] if entry["file"] == file]
    return next(precision for precision in (*named, *order) if precision in kept)


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


def _filled_worker(files: Mapping[str, bytes], kept: Collection[str], version: str) -> bytes:
    """The service worker with the version and the names of the files to keep."""
    names = ["./", *sorted(kept)]
    text = files[_WORKER].decode()
    for line, filled in (
        (_VERSION_LINE, f"const VERSION = {json.dumps(version)};\n"),
        (_FILES_LINE, f"const FILES = {json.dumps(names)};\n"),
    ):
        before, found, after = text.partition(line)
        if not found:
            raise ModelError(f"{_WORKER} has the line {line.strip()!r}. Received: none. Restore the file.")
        text = before + filled + after
    return text.encode()
