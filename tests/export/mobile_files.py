"""Building export/mobile/cpp with CMake, bundles and pictures for it, and its C interface through ctypes."""

import ctypes
import hashlib
import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

MOBILE = Path(__file__).resolve().parents[2] / "export" / "mobile"
TUPLE_TYPES = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA"}


def litert_library() -> Path:
    """The library of ai-edge-litert; skips where the C++ part cannot be built against it."""
    if not shutil.which("cmake") or not shutil.which("g++"):
        pytest.skip("no CMake and g++ here to build export/mobile/cpp with")
    version = importlib.metadata.version("ai-edge-litert")
    if tuple(map(int, version.split(".")[:2])) < (2, 2):
        pytest.skip(f"export/mobile/cpp needs LiteRT 2.2, here is {version}")
    spec = importlib.util.find_spec("ai_edge_litert")
    assert spec is not None
    (package,) = spec.submodule_search_locations or []
    library = Path(package) / "libLiteRt.so"
    if not library.is_file():
        pytest.skip("the wheel of ai-edge-litert for this system has no libLiteRt.so")
    return library


def built(folder: Path, *options: str) -> Path:
    """The folder in which CMake has built the C++ part, with warnings as errors."""
    flags = ["-DCMAKE_CXX_FLAGS=-Werror -O1", "-DCMAKE_BUILD_TYPE=None", *options]
    configure = ["cmake", "-S", MOBILE / "cpp", "-B", folder, f"-DLITERT_LIBRARY={litert_library()}", *flags]
    for command in (configure, ["cmake", "--build", folder, "--parallel", "2"]):
        process = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600)
        assert process.returncode == 0, process.stdout + process.stderr
    return folder


def entry(
    name: str,
    element: str,
    side_px: int | None = None,
    *,
    radius: int = 6,
    scale: int = 4,
    padding: str = "caller",
) -> dict[str, object]:
    """What a bundle's model.json says of a file."""
    common = {
        "type": element,
        "layout": "NHWC",
        "channels": "RGB",
        "range": [0, 255 if element == "uint8" else 1],
    }
    large = side_px and side_px * scale
    return {
        "file": name,
        "input": {**common, "shape": [1, side_px, side_px, 3]},
        "output": {**common, "shape": [1, large, large, 3]},
        "scale": scale,
        "receptive_radius": radius,
        "padding": padding,
        "tile": {"side_px": side_px, "overlap_px": radius, "core_px": side_px and side_px - 2 * radius},
    }


def write_bundle(folder: Path, contents: dict[str, bytes], entries: list[dict[str, object]]) -> Path:
    """A folder with files and a model.json that describes them, with the sha256 of those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    files = []
    for each in entries:
        path = folder / str(each["file"])
        content = path.read_bytes() if path.is_file() else b""
        files.append({"sha256": hashlib.sha256(content).hexdigest(), **each})
    document = {"schema_version": 1, "name": "tiny", "files": files}
    (folder / "model.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def pam(pixels: np.ndarray) -> bytes:
    """A PAM file of uint8 (H, W) or (H, W, 1 to 4)."""
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    height, width, depth = pixels.shape
    header = f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL 255\nTUPLTYPE {TUPLE_TYPES[depth]}\n"
    return f"{header}ENDHDR\n".encode() + pixels.tobytes()


class Picture(ctypes.Structure):
    """waifu4x_picture."""

    _fields_ = [
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("row_bytes", ctypes.c_size_t),
        ("pixels", ctypes.c_void_p),
    ]


class Plan(ctypes.Structure):
    """waifu4x_plan."""

    _fields_ = [
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("tiles", ctypes.c_int64),
        ("band_rows", ctypes.c_int),
        ("band_bytes", ctypes.c_int64),
    ]


WriteRows = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
Progress = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
IsCancelled = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)


class Callbacks(ctypes.Structure):
    """waifu4x_callbacks."""

    _fields_ = [
        ("user", ctypes.c_void_p),
        ("write_rows", WriteRows),
        ("progress", Progress),
        ("is_cancelled", IsCancelled),
    ]


class Core:
    """The C interface, called as a foreign language calls it."""

    def __init__(self, library: Path) -> None:
        self.c = ctypes.CDLL(str(library))
        self.c.waifu4x_error_text.restype = ctypes.c_char_p
        self.c.waifu4x_free.argtypes = [ctypes.c_void_p]
        self.c.waifu4x_free.restype = None
        self.c.waifu4x_scale.argtypes = [ctypes.c_void_p]

    @property
    def error(self) -> str:
        """What the last failure has to say."""
        return self.c.waifu4x_error_text().decode()

    def load(self, folder: Path, name: str) -> tuple[int, ctypes.c_void_p]:
        """Status and network, from a folder."""
        network = ctypes.c_void_p(1)
        status = self.c.waifu4x_load(str(folder).encode(), name.encode(), 1, ctypes.byref(network))
        return status, network

    def load_memory(self, document: bytes, name: str, content: bytes) -> tuple[int, ctypes.c_void_p]:
        """Status and network, from memory."""
        network = ctypes.c_void_p(1)
        status = self.c.waifu4x_load_memory(
            document,
            ctypes.c_size_t(len(document)),
            name.encode(),
            content,
            ctypes.c_size_t(len(content)),
            1,
            ctypes.byref(network),
        )
        return status, network

    def plan(self, network: ctypes.c_void_p, *numbers: int) -> tuple[int, Plan]:
        """Status and plan of width, height, channels, core."""
        plan = Plan()
        return self.c.waifu4x_plan_of(network, *map(ctypes.c_int, numbers), ctypes.byref(plan)), plan

    def run(self, network: ctypes.c_void_p, pixels: np.ndarray, core: int = 256, **asked) -> "Run":
        """Enlarge pixels (H, W, C), whose rows may have gaps between them."""
        return Run(self, network, pixels, core, **asked)


class Run:
    """What one run gave: its status, the bands as they came, and the progress."""

    def __init__(self, core: Core, network, pixels: np.ndarray, largest: int, stop_after: int = -1) -> None:
        self.bands: list[tuple[int, int]] = []
        self.progress: list[tuple[int, int]] = []
        height, width, channels = pixels.shape
        row_bytes = width * core.c.waifu4x_scale(network) * channels
        rows = []

        def write(_user, first: int, count: int, data: int) -> int:
            self.bands.append((first, count))
            rows.append(ctypes.string_at(data, count * row_bytes))
            return 0

        picture = Picture(width, height, channels, pixels.strides[0], pixels.ctypes.data)
        callbacks = Callbacks(
            None,
            WriteRows(write),
            Progress(lambda _user, done, total: self.progress.append((done, total))),
            IsCancelled(lambda _user: int(len(self.progress) == stop_after)),
        )
        self.status = core.c.waifu4x_run(
            network, ctypes.byref(picture), ctypes.c_int(largest), ctypes.byref(callbacks)
        )
        self.content = b"".join(rows)

    def pixels(self, like: np.ndarray) -> np.ndarray:
        """The result as an array of a shape."""
        return np.frombuffer(self.content, np.uint8).reshape(like.shape)
