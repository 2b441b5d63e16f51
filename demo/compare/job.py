"""The work behind the Compare tab: one crop of one picture, enlarged by every method, and how well."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from demo.compare.crops import Box, checked_crop, crop_unit, default_crop, parse_crop
from demo.context import DemoContext, Upscalers
from waifu4x_tf.batch.reading import read_capped
from waifu4x_tf.evaluation import comparison
from waifu4x_tf.evaluation import scores as evaluation
from waifu4x_tf.evaluation.scores import Scores
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.inference.options import Denoise, takes_strength
from waifu4x_tf.models import zoo

ORIGINAL = "original"
DIFFERENCE_GAIN = 4


class Loaded(NamedTuple):
    """A picture as it is compared: uint8 (H, W, 3) on white, and whether it was transparent anywhere."""

    rgb: np.ndarray
    transparent: bool


class Method(NamedTuple):
    """One model's way to enlarge; the name is its key in results, the rest what `Upscalers.get` takes."""

    name: str
    family: str
    denoise: Denoise = "auto"
    strength: float = 0.0


@dataclass
class Comparison:
    """One crop, and what each method made of it.

    Attributes:
        small: uint8 (H, W, 3), what each method starts from.
        whole: uint8 (h, w, 3), the small picture that it is cut from: what a model looks at.
        original: uint8 (rH, rW, 3), what each result is measured against; None when nobody knows it.
        scale: The factor r.
        box: The crop in the given picture's pixels: (x, y, width, height).
        picture_size: (width, height) of the given picture.
        panels: Name to uint8 (rH, rW, 3): the original where it is known, then the methods.
        scores: Method name to scores, or to None without an original.
    """

    small: np.ndarray
    whole: np.ndarray
    original: np.ndarray | None
    scale: int
    box: Box
    picture_size: tuple[int, int]
    panels: dict[str, np.ndarray] = field(default_factory=dict)
    scores: dict[str, Scores | None] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of every panel."""
        return self.small.shape[0] * self.scale, self.small.shape[1] * self.scale

    def score(self, result: np.ndarray) -> Scores | None:
        """How near a result (rH, rW, 3) is to the original, where that is known."""
        return None if self.original is None else evaluation.score(self.original, result, self.scale)

    def default_pair(self) -> tuple[str, str]:
        """The two panels whose difference says most: the original or bicubic, and the first model."""
        names = list(self.panels)
        first = ORIGINAL if self.original is not None else "bicubic"
        return first, names[names.index("bicubic") + 1]


def read_flat(path: Path, max_megapixels: float) -> Loaded:
    """Read a picture, composited on white.

    Raises:
        PictureError: It cannot be read, or is larger than that.
    """
    picture = read_capped(path, path.name, max_megapixels)
    return Loaded(comparison.flatten_on_white(picture), not picture.is_opaque)


def prepare(rgb: np.ndarray, crop: Box | None, *, is_original: bool, scale: int) -> Comparison:
    """Cut what is compared, and make the small version from it where the picture is the original.

    The whole picture is shrunk, as `evaluation` does, and the crop is taken from both: what lies beside the
    crop shows in the small version's outermost pixels.

    Args:
        rgb: uint8 (H, W, 3), the given picture.
        crop: (x, y, width, height) in its pixels, or None for `default_crop`. On an original it is narrowed
            to multiples of the scale.
        is_original: The results are measured against this picture.
        scale: The factor.

    Raises:
        UsageError: The crop is too large, too small or leaves the picture; an original too small.
    """
    unit = crop_unit(is_original, scale)
    x, y, width, height = box = checked_crop(rgb, crop or default_crop(rgb, unit), unit)
    picture_size = rgb.shape[1], rgb.shape[0]
    if not is_original:
        small = np.ascontiguousarray(rgb[y : y + height, x : x + width])
        return Comparison(small, rgb, None, scale, box, picture_size)
    large, whole = evaluation.shrunk_pair(rgb, scale)
    original = np.ascontiguousarray(large[y : y + height, x : x + width])
    x, y, width, height = (length // scale for length in box)
    small = np.ascontiguousarray(whole[y : y + height, x : x + width])
    return Comparison(small, whole, original, scale, box, picture_size, panels={ORIGINAL: original})


def begin(context: DemoContext, path: Path, crop: str, *, is_original: bool) -> Comparison:
    """`prepare` with a file and a crop as text, at the scale of the demo's model.

    Raises:
        PictureError, UsageError: What is wrong with the file or the crop.
    """
    rgb = read_flat(path, context.limits.max_megapixels).rgb
    return prepare(rgb, parse_crop(crop), is_original=is_original, scale=context.upscalers.default.scale)


def methods(upscalers: Upscalers, *, with_denoise: bool) -> list[Method]:
    """Every model there is: families, each followed by its shipped variants."""
    found: dict[str, Method] = {}
    for family in upscalers.names():
        variants = [Method(family, family)]
        if takes_strength(family):
            variants.append(Method(zoo.gan_variant(family, ""), family, strength=1.0))
        for level in zoo.DENOISE_LEVELS if with_denoise else ():
            if denoise := zoo.shipped_variant(family, level):
                variants.append(Method(denoise, family, denoise=level))
        for method in variants:  # two families may have some in common
            found.setdefault(method.name, method)
    return list(found.values())


def enlarge(upscalers: Upscalers, compared: Comparison, models: list[Method]) -> Iterator[Method]:
    """Fill in panels and scores, model by model; yields each before its work.

    Args:
        upscalers: Of the demo.
        compared: From `prepare`.
        models: From `methods`.

    Raises:
        ModelError: One of them cannot be loaded.
    """
    for method in models:
        yield method
        upscaler = upscalers.get(method.family, denoise=method.denoise, strength=method.strength)
        if upscaler.scale < compared.scale:
            continue  # trained here for a smaller factor: it cannot fill a panel as large as the others
        upscaler = upscaler.for_picture(Picture.from_array(compared.whole))
        results = comparison.enlarge_by_each(compared.small, upscaler, compared.size)
        results[method.name] = results.pop(upscaler.name)
        for name, result in results.items():
            if name not in compared.panels:
                compared.panels[name] = result
                compared.scores[name] = compared.score(result)


def difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The absolute difference of two panels, amplified `DIFFERENCE_GAIN` times.

    Args:
        first: uint8 (H, W, 3).
        second: uint8 (H, W, 3).

    Returns:
        uint8 (H, W, 3), black where they are equal.
    """
    apart = np.abs(first.astype(np.int16) - second) * DIFFERENCE_GAIN
    return np.minimum(apart, 255).astype(np.uint8)


