"""Everything that is found out about a picture before it is enlarged, as one value."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import ImageCms

from waifu4x_tf.imaging.codecs.png_colour import read_colour_tags
from waifu4x_tf.imaging.codecs.signatures import HEAD_BYTES, identify
from waifu4x_tf.imaging.metadata import stored_orientation
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.inspection.damage import Damage, find_damage
from waifu4x_tf.inspection.enlarging import Enlargement, find_enlargement, repeated_pixels
from waifu4x_tf.inspection.kinds import (
    AlphaKind,
    ColourKind,
    alpha_kind,
    colour_kind,
    has_screentone,
    has_small_palette,
)
from waifu4x_tf.inspection.luma import luma_of

_ORIENTATIONS = {
    2: "mirrored",
    3: "upside down",
    4: "mirrored upside down",
    5: "mirrored on its side",
    6: "on its left side",
    7: "mirrored on its side",
    8: "on its right side",
}


@dataclass(frozen=True)
class Findings:
    """What is found out about a picture.

    Attributes:
        format: "jpeg", "png" and the like, from the content.
        width: Upright, in pixels.
        height: The same.
        bits: Per channel.
        frames: 1 for a still.
        duration_ms: Of an animation, all its frames together.
        damage: What lossy formats did to it.
        enlargement: An earlier enlargement; None when it has all the detail of its size.
        is_pixel_art: Whether every pixel was set by hand: repeated pixels, or a small picture of few colours.
        colours: Whether it is grey.
        has_screentone: Whether it is grey and shaded by dots or hatches.
        alpha: How it is transparent.
        profile: The ICC profile's own name, of one made from a PNG's colour tags theirs; None without one
            that fits the pixels.
        tags: A PNG's own words of its colours and its pixels' shape, such as "gAMA 0.45455"; else None.
        orientation: 1 to 8, as EXIF stores it; 1 is upright.
    """

    format: str
    width: int
    height: int
    bits: int
    frames: int
    duration_ms: int
    damage: Damage
    enlargement: Enlargement | None
    is_pixel_art: bool
    colours: ColourKind
    has_screentone: bool
    alpha: AlphaKind
    profile: str | None
    tags: str | None
    orientation: int

    def as_json(self) -> dict[str, object]:
        """The findings as one flat JSON object; what is unknown is null."""
        damage, enlargement = self.damage, self.enlargement
        return {
            "format": self.format,
            "width": self.width,
            "height": self.height,
            "bits": self.bits,
            "frames": self.frames,
            "duration_ms": self.duration_ms,
            "codec": damage.codec,
            "quality": damage.quality,
            "quality_is_exact": damage.is_exact,
            "subsampling": damage.subsampling,
            "earlier_quality": damage.earlier_quality,
            "grid": damage.grid,
            "enlarged_by": enlargement.factor if enlargement else None,
            "enlarged_exactly": enlargement.is_exact if enlargement else None,
            "pixel_art": self.is_pixel_art,
            "colours": self.colours,
            "screentone": self.has_screentone,
            "alpha": self.alpha,
            "profile": self.profile,
            "tags": self.tags,
            "orientation": self.orientation,
        }

    def remarks(self) -> dict[str, str]:
        """What is worth a word to a person, by topic, most important first; what is usual is left out."""
        animation = f"{self.frames} frames, {self.duration_ms / 1000:.1f} s" if self.frames > 1 else ""
        enlargement = self.enlargement
        pixel_art = self.is_pixel_art and not enlargement
        grey = "grey with screentone" if self.has_screentone else self.colours
        remarks = {
            "saved": str(self.damage),
            "size": str(enlargement) if enlargement else "pixel art" if pixel_art else "",
            "colours": grey if grey != "colour" else "",
            "bits": f"{self.bits} bits per channel" if self.bits > 8 else "",
            "alpha": {"none": "", "invisible": "nothing visible"}.get(self.alpha, f"{self.alpha} alpha"),
            "profile": f"profile {self.profile}" if self.profile else "",
            "tags": f"tags {self.tags}" if self.tags else "",
            "orientation": f"stored {_ORIENTATIONS[self.orientation]}" if self.orientation > 1 else "",
            "animation": animation,
        }
        return {topic: words for topic, words in remarks.items() if words}


def inspect(content: bytes, picture: Picture) -> Findings:
    """Tells what a picture file holds; of an animation, what its first frame does.

    Args:
        content: The file.
        picture: What reading it gave.

    Example:
        >>> from waifu4x_tf.imaging.reading import content
        >>> file = content("examples/face.png")
        >>> inspect(file, waifu4x_tf.read(file)).format
        'png'
    """
    format_name = identify(content[:HEAD_BYTES])
    frame = picture.frames[0]
    luma = luma_of(frame).values
    colours = colour_kind(picture)
    repeats = repeated_pixels(frame)
    damage = find_damage(content, picture)
    if repeats > 1:
        enlargement = Enlargement(repeats, is_exact=True, repeats_pixels=True)
    else:
        enlargement = find_enlargement(luma, has_blocks=damage.codec in ("JPEG", "former JPEG"))
    return Findings(
        format_name.lower(),
        picture.width,
        picture.height,
        picture.bits,
        len(picture.frames),
        sum(picture.durations_ms),
        damage,
        enlargement,
        is_pixel_art=repeats > 1 or (damage.codec is None and has_small_palette(frame)),
        colours=colours,
        has_screentone=colours != "colour" and has_screentone(luma),
        alpha=alpha_kind(picture),
        profile=_profile_name(picture.icc_profile),
        tags=(str(read_colour_tags(content)) or None) if format_name == "PNG" else None,
        orientation=stored_orientation(content, format_name),
    )


def _profile_name(profile: bytes | None) -> str | None:
    if profile is None:
        return None
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (OSError, ImageCms.PyCMSError):
        return "without a name"
    return " ".join(name.split()) or "without a name"
