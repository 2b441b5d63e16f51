"""Picture: the one value that flows through the upscaling path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.guard import guarded
from waifu4x_tf.imaging.metadata import carried_dpi, carried_exif, upright_transpose, usable_profile

# Rows looked at together: enough for NumPy to be fast, too few for their masks to be a second copy.
_STRIP_ROWS = 256

_REFUSED_MODES = {
    "CMYK": "CMYK (print) colours",
    "LAB": "Lab colours",
    "HSV": "HSV colours",
    "YCbCr": "YCbCr colours without a conversion to RGB",
    "I": "more than 8 bits per channel",
    "F": "floating-point pixels",
}


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
        durations_ms: Of an animation, how long each frame stays; empty for a still.
        loop: How often an animation is played; 0 is for ever.
    """

    frames: tuple[Frame, ...]
    is_grey: bool
    icc_profile: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    durations_ms: tuple[int, ...] = ()
    loop: int = 0

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

    @classmethod
    def from_array(cls, array: np.ndarray) -> Picture:
        """A picture from pixels.

        Args:
            array: uint8 (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA with unassociated alpha. A C-contiguous
                RGB array is used as it is, not copied.

        Raises:
            UsageError: Another dtype (a float array has no agreed range), shape, or no pixels.
        """
        known_shape = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
        if array.dtype != np.uint8 or not known_shape or 0 in array.shape:
            raise UsageError(
                "A picture array is uint8, non-empty, of shape (H, W), (H, W, 3) or (H, W, 4). "
                f"Received: {array.dtype} {array.shape}. Convert it, for floats in [0, 1] with "
                "np.rint(x * 255).astype(np.uint8)."
            )
        if array.ndim == 2:
            return cls((Frame(np.repeat(array[..., None], 3, axis=2)),), is_grey=True)
        alpha = np.ascontiguousarray(array[..., 3]) if array.shape[2] == 4 else None
        rgb = np.ascontiguousarray(array[..., :3])
        return cls((Frame(rgb, alpha),), is_grey=has_equal_channels(rgb))

    @classmethod
    def from_pil(cls, image: Image.Image) -> Picture:
        """A picture from a PIL image, turned upright by its EXIF orientation.

        Args:
            image: Mode 1, L, LA, P, PA, RGB or RGBA (RGBX and premultiplied La, RGBa too), transparency by
                colour or palette included. It is not changed, beyond being loaded.

        Raises:
            PictureError: Another mode, an animation, or pixels that cannot be decoded.
        """
        with guarded(None):
            check_supported(image)
            image.load()
            # Read after loading: Pillow turns a TIFF upright itself while it loads, and forgets its
            # orientation.
            upright = upright_transpose(image)
            pixels = _plain(image)
            if upright is not None:
                pixels = pixels.transpose(upright)
            picture = _from_plain(pixels)
            return cls(
                picture.frames,
                picture.is_grey,
                icc_profile=usable_profile(image.info.get("icc_profile"), is_grey=picture.is_grey),
                exif=carried_exif(image),
                dpi=carried_dpi(image),
            )

    def to_array(self, *, channels: int | None = None) -> np.ndarray:
        """The pixels as one array; without ``channels`` the smallest that holds them.

        Args:
            channels: 1, 3 or 4 asks for (H, W), (H, W, 3) or (H, W, 4). Absent alpha is added as opaque.

        Returns:
            uint8 (H, W) for grey without alpha, (H, W, 3) for RGB (the frame's own array, not a copy), (H, W,
            4) with alpha.

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

    def to_pil(self) -> Image.Image:
        """A PIL image of mode L, LA, RGB or RGBA with the metadata in ``info``.

        L and RGBA images share their memory with a NumPy array and are read-only to Pillow until it copies.
        """
        frame = self.frames[0]
        if not self.has_alpha:
            image = Image.fromarray(self.to_array())
        elif self.is_grey:
            image = Image.fromarray(np.stack((frame.rgb[..., 0], _alpha_of(frame)), axis=2))
        else:
            image = Image.fromarray(_with_alpha(frame))
        carried = {"icc_profile": self.icc_profile, "exif": self.exif, "dpi": self.dpi}
        image.info.update({key: value for key, value in carried.items() if value is not None})
        return image


def check_supported(image: Image.Image) -> None:
    """Refuses, from the header alone, what cannot be read rightly yet.

    Raises:
        PictureError: An animation or several pages, more than 8 bits per channel, or an unknown colour mode.
    """
    # MPO is a JPEG with further views behind it (phones, 3-D cameras); its first picture is the picture.
    if getattr(image, "is_animated", False) and image.format != "MPO":
        count = getattr(image, "n_frames", 2)
        kind = f"a TIFF of {count} pages" if image.format == "TIFF" else f"an animation of {count} frames"
        raise PictureError(
            f"A picture file holds one picture for now. Received: {kind}. "
            "Save the one you want as a PNG first."
        )
    mode = image.mode
    if mode in {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBX", "RGBA", "RGBa"}:
        return
    reason = _REFUSED_MODES.get("I" if mode.startswith("I") else mode, "an unknown colour mode")
    raise PictureError(
        "A picture is 8-bit grey or RGB, with or without alpha or a palette. "
        f"Received: mode {mode}, {reason}. Convert it to 8-bit RGB in an image editor first."
    )


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


def _plain(image: Image.Image) -> Image.Image:
    """The loaded image as L, LA, RGB or RGBA."""
    transparent = image.has_transparency_data  # by colour in info, or in the palette
    if image.mode in ("1", "L"):
        # Promoting to LA reads the transparent grey from info, as it does for RGB below.
        return image.convert("LA" if transparent else "L")
    if image.mode in ("LA", "La"):
        return image.convert("LA")
    if image.mode in ("RGBA", "RGBa", "PA") or transparent:
        return image.convert("RGBA")
    return image.convert("RGB")


def _from_plain(pixels: Image.Image) -> Picture:
    array = np.asarray(pixels)
    if pixels.mode != "LA":
        return Picture.from_array(array)
    grey = Picture.from_array(np.ascontiguousarray(array[..., 0]))
    return Picture((Frame(grey.frames[0].rgb, np.ascontiguousarray(array[..., 1])),), is_grey=True)


def _alpha_of(frame: Frame) -> np.ndarray:
    return np.full(frame.rgb.shape[:2], 255, np.uint8) if frame.alpha is None else frame.alpha


def _with_alpha(frame: Frame) -> np.ndarray:
    """uint8 (H, W, 4)."""
    rgba = np.empty((*frame.rgb.shape[:2], 4), np.uint8)
    rgba[..., :3] = frame.rgb
    rgba[..., 3] = 255 if frame.alpha is None else frame.alpha
    return rgba
