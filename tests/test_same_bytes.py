"""One file and one set of options give the same bytes by the command line, Python and the demo's API."""

import inspect
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from animation_files import apng, gif, webp
from icc_profiles import rgb_profile
from picture_files import saved
from PIL import Image
from sixteen_bit_files import png16

import waifu4x_tf
from waifu4x_tf.cli.main import main
from waifu4x_tf.data.procedural import draw, draw_rgb
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.imaging.writing import most_bits
from waifu4x_tf.inference.options import ModelOptions
from waifu4x_tf.inference.upscaler import Upscaler

OPTIONS = [
    {},
    {"scale": 2.5, "tta": True},
    {"size": (40, 30), "fit": "cover", "raw": True},
    {"size": (40, 30), "fit": "pad", "denoise": "low"},
    {"size": (31, 42), "fit": "stretch", "format": "avif", "quality": 60},
    {"min_side": 24, "format": "gif"},
    {"format": "webp", "quality": 80, "strength": 0.5},
    {"format": "jpeg", "background": "#fedcba", "quality": 70, "denoise": "high", "strength": 1.0},
    {"scale": 2.0, "wrap": "x", "format": "tiff", "strip": True},
    {"scale": 1.0, "bits": 16, "denoise": "off"},
]
P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
OF_THE_MODEL = ("denoise", "strength", "tta", "raw")
OF_THE_SIZE = ("scale", "size", "fit", "min_side", "wrap", "bits")
OF_THE_FILE = ("quality", "background", "strip")


def odd_pictures() -> dict[str, bytes]:
    """Twelve small files, by name."""
    colour = Image.fromarray(draw_rgb(1, seed=2, width=16, height=16)[:9, :13])
    sticker = Image.fromarray(draw("sticker_soft", seed=2, width=16, height=16)[:11, :8])
    deep = np.asarray(sticker).astype(np.uint16) * 257
    turned = Image.Exif()
    turned[0x0112] = 6
    indices = np.array([[0, 1, 2], [3, 0, 1]])
    frames = [np.asarray(sticker), np.asarray(sticker)[::-1].copy()]
    return {
        "alpha.png": saved(sticker, "PNG"),
        "moving_gif.gif": gif(3, 2, [(0, 0, indices, 1, 7, 0), (1, 0, indices[:, 1:], 2, 9, 0)], repeats=2),
        "moving_png.png": apng((11, 8), [(0, 0, each, 0, 0, (1, 20)) for each in frames]),
        "moving_webp.webp": webp((11, 8), [(0, 0, each, False, False, 50) for each in frames]),
        "deep.png": png16(deep),
        "grey.jpg": saved(colour.convert("L"), "JPEG", quality=40),
        "one.png": saved(Image.new("RGB", (1, 1), "red"), "PNG"),
        "palette.png": saved(colour.quantize(5), "PNG", transparency=2),
        "profiled.png": saved(colour, "PNG", icc_profile=rgb_profile(P3), dpi=(300, 150)),
        "strip.webp": saved(colour.resize((40, 1)), "WEBP", lossless=True),
        "turned.jpg": saved(colour, "JPEG", quality=80, exif=turned.tobytes()),
        "zipped.tif": saved(colour.convert("LA"), "TIFF", compression="tiff_lzw"),
    }


class ShiftingEngine:
    """Repeats pixels, shifted in brightness by what the model was asked for: another model gives others."""

    name = "shifting"
    fixed_size = None
    bytes_per_pixel = 48

    def __init__(self, options: ModelOptions) -> None:
        self._shift = sum(repr(options.effective()).encode()) % 23

    def run(self, tile):
        """As `Engine.run`."""
        large = tile.repeat(4, axis=1).repeat(4, axis=2)
        if tile.dtype == np.uint8:
            return np.where(large > 127, large - self._shift, large + self._shift).astype(np.uint8)
        return large + np.float32(self._shift / 1000)


def load_shifting(model: str = "compact", **options) -> Upscaler:
    engine = ShiftingEngine(ModelOptions(model, **options))
    return Upscaler(engine, name="compact", scale=4, radius=1)