def read_panel(path: Path) -> np.ndarray:
    """A panel that was saved: uint8 (H, W, 3)."""
    with Image.open(path) as image:
        return np.asarray(image)


def sheet(compared: Comparison, name: str) -> Image.Image:
    """All panels under their names and scores, as `waifu4x compare` draws them.

    Args:
        compared: With its panels.
        name: Of the picture.
    """
    x, y, width, height = compared.box
    panels = {_label(method, compared.scores.get(method)): panel for method, panel in compared.panels.items()}
    where = f"{width}x{height} px at {x},{y} of {'x'.join(map(str, compared.picture_size))}"
    shrunk = "" if compared.original is None else f"shrunk {compared.scale} times, then "
    return comparison.draw_sheet(panels, f"{name}: {where}, {shrunk}{compared.scale} times larger")


def scores_as_json(scores: Mapping[str, Scores | None]) -> dict[str, dict[str, float | None] | None]:
    """Those of `evaluation.scores_as_json`; null for a method that nothing is known of."""
    known = evaluation.scores_as_json({name: each for name, each in scores.items() if each is not None})
    return {name: known.get(name) for name in scores}


def _label(method: str, scores: Scores | None) -> str:
    return method if scores is None else f"{method}: {scores.psnr:.2f} dB, {scores.ssim:.4f}"
