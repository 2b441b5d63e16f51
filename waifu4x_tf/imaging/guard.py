"""The one doorway to Pillow for unvetted files: no warning, limit or error of its own gets out."""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from waifu4x_tf.errors import PictureError, Waifu4xError

DEFAULT_MAX_MEGAPIXELS = 64.0
DEFAULT_MAX_OUTPUT_MEGAPIXELS = 1024.0
# The networks enlarge by four in each direction; a smaller factor shrinks that result afterwards.
_OUTPUT_SCALE = 4
# What is done with a pixel takes others around it: a short side costs as much as one of so many px.
_LEAST_COUNTED_SIDE_PX = 32
# A picture of so little work may have any shape.
_UNCOUNTED_PX = 1e6

# How Pillow says that it knows what a file is, and does not read it.
_UNSUPPORTED = re.compile(r"(?i)unsupported|cannot handle|unknown (pixel|raw) mode|invalid palette size")
CONVERT = "Save it as PNG with a program that opens it, such as ImageMagick: magick PICTURE picture.png."

# Warning filters and Image.MAX_IMAGE_PIXELS are process-wide, so two readers must not save and restore them
# across each other. Re-entrant because reading a file ends in pil.still_from_pil, which is guarded as well.
_lock = threading.RLock()


@contextmanager
def guarded(label: str | None, *, max_megapixels: float = DEFAULT_MAX_MEGAPIXELS) -> Iterator[None]:
    """Runs Pillow calls on untrusted data; whatever goes wrong inside leaves as a PictureError.

    Args:
        label: What the message names first, or None to leave an inner PictureError as it is.
        max_megapixels: Our own cap, which the caller checks. Pillow's decompression-bomb limit is raised to
            it when it is lower, so that it never decides, and otherwise left alone: some plugins allocate a
            canvas on opening, and there it keeps a forged header from asking for gigabytes.

    Raises:
        PictureError: Anything but a Waifu4xError was raised inside, or a PictureError, now with the label.
    """
    prefix = f"{label}: " if label else ""
    cap_px = max(1, int(max_megapixels * 1e6))
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        previous = Image.MAX_IMAGE_PIXELS
        if previous is None or previous < cap_px:
            Image.MAX_IMAGE_PIXELS = cap_px
        try:
            yield
        except PictureError as error:
            if not label:
                raise
            raise PictureError(f"{prefix}{error}") from error.__cause__
        except Waifu4xError:
            raise
        except Image.DecompressionBombError as error:
            claimed = re.search(r"\((\d+) pixels\)", str(error))
            size = f"{int(claimed[1]) / 1e6:.1f} megapixels" if claimed else "a header that claims more"
            raise PictureError(prefix + _over_input_cap(max_megapixels, size)) from error
        except MemoryError as error:
            raise PictureError(
                f"{prefix}A picture must fit in memory to be decoded. Received: more pixels than there is "
                "memory for. Close other programs, or shrink or crop the picture first."
            ) from error
        except Exception as error:  # Pillow's plugins raise whatever their parsers trip over
            # Pillow's own text for this case names a BytesIO object and its address.
            is_unknown = isinstance(error, UnidentifiedImageError)
            if _UNSUPPORTED.search(str(error)):
                raise PictureError(
                    f"{prefix}A picture file is of a kind that its decoder knows. Received: one that is not "
                    f"supported, whole as it may be ({codec_failure(error)}). {CONVERT}"
                ) from error
            detail = "its header makes no sense" if is_unknown else codec_failure(error)
            raise PictureError(
                f"{prefix}A picture file must decode to its last pixel. Received: a damaged or truncated "
                f"file ({detail}). Download or export the picture again."
            ) from error
        finally:
            Image.MAX_IMAGE_PIXELS = previous


def codec_failure(error: Exception) -> str:
    """A codec's exception as part of one line: its class, and its text where that can be read.

    libpng formats its message on a stack that is gone when imagecodecs reads it, so now and then the text is
    whatever lies there by then.
    """
    name, text = type(error).__name__, str(error)
    return f"{name}: {text}" if text and text.isascii() and text.isprintable() else name


def check_caps(
    width: int, height: int, max_megapixels: float, max_output_megapixels: float, *, frames: int = 1
) -> None:
    """Refuses a picture without pixels, or with more pixels or work than the caps allow on the way in or out.

    Of an animation the pixels of all its frames count. Work is that of a picture whose sides have 32 px at
    least: long strips and thousands of small frames take more of it than their pixels say.

    Raises:
        PictureError: The size is zero or over a cap; the message names the cap and how to raise it.
    """
    if width < 1 or height < 1:
        raise PictureError(
            f"A picture has at least one pixel. Received: {width} x {height}. Export the picture again."
        )
    times = f" in {frames} frames" if frames > 1 else ""
    input_px = width * height * frames
    if input_px > max_megapixels * 1e6:
        size = f"{width} x {height}{times} = {input_px / 1e6:.1f} megapixels"
        raise PictureError(_over_input_cap(max_megapixels, size))
    work_px = frames * max(width, _LEAST_COUNTED_SIDE_PX) * max(height, _LEAST_COUNTED_SIDE_PX)
    if work_px > max(max_megapixels * 1e6, _UNCOUNTED_PX):
        raise PictureError(
            f"A picture may take as much work as one of {max_megapixels:g} megapixels. Received: {width} x "
            f"{height}{times}, where a side counts as {_LEAST_COUNTED_SIDE_PX} px at least = "
            f"{work_px / 1e6:.1f} megapixels. Cut it into parts, or raise max_megapixels."
        )
    output_px = input_px * _OUTPUT_SCALE**2
    if output_px > max_output_megapixels * 1e6:
        raise PictureError(
            f"The enlarged picture may have at most {max_output_megapixels:g} megapixels. "
            f"Received: {width} x {height}, which becomes {width * _OUTPUT_SCALE} x {height * _OUTPUT_SCALE}"
            f"{times} = {output_px / 1e6:.1f} megapixels. Shrink or crop the picture, or raise "
            "`max_output_megapixels`."
        )


def check_decoded(pixels: int, max_megapixels: float) -> None:
    """Refuses an animation whose parts have more pixels together than the cap allows.

    Raises:
        PictureError: They have; the message names the cap and how to raise it.
    """
    if pixels > max_megapixels * 1e6:
        raise PictureError(_over_input_cap(max_megapixels, f"frames of {pixels / 1e6:.1f} megapixels"))


def check_enlarged(width: int, height: int, max_output_megapixels: float, *, frames: int = 1) -> None:
    """Refuses a result, or what has to be made on the way to it, with more pixels than the cap allows.

    Raises:
        PictureError: It is over the cap; the message names the cap and how to raise it.
    """
    pixels = width * height * frames
    if pixels > max_output_megapixels * 1e6:
        raise PictureError(
            f"An enlarged picture may have at most {max_output_megapixels:g} megapixels, be it only on the "
            f"way to its size. Received: {width} x {height}{f' in {frames} frames' if frames > 1 else ''} = "
            f"{pixels / 1e6:.1f} megapixels. Ask for a smaller size, or raise `max_megapixels`."
        )


def _over_input_cap(max_megapixels: float, size: str) -> str:
    return (
        f"A picture may have at most {max_megapixels:g} megapixels. Received: {size}. "
        "Shrink or crop the picture, or raise `max_megapixels`."
    )
