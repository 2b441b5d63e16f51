"""Picture files of many kinds, for tests of the page."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms

from waifu4x_tf.data.procedural import draw_rgb


def encoded(image, **how) -> bytes:
    stream = io.BytesIO()
    image.save(stream, **({"format": "PNG"} | how))
    return stream.getvalue()


def drawing(width=150, height=101):
    return Image.fromarray(draw_rgb(1, seed=3, width=width, height=height))


def with_soft_alpha(image=None):
    """Faint pixels of every strength, a transparent corner and an opaque middle."""
    image = (image or drawing()).convert("RGBA")
    y, x = np.mgrid[: image.height, : image.width]
    alpha = np.clip(400 - 6 * np.hypot(x - 60, y - 50), 0, 255).astype(np.uint8)
    alpha[:20] = np.random.default_rng(0).integers(0, 256, (20, image.width))
    image.putalpha(Image.fromarray(alpha))
    return image


def with_binary_alpha():
    image = with_soft_alpha()
    image.putalpha(image.getchannel("A").point(lambda value: 255 * (value > 127)))
    return image


def with_far_holes():
    """A hole wider than colours reach, and a visible part so large that its middle does not count."""
    image = Image.fromarray(255 - np.asarray(drawing(330, 120)) // 2).convert("RGBA")
    y, x = np.mgrid[: image.height, : image.width]
    alpha = np.where(np.hypot(x - 40, y - 40) < 35, np.uint8(255), np.uint8(0))
    alpha[-2:, -3:] = 77
    image.putalpha(Image.fromarray(alpha))
    return image


def with_orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def grey_with_alpha():
    image = drawing().convert("LA")
    image.putalpha(with_soft_alpha().getchannel("A"))
    return image


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

PICTURES = {
    "rgb.png": lambda: encoded(drawing()),
    "one pixel.png": lambda: encoded(drawing().crop((9, 9, 10, 10))),
    "soft alpha.png": lambda: encoded(with_soft_alpha()),
    "binary alpha.png": lambda: encoded(with_binary_alpha()),
    "far holes.png": lambda: encoded(with_far_holes()),
    "opaque alpha.png": lambda: encoded(drawing().convert("RGBA")),
    "grey.png": lambda: encoded(drawing().convert("L")),
    "grey as rgb.png": lambda: encoded(drawing().convert("L").convert("RGB")),
    "grey with alpha.png": lambda: encoded(grey_with_alpha()),
    "palette.png": lambda: encoded(with_binary_alpha().quantize(16)),
    "two colours.png": lambda: encoded(drawing().quantize(2)),
    "interlaced.png": lambda: interlaced(with_soft_alpha()),
    "one bit.png": lambda: encoded(drawing().convert("1")),
    "transparent grey.png": lambda: encoded(drawing().convert("1"), transparency=0),
    "transparent colour.png": lambda: encoded(drawing(), transparency=drawing().getpixel((3, 3))),
    "gamma.png": lambda: with_chunk(encoded(drawing()), b"gAMA", struct.pack(">I", 100000)),
    "turned.png": lambda: encoded(drawing(), exif=with_orientation(7)),
    "subsampled.jpg": lambda: encoded(drawing(), format="JPEG", quality=85, subsampling=2),
    "grey.jpg": lambda: encoded(drawing().convert("L"), format="JPEG"),
    **{
        f"turned {value}.jpg": lambda value=value: encoded(
            drawing(), format="JPEG", exif=with_orientation(value), icc_profile=PROFILE
        )
        for value in range(2, 9)
    },
    "lossy.webp": lambda: encoded(drawing(), format="WEBP", exif=with_orientation(6), icc_profile=PROFILE),
    "soft alpha.webp": lambda: encoded(with_soft_alpha(), format="WEBP", lossless=True, exact=True),
    "transparent.gif": lambda: encoded(with_binary_alpha(), format="GIF"),
    "plain.bmp": lambda: encoded(drawing(), format="BMP"),
}


def with_chunk(png, name, data):
    """A PNG with one more chunk after its header."""
    return png[:33] + chunk_of(name, data) + png[33:]


def chunk_of(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def interlaced(image):
    """An RGBA PNG in Adam7's seven passes, which Pillow does not write; the first four filters take turns."""
    pixels, data = np.asarray(image), b""
    for left, top, across, down in ADAM7:
        rows = pixels[top::down, left::across].reshape(len(pixels[top::down]), -1).astype(np.int16)
        above = np.zeros_like(rows[0])
        for index, row in enumerate(rows):
            before = np.concatenate((np.zeros(4, np.int16), row[:-4]))
            guess = (0 * row, before, above, (before + above) // 2)[index % 4]
            data += bytes([index % 4]) + ((row - guess) % 256).astype(np.uint8).tobytes()
            above = row
    header = struct.pack(">IIBBBBB", *image.size, 8, 6, 0, 0, 1)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk_of(name, content) for name, content in chunks)


def png_header(width, height, bits=8):
    data = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk_of(b"IHDR", data) + chunk_of(b"IEND", b"")
