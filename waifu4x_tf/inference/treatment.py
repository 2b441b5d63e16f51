"""What a picture needs before it is enlarged, chosen by what the estimator tells of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.sharpness import sharpen
from waifu4x_tf.inference.estimator import Estimate, estimate
from waifu4x_tf.inference.kernel import area_gain
from waifu4x_tf.inference.options import ModelOptions
from waifu4x_tf.inspection.enlarging import repeated_pixels
from waifu4x_tf.inspection.grid_traces import former_jpeg
from waifu4x_tf.inspection.kinds import has_small_palette
from waifu4x_tf.inspection.luma import luma_of
from waifu4x_tf.models.zoo import DENOISE_LEVELS

# A variant is taken from so many dB on: what is clean stays as it is where the estimate is in doubt.
_LEAST_GAIN = {"area": 0.7} | dict.fromkeys(DENOISE_LEVELS, 0.4)
# Amounts nearer to 0 are bicubic's own spread; those beyond bring up noise, or leave nothing.
_LEAST_AMOUNT, _AMOUNTS = 0.1, (-0.7, 2.5)
# From this amount on a picture is blurred, which the strongest level removes best, and without it the area
# variant; by how many dB more than is estimated.
_BLURRED, _GAIN_ON_BLUR = 0.8, 1.0
# What leaves too strong edges, and what only looks like them.
_HARD, _LOSSY = ("halos", "stairs", "palette"), ("jpeg", "webp", "video")
# Up to which quality of a JPEG, which its traces tell better than the estimator, a level is the best: where
# the mean PSNR (Y) of drawn pictures, shrunk, saved and enlarged, crosses that of the level below.
_MOST_JPEG_QUALITY = {"high": 42, "medium": 72, "low": 94}
_LEAST_STEP = 0.2
_LEAST_PROBABILITY = 0.5
_MOST_NAMED = 2
WORDS = {
    "blur": "blur",
    "enlargement": "an earlier enlargement",
    "halos": "halos",
    "stairs": "stairs",
    "grain": "grain",
    "palette": "few colours",
    "jpeg": "JPEG artefacts",
    "webp": "WebP artefacts",
    "video": "video artefacts",
}
"""For people, by the estimator's names of damages."""


@dataclass(frozen=True)
class Treatment:
    """What is done to one picture, and why.

    Attributes:
        variant: Of the model; ``""`` is the model itself.
        amount: By which the picture is sharpened before, below 0 softened, as
            `waifu4x_tf.imaging.sharpness.sharpen` takes it.
        damages: What was seen, most probable first; keys of `WORDS`.
    """

    variant: str = ""
    amount: float = 0.0
    damages: tuple[str, ...] = ()

    @property
    def denoises(self) -> bool:
        """Whether the picture goes through a denoise variant."""
        return self.variant in DENOISE_LEVELS

    @property
    def seen(self) -> str:
        """In a few words, such as "JPEG artefacts, blur"; empty for a clean picture."""
        if self.variant:
            unnamed = "damage" if self.denoises else "area averaging"
            return ", ".join(WORDS.get(name, name) for name in self.damages) or unnamed
        return "a soft picture" if self.amount > 0 else "a sharpened picture" if self.amount < 0 else ""

    @property
    def done(self) -> str:
        """What is done for that, in a word or two; empty for nothing."""
        parts = []
        if self.variant:
            parts.append(f"denoise {self.variant}" if self.denoises else f"{self.variant} variant")
        if self.amount:
            parts.append(f"sharpness {self.amount:+.2f}")
        return ", ".join(parts)

    def __str__(self) -> str:
        """What is done and for what, such as "denoise low: JPEG artefacts"; empty for nothing."""
        return f"{self.done}: {self.seen}" if self.done else ""


def treatment_of(picture: Picture, options: ModelOptions) -> Treatment | None:
    """What a picture needs of a model, by its first frame; None where the options leave nothing to choose.

    Raises:
        ModelError: The estimator, or a network that shows the kernel, is damaged.
    """
    if not options.looks:
        return None
    frame = picture.frames[0]
    if repeated_pixels(frame) > 1 or has_small_palette(frame):
        return Treatment()  # Pixel art was never small, and its stairs are meant.
    former = former_jpeg(luma_of(frame))
    quality = former.quality if former else None
    found = estimate(picture, options.model)
    if found is not None and options.denoise in DENOISE_LEVELS:
        return Treatment(amount=_amount(found, True, quality))
    networks = options.networks
    chosen = choose(found, networks, quality)
    if found is None or found.busiest is None or "area" not in networks or "area" not in found.gains:
        return chosen
    if chosen.denoises or chosen.amount > _BLURRED:
        return chosen
    # The kernel shows best in what a network makes of the picture.
    gain = found.gains["area"] + area_gain(sharpen(found.busiest, chosen.amount))
    return choose(replace(found, gains=found.gains | {"area": gain}), networks, quality)


def choose(found: Estimate | None, variants: Collection[str], jpeg_quality: int | None = None) -> Treatment:
    """The treatment that most probably comes nearest to the original.

    Args:
        found: Of the picture; None where nothing could be told.
        variants: Those there are to choose among.
        jpeg_quality: What traces in the pixels say of an earlier JPEG; None where there are none.
    """
    if found is None:
        return Treatment()
    gains = {kind: gain for kind, gain in found.gains.items() if kind in variants}
    levels = [name for name in DENOISE_LEVELS if name in gains]
    against_blur = next((kind for kind in ("high", "area") if kind in gains), None)
    if against_blur and usable_amount(found.amount) > _BLURRED:
        gains[against_blur] += _GAIN_ON_BLUR
    if jpeg_quality is not None:
        least = next((name for name, most in _MOST_JPEG_QUALITY.items() if jpeg_quality <= most), None)
        if least in levels:
            # More has happened to some JPEGs, so that a stronger level may be better, never a weaker one.
            enough = levels[levels.index(least) :]
            level = max(enough, key=lambda name: gains[name] - _LEAST_STEP * (name != least))
            return Treatment(level, _amount(found, True, jpeg_quality), ("jpeg",))
    best = max(gains, key=lambda kind: gains[kind] - _LEAST_GAIN[kind], default="")
    if not best or gains[best] < _LEAST_GAIN[best]:
        return Treatment(amount=_amount(found, False))
    likely = sorted(found.damages, key=lambda name: -found.damages[name])
    named = tuple(name for name in likely[:_MOST_NAMED] if found.damages[name] >= _LEAST_PROBABILITY)
    return Treatment(best, _amount(found, best in levels), named)


def _amount(found: Estimate, denoises: bool, jpeg_quality: int | None = None) -> float:
    """By which a picture is sharpened. Artefacts look sharp as well, but levels know them as they are."""
    amount = usable_amount(found.amount)
    hard, lossy = (sum(found.damages.get(name, 0.0) for name in names) for names in (_HARD, _LOSSY))
    is_lossy = jpeg_quality is not None or lossy >= hard
    return max(amount, 0.0) if denoises and is_lossy else amount


def usable_amount(amount: float) -> float:
    """An estimated amount as it is used: none where it is small, and never far."""
    return 0.0 if abs(amount) < _LEAST_AMOUNT else round(min(max(amount, _AMOUNTS[0]), _AMOUNTS[1]), 3)
