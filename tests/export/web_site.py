"""Bundles, a stand-in for LiteRT.js, a server, and the driving of a browser, for tests of the page."""

import functools
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from export.web import litertjs

SCALE, RADIUS = 4, 6
PATIENCE_MS = 120_000


def write_bundle(folder: Path, networks: dict[tuple[str, int | None], bytes], name: str = "tiny") -> Path:
    """A bundle's model.json and networks, by precision and edge (None = any), like export.bundle's."""
    folder.mkdir(parents=True)
    files = []
    for (precision, edge), content in networks.items():
        file = f"{name}_{precision}_{edge or 'dynamic'}.tflite"
        (folder / file).write_bytes(content)
        element = "uint8" if precision == "int8" else "float32"
        files.append(
            {
                "file": file,
                "precision": precision,
                "size": str(edge or "dynamic"),
                "input": {"type": element, "shape": [1, edge, edge, 3]},
                "output": {"type": element, "shape": [1, *(edge and edge * SCALE,) * 2, 3]},
                "scale": SCALE,
                "receptive_radius": RADIUS,
                "tile": {"side_px": edge, "overlap_px": RADIUS, "core_px": edge and edge - 2 * RADIUS},
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
            }
        )
    model = {"name": name, "scale": SCALE, "receptive_radius": RADIUS, "licence": "Apache-2.0"}
    (folder / "model.json").write_text(json.dumps(model | {"files": files}), encoding="utf-8")
    return folder


def write_node_modules(folder: Path) -> Path:
    """A node_modules folder with files of the right names and no content to speak of."""
    for name in litertjs.PACKAGES:
        package = folder / name
        (package / "dist").mkdir(parents=True)
        described = {"name": name, "version": litertjs.VERSION, "license": "Apache-2.0"}
        (package / "package.json").write_text(json.dumps(described), encoding="utf-8")
        (package / "dist" / "index.js").write_text("export {};\n", encoding="utf-8")
    core = folder / litertjs.PACKAGES[0]
    script = 'import { createWasmLib } from "@litertjs/wasm-utils";\nexport const x = createWasmLib;\n'
    (core / "dist" / "index.js").write_text(script, encoding="utf-8")
    (core / "wasm").mkdir()
    for name in (litertjs.LOADER, litertjs.WASM, "litert_wasm_threaded_internal.wasm"):
        (core / "wasm" / name).write_bytes(name.encode())
    return folder


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.server.paths.append(self.path)  # type: ignore[attr-defined]
        super().do_GET()

    def end_headers(self) -> None:
        if self.path.endswith(".gz") and self.server.names_gzip:  # type: ignore[attr-defined]
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()


@contextmanager
def served(folder: Path, *, names_gzip: bool = False) -> Iterator[tuple[str, list[str]]]:
    """The folder behind 127.0.0.1: its address, and the paths that were asked for.

    With ``names_gzip`` a .gz file is sent as gzip-encoded, so that the browser unpacks it by itself.
    """
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder))
    )
    server.paths, server.names_gzip = [], names_gzip  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", server.paths  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def names_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def opened(browser, address: str, **profile: object) -> Iterator:
    """A page in a browser profile of its own, ready for a picture."""
    context = browser.new_context(**({"locale": "en-US"} | profile))
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        page.goto(address)
        wait_until_ready(page)
        yield page
    finally:
        context.close()


def wait_until_ready(page):
    page.locator("body[data-ready]").wait_for()


def give(page, name, content):
    if page.locator("#another").is_visible():
        page.click("#another")
    page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": content})


def result_of(page) -> bytes:
    """The file that the page gives to download, once it is made."""
    page.locator("#result, #failure").locator("visible=true").wait_for()
    assert page.locator("#failure").inner_text() == ""
    with page.expect_download() as download:
        page.click("#download")
    return Path(download.value.path()).read_bytes()


def failure_of(page) -> str:
    page.locator("#failure").wait_for()
    assert page.locator("#choose").is_visible()
    return page.locator("#failure").inner_text()
