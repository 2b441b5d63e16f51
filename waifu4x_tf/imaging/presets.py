"""Stickers as messengers take them: how large they are, and files that stay below the limit in bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.codecs.palette import Palette
from waifu4x_tf.imaging.picture import Frame, Picture, in_srgb
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions, encode


@dataclass(frozen=True)
class Preset:
    """What a messenger takes as a sticker.

    Attributes:
        title: Its name, for messages.
        target: How large a sticker is.
        formats: Of the file, the preferred one first.
        max_bytes: Of the file. Where the rules say kilobytes, the smaller kind is meant.
        longest_ms: Of an animation, which is then an animated PNG; None where animations are in formats that
            are not written here.
        rules: The page that says so.
    """

    title: str
    target: Target
    formats: tuple[str, ...]
    max_bytes: int
    longest_ms: int | None
    rules: str


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        # "One side must be exactly 512 pixels", the other at most that; PNG or WebP; up to 512 KB.
        "telegram": Preset(
            "Telegram",
            Target(size=(512, 512), fit="inside", bits=8),
            ("png", "webp"),
            512_000,
            None,
            "https://core.telegram.org/stickers",
        ),
        # 320 x 320 pixels; PNG or animated PNG; at most 512 KB and 5 seconds.
        "discord": Preset(
            "Discord",
            Target(size=(320, 320), fit="pad", bits=8),
            ("png",),
            512_000,
            5_000,
            "https://discord.com/developers/docs/resources/sticker#create-guild-sticker",
        ),
    }
)


def check(picture: Picture, preset: Preset) -> None:
    """Refuse, before any work, what cannot become a sticker.

    Raises:
        PictureError: An animation that the messenger takes in no format that is written here, or a longer
            one than it takes.
    """
    if not picture.is_animated:
        return
    if preset.longest_ms is None:
        raise PictureError(
            f"A moving sticker for {preset.title} is a WebM or TGS file, which is not written here. "
            f"Received: an animation of {len(picture.frames)} frames. Enlarge it without `preset` and "
            f"convert that, or save one frame as a picture ({preset.rules})."
        )
    if sum(picture.durations_ms) > preset.longest_ms:
        raise PictureError(
            f"A moving sticker for {preset.title} plays at most {preset.longest_ms / 1000:g} seconds. "
            f"Received: {sum(picture.durations_ms) / 1000:g} seconds. Cut the animation ({preset.rules})."
        )


def check_format(preset: Preset, format_name: str) -> None:
    """Refuse, before any work, a name for the result that no sticker has.

    Raises:
        UsageError: The messenger takes no such format.
    """
    if format_name not in preset.formats:
        raise UsageError(
            f"A sticker for {preset.title} is a {' or '.join(preset.formats)} file. Received: {format_name}. "
            f"Name the result .{preset.formats[0]}, or a folder."
        )


def fitted(
    picture: Picture,
    preset: Preset,
    options: WriteOptions,
    formats: tuple[str, ...],
    *,
    text: tuple[str, str] | None = None,
) -> tuple[Picture, WriteOptions]:
    """What has to be written, and how, to stay below the limit with as little loss as possible.

    Without loss in the first format that is small enough so; else a still in WebP with the highest quality
    that is, and an animation with the largest number of colours. A still PNG for Discord always is small
    enough: 320 x 320 pixels of 4 bytes are less than its limit. Colours are brought to sRGB, and the profile
    is left out.

    Args:
        picture: Of the preset's size.
        preset: What the messenger takes.
        options: Those that were asked for; format and quality are decided here.
        formats: In which of the preset's formats it may be, the preferred one first.
        text: As of `writing.encode`; it counts too.

    Raises:
        PictureError: There is no way.
    """

    def fits(changed: Picture, tried: WriteOptions) -> bool:
        sizes[tried.format] = len(encode(changed, tried, text=text))
        return sizes[tried.format] <= preset.max_bytes

    sizes: dict[str, int] = {}
    picture, lossless = in_srgb(picture), options  # messengers look at no profile
    for format_name in formats:
        lossless = replace(options, format=format_name, quality=None)
        if fits(picture, lossless):
            return picture, lossless
    if picture.is_animated:
        most = largest_that_fits(2, 255, lambda each: fits(_in_colours(picture, each), lossless))
        if most is not None:
            return _in_colours(picture, most), lossless
    elif "webp" in formats:
        lossy = replace(options, format="webp")
        quality = largest_that_fits(1, 100, lambda each: fits(picture, replace(lossy, quality=each)))
        if quality is not None:
            return picture, replace(lossy, quality=quality)
    received = ", ".join(f"{count} bytes as {name}" for name, count in sizes.items())
    raise PictureError(
        f"A sticker for {preset.title} has at most {preset.max_bytes} bytes. Received: at least {received}. "
        + ("Leave out frames." if picture.is_animated else "Name the result .webp.")
    )


def _in_colours(picture: Picture, most: int) -> Picture:
    """At most so many colours, chosen for all frames together, so that what rests keeps its own."""
    palette = Palette.of((frame.rgb.reshape(-1, 3) for frame in picture.distinct_frames), most)

    def changed(frame: Frame) -> Frame:
        return Frame(np.ascontiguousarray(palette.colours[palette.indices(frame.rgb)]), frame.alpha)

    return picture.map_frames(changed)


def largest_that_fits(least: int, most: int, fits: Callable[[int], bool]) -> int | None:
    """The largest whole number that fits, by bisection; None when not even the least does.

    Sizes of files grow with the quality but for a few bytes, so a number a little larger might fit too; what
    is found always does.
    """
    if not fits(least):
        return None
    while least < most:
        middle = (least + most + 1) // 2
        if fits(middle):
            least = middle
        else:
            most = middle - 1
    return least
