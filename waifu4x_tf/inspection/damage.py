"""What lossy formats did to a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from waifu4x_tf.imaging.codecs.signatures import HEAD_BYTES, identify
from waifu4x_tf.imaging.metadata import stored_orientation
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.inspection.enlarging import repeated_pixels
from waifu4x_tf.inspection.grid_traces import earlier_quality, former_jpeg
from waifu4x_tf.inspection.jpeg_header import JpegHeader, read_jpeg_header
from waifu4x_tf.inspection.luma import luma_of
from waifu4x_tf.inspection.webp_header import read_webp_header


@dataclass(frozen=True)
class Damage:
    """What lossy formats did to a picture.

    Attributes:
        codec: The format that did it; "former JPEG" left its traces in a file of another format. None when
            there is no sign of any.
        quality: 1 to 100, of the last save; None when it is not known.
        is_exact: Whether the quality is that of the encoder's own table.
        subsampling: Of a JPEG's colours, "4:2:0" and the like; None for grey, and where it is not known.
        earlier_quality: Of a coarser save before the last, when there are traces of one.
        grid: (row, column), 0 to 7, of the first whole block of a former JPEG.
    """

    codec: Literal["JPEG", "WebP", "AVIF", "former JPEG"] | None = None
    quality: int | None = None
    is_exact: bool = False
    subsampling: str | None = None
    earlier_quality: int | None = None
    grid: tuple[int, int] | None = None

    def __str__(self) -> str:
        """A few words such as "JPEG, quality 62, 4:2:0"."""
        if self.codec is None:
            return "no traces of lossy saving"
        about = "" if self.is_exact else "about "
        parts = [
            "saved as JPEG before" if self.codec == "former JPEG" else self.codec,
            f"quality {about}{self.quality}" if self.quality is not None else "quality unknown",
        ]
        if self.subsampling is not None:
            parts.append(self.subsampling)
        if self.earlier_quality is not None:
            parts.append(f"saved before at about {self.earlier_quality}")
        return ", ".join(parts)


def find_damage(content: bytes, picture: Picture) -> Damage:
    """Tells what lossy formats did to a picture, from its file and, where that says nothing, from its pixels.

    Args:
        content: The file.
        picture: What reading it gave.
    """
    format_name = identify(content[:HEAD_BYTES])
    if format_name == "JPEG":
        header = read_jpeg_header(content)
        return Damage("JPEG") if header is None else _jpeg_damage(header, content, picture)
    if format_name == "WEBP":
        webp = read_webp_header(content)
        if webp is not None and webp.is_lossy:
            return Damage("WebP", webp.quality)
    if format_name == "AVIF":  # its quality is not known, and its blocks are not JPEG's
        return Damage("AVIF")
    frame = picture.frames[0]
    former = former_jpeg(luma_of(frame))
    # Repeated pixels make combs of their own, which no JPEG leaves as exact as that.
    if former is None or repeated_pixels(frame) > 1:
        return Damage()
    return Damage("former JPEG", former.quality, grid=former.phase)


def _jpeg_damage(header: JpegHeader, content: bytes, picture: Picture) -> Damage:
    earlier = None
    # A turned picture has its blocks elsewhere, and CMYK or RGB in a JPEG another luma.
    if header.components in (1, 3) and stored_orientation(content, "JPEG") == 1:
        earlier = earlier_quality(luma_of(picture.frames[0]), header.luma_table)
    return Damage("JPEG", header.quality, header.is_standard, header.subsampling, earlier)
