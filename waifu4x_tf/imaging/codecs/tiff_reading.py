"""TIFF files of 16 bits per channel: what their directory must say, and their pixels by tifffile."""

from __future__ import annotations

import io
import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from waifu4x_tf.errors import PictureError

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

# TIFF 6.0, sections 8 and 18, and its supplement for Adobe deflate.
_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_SAMPLES, _EXTRA_SAMPLES, _SAMPLE_FORMAT = 277, 338, 339
_COMPRESSIONS = (1, 5, 8, 32946, 32773)  # none, LZW, deflate under two numbers, PackBits
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_OTHER_COLOURS = {3: "a palette", 5: "CMYK (print) colours", 6: "YCbCr colours", 8: "Lab colours"}
_ASSOCIATED, _UNASSOCIATED = 1, 2
_OPAQUE = 65535
# Larger tiles than the picture itself are padding, which a forged header makes gigabytes of.
_MAX_PADDED_TILE_PX = 2**24


def tiff_directory(data: bytes) -> ImageFileDirectory_v2:
    """The tags of a TIFF's first directory, decoded when they are asked for."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2  # 5 ms that the other formats do without

    stream = io.BytesIO(data)
    is_big = data[2:4] in (b"+\0", b"\0+")
    directory = ImageFileDirectory_v2(stream.read(16 if is_big else 8))
    stream.seek(directory.next)
    directory.load(stream)
    return directory


def _numbers(directory: ImageFileDirectory_v2, tag: int, default: int) -> tuple[Any, ...]:
    value = directory.get(tag, default)
    return value if isinstance(value, tuple) else (value,)


def most_bits(directory: ImageFileDirectory_v2) -> int:
    """Bits of the deepest channel."""
    return max(int(bits) for bits in _numbers(directory, _BITS, 1))


def check_sixteen_bit_tiff(directory: ImageFileDirectory_v2) -> None:
    """Refuses what is not read of the TIFFs with more than 8 bits per channel.

    Raises:
        PictureError: Several pages, other than 16 bits, signed or floating-point numbers, other colours than
            grey and RGB, or a compression that is not read.
    """
    if directory.next:
        raise PictureError(
            "A picture file holds one picture. Received: a TIFF of several pages. "
            "Save the one you want as a PNG first."
        )
    depth = {int(bits) for bits in _numbers(directory, _BITS, 1)}
    formats = {int(kind) for kind in _numbers(directory, _SAMPLE_FORMAT, 1)}
    if depth != {16} or formats != {1}:
        kind = "whole numbers" if formats == {1} else "signed or floating-point numbers"
        raise PictureError(
            "A TIFF has at most 16 bits per channel, whole numbers from 0 up. "
            f"Received: a TIFF with {max(depth)} bits per channel, {kind}. Convert it to 16 bits first."
        )
    photometric = int(directory.get(_PHOTOMETRIC, _BLACK_IS_ZERO))
    if photometric not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB):
        raise PictureError(
            "A TIFF with 16 bits per channel is grey or RGB. "
            f"Received: {_OTHER_COLOURS.get(photometric, f'photometric interpretation {photometric}')}. "
            "Convert it to RGB, or to 8 bits, first."
        )
    colours = 3 if photometric == _RGB else 1
    samples = int(directory.get(_SAMPLES, 1))
    if not colours <= samples <= colours + 4:
        raise PictureError(
            f"A TIFF of this kind has {colours} channels, alpha and at most three more. "
            f"Received: {samples} channels. Flatten it first."
        )
    compression = int(directory.get(_COMPRESSION, 1))
    if compression not in _COMPRESSIONS:
        raise PictureError(
            "A TIFF with 16 bits per channel is uncompressed or compressed by LZW, deflate or PackBits. "
            f"Received: compression {compression}. Save it with one of these."
        )


def tiff_pixels(data: bytes, directory: ImageFileDirectory_v2) -> np.ndarray:
    """Decodes the pixels.

    Returns:
        uint16 (H, W, 1 to 4): grey with 0 black, or RGB, and unassociated alpha when there is any. Other
        channels are left out.

    Raises:
        Exception: Whatever the codecs raise on damaged data.
    """
    import tifffile

    with _quiet("tifffile"), tifffile.TiffFile(io.BytesIO(data)) as file:
        planes = _decoded(file.pages.first, directory, len(data))
    photometric = int(directory.get(_PHOTOMETRIC, _BLACK_IS_ZERO))
    colours = 3 if photometric == _RGB else 1
    if photometric == _WHITE_IS_ZERO:
        np.subtract(_OPAQUE, planes[..., 0], out=planes[..., 0])
    extra = [int(kind) for kind in _numbers(directory, _EXTRA_SAMPLES, _UNASSOCIATED)]
    extra = extra[: planes.shape[2] - colours]
    at = next((at for at, kind in enumerate(extra) if kind in (_ASSOCIATED, _UNASSOCIATED)), None)
    if at is None:
        return planes[..., :colours]
    if extra[at] == _ASSOCIATED:
        _divide(planes[..., :colours], planes[..., colours + at])
    if planes.shape[2] == colours + 1:
        return planes
    return planes[..., [*range(colours), colours + at]]


def _decoded(page: Any, directory: ImageFileDirectory_v2, file_bytes: int) -> np.ndarray:
    """uint16 (H, W, samples), from strips or tiles, interleaved or in planes."""
    shape = tuple(int(directory.get(tag, 1)) for tag in (_LENGTH, _WIDTH, _SAMPLES))
    if shape != (page.imagelength, page.imagewidth, page.samplesperpixel) or page.imagedepth != 1:
        raise ValueError("its directory contradicts itself")
    if page.is_tiled and page.tilewidth * page.tilelength > max(shape[0] * shape[1], _MAX_PADDED_TILE_PX):
        raise ValueError("its tiles are larger than the picture")
    # tifffile leaves what is missing black.
    places = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    if len(places) != math.prod(page.chunked) or not all(
        offset > 0 and count > 0 and offset + count <= file_bytes for offset, count in places
    ):
        raise ValueError("its strips or tiles do not lie within the file")
    planes = np.empty(shape, np.uint16)
    for segment, (plane, _, top, left, _), _ in page.segments(maxworkers=1):
        rows, columns = planes[top:, left:].shape[:2]
        part = segment[0, :rows, :columns]
        channels = slice(plane, plane + 1) if page.planarconfig == 2 else slice(None)
        planes[top : top + part.shape[0], left : left + part.shape[1], channels] = part
    return planes


def _divide(colours: np.ndarray, alpha: np.ndarray) -> None:
    """Makes colours (H, W, C) that were multiplied by alpha what they were before; black where it is 0."""
    for row, opacity in zip(colours, alpha[..., None], strict=True):
        wide = row.astype(np.uint64) * _OPAQUE + opacity // 2
        row[...] = np.where(opacity > 0, np.minimum(wide // np.maximum(opacity, 1), _OPAQUE), 0)


@contextmanager
def _quiet(logger_name: str) -> Iterator[None]:
    """Keeps a library's log from standard error: what matters of it is raised."""
    logger = logging.getLogger(logger_name)
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
