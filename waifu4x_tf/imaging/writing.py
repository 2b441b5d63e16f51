"""Pictures out: PNG, JPEG and WebP, whole or not at all."""

from __future__ import annotations

import io
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from PIL import ImageColor

from waifu4x_tf.errors import PictureError, UsageError, Waifu4xError
from waifu4x_tf.imaging.alpha import flatten
from waifu4x_tf.imaging.metadata import exif_with_dpi, usable_dpi, usable_profile
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.png import write_png

FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"png": (".png",), "jpeg": (".jpg", ".jpeg"), "webp": (".webp",)}
)

_MAX_SIDE_PX = {"png": 2**31 - 1, "jpeg": 65535, "webp": 16383}
_DEFAULT_JPEG_QUALITY = 95
# One segment of a JPEG holds it all, its own length field excluded.
_MAX_JPEG_EXIF_BYTES = 65533

_EXISTS = "An existing file is kept. Received: a path that exists. Allow overwriting, or choose another name."


@dataclass(frozen=True)
class WriteOptions:
    """How a picture is written.

    Attributes:
        format: One of ``FORMATS``.
        quality: 1 to 100 for jpeg and webp. None is lossless webp, and 95 for jpeg. png takes none.
        background: A colour, by CSS name or as #rgb or #rrggbb, over which transparency is composited; the
            file then has no alpha, whatever its format. None keeps alpha, which jpeg cannot.
        strip: Leave out ICC profile, EXIF and DPI.
    """

    format: str = "png"
    quality: int | None = None
    background: str | None = None
    strip: bool = False


def format_of_suffix(suffix: str) -> str | None:
    """The format a file suffix such as ``.JPG`` stands for, or None when there is none."""
    for format_name, suffixes in FORMATS.items():
        if suffix.lower() in suffixes:
            return format_name
    return None


