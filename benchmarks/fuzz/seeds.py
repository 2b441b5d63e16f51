"""Small drawn pictures in every format and mode that is read or refused by name: what `fuzz` mutates."""

import functools
import io
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import tifffile
from PIL import Image, ImageCms

from waifu4x_tf.data.procedural import draw, draw_rgb

WIDTH, HEIGHT = 24, 17

_TIFF_COMPRESSIONS = ("raw", "packbits", "tiff_lzw", "tiff_deflate", "jpeg", "zstd", "lzma")
# Adam7 (W3C PNG, 8.2): first column, first row and steps of each pass.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@functools.cache
def seeds() -> Mapping[str, bytes]:
    """The files, by a name whose suffix is their format: png, jpg, webp, gif, tif or bmp."""
    stickers = [Image.fromarray(draw("sticker_soft", seed=at, width=WIDTH, height=HEIGHT)) for at in range(3)]
    colour = Image.fromarray(draw_rgb(1, seed=2, width=WIDTH, height=HEIGHT))
    return {
        **_png(colour, stickers),
        **_jpeg(colour, stickers),
        **_webp(colour, stickers),
        **_gif(colour, stickers),
        **_tiff(colour, stickers[0]),
        **_bmp(colour, stickers[0]),
    }


def _png(colour: Image.Image, stickers: list[Image.Image]) -> dict[str, bytes]:
    grey, palette, sticker = colour.convert("L"), colour.quantize(13), stickers[0]
    deep = np.asarray(colour).astype(np.uint16) * 257
    files = {f"png_{mode}.png": _saved(sticker.convert(mode), "PNG") for mode in ("1", "L", "LA", "RGBA")}
    files |= {
        "png_RGB.png": _saved(colour, "PNG", icc_profile=_profile(), exif=_exif(), dpi=(300, 150)),
        "png_P.png": _saved(palette, "PNG", bits=4),
        "png_P_tRNS.png": _saved(palette, "PNG", transparency=bytes(range(0, 260, 20))),
        "png_L_tRNS.png": _saved(grey, "PNG", transparency=int(np.asarray(grey)[3, 3])),
        "png_RGB_tRNS.png": _saved(colour, "PNG", transparency=colour.getpixel((2, 2))),
        "png_L16.png": png_file(deep[..., :1], 0),
        "png_RGB16.png": png_file(deep, 2),
        "png_RGBA16.png": png_file(np.dstack((deep, deep[..., 0])), 6),
        "png_interlaced.png": png_file(np.asarray(colour), 2, interlaced=True),
        "png_interlaced16.png": png_file(deep, 2, interlaced=True),
        "png_animated.png": _saved(
            stickers[0],
            "PNG",
            save_all=True,
            append_images=stickers[1:],
            duration=[40, 80, 120],
            disposal=[0, 1, 2],
            blend=[0, 1, 1],
        ),
    }
    return files


def _jpeg(colour: Image.Image, stickers: list[Image.Image]) -> dict[str, bytes]:
    further = [sticker.convert("RGB") for sticker in stickers[1:]]
    return {
        "jpg_L.jpg": _saved(colour.convert("L"), "JPEG"),
        "jpg_444.jpg": _saved(colour, "JPEG", subsampling=0, icc_profile=_profile(), dpi=(72, 72)),
        "jpg_420.jpg": _saved(colour, "JPEG", subsampling=2, quality=40, comment=b"drawn"),
        "jpg_progressive.jpg": _saved(colour, "JPEG", progressive=True, exif=_exif()),
        "jpg_restarts.jpg": _saved(colour, "JPEG", restart_marker_blocks=1, optimize=True),
        "jpg_CMYK.jpg": _saved(colour.convert("CMYK"), "JPEG"),
        "jpg_views.jpg": _saved(colour, "MPO", save_all=True, append_images=further),
    }


def _webp(colour: Image.Image, stickers: list[Image.Image]) -> dict[str, bytes]:
    animated = {"save_all": True, "append_images": stickers[1:], "duration": [40, 80, 120]}
    return {
        "webp_lossy.webp": _saved(colour, "WEBP", quality=50),
        "webp_lossless.webp": _saved(colour, "WEBP", lossless=True),
        "webp_alpha.webp": _saved(stickers[0], "WEBP", quality=50),
        "webp_lossless_alpha.webp": _saved(stickers[0], "WEBP", lossless=True, exact=True),
        "webp_metadata.webp": _saved(colour, "WEBP", icc_profile=_profile(), exif=_exif(), xmp=b"<x/>"),
        "webp_animated.webp": _saved(stickers[0], "WEBP", **animated),
        "webp_animated_lossless.webp": _saved(stickers[0], "WEBP", lossless=True, **animated),
    }


def _gif(colour: Image.Image, stickers: list[Image.Image]) -> dict[str, bytes]:
    animated = {"save_all": True, "append_images": stickers[1:], "duration": [40, 80, 120]}
    files = {
        "gif_grey.gif": _saved(colour.convert("L"), "GIF"),
        "gif_interlaced.gif": _saved(colour, "GIF", interlace=True, comment=b"drawn"),
        "gif_transparent.gif": _saved(stickers[0], "GIF"),
    }
    for disposal in (0, 1, 2, 3):
        files[f"gif_animated{disposal}.gif"] = _saved(
            stickers[0], "GIF", disposal=disposal, loop=disposal, **animated
        )
    return files