def by_command_line(folder: Path, options: dict) -> dict[str, bytes]:
    arguments = ["upscale", str(folder), "-o", str(folder.with_name("results")), "--no-receipt", "--quiet"]
    for name, value in options.items():
        text = "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
        arguments += [f"--{name.replace('_', '-')}"] + ([text] if value is not True else [])
    main([*arguments, "--overwrite"])
    results = folder.with_name("results").iterdir()
    return {path.stem: path.read_bytes() for path in results}


def by_python(path: Path, options: dict) -> bytes | None:
    """In Python more bits than a format holds are not dropped unasked, so they are asked for here."""
    format_name = options.get("format", "png")
    result = path.with_name(f"python.{format_name}")
    try:
        picture = waifu4x_tf.read(path)
        asked = {name: options[name] for name in OF_THE_SIZE if name in options}
        if picture.bits > most_bits(format_name):
            asked["bits"] = 8
        if not asked.keys() <= {"scale", "size", "fit"}:
            asked = {"target": waifu4x_tf.Target(**asked)}
        model = {name: options[name] for name in OF_THE_MODEL if name in options}
        large = waifu4x_tf.load_upscaler(**model).upscale(picture, **asked)
        settings = {name: options[name] for name in OF_THE_FILE if name in options}
        waifu4x_tf.write(large, result, overwrite=True, **settings)
        return result.read_bytes()
    except Waifu4xError:
        return None


def demo_api(folder: Path, load):
    """The demo's function behind /upscale, called by the names that its clients use; the bytes or None."""
    gr = pytest.importorskip("gradio")
    from demo.api import add_api
    from demo.context import DemoContext, Upscalers

    endpoints = {}

    def click(_, function, inputs, *__, api_name: str, **___) -> None:
        endpoints[api_name] = function, inputs

    # Without a page, whose Blocks would leave event loops open.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gr.Button, "click", click)
        add_api(DemoContext(Upscalers(load(), load), folder))
    function, inputs = endpoints["upscale"]
    visitor = SimpleNamespace(
        client=SimpleNamespace(host="127.0.0.1"), headers={}, cookies={}, session_hash=""
    )
    renamed = {"format": "file_format"} if "file_format" in inspect.signature(function).parameters else {}

    def call(path: Path, options: dict) -> bytes | None:
        given = {"receipt": "no"} | {renamed.get(name, name): value for name, value in options.items()}
        if "size" in given:
            given["size"] = "x".join(map(str, given["size"]))
        values = [given.get(each.label, each.value) for each in inputs[1:]]
        try:
            for file, _ in function(visitor, str(path), *values):
                if isinstance(file, str):
                    return Path(file).read_bytes()
        except gr.Error:
            pass
        return None

    return call


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, content in odd_pictures().items():
        (folder / name).write_bytes(content)
    return folder


def test_every_door_gives_the_same_bytes(folder, every_variant, monkeypatch):
    monkeypatch.setattr("waifu4x_tf.inference.loading.load_upscaler", load_shifting)
    monkeypatch.setitem(vars(waifu4x_tf), "load_upscaler", load_shifting)
    check_doors(folder, OPTIONS, load_shifting, least=100)


@pytest.mark.slow
def test_the_shipped_model_gives_the_same_bytes_by_every_door(folder, every_variant):
    load = waifu4x_tf.load_upscaler
    check_doors(folder, [OPTIONS[at] for at in (0, 2, 6, 9)], load, least=40)


def check_doors(folder: Path, rows: list[dict], load, *, least: int) -> None:
    names = sorted(path.name for path in folder.iterdir())
    for_demo = folder.with_name("demo")
    for_demo.mkdir()
    ask_demo = demo_api(for_demo, load)
    pictures = 0
    for options in rows:
        for path in folder.with_name("results").glob("*"):
            path.unlink()
        command_line = by_command_line(folder, options)
        for name in names:
            whole = command_line.get(Path(name).stem)
            assert by_python(folder / name, options) == whole, (name, options)
            (folder / f"python.{options.get('format', 'png')}").unlink(missing_ok=True)
            assert ask_demo(folder / name, options) == whole, (name, options)
            pictures += whole is not None
    assert pictures >= least
