"""PNG written strip by strip from the frame's own arrays, on every core.

Measured on seven enlarged anime pictures: Pillow at compress_level=1 takes 0.76 s of one core for 9.6 MB,
this 0.64 s, spread over all cores, for 8.7 MB. Pillow also needs a copy of the picture at 4 bytes a pixel;
this needs a few strips.

Strips are deflated apart, on threads (zlib and NumPy let go of the interpreter lock), and joined, which
deflate allows at a byte boundary. Every row has the Paeth filter: choosing among all five row by row, as
Pillow does, cost time and saved nothing on the same pictures.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO, TypeVar

import numpy as np

from waifu4x_tf.imaging.metadata import NO_METADATA, Metadata
from waifu4x_tf.imaging.picture import Frame

T = TypeVar("T")

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PAETH = 4
# About what stays in a core's cache. Fixed, so that the same picture gives the same bytes on every machine
# with the same zlib, whatever its number of cores.
_STRIP_BYTES = 2**19
_MAX_THREADS = 8
# Looking only for runs is smaller and faster for a drawing, whose Paeth residue is runs of zeros (8.8 MB
# against 9.6 on those pictures), and up to forty times larger for screentone, which repeats without runs.
# So an eighth of each strip is tried with both.
_STRATEGIES = (zlib.Z_RLE, zlib.Z_DEFAULT_STRATEGY)


def write_png(
    stream: BinaryIO,
    frame: Frame,
    *,
    is_grey: bool,
    metadata: Metadata = NO_METADATA,
) -> None:
    """Writes a PNG of colour type L, LA, RGB or RGBA, with the frame's 8 or 16 bits per channel.

    Args:
        stream: Where the bytes go, in order; it need not seek.
        frame: The pixels. With ``is_grey`` only red is written.
        is_grey: Whether to write one colour channel.
        metadata: For the chunks iCCP, pHYs and eXIf.
    """
    write_head(stream, frame, is_grey, metadata)
    for data in pixel_data(frame, is_grey):
        write_chunk(stream, b"IDAT", data)
    write_chunk(stream, b"IEND", b"")


def write_head(stream: BinaryIO, frame: Frame, is_grey: bool, metadata: Metadata) -> None:
    """Writes what comes before the pixels; the arguments are those of `write_png`."""
    height, width = frame.rgb.shape[:2]
    colour_type = (0 if is_grey else 2) | (0 if frame.alpha is None else 4)
    stream.write(_SIGNATURE)
    bits = 8 * frame.rgb.itemsize
    write_chunk(stream, b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))
    if metadata.icc_profile is not None:
        write_chunk(stream, b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc_profile))
    if metadata.dpi is not None:
        dots_per_metre = [round(value / 0.0254) for value in metadata.dpi]
        write_chunk(stream, b"pHYs", struct.pack(">IIB", *dots_per_metre, 1))
    elif metadata.aspect is not None:
        write_chunk(stream, b"pHYs", struct.pack(">IIB", *metadata.aspect, 0))
    if metadata.exif is not None:
        write_chunk(stream, b"eXIf", metadata.exif.removeprefix(b"Exif\0\0"))


def write_chunk(stream: BinaryIO, name: bytes, data: bytes) -> None:
    """Writes a chunk with its length and checksum."""
    stream.write(struct.pack(">I", len(data)) + name)
    stream.write(data)
    stream.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(name))))


def pixel_data(frame: Frame, is_grey: bool) -> Iterator[bytes]:
    """The zlib stream (RFC 1950) around the strips' deflate data, a piece for each chunk."""
    checksum = 1
    head = b"\x78\x01"
    for deflated, filtered in _strips(frame, is_grey):
        yield head + deflated
        head = b""
        checksum = zlib.adler32(filtered.data, checksum)
    yield struct.pack(">I", checksum)


