"""LiteRT.js for the page: fetched or found, and its few files changed so that a browser finds them.

Of its four builds of the wasm, the page takes the one called compat: it needs neither threads, for which a
server must send two headers that many hosts cannot, nor relaxed SIMD, which not every browser has. With int8
networks it was as fast as the relaxed build; with float32 it took 1.3 times as long.
"""

import gzip
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from waifu4x_tf.errors import UsageError

PACKAGES = ("@litertjs/core", "@litertjs/wasm-utils")
# The page was tested with this one.
VERSION = "2.5.3"
LOADER = "litert_wasm_compat_internal.js"
WASM = "litert_wasm_compat_internal.wasm"
# Unpacked by the page, so that it does not depend on what a host packs.
PACKED_WASM = f"{WASM}.gz"

_CORE, _WASM_UTILS = PACKAGES
_IMPORT = f'from "{_WASM_UTILS}"'
_REWRITTEN_IMPORT = 'from "./wasm-utils.js"'
_LICENCE = "Apache-2.0"
_NPM_SECONDS = 300


@dataclass(frozen=True)
class Runtime:
    """LiteRT.js as the page takes it.

    Attributes:
        version: Of ``@litertjs/core``.
        files: Content by name within the page's folder ``litert/``.
    """

    version: str
    files: dict[str, bytes]


def load_runtime(node_modules: Path | None = None) -> Runtime:
    """LiteRT.js from a ``node_modules`` folder, or fetched with npm into one that is removed again.

    Raises:
        UsageError: No npm, npm failed, or the folder does not hold a LiteRT.js that fits.
    """
    if node_modules is not None:
        return _runtime_in(node_modules)
    with _fetched() as fetched:
        return _runtime_in(fetched)


@contextmanager
def _fetched() -> Iterator[Path]:
    npm = shutil.which("npm")
    if npm is None:
        raise UsageError(
            "LiteRT.js is fetched with npm. Received: no npm on the path. Install Node.js, or give a"
            " node_modules folder that holds @litertjs with --litertjs."
        )
    with tempfile.TemporaryDirectory(prefix="waifu4x-litertjs-") as home:
        command = [npm, "install", "--prefix", home, "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            process = subprocess.run(
                [*command, *(f"{name}@{VERSION}" for name in PACKAGES)],
                capture_output=True,
                text=True,
                timeout=_NPM_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise UsageError(
                f"npm fetches LiteRT.js within {_NPM_SECONDS} s. Received: no answer. Check the connection,"
                " or give a node_modules folder with --litertjs."
            ) from None
        if process.returncode:
            lines = [line for line in process.stderr.splitlines() if "error" in line.lower()] or ["no reason"]
            raise UsageError(
                f"npm fetches LiteRT.js {VERSION}. Received: {lines[0].strip()}. Check the connection, or"
                " give a node_modules folder with --litertjs."
            )
        yield Path(home) / "node_modules"


def _runtime_in(node_modules: Path) -> Runtime:
    core, wasm_utils = (node_modules / name for name in PACKAGES)
    described = {}
    for folder in (core, wasm_utils):
        package = json.loads(_content(folder / "package.json", node_modules))
        if package.get("license") != _LICENCE:
            raise UsageError(
                f"The page passes on LiteRT.js under {_LICENCE}. Received: {package.get('name')} under"
                f" {package.get('license')}. Use version {VERSION}."
            )
        described[folder] = package
    script = _content(core / "dist" / "index.js", node_modules).decode()
    if script.count(_IMPORT) != 1:
        raise UsageError(
            f"LiteRT.js has one import, {_IMPORT}. Received: version {described[core].get('version')} with"
            f" {script.count(_IMPORT)} of them. Use version {VERSION}."
        )
    changed = "// Changed for waifu4x: the import names the file beside this one.\n"
    wasm = gzip.compress(_content(core / "wasm" / WASM, node_modules), mtime=0)
    files = {
        "litert.js": (changed + script.replace(_IMPORT, _REWRITTEN_IMPORT)).encode(),
        "wasm-utils.js": _content(wasm_utils / "dist" / "index.js", node_modules),
        LOADER: _content(core / "wasm" / LOADER, node_modules),
        PACKED_WASM: wasm,
        "runtime.json": json.dumps({"loader": LOADER, "wasm": PACKED_WASM, "bytes": len(wasm)}).encode(),
        "NOTICE.txt": _notice([described[core], described[wasm_utils]]).encode(),
    }
    return Runtime(described[core]["version"], files)


def _content(path: Path, node_modules: Path) -> bytes:
    if not path.is_file():
        raise UsageError(
            f"LiteRT.js is a node_modules folder with {_CORE} and {_WASM_UTILS}. Received: {node_modules}"
            f" without {path.relative_to(node_modules).as_posix()}. Make one with: npm install"
            f" {_CORE}@{VERSION}"
        )
    return path.read_bytes()


def _notice(packages: list[dict]) -> str:
    lines = ["This folder holds parts of LiteRT.js, copyright Google LLC, under the Apache License 2.0,"]
    lines += ["whose text is LICENSE.txt one folder up.", ""]
    for package in packages:
        source = package.get("repository", {}).get("url", "").removeprefix("git+")
        lines.append(f"{package['name']} {package.get('version')}  {source}")
    lines += ["", "litert.js was changed: its one import names the file beside it.", ""]
    return "\n".join(lines)