def check(
    width: int, height: int, has_alpha: bool, options: WriteOptions, *, exif: bytes | None = None
) -> None:
    """Raises before any work what would otherwise fail after it.

    Args:
        width: Of the picture to be written, in pixels.
        height: The same.
        has_alpha: Whether it has transparent pixels; an alpha channel that is opaque everywhere is none.
        options: How it would be written.
        exif: The EXIF block it would carry.

    Raises:
        UsageError: An unknown format or colour, or a quality that the format does not take.
        PictureError: The format cannot hold the size, the transparency or the EXIF block.
    """
    name, quality = options.format, options.quality
    if name not in FORMATS:
        raise UsageError(f"A format is one of {', '.join(FORMATS)}. Received: {name!r}. Choose one of these.")
    if quality is not None and name == "png":
        raise UsageError(
            f"png is lossless and takes no quality. Received: quality {quality!r}. "
            "Leave it out, or write jpeg or webp."
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
            f"A {name} file has at most {_MAX_SIDE_PX[name]} pixels a side. Received: {width} x {height}. "
            f"Write {' or '.join(fits)}, or enlarge by less."
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


def encode(picture: Picture, options: WriteOptions) -> bytes:
    """The bytes of the file that ``write`` would write.

    Raises:
        UsageError: As ``check``.
        PictureError: As ``check``, or the encoder failed.
    """
    buffer = io.BytesIO()
    with _failures_told(""):
        _encode_into(picture, options, buffer)
    return buffer.getvalue()


def write(picture: Picture, path: str | Path, options: WriteOptions, *, overwrite: bool = False) -> int:
    """Writes a picture file that appears whole or not at all, making its folder when there is none.

    The bytes go to a temporary file beside the destination, and reach the disk before it gets its name.
    Without ``overwrite`` not even a file that another program makes in the same moment is replaced.

    Args:
        picture: What to write.
        path: The file; its suffix is not looked at.
        options: The format and its settings.
        overwrite: Replace an existing file.

    Returns:
        The size of the file in bytes.

    Raises:
        UsageError: As ``check``.
        PictureError: As ``check``; or the destination exists, is a folder, or cannot be written. Nothing is
            left behind then.
    """
    path = Path(path)
    with _failures_told(f"{path}: "):
        if path.is_dir():
            raise PictureError("A picture is written to a file. Received: a folder. Name a file in it.")
        if not overwrite and os.path.lexists(path):
            raise PictureError(_EXISTS)
        _make_folder(path.parent)
        # Not the destination's own name with an addition, which could be too long for the file system.
        temporary = path.parent / f".{secrets.token_hex(8)}.part"
        try:
            # 0o666 less the umask, as for any new file; the tempfile module would make it private.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with open(os.open(temporary, flags, 0o666), "wb") as file:
                _encode_into(picture, options, file)
                file.flush()
                os.fsync(file.fileno())
                size_bytes = file.tell()
            _publish(temporary, path, overwrite)
        finally:
            with suppress(OSError):
                os.unlink(temporary)
    return size_bytes


@contextmanager
def _failures_told(prefix: str) -> Iterator[None]:
    """Makes every failure a PictureError that begins with the prefix; a UsageError is about the options."""
    try:
        yield
    except PictureError as error:
        raise PictureError(f"{prefix}{error}") from error.__cause__
    except Waifu4xError:
        raise
    except OSError as error:
        raise PictureError(
            f"{prefix}The destination must be writable. Received: {error.strerror or error}. "
            "Check the folder, its permissions and the free space."
        ) from error
    except Exception as error:  # Pillow's encoders raise ValueError, MemoryError, struct.error and others
        raise PictureError(
            f"{prefix}A picture must fit its format's encoder and the memory. "
            f"Received: {type(error).__name__}: {error}. Write png, strip the metadata, or enlarge by less."
        ) from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise PictureError(
            f"The destination's folder must be a folder. Received: {error.filename}, which is a file. "
            "Choose another folder."
        ) from error


def _publish(temporary: Path, path: Path, overwrite: bool) -> None:
    """Gives the finished file its name, replacing an existing one only when asked to."""
    if overwrite:
        os.replace(temporary, path)
        return
    try:
        os.link(temporary, path)  # unlike a rename, never replaces
    except FileExistsError:
        raise PictureError(_EXISTS) from None
    except (OSError, AttributeError, NotImplementedError):
        # No hard links here (FAT, some network drives): claim the name with an empty file, then replace that.
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        except FileExistsError:
            raise PictureError(_EXISTS) from None
        try:
            os.replace(temporary, path)
        except BaseException:
            os.unlink(path)
            raise


def _encode_into(picture: Picture, options: WriteOptions, stream: BinaryIO) -> None:
    check(picture.width, picture.height, not picture.is_opaque, options, exif=picture.exif)
    if picture.has_alpha and (options.background is not None or options.format == "jpeg"):
        picture = _without_alpha(picture, options.background)
    if options.strip:
        picture = replace(picture, icc_profile=None, exif=None, dpi=None)
    # Checked again, because a Picture may come from anywhere.
    dpi = usable_dpi(picture.dpi)
    profile = usable_profile(picture.icc_profile, is_grey=picture.is_grey)
    if options.format == "png":
        write_png(
            stream,
            picture.frames[0],
            is_grey=picture.is_grey,
            icc_profile=profile,
            exif=picture.exif,
            dpi=dpi,
        )
    elif options.format == "jpeg":
        # 4:4:4: halved chroma smears the saturated lines and flat fields that drawings are made of.
        settings = {"quality": options.quality or _DEFAULT_JPEG_QUALITY, "subsampling": 0}
        _save(picture, stream, "JPEG", settings, profile, picture.exif, dpi)
    else:
        # WebP has no grey: the picture is stored as RGB, which a grey profile would not fit.
        profile = None if picture.is_grey else profile
        exif = exif_with_dpi(picture.exif, dpi) if dpi is not None else picture.exif
        _save(picture, stream, "WEBP", _webp_settings(options.quality), profile, exif, None)


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
    replace(picture, icc_profile=None, exif=None, dpi=None).to_pil().save(stream, format_name, **settings)


def _without_alpha(picture: Picture, background: str | None) -> Picture:
    """The picture composited over the background, or as it is when nothing of it is transparent."""
    frame = picture.frames[0]
    if background is None or frame.alpha is None or picture.is_opaque:
        return replace(picture, frames=(Frame(frame.rgb),))
    colour = _colour(background)
    is_grey = picture.is_grey and len(set(colour)) == 1
    return replace(picture, frames=(Frame(flatten(frame.rgb, frame.alpha, colour)),), is_grey=is_grey)


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
