"""Pictures out: PNG, JPEG, WebP, AVIF, GIF and TIFF, by atomic writes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, cast

import numpy as np
from PIL import ImageColor

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.alpha import flatten
from waifu4x_tf.imaging.atomic_files import failures_told, write_whole
from waifu4x_tf.imaging.codecs import avif
from waifu4x_tf.imaging.codecs.animation_writing import write_animated_webp, write_apng
from waifu4x_tf.imaging.codecs.gif_writing import write_gif
from waifu4x_tf.imaging.codecs.png_text import TextAfterHeader
from waifu4x_tf.imaging.codecs.png_writing import write_png
from waifu4x_tf.imaging.colour_management import srgb_view
from waifu4x_tf.imaging.metadata import Metadata, exif_with_dpi, usable_dpi, usable_profile
from waifu4x_tf.imaging.picture import Frame, Picture, in_srgb
from waifu4x_tf.imaging.pil import to_pil

FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "png": (".png", ".apng"),
        "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
        "webp": (".webp",),
        "avif": (".avif",),
        "gif": (".gif",),
        "tiff": (".tif", ".tiff"),
    }
)

_UNWRITTEN_SUFFIX = re.compile(
    r"""\.(?x: ai|arw|avifs|avi|avs|bmp|bpg|cbr|cbz|cr2|cr3|cur|dds|dib|dng|eps|exr|flif|gifv|hdr|heic
    |heics|heif|heifs|hif|icns|ico|j2c|j2k|jng|jp2|jpf|jpm|jpx|jxl|jxr|kra|lottie|m4v|mkv|mng|mov|mp4|mpeg|mpg|mpo|nef
    |orf|pam|pbm|pcx|pdf|pfm|pgm|pict|pjp|pjpeg|pnm|ppm|ps|psb|psd|qoi|raf|rw2|sgi|svg|svgz|tga|tgs|wbmp|wdp|webm
    |wmf|wmv|xbm|xcf|xpm)""",
    re.IGNORECASE,
)

_MAX_SIDE_PX = {
    "png": 2**31 - 1,
    "jpeg": 65535,
    "webp": 16383,
    "gif": 65535,
    "tiff": 2**32 - 1,
    "avif": 32768,  # what libavif, and so most programs, opens; and of pixels in all:
}
_MOST_AVIF_PX = 2**28
# Of up to 16 bits per channel; the others have 8.
_SIXTEEN_BIT_FORMATS = ("png", "tiff")
# On drawings they are as near to the original as each other, by PSNR.
_DEFAULT_JPEG_QUALITY, _DEFAULT_AVIF_QUALITY = 95, 90
# A quarter of the time of Pillow's 6 for 0.8 dB less and files 15 % larger, on drawings.
_AVIF_SPEED = 8
# One gives other bytes than two or more, which all give the same: so it is not left to the number of cores.
_AVIF_THREADS = 8
# Where a JPEG that Pillow wrote says what its density is per (JFIF 1.02, the APP0 marker).
_JFIF_UNIT = 13
# One segment of a JPEG holds it all, its own length field excluded.
_MAX_JPEG_EXIF_BYTES = 65533


@dataclass(frozen=True)
class WriteOptions:
    """How a picture is written.

    Attributes:
        format: One of ``FORMATS``.
        quality: 1 to 100 for jpeg, webp and avif. None is lossless webp, 95 for jpeg and 90 for avif; the
            others take none.
        background: A colour, by CSS name or as #rgb or #rrggbb, over which transparency is composited; the
            file then has no alpha, whatever its format. None keeps alpha, which jpeg cannot.
        strip: Leave out ICC profile, EXIF, DPI and pixel aspect.

    Example:
        >>> WriteOptions("jpeg", quality=90, background="white").quality
        90
    """

    format: str = "png"
    quality: int | None = None
    background: str | None = None
    strip: bool = False


def format_of_suffix(suffix: str) -> str | None:
    """The format a file suffix such as ``.JPG`` stands for, or None when there is none.

    Example:
        >>> format_of_suffix(".jpg")
        'jpeg'
    """
    for format_name, suffixes in FORMATS.items():
        if suffix.lower() in suffixes:
            return format_name
    return None


def _format_of(path: Path) -> str:
    found = format_of_suffix(path.suffix)
    if found is None:
        known = ", ".join(suffix for suffixes in FORMATS.values() for suffix in suffixes)
        raise UsageError(
            f"A picture file ends in one of {known}. Received: {path}. Choose one of these suffixes, or give"
            " `options` with a format."
        )
    return found


def is_unwritten(suffix: str) -> bool:
    """Whether a suffix is that of pictures or films that are not written: nobody means a folder by it."""
    return _UNWRITTEN_SUFFIX.fullmatch(suffix) is not None


def most_bits(format_name: str) -> int:
    """The most bits per channel that a file of this format gets: 8 or 16."""
    return 16 if format_name in _SIXTEEN_BIT_FORMATS else 8


def check(
    width: int,
    height: int,
    has_alpha: bool,
    options: WriteOptions,
    *,
    exif: bytes | None = None,
    frames: int = 1,
    bits: int = 8,
) -> None:
    """Raises before any work what would otherwise fail after it.

    Args:
        width: Of the picture to be written, in pixels.
        height: The same.
        has_alpha: Whether it has transparent pixels; an alpha channel that is opaque everywhere is none.
        options: How it would be written.
        exif: The EXIF block it would carry.
        frames: How many it has.
        bits: Its bits per channel.

    Raises:
        UsageError: An unknown format or colour, or a quality or bits that the format does not take.
        PictureError: The format cannot hold the size, the transparency, the EXIF block or the frames.
    """
    name, quality = options.format, options.quality
    if name not in FORMATS:
        raise UsageError(f"A format is one of {', '.join(FORMATS)}. Received: {name!r}. Choose one of these.")
    if name == "avif":
        avif.check_supported()
    if bits > most_bits(name):
        raise UsageError(
            f"{_a(name)} file has 8 bits per channel. Received: a picture of {bits}. "
            f"Write {' or '.join(_SIXTEEN_BIT_FORMATS)}, or ask for 8 bits."
        )
    if quality is not None and name in ("png", "gif", "tiff"):
        raise UsageError(
            f"{name} takes no quality. Received: quality {quality!r}. "
            "Leave it out, or write jpeg, webp or avif."
        )
    is_whole = isinstance(quality, int) and not isinstance(quality, bool)
    if quality is not None and not (is_whole and 1 <= quality <= 100):
        raise UsageError(
            f"A quality is a whole number from 1 to 100. Received: {quality!r}. "
            "Choose one, or leave it out for the default."
        )
    if options.background is not None:
        _colour(options.background)
    if max(width, height) > _MAX_SIDE_PX[name]:
        fits = [other for other in FORMATS if max(width, height) <= _MAX_SIDE_PX[other]]
        raise PictureError(
            f"{_a(name)} file has at most {_MAX_SIDE_PX[name]} pixels a side. Received: {width} x {height}. "
            f"Write {' or '.join(fits)}, or enlarge by less."
        )
    if name == "avif" and width * height > _MOST_AVIF_PX:
        raise PictureError(
            f"An avif file has at most {_MOST_AVIF_PX / 1e6:.0f} megapixels, or few programs open it. "
            f"Received: {width} x {height}. Write png, or enlarge by less."
        )
    if frames > 1 and name not in ("png", "webp", "gif"):
        raise PictureError(
            f"{_a(name)} file holds a still. Received: an animation of {frames} frames. "
            "Write png, webp or gif, which can move."
        )
    if has_alpha and name == "jpeg" and options.background is None:
        raise PictureError(
            "A jpeg file has no transparency. Received: a picture with transparent pixels and no background. "
            "Name a background colour such as white or #ffffff, or write png or webp."
        )
    if name == "jpeg" and exif is not None and len(exif) > _MAX_JPEG_EXIF_BYTES and not options.strip:
        raise PictureError(
            f"A jpeg file holds at most {_MAX_JPEG_EXIF_BYTES} bytes of EXIF. Received: {len(exif)}. "
            "Strip the metadata, or write png or webp."
        )


def carries_text(options: WriteOptions) -> bool:
    """Whether a file written so holds a text about itself: a png that is not stripped."""
    return options.format == "png" and not options.strip


def encode(picture: Picture, options: WriteOptions, *, text: tuple[str, str] | None = None) -> bytes:
    """The bytes of the file that ``write`` would write.

    Raises:
        UsageError: As ``check``.
        PictureError: As ``check``, or the encoder failed.

    Example:
        >>> encode(waifu4x_tf.Picture.from_array(np.zeros((8, 8), np.uint8)), WriteOptions())[1:4]
        b'PNG'
    """
    buffer = io.BytesIO()
    with failures_told(""):
        _encode_with_text(picture, options, text, buffer)
    return buffer.getvalue()


def write(
    picture: Picture,
    path: str | Path,
    options: WriteOptions | None = None,
    *,
    quality: int | None = None,
    background: str | None = None,
    strip: bool = False,
    overwrite: bool = False,
    text: tuple[str, str] | None = None,
) -> int:
    """Writes a picture file atomically, making its folder when there is none.

    The bytes go to a temporary file beside the destination, and reach the disk before it gets its name.
    Without ``overwrite`` not even a file that another program makes in the same moment is replaced.

    Args:
        picture: What to write.
        path: The file; its suffix says the format where there are no options.
        options: The format and its settings, in place of the next three.
        quality: As of `WriteOptions`.
        background: The same.
        strip: The same.
        overwrite: Replace an existing file.
        text: A keyword and a line of ASCII, for a file that `carries_text`; in others it is left out.

    Returns:
        The size of the file in bytes.

    Raises:
        UsageError: As ``check``; a suffix that stands for no format; settings beside ``options``.
        PictureError: As ``check``; or the destination exists, is a folder, or cannot be written. Nothing is
            left behind then.

    Example:
        >>> from waifu4x_tf.imaging.writing import WriteOptions
        >>> picture = waifu4x_tf.read("examples/face.png")
        >>> waifu4x_tf.write(picture, "face.webp", WriteOptions("webp", quality=80)) < 20_000
        True
    """
    if options is None:
        options = WriteOptions(_format_of(Path(path)), quality, background, strip)
    elif (quality, background, strip) != (None, None, False):
        raise UsageError(
            "Settings stand in `options` or beside it. Received: `options` with `quality`, `background` or"
            " `strip`. Put them into WriteOptions."
        )
    return write_whole(path, lambda file: _encode_with_text(picture, options, text, file), overwrite)


def _encode_with_text(
    picture: Picture, options: WriteOptions, text: tuple[str, str] | None, stream: BinaryIO
) -> None:
    if text is not None and carries_text(options):
        stream = cast(BinaryIO, TextAfterHeader(stream, *text))
    _encode_into(picture, options, stream)


def _encode_into(picture: Picture, options: WriteOptions, stream: BinaryIO) -> None:
    check(
        picture.width,
        picture.height,
        not picture.is_opaque,
        options,
        exif=picture.exif,
        frames=len(picture.frames),
        bits=picture.bits,
    )
    if picture.has_alpha and (options.background is not None or options.format == "jpeg"):
        picture = _without_alpha(picture, options.background)
    if options.strip:
        picture = replace(picture, exif=None, dpi=None, aspect=None)
    # WebP has no grey, and Pillow's AVIF none but for new versions: such a picture is stored as RGB, which a
    # grey profile would not fit.
    is_stored_as_rgb = options.format in ("webp", "avif") and picture.is_grey
    if options.strip or options.format == "gif" or is_stored_as_rgb:
        picture = in_srgb(picture)
    # Checked again, because a Picture may come from anywhere.
    dpi = usable_dpi(picture.dpi)
    profile = usable_profile(picture.icc_profile, is_grey=picture.is_grey)
    metadata = Metadata(profile, picture.exif, dpi, picture.aspect)
    if options.format == "gif":
        write_gif(stream, picture)
    elif options.format == "png" and picture.is_animated:
        write_apng(stream, picture, metadata)
    elif options.format in _SIXTEEN_BIT_FORMATS:
        write_still = write_png if options.format == "png" else _tiff_writer()
        write_still(stream, picture.frames[0], is_grey=picture.is_grey, metadata=metadata)
    elif options.format == "jpeg":
        # 4:4:4: halved chroma smears the saturated lines and flat fields that drawings are made of.
        settings = {"quality": options.quality or _DEFAULT_JPEG_QUALITY, "subsampling": 0}
        buffer = io.BytesIO()
        _save(picture, buffer, "JPEG", settings, profile, picture.exif, dpi or picture.aspect)
        if dpi is None and picture.aspect is not None:
            buffer.getbuffer()[_JFIF_UNIT] = 0  # Pillow always says inches
        stream.write(buffer.getbuffer())
    else:
        exif = exif_with_dpi(picture.exif, dpi) if dpi is not None else picture.exif
        if options.format == "avif":
            settings = {"quality": options.quality or _DEFAULT_AVIF_QUALITY, "speed": _AVIF_SPEED}
            settings |= {"max_threads": _AVIF_THREADS} | ({} if picture.is_grey else {"subsampling": "4:4:4"})
            _save(picture, stream, "AVIF", settings, profile, exif, None)
            return
        settings = _webp_settings(options.quality)
        if not picture.is_animated:
            _save(picture, stream, "WEBP", settings, profile, exif, None)
            return

        def encoded(frame: Frame) -> bytes:
            buffer = io.BytesIO()
            _save(picture.still(frame), buffer, "WEBP", settings, None, None, None)
            return buffer.getvalue()

        is_lossless = options.quality is None
        write_animated_webp(stream, picture, encoded, is_lossless=is_lossless, icc_profile=profile, exif=exif)


def _a(format_name: str) -> str:
    """A format's name behind its article."""
    return f"{'An' if format_name == 'avif' else 'A'} {format_name}"


