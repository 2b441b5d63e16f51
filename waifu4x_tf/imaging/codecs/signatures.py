"""What a file is, from its first bytes: the formats that are read, and names for those that are not."""

from __future__ import annotations

import struct
from collections.abc import Callable

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.guard import CONVERT

HEAD_BYTES = 512

_MOST_JPEG_SCANS = 500
# ITU-T T.81, table B.1; JPEG-LS is T.87's.
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_UNSUPPORTED = {
    **dict.fromkeys((0xC3, 0xCB), "a lossless one"),
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "a hierarchical one"),
    0xF7: "a JPEG-LS",
}
_JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA, *_JPEG_UNSUPPORTED})

# (offset, bytes, Pillow's name of the format). Nothing outside this list ever reaches a Pillow plugin.
_READ = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (8, b"WEBP", "WEBP"),
    (0, b"BM", "BMP"),
    # The same without its file header, by the size of the next one, as some .dib files have it.
    (0, b"(\0\0\0", "DIB"),
    (0, b"l\0\0\0", "DIB"),
    (0, b"|\0\0\0", "DIB"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (4, b"ftypavif", "AVIF"),
)

# Refused by name, because "unknown format" helps nobody who just saved the file from a browser or a phone.
_REFUSED = (
    (8, b"CR\x02\0", "a Canon camera raw file"),  # in TIFF's clothes, so looked at before _READ
    (4, b"ftypavis", "an AVIF animation"),
    (4, b"ftyphe", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIF picture"),
    (4, b"ftyp", "a video"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM video, as Telegram's animated stickers are"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"gimp xcf", "a GIMP document"),
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"\0\0\x01\0", "an icon"),
    (0, b"DDS ", "a DDS texture"),
    (0, b"qoif", "a QOI picture"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"\x1f\x8b", "a gzip archive, as Telegram's animated vector stickers (.tgs) are"),
)
_FILMS = ("a video", "a Matroska or WebM video, as Telegram's animated stickers are", "an AVIF animation")
_FILM_WAY_OUT = (
    "Convert it to an animated PNG or WebP first, which keep its transparency: "
    "ffmpeg -i sticker.webm -plays 0 sticker.apng (with -c:v libvpx-vp9 before -i for a transparent WebM)."
)


def identify(head: bytes) -> str:
    """Pillow's name of the format: PNG, JPEG, WEBP, AVIF, BMP, DIB, TIFF or GIF.

    Args:
        head: The first bytes of the file, ``HEAD_BYTES`` of them when it has so many.

    Raises:
        PictureError: The file is empty, or none of these; the message says what it seems to be.
    """
    if not head:
        raise PictureError(
            "A picture file has content. Received: an empty file. Download or export the picture again."
        )
    refused = _match(head, _REFUSED[:1])
    known = None if refused else _match(head, _READ)
    if known == "WEBP" and not head.startswith(b"RIFF"):
        known = None
    if known is None and head.startswith(b"ftypmif1", 4) and b"avif" in _compatible_brands(head):
        known = "AVIF"
    if known is not None:
        return known
    name = refused or _match(head, _REFUSED) or _seems(head)
    way_out = _FILM_WAY_OUT if name in _FILMS else "Convert it to PNG, or download it again."
    raise PictureError(
        "A picture file is PNG, JPEG, WebP, AVIF, BMP, TIFF or GIF, whatever its suffix. "
        f"Received: {name}. {way_out}"
    )


def header_size(format_name: str, head: bytes) -> tuple[int, int] | None:
    """Width and height where they stand at a fixed place, else None; a cap is reported before Pillow opens.

    For WebP it must be: Pillow makes its decoder, canvas and all, when the file is opened. PNG and BMP
    without pixels only look damaged to Pillow. Of the others, Pillow reports the size without decoding.
    """
    if format_name == "PNG" and head[12:16] == b"IHDR" and len(head) >= 24:
        width, height = struct.unpack_from(">II", head, 16)
    elif format_name == "DIB" and len(head) >= 12:
        width, height = struct.unpack_from("<ii", head, 4)
        height = abs(height)
    elif format_name == "BMP" and len(head) >= 26 and struct.unpack_from("<I", head, 14)[0] >= 40:
        width, height = struct.unpack_from("<ii", head, 18)
        height = abs(height)  # negative: the rows are stored from top to bottom
    elif format_name == "WEBP" and head[12:16] == b"VP8X" and len(head) >= 30:
        width, height = (int.from_bytes(head[offset : offset + 3], "little") + 1 for offset in (24, 27))
    else:
        return None
    return width, height


def check_jpeg_kind(data: bytes) -> None:
    """Refuses a JPEG of a kind that libjpeg, as Pillow has it, does not decode, from its frame header.

    Raises:
        PictureError: It is lossless, hierarchical, JPEG-LS, or of other than 8 bits per channel.
    """
    position = 2
    while position + 5 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _JPEG_WITHOUT_LENGTH:
            position += 2
        elif marker in _JPEG_FRAMES:
            bits = data[position + 4]
            kind = _JPEG_UNSUPPORTED.get(marker) or (f"one of {bits} bits per channel" if bits != 8 else "")
            if kind:
                raise PictureError(
                    "A JPEG is sequential or progressive, with 8 bits per channel. "
                    f"Received: {kind}, which is not supported. {CONVERT}"
                )
            return
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")


def check_jpeg_scans(data: bytes) -> None:
    """Refuses a progressive JPEG of very many scans, each of which costs a pass over all of its pixels.

    Real ones have about ten. A scan that changes nothing takes a hundred bytes, so that a small file could
    keep a decoder busy for hours.

    Raises:
        PictureError: There are more than 500.
    """
    # Within the data of a scan, 0xFF is always followed by 0 or a restart marker.
    scans = data.count(b"\xff\xda")
    if scans > _MOST_JPEG_SCANS:
        raise PictureError(
            f"A JPEG has at most {_MOST_JPEG_SCANS} scans. Received: {scans}. Save it again as PNG."
        )


def png_bit_depth(head: bytes) -> int | None:
    """Bits per channel from a PNG's header: Pillow opens 16-bit RGB as 8-bit without a word."""
    return head[24] if head[12:16] == b"IHDR" and len(head) > 24 else None


# What the pixels need, APNG's chunks included so that an animation is still seen as one.
_PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"IDAT", b"IEND"}


