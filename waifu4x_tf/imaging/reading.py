"""Picture files in: every mode the library upscales, everything else refused by name."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.codecs import avif
from waifu4x_tf.imaging.codecs.animation import Animation
from waifu4x_tf.imaging.codecs.animation_reading import find_animation, read_animation
from waifu4x_tf.imaging.codecs.apng_parsing import as_viewers_see
from waifu4x_tf.imaging.codecs.png_colour import settle_colour
from waifu4x_tf.imaging.codecs.signatures import (
    HEAD_BYTES,
    check_jpeg_kind,
    check_jpeg_scans,
    header_size,
    identify,
    png_bit_depth,
    png_without_metadata,
)
from waifu4x_tf.imaging.codecs.sixteen_bit_reading import SixteenBitFile, sixteen_bit_png, sixteen_bit_tiff
from waifu4x_tf.imaging.codecs.tiff_kinds import check_tiff
from waifu4x_tf.imaging.codecs.tiff_reading import tiff_directory
from waifu4x_tf.imaging.guard import (
    DEFAULT_MAX_MEGAPIXELS,
    DEFAULT_MAX_OUTPUT_MEGAPIXELS,
    check_caps,
    check_decoded,
    guarded,
)
from waifu4x_tf.imaging.metadata import upright_size
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.pil import check_supported, still_from_pil

INPUT_SUFFIXES: frozenset[str] = frozenset(
    {".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".gif"}
    | {".tif", ".tiff", ".bmp", ".dib"}
)

# A picture under the caps stays far below this even uncompressed; a pipe that never ends does not.
_MAX_FILE_BYTES = 2**30
_STREAM_READ_BYTES = 2**20

# Under this key an opened image has what its picture's note is to say.
_NOTE = "waifu4x note"


def read(
    source: str | Path | bytes | BinaryIO,
    *,
    name: str | None = None,
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS,
    max_output_megapixels: float = DEFAULT_MAX_OUTPUT_MEGAPIXELS,
) -> Picture:
    """Reads and decodes a picture file.

    The format follows from the content, never from the suffix. The picture comes out upright, with the ICC
    profile that fits it, EXIF without orientation and size, and DPI; corrupt metadata is dropped. A GIF, PNG
    or WebP of several frames comes out with all of them, each whole.

    Args:
        source: A path, the file's bytes, or a binary stream, which is read to its end and not closed.
        name: What messages call the source; by default its path or the stream's own name.
        max_megapixels: Cap on width x height x frames, in millions, checked before any pixel is decoded.
        max_output_megapixels: The same cap on the picture enlarged four times in each direction.

    Raises:
        PictureError: There is no such file, it is no picture, damaged, over a cap, or of a kind that is not
            supported; the message begins with the name.
        UsageError: A cap is not positive.
        MissingExtraError: The file has 16 bits per channel, and the extra [deep] is not installed.

    Example:
        >>> waifu4x_tf.read("examples/sticker.png").has_alpha
        True
    """
    with _opened(source, name, max_megapixels, max_output_megapixels) as (image, _, animation):
        if animation is None or isinstance(image, SixteenBitFile):
            is_16_bit = isinstance(image, SixteenBitFile)
            picture = image.picture() if is_16_bit else still_from_pil(image)
            note = (image.carrier if is_16_bit else image).info.get(_NOTE)
            return replace(picture, note="; ".join(each for each in (picture.note, note) if each) or None)

        def decode(file: bytes) -> Frame:
            caps = {"max_megapixels": max_megapixels, "max_output_megapixels": max_output_megapixels}
            return read(file, name="a frame", **caps).frames[0]

        return read_animation(animation, image, decode)


@dataclass(frozen=True)
class Header:
    """What is known of a picture file before a pixel is decoded.

    Attributes:
        width: Upright, in pixels.
        height: The same.
        format: png, jpeg, webp, avif, bmp, dib, tiff or gif.
        frames: 1 for a still.
        duration_ms: Of an animation, all its frames together; 0 for a still.
        bits: Per channel, 8 or 16.
    """

    width: int
    height: int
    format: str
    frames: int = 1
    duration_ms: int = 0
    bits: int = 8


def probe(
    source: str | Path | bytes | BinaryIO,
    *,
    name: str | None = None,
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS,
    max_output_megapixels: float = DEFAULT_MAX_OUTPUT_MEGAPIXELS,
) -> tuple[int, int, str]:
    """Width and height, upright, and format (as of `Header`), without decoding a pixel.

    Raises:
        PictureError: As ``read``.
        UsageError: As ``read``.
    """
    header = read_header(
        source, name=name, max_megapixels=max_megapixels, max_output_megapixels=max_output_megapixels
    )
    return header.width, header.height, header.format


def read_header(
    source: str | Path | bytes | BinaryIO,
    *,
    name: str | None = None,
    max_megapixels: float = DEFAULT_MAX_MEGAPIXELS,
    max_output_megapixels: float = DEFAULT_MAX_OUTPUT_MEGAPIXELS,
) -> Header:
    """What the file says of itself, without decoding a pixel.

    Takes and refuses what ``read`` does, except damage that only decoding finds.

    Raises:
        PictureError: As ``read``.
        UsageError: As ``read``.
    """
    with _opened(source, name, max_megapixels, max_output_megapixels) as (image, format_name, animation):
        if isinstance(image, SixteenBitFile):
            return Header(*image.size, format_name.lower(), bits=16)
        width, height = image.size if animation is None else (animation.width, animation.height)
        # Pillow gives a TIFF's size upright already, and every other format's as stored.
        if format_name != "TIFF":
            width, height = upright_size(image, (width, height))
        frames = 1 if animation is None else len(animation.parts)
        duration_ms = sum(animation.durations_ms) if animation is not None and frames > 1 else 0
        return Header(width, height, format_name.lower(), frames, duration_ms)


def content(source: str | Path | BinaryIO, *, name: str | None = None) -> bytes:
    """The bytes of a picture file, read once, so that what is found out about them holds for `read` too.

    Raises:
        PictureError: As ``read``: there is no such file, or it cannot be read, or is too large.
    """
    with guarded(name or _name_of(source)):
        return _content(source)


@contextmanager
def _opened(
    source: str | Path | bytes | BinaryIO,
    name: str | None,
    max_megapixels: float,
    max_output_megapixels: float,
) -> Iterator[tuple[Image.Image | SixteenBitFile, str, Animation | None]]:
    """The file opened by Pillow and past every check its header allows.

    Yields:
        The image, or a file with more than 8 bits per channel, which Pillow cannot hold; Pillow's name of its
        format, and its frames when it is not a plain still.
    """
    for argument, value in (
        ("max_megapixels", max_megapixels),
        ("max_output_megapixels", max_output_megapixels),
    ):
        if not value > 0:
            raise UsageError(
                f"`{argument}` is a positive number. Received: {value!r}. Leave it out for the default."
            )
    label = name or _name_of(source)
    with guarded(label, max_megapixels=max_megapixels):
        data = _content(source)
        head = data[:HEAD_BYTES]
        format_name = identify(head)
        size = header_size(format_name, head)
        if size is not None:
            check_caps(*size, max_megapixels, max_output_megapixels)
        if format_name == "AVIF":
            avif.check_supported()
        if format_name == "JPEG":
            check_jpeg_kind(data)
            check_jpeg_scans(data)
        bits = png_bit_depth(head) if format_name == "PNG" else None
        if format_name == "TIFF":
            directory = tiff_directory(data)
            check_tiff(directory)
            file = sixteen_bit_tiff(data, directory)
            if file is not None:
                check_caps(*file.size, max_megapixels, max_output_megapixels)
                yield file, format_name, None
                return
        note = None
        if format_name == "PNG":
            data, note = as_viewers_see(data)
        with _open_image(data, format_name) as image:
            image.info[_NOTE] = note
            check_caps(*image.size, max_megapixels, max_output_megapixels)
            if format_name == "PNG":
                settle_colour(image, data)
            if bits == 16:
                yield sixteen_bit_png(data, image), format_name, None
                return
            if format_name == "AVIF":
                colour = avif.read_colour(data)
                image.info["icc_profile"] = image.info.get("icc_profile") or colour.profile()
                image.info[_NOTE] = colour.note
            animation = find_animation(data, format_name)
            if animation is not None:
                canvas, frames = (animation.width, animation.height), len(animation.parts)
                check_caps(*canvas, max_megapixels, max_output_megapixels, frames=frames)
                check_decoded(animation.decoded_px, max_megapixels)
            check_supported(image)
            if bits in (1, 2, 4):
                _spread_transparent_grey(image, bits)
            yield image, format_name, animation


def _open_image(data: bytes, format_name: str) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=[format_name])
    except Image.DecompressionBombError:
        raise
    except Exception as error:
        if format_name != "PNG":
            if isinstance(error, UnidentifiedImageError):
                # What Pillow keeps to itself: the reason of the one plugin that was asked.
                Image.OPEN[format_name][0](io.BytesIO(data), "")
            raise
        return Image.open(io.BytesIO(png_without_metadata(data)), formats=[format_name])


def _spread_transparent_grey(image: Image.Image, bits: int) -> None:
    """Pillow spreads the greys of a shallow PNG over 0..255, but not, or not always, the transparent one.

    A level that is spread already is 0 or at least 2**bits, so this does no harm where Pillow does it.
    """
    level = image.info.get("transparency")
    if image.mode in ("1", "L") and isinstance(level, int) and level < 2**bits:
        image.info["transparency"] = level * (255 // (2**bits - 1))


def _name_of(source: str | Path | bytes | BinaryIO) -> str:
    if isinstance(source, str | Path):
        return str(source)
    if isinstance(source, bytes):
        return f"<{len(source)} bytes>"
    return str(getattr(source, "name", "<stream>"))


def _content(source: str | Path | bytes | BinaryIO) -> bytes:
    """The whole file: inputs are small beside the output, and decoding from memory cannot stall or race."""
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, str | Path):
        data = _file_content(source)
    else:
        data = _stream_content(source)
    _check_file_size(len(data))
    return data


def _check_file_size(size: int) -> None:
    if size > _MAX_FILE_BYTES:
        raise PictureError(
            f"A picture file has at most {_MAX_FILE_BYTES // 2**20} MiB. Received: a larger one. "
            "Save the picture as PNG."
        )


def _stream_content(stream: BinaryIO) -> bytes:
    # Piece by piece: a read of the whole cap would ask for a buffer of that size first.
    content = bytearray()
    while len(content) <= _MAX_FILE_BYTES:
        piece = stream.read(_STREAM_READ_BYTES)
        if not isinstance(piece, bytes):
            raise UsageError(
                "A picture is read from a path, bytes or a binary stream. "
                f"Received: a stream of {type(piece).__name__}. Open the file with mode 'rb'."
            )
        if not piece:
            break
        content += piece
    return bytes(content)


def _file_content(path: str | Path) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise PictureError("A picture is one file. Received: a folder. Name the files in it.")
        # A FIFO or a device could block for ever or never end.
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(
                "A picture path leads to a regular file. Received: a pipe or device. "
                "Pass its content as a binary stream (on the command line: standard input)."
            )
        with open(path, "rb") as file:
            before = os.fstat(file.fileno())
            _check_file_size(before.st_size)
            data = file.read(before.st_size + 1)
            after = os.fstat(file.fileno())
        if len(data) != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
            raise PictureError(
                "A picture file stays as it is while it is read. Received: one that another program changed "
                "meanwhile. Wait until it is complete, then try again."
            )
        return data
    except FileNotFoundError as error:
        raise PictureError("A picture file must exist. Received: no such file. Check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise PictureError(
            f"A picture file must be readable. Received: {getattr(error, 'strerror', None) or error}. "
            "Check the path and its permissions."
        ) from error
