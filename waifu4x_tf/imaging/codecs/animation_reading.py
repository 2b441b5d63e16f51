"""Animations in: every frame composited by its format's own specification."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import numpy as np
from PIL import Image

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.codecs.animation import Animation, composited, whole_milliseconds
from waifu4x_tf.imaging.codecs.apng_parsing import parse_apng
from waifu4x_tf.imaging.codecs.gif_parsing import parse_gif
from waifu4x_tf.imaging.codecs.png_colour import opened_profile
from waifu4x_tf.imaging.codecs.webp_container import parse_webp
from waifu4x_tf.imaging.metadata import carried_aspect, carried_dpi, carried_exif, upright_transpose
from waifu4x_tf.imaging.picture import Frame, Picture, has_equal_channels, with_profile

# Half an hour at 2 frames a second, two minutes at 30: what is longer is a film.
MAX_FRAMES = 4000

# Quarter turns to the left, and whether left and right are swapped afterwards.
_TURNS = {
    Image.Transpose.FLIP_LEFT_RIGHT: (0, True),
    Image.Transpose.FLIP_TOP_BOTTOM: (2, True),
    Image.Transpose.ROTATE_90: (1, False),
    Image.Transpose.ROTATE_180: (2, False),
    Image.Transpose.ROTATE_270: (3, False),
    Image.Transpose.TRANSPOSE: (3, True),
    Image.Transpose.TRANSVERSE: (1, True),
}

_PARSERS: dict[str, Callable[[bytes], Animation | None]] = {
    "GIF": parse_gif,
    "PNG": parse_apng,
    "WEBP": parse_webp,
}


def find_animation(data: bytes, format_name: str) -> Animation | None:
    """What a file says of its frames, without a pixel decoded.

    Args:
        data: The whole file.
        format_name: Pillow's name of its format.

    Returns:
        None for a still: also of one frame that fills its canvas, as almost every GIF is.

    Raises:
        PictureError: More than `MAX_FRAMES` frames.
        ValueError: The structure of the file makes no sense.
    """
    parser = _PARSERS.get(format_name)
    animation = parser(data) if parser else None
    if animation is None:
        return None
    if len(animation.parts) > MAX_FRAMES:
        raise PictureError(
            f"An animation has at most {MAX_FRAMES} frames. Received: {len(animation.parts)}. "
            "Cut it into parts, or enlarge films with a program for films."
        )
    only = animation.parts[0]
    fills = (only.left, only.top, only.width, only.height) == (0, 0, animation.width, animation.height)
    if len(animation.parts) == 1 and fills and format_name == "GIF":
        return None
    return animation


def read_animation(animation: Animation, image: Image.Image, decode: Callable[[bytes], Frame]) -> Picture:
    """The frames of an animation, upright, with the metadata of its file.

    Args:
        animation: What `find_animation` found.
        image: The same file opened by Pillow, for its metadata.
        decode: Reads a still picture file.

    Returns:
        A still when there is one frame.

    Raises:
        PictureError: A part cannot be decoded, or is refused as a picture of its own would be.
    """
    image.load()  # EXIF may stand behind the pixels
    frames = _frames(composited(animation, decode), upright_transpose(image))
    return _picture(frames, animation.durations_ms, animation.loop, image)


def read_opened_animation(image: Image.Image) -> Picture:
    """The frames of an animation that somebody else opened with Pillow, as Pillow composites them.

    Where frames with soft alpha lie over each other Pillow mixes them differently from APNG's specification,
    so files are better read with `waifu4x_tf.imaging.reading.read`.

    Args:
        image: A GIF, PNG or WebP of several frames; it stands at the same frame afterwards.
    """
    position = image.tell()
    # A default image is the picture for viewers without animation. Pillow counts it among the frames.
    numbers = range(1 if image.info.get("default_image") else 0, getattr(image, "n_frames", 1))
    durations: list[Fraction] = []

    def canvases() -> Iterator[np.ndarray]:
        for number in numbers:
            image.seek(number)
            canvas = np.asarray(image.convert("RGBA"))
            durations.append(
                Fraction(str(image.info.get("duration") or 0))
            )  # of a WebP known once it is loaded
            yield canvas

    try:
        frames = _frames(canvases(), upright_transpose(image))
        loop = image.info.get("loop")
        if image.format == "GIF":
            loop = 1 if loop is None else loop + 1 if loop else 0
        return _picture(frames, whole_milliseconds(durations), loop or 0, image)
    finally:
        image.seek(position)


def _frames(canvases: Iterable[np.ndarray], upright: Image.Transpose | None) -> tuple[Frame, ...]:
    """Frames of uint8 (H, W, 4) canvases: equal ones one object, without alpha where all are opaque."""
    known: dict[bytes, Frame] = {}
    order = []
    for canvas in canvases:
        digest = hashlib.blake2b(canvas.tobytes()).digest()
        if digest not in known:
            turned = _turned(canvas, upright)
            known[digest] = Frame(turned[..., :3].copy(), turned[..., 3].copy())
        order.append(digest)
    if all(int(frame.alpha.min()) == 255 for frame in known.values() if frame.alpha is not None):
        known = {digest: Frame(frame.rgb) for digest, frame in known.items()}
    return tuple(known[digest] for digest in order)


def _turned(pixels: np.ndarray, upright: Image.Transpose | None) -> np.ndarray:
    """Pixels turned as EXIF asks, which of an animation is rare but known."""
    if upright is None:
        return pixels
    quarter_turns, is_mirrored = _TURNS[upright]
    turned = np.rot90(pixels, quarter_turns)
    return turned[:, ::-1] if is_mirrored else turned


def _picture(
    frames: tuple[Frame, ...], durations_ms: tuple[int, ...], loop: int, image: Image.Image
) -> Picture:
    is_animated = len(frames) > 1
    is_grey = all(has_equal_channels(frame.rgb) for frame in {id(frame): frame for frame in frames}.values())
    picture = Picture(
        frames,
        is_grey,
        exif=carried_exif(image),
        dpi=carried_dpi(image),
        aspect=carried_aspect(image),
        durations_ms=durations_ms if is_animated else (),
        loop=loop if is_animated else 0,
    )
    return with_profile(picture, opened_profile(image))
