"""Picture: the one value that flows through the upscaling path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.colour_management import srgb_view
from waifu4x_tf.imaging.metadata import (
    usable_profile,
)

# Rows looked at together: enough for NumPy to be fast, too few for their masks to be a second copy.
_STRIP_ROWS = 256


@dataclass(frozen=True, eq=False)
class Frame:
    """The pixels of one moment.

    Attributes:
        rgb: uint8 or uint16 (H, W, 3), C-contiguous; 0 to 255 or 0 to 65535.
        alpha: The same dtype, (H, W), 0 transparent, the largest value opaque; None when there is no alpha
            channel.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None

    def __post_init__(self) -> None:
        rgb, alpha = self.rgb, self.alpha
        if (
            rgb.dtype not in (np.uint8, np.uint16)
            or rgb.ndim != 3
            or rgb.shape[2] != 3
            or 0 in rgb.shape
            or not rgb.flags.c_contiguous
        ):
            raise UsageError(
                "Frame.rgb is a non-empty, C-contiguous uint8 or uint16 array of shape (H, W, 3). "
                f"Received: {rgb.dtype} {rgb.shape}. Use Picture.from_array, which converts."
            )
        if alpha is not None and (alpha.dtype != rgb.dtype or alpha.shape != rgb.shape[:2]):
            raise UsageError(
                f"Frame.alpha is {rgb.dtype} of shape {rgb.shape[:2]}, as rgb. "
                f"Received: {alpha.dtype} {alpha.shape}. Give one alpha value per pixel."
            )


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture, upright, with what travels from the input file to the output file.

    Attributes:
        frames: The pictures in time, each whole (composited); one for a still. They agree in size, in dtype
            and in whether they have alpha.
        is_grey: R = G = B at every pixel. Such a picture is written with one colour channel, taken from red,
            and never with an RGB profile; whoever replaces the frames keeps this true.
        icc_profile: An ICC profile that fits (GRAY when ``is_grey``, else RGB), or None.
        exif: An EXIF block with its prefix ("Exif" and two zeros), without orientation and size, or None.
        dpi: Horizontal and vertical dots per inch, never scaled, or None.
        aspect: Pixels per length, horizontally and vertically, of pixels that are not square, where the file
            names no unit for it; else None.
        durations_ms: Of an animation, how long each frame stays; empty for a still.
        loop: How often an animation is played; 0 is for ever.
        note: What the person should know of how the file was read, or None.

    Example:
        >>> picture = waifu4x_tf.Picture.from_array(np.zeros((20, 30, 4), np.uint8))
        >>> picture.width, picture.height, picture.has_alpha
        (30, 20, True)
    """

    frames: tuple[Frame, ...]
    is_grey: bool
    icc_profile: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    aspect: tuple[int, int] | None = None
    durations_ms: tuple[int, ...] = ()
    loop: int = 0
    note: str | None = None

    def __post_init__(self) -> None:
        kinds = {(frame.rgb.shape, frame.rgb.dtype, frame.alpha is None) for frame in self.frames}
        if len(kinds) != 1:
            raise UsageError(
                "A Picture has frames of one size and dtype, with alpha in all or in none. "
                f"Received: {len(self.frames)} frames of {len(kinds)} kinds. Make them alike first."
            )
        if len(self.durations_ms) != (len(self.frames) if len(self.frames) > 1 else 0):
            raise UsageError(
                "An animation has one duration a frame, and a still has none. "
                f"Received: {len(self.frames)} frames, {len(self.durations_ms)} durations. Give as many."
            )

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.frames[0].rgb.shape[1]

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.frames[0].rgb.shape[0]

    @property
    def is_animated(self) -> bool:
        """Whether there is more than one frame."""
        return len(self.frames) > 1

    @property
    def bits(self) -> int:
        """Bits per channel: 8 or 16."""
        return 8 * self.frames[0].rgb.itemsize

    @property
    def has_alpha(self) -> bool:
        """Whether there is an alpha channel, be it opaque everywhere."""
        return self.frames[0].alpha is not None

    @property
    def is_opaque(self) -> bool:
        """Whether no pixel of any frame is even partly transparent."""
        alphas = [frame.alpha for frame in self.frames if frame.alpha is not None]
        return all(int(alpha.min()) == np.iinfo(alpha.dtype).max for alpha in alphas)

    @property
    def alpha_is_binary(self) -> bool:
        """Whether there is an alpha channel and it holds only the least and the largest value."""
        return all(frame.alpha is not None and is_binary(frame.alpha) for frame in self.frames)

    @property
    def distinct_frames(self) -> list[Frame]:
        """The frames without repetitions: equal ones of a file that was read are one object."""
        return list({id(frame): frame for frame in self.frames}.values())

    def still(self, frame: Frame) -> Picture:
        """A still of one frame, with all else that is no matter of time carried over."""
        return replace(self, frames=(frame,), durations_ms=(), loop=0)

    def map_frames(self, change: Callable[[Frame], Frame]) -> Picture:
        """The picture with each distinct frame changed once; all else is carried over."""
        changed = {id(frame): change(frame) for frame in self.distinct_frames}
        return replace(self, frames=tuple(changed[id(frame)] for frame in self.frames))

    @classmethod
    def from_array(cls, array: np.ndarray) -> Picture:
        """A picture from pixels.

        Args:
            array: uint8 or uint16 (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA with unassociated alpha, over
                the whole range of its dtype. A C-contiguous RGB array is used as it is, not copied.

        Raises:
            UsageError: Another dtype (a float array has no agreed range), shape, or no pixels.
        """
        known_shape = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
        if array.dtype not in (np.uint8, np.uint16) or not known_shape or 0 in array.shape:
            raise UsageError(
                "A picture array is uint8 or uint16, non-empty, of shape (H, W), (H, W, 3) or (H, W, 4). "
                f"Received: {array.dtype} {array.shape}. Convert it, for floats in [0, 1] with "
                "np.rint(x * 255).astype(np.uint8)."
            )
        if array.ndim == 2:
            return cls((Frame(np.repeat(array[..., None], 3, axis=2)),), is_grey=True)
        alpha = np.ascontiguousarray(array[..., 3]) if array.shape[2] == 4 else None
        rgb = np.ascontiguousarray(array[..., :3])
        return cls((Frame(rgb, alpha),), is_grey=has_equal_channels(rgb))

    def to_array(self, *, channels: int | None = None) -> np.ndarray:
        """The pixels as one array; without ``channels`` the smallest that holds them.

        Args:
            channels: 1, 3 or 4 asks for (H, W), (H, W, 3) or (H, W, 4). Absent alpha is added as opaque.

        Returns:
            uint8, or uint16 for 16 bits per channel: (H, W) for grey without alpha, (H, W, 3) for RGB (the
            frame's own array, not a copy), (H, W, 4) with alpha.

        Raises:
            UsageError: ``channels`` is none of these, or would lose colour or alpha.
        """
        frame = self.frames[0]
        natural = 4 if self.has_alpha else 1 if self.is_grey else 3
        channels = natural if channels is None else channels
        if channels not in (1, 3, 4) or (channels < natural):
            raise UsageError(
                f"channels is 1, 3 or 4, and at least {natural} to keep this picture's colour and alpha. "
                f"Received: {channels}. Leave it out to get {natural}."
            )
        if channels == 1:
            return np.ascontiguousarray(frame.rgb[..., 0])
        return frame.rgb if channels == 3 else _with_alpha(frame)


def with_profile(picture: Picture, profile: object) -> Picture:
    """A picture just read with its file's ICC profile, if that fits.

    A grey one is written without an RGB profile, and is brought to sRGB by it now.
    """
    view = None
    if picture.is_grey:
        view = srgb_view(usable_profile(profile, is_grey=False), is_grey=False, bits=picture.bits)
    if view is not None:
        picture = picture.map_frames(
            lambda frame: Frame(np.repeat(view.to_srgb(frame.rgb)[..., 1:2], 3, axis=2), frame.alpha)
        )
    return replace(picture, icc_profile=usable_profile(profile, is_grey=picture.is_grey))


def in_srgb(picture: Picture) -> Picture:
    """A picture without its profile, which looks as it did with it.

    Example:
        >>> in_srgb(waifu4x_tf.read("examples/face.png")).icc_profile is None
        True
    """
    view = srgb_view(picture.icc_profile, is_grey=picture.is_grey, bits=picture.bits)
    if view is not None:
        picture = picture.map_frames(lambda frame: Frame(view.to_srgb(frame.rgb), frame.alpha))
    return replace(picture, icc_profile=None)


def has_equal_channels(rgb: np.ndarray) -> bool:
    """Whether R = G = B at every pixel of (H, W, 3); looks strip by strip, up to the first colour."""
    for top in range(0, rgb.shape[0], _STRIP_ROWS):
        strip = rgb[top : top + _STRIP_ROWS]
        red = strip[..., 0]
        if not (np.array_equal(red, strip[..., 1]) and np.array_equal(red, strip[..., 2])):
            return False
    return True


def is_binary(alpha: np.ndarray) -> bool:
    """Whether alpha holds only both ends of its range, found strip by strip, left at the first between."""
    for top in range(0, alpha.shape[0], _STRIP_ROWS):
        # One more wraps the largest to 0 and leaves 0 at 1: both ends, and nothing else, are then at most 1.
        if int((alpha[top : top + _STRIP_ROWS] + alpha.dtype.type(1)).max()) > 1:
            return False
    return True


def _with_alpha(frame: Frame) -> np.ndarray:
    """(H, W, 4) of the frame's dtype."""
    rgba = np.empty((*frame.rgb.shape[:2], 4), frame.rgb.dtype)
    rgba[..., :3] = frame.rgb
    rgba[..., 3] = np.iinfo(rgba.dtype).max if frame.alpha is None else frame.alpha
    return rgba