def _tiff(colour: Image.Image, sticker: Image.Image) -> dict[str, bytes]:
    files = {
        f"tif_{name}.tif": _saved(colour, "TIFF", compression=name, strip_size=WIDTH * 3 * 5)
        for name in _TIFF_COMPRESSIONS
    }
    for mode in ("1", "L", "P", "CMYK", "LAB", "YCbCr", "I", "F", "I;16"):
        image = _lab(colour) if mode == "LAB" else colour.convert("L" if mode == "I;16" else mode)
        files[f"tif_{mode.replace(';', '')}.tif"] = _saved(
            image.convert(mode), "TIFF", compression="tiff_lzw"
        )
    deep = np.asarray(colour).astype(np.uint16) * 257
    pages = {"save_all": True, "append_images": [sticker.convert("RGB")]}
    return files | {
        "tif_RGBA.tif": _saved(sticker, "TIFF", compression="tiff_deflate", icc_profile=_profile()),
        "tif_LA.tif": _saved(sticker.convert("LA"), "TIFF"),
        "tif_fax3.tif": _saved(colour.convert("1"), "TIFF", compression="group3"),
        "tif_fax4.tif": _saved(colour.convert("1"), "TIFF", compression="group4"),
        "tif_turned.tif": _saved(colour, "TIFF", exif=_exif(), dpi=(300, 300)),
        "tif_pages.tif": _saved(colour, "TIFF", **pages),
        "tif_big.tif": _saved(colour, "TIFF", big_tiff=True),
        "tif_RGB16.tif": _tiff_file(deep),
        "tif_RGBA16_big_endian.tif": _tiff_file(
            np.dstack((deep, deep[..., 1])), byteorder=">", extrasamples=["unassalpha"]
        ),
        "tif_tiled.tif": _tiff_file(np.asarray(colour), tile=(16, 16)),
        "tif_tiled16.tif": _tiff_file(deep, tile=(16, 16)),
    }


def _bmp(colour: Image.Image, sticker: Image.Image) -> dict[str, bytes]:
    files = {f"bmp_{mode}.bmp": _saved(colour.convert(mode), "BMP") for mode in ("1", "L", "P", "RGB")}
    run_of_one_colour = bytes((WIDTH, 3, 0, 0)) * HEIGHT + b"\0\1"
    absolute = (bytes((0, WIDTH)) + bytes(range(WIDTH)) + b"\0\0") * (HEIGHT - 1) + b"\0\2\3\1\0\1"
    shades = bytes(value for level in range(256) for value in (level, level, 255 - level, 0))
    top_down = bytearray(files["bmp_RGB.bmp"])
    struct.pack_into("<i", top_down, 22, -HEIGHT)
    pixels_16 = np.random.default_rng(3).integers(0, 2**16, (HEIGHT, WIDTH), np.uint16).tobytes()
    fields_565 = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
    return files | {
        "bmp_RGBA.bmp": _saved(sticker, "BMP"),
        "bmp_top_down.bmp": bytes(top_down),
        "bmp_rle8.bmp": _bmp_file(8, 1, shades, run_of_one_colour),
        "bmp_rle8_absolute.bmp": _bmp_file(8, 1, shades, absolute),
        "bmp_rle4.bmp": _bmp_file(4, 2, shades[:64], run_of_one_colour),
        "bmp_555.bmp": _bmp_file(16, 0, b"", pixels_16),
        "bmp_565.bmp": _bmp_file(16, 3, fields_565, pixels_16),
    }


def png_file(pixels: np.ndarray, colour_type: int, *, interlaced: bool = False) -> bytes:
    """A PNG with filter 0 in every row, for what Pillow does not write: 16 bits per channel and Adam7.

    Args:
        pixels: uint8 or uint16 (H, W, C).
        colour_type: 0 grey, 2 RGB, 4 grey and alpha, 6 RGBA; of C channels.
        interlaced: Whether to write the seven passes of Adam7.
    """
    height, width = pixels.shape[:2]
    passes = [pixels]
    if interlaced:
        passes = [pixels[top::down, left::right] for left, top, right, down in _ADAM7]
    stored = [each.astype(pixels.dtype.newbyteorder(">")) for each in passes if each.size]
    rows = b"".join(b"\0" + row.tobytes() for each in stored for row in each)
    header = struct.pack(
        ">IIBBBBB", width, height, 8 * pixels.itemsize, colour_type, 0, 0, 1 if interlaced else 0
    )
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _tiff_file(pixels: np.ndarray, **options: Any) -> bytes:
    """By tifffile, for what Pillow does not write: 16-bit RGB, tiles, big-endian files."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, photometric="rgb", metadata=None, **options)
    return buffer.getvalue()


def _bmp_file(bits: int, compression: int, palette: bytes, pixels: bytes) -> bytes:
    colours = 0 if bits > 8 else len(palette) // 4
    start = 54 + len(palette)
    header = struct.pack(
        "<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, bits, compression, len(pixels), 2835, 2835, colours, 0
    )
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + palette + pixels


def _saved(image: Image.Image, format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def _lab(colour: Image.Image) -> Image.Image:
    lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(colour, rgb, lab, outputMode="LAB")
    if converted is None:
        raise RuntimeError("Pillow converts into Lab out of place.")
    return converted


def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112], exif[0x0131] = "drawn", 6, "waifu4x"
    exif.get_ifd(0x8769)[0x9003] = "2024:01:02 03:04:05"
    return exif.tobytes()