def _strips(frame: Frame, is_grey: bool) -> Iterator[tuple[bytes, np.ndarray]]:
    """Each strip's deflate data and filtered bytes in order, with a bounded number of them in flight."""
    height, width = frame.rgb.shape[:2]
    pixel_bytes = frame.rgb.itemsize * ((1 if is_grey else 3) + (frame.alpha is not None))
    rows = max(1, _STRIP_BYTES // (width * pixel_bytes))

    def make(top: int) -> tuple[bytes, np.ndarray]:
        # One row more above, which the filter refers to.
        first = max(0, top - 1)
        pixels = _interleaved(frame, is_grey, first, min(height, top + rows))
        above = pixels[0] if top else np.zeros_like(pixels[0])
        filtered = paeth_filtered(pixels[top - first :], above, pixel_bytes)
        middle = filtered[len(filtered) * 7 // 16 :][: max(1, len(filtered) // 8)]
        strategy = min(_STRATEGIES, key=lambda each: len(_deflated(middle, each, zlib.Z_FINISH)))
        end = zlib.Z_FINISH if top + rows >= height else zlib.Z_SYNC_FLUSH
        return _deflated(filtered, strategy, end), filtered

    yield from in_order(make, range(0, height, rows))


def _deflated(rows: np.ndarray, strategy: int, end: int) -> bytes:
    deflate = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, 9, strategy)
    return deflate.compress(rows.data) + deflate.flush(end)


def in_order(make: Callable[[int], T], tops: range) -> Iterator[T]:
    """What ``make`` gives for each strip's first row, made on threads, a few ahead of what is taken."""
    threads = min(len(tops), os.cpu_count() or 1, _MAX_THREADS)
    if threads == 1:
        yield from map(make, tops)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="png") as pool:
        pending: deque[Future[T]] = deque()
        for top in tops:
            pending.append(pool.submit(make, top))
            if len(pending) > threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _interleaved(frame: Frame, is_grey: bool, top: int, bottom: int) -> np.ndarray:
    """Rows top to bottom as uint8 (rows, width * bytes per pixel), 16 bits with the larger byte first."""
    rgb = frame.rgb[top:bottom, :, :1] if is_grey else frame.rgb[top:bottom]
    if frame.alpha is not None:
        rgb = np.concatenate((rgb, frame.alpha[top:bottom, :, None]), axis=2)
    big_endian = np.ascontiguousarray(rgb, rgb.dtype.newbyteorder(">"))
    return big_endian.view(np.uint8).reshape(bottom - top, -1)


def paeth_filtered(pixels: np.ndarray, above: np.ndarray, channels: int) -> np.ndarray:
    """PNG filter type 4 (W3C PNG, 9.4) on whole rows.

    The distances of the predictor a + b - c are |b - c|, |a - c| and |a + b - 2c|. The last is the difference
    of the first two where c lies between a and b, and their sum, never the smallest, where it does not; so
    everything stays in uint8, where NumPy is fastest.

    Args:
        pixels: uint8 (rows, width * channels).
        above: uint8 (width * channels), the row before the first, zeros at the picture's top.
        channels: Bytes per pixel.

    Returns:
        uint8 (rows, 1 + width * channels), C-contiguous, each row led by its filter type.
    """
    result = np.empty((pixels.shape[0], 1 + pixels.shape[1]), np.uint8)
    result[:, 0] = _PAETH
    upper = np.empty_like(pixels)
    upper[0] = above
    upper[1:] = pixels[:-1]
    np.subtract(pixels[:, :channels], upper[:, :channels], out=result[:, 1 : 1 + channels])

    a, b, c = pixels[:, :-channels], upper[:, channels:], upper[:, :-channels]
    lower, higher = np.minimum(a, b), np.maximum(a, b)
    between = (c > lower) & (c < higher)
    distance_a = np.maximum(b, c)
    distance_a -= np.minimum(b, c, out=lower)
    distance_b = np.maximum(a, c, out=higher)
    distance_b -= np.minimum(a, c, out=lower)
    predicted = np.where(distance_a <= distance_b, a, b)
    nearest = np.minimum(distance_a, distance_b, out=lower)
    distance_c = np.maximum(distance_a, distance_b)
    distance_c -= nearest
    between &= distance_c < nearest
    np.copyto(predicted, c, where=between)
    np.subtract(pixels[:, channels:], predicted, out=result[:, 1 + channels :])
    return result