def png_without_metadata(data: bytes) -> bytes:
    """A PNG reduced to the chunks its pixels need.

    Pillow gives up on the whole file for a profile with a wrong checksum or a text chunk over its limit
    (picture generators write their whole settings there). Without them the pixels are as good as ever.
    """
    return _png_of_chunks(data, lambda name: name in _PIXEL_CHUNKS)


def png_without_animation(data: bytes) -> bytes:
    """An APNG as the still that it is to viewers without animation: its default image."""
    return _png_of_chunks(data, lambda name: name not in (b"acTL", b"fcTL", b"fdAT"))


def _png_of_chunks(data: bytes, is_kept: Callable[[bytes], bool]) -> bytes:
    kept = [data[:8]]
    position = 8
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        end = position + 12 + length
        if is_kept(data[position + 4 : position + 8]):
            kept.append(data[position:end])
        position = end
    return b"".join(kept)


def _match(head: bytes, signatures: tuple[tuple[int, bytes, str], ...]) -> str | None:
    for offset, magic, name in signatures:
        if head.startswith(magic, offset):
            return name
    return None


def _compatible_brands(head: bytes) -> list[bytes]:
    """The further brands in the ftyp box of an ISO file (ISO/IEC 14496-12, 4.3)."""
    end = min(len(head), int.from_bytes(head[:4], "big"))
    return [head[at : at + 4] for at in range(16, end, 4)]


def _seems(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:4] == b"<svg" or (text[:5] == b"<?xml" and b"<svg" in text):
        return "an SVG drawing"
    if text[:1] == b"<":
        return "a web page or other markup (HTML, XML)"
    if all(byte >= 32 or byte in b"\t\r\n\f" for byte in head):
        return f"a text file that begins with {head[:40].decode('utf-8', 'replace')!r}"
    return f"an unknown format that begins with the bytes {head[:8].hex(' ')}"