def _tiff_writer() -> Callable[..., None]:
    from waifu4x_tf.imaging.codecs.tiff_writing import write_tiff  # 10 ms that the other formats do without

    return write_tiff


def _webp_settings(quality: int | None) -> dict[str, Any]:
    if quality is not None:
        return {"quality": quality}
    # exact: the colour under transparent pixels too, without which "lossless" is not. quality is effort here:
    # 0 takes 0.4 of the time of Pillow's 80 for files 3 % larger, on enlarged anime pictures.
    return {"lossless": True, "exact": True, "quality": 0}


def _save(
    picture: Picture,
    stream: BinaryIO,
    format_name: str,
    settings: dict[str, Any],
    profile: bytes | None,
    exif: bytes | None,
    dpi: tuple[float, float] | None,
) -> None:
    carried = {"icc_profile": profile, "exif": exif, "dpi": dpi}
    settings = settings | {key: value for key, value in carried.items() if value is not None}
    # Without its own metadata: Pillow's writers take some of it from the image, unasked.
    bare = replace(picture, icc_profile=None, exif=None, dpi=None, aspect=None)
    to_pil(bare).save(stream, format_name, **settings)


def _without_alpha(picture: Picture, background: str | None) -> Picture:
    """The picture composited over the background, or as it is when nothing of it is transparent."""
    if background is None or picture.is_opaque:
        return picture.map_frames(lambda frame: Frame(frame.rgb))
    colour = _colour(background)
    is_grey = picture.is_grey and len(set(colour)) == 1
    if picture.is_grey != is_grey:
        picture = in_srgb(picture)
    view = srgb_view(picture.icc_profile, is_grey=is_grey, bits=8)
    if view is not None:  # The colour is sRGB, and to look so among the picture's.
        red, green, blue = view.from_srgb(np.array([[colour]], np.uint8))[0, 0].tolist()
        colour = red, green, blue

    def flattened(frame: Frame) -> Frame:
        return frame if frame.alpha is None else Frame(flatten(frame.rgb, frame.alpha, colour))

    return replace(picture.map_frames(flattened), is_grey=is_grey)


def _colour(text: str) -> tuple[int, int, int]:
    """Red, green and blue of a CSS colour name, #rgb or #rrggbb."""
    named = text.strip().lower()
    if named in ImageColor.colormap or re.fullmatch(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", named):
        red, green, blue = ImageColor.getrgb(named)[:3]
        return red, green, blue
    raise UsageError(
        f"A background is a CSS colour name, #rgb or #rrggbb. Received: {text!r}. "
        "Name one, for instance white or #ff00ff."
    )
