"""How a high-resolution picture becomes the low-resolution one of a training pair.

Pure functions of (picture, generator). Shrinking, palettes and codecs are those of Pillow and FFmpeg, because
those made the pictures people have.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from PIL import Image, ImageFilter

from waifu4x_tf.data.video import video_frame
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.imaging.codecs.recoding import recode
from waifu4x_tf.imaging.icc_curves import srgb_light, srgb_value
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.sharpness import amount_between, sharpen

SHRINK_METHODS = ("bicubic", "area", "lanczos", "bilinear", "hamming", "nearest")

# Of `sharpen`: what is estimated at all, and the standard deviation of an estimate.
_AMOUNTS = (-0.8, 3.0)
_AMOUNT_ERROR, _AMOUNT_ERROR_SHARE = 0.03, 0.15
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 15 / 32
_MASK_SIGMA_PX, _MASK_LEVELS = 1.6, 10  # of `sharpened_lines`
_LINEAR = srgb_light(np.arange(256) / 255).astype(np.float32)  # of the 256 levels


@dataclass(frozen=True)
class Degradation:
    """What may happen to a patch on its way down, and how often.

    First what comes before the last shrinking (blur, a chain, a second step, an earlier enlargement), then
    that shrinking, then halos, grain, palette and codecs in an order drawn at random.

    Attributes:
        bicubic: Share of resizings with antialiased bicubic; the shares of the methods are normalised.
        area: Share by area averaging.
        lanczos: Share with Lanczos.
        bilinear: Share with antialiased bilinear.
        hamming: Share with Pillow's Hamming filter.
        nearest: Share by leaving pixels out, which keeps stairs in every line.
        linear_share: Share of patches shrunk in linear light instead of in sRGB's own values.
        two_step_share: Share of patches shrunk in two steps, each by a factor and a method of its own.
        chain_share: Share of patches that were passed on before: shrunk part of the way and saved as JPEG,
            as chat apps do, and only then shrunk to the end.
        chain_size: Range of the intermediate size of both, as a share of the high-resolution sides.
        enlarged_share: Share of patches shrunk below their size and enlarged again.
        enlarged_size: Range of that smallest size, as a share of the low-resolution sides.
        blur_share: Share of patches blurred before shrinking.
        blur_sigma: Range of the Gaussian's sigma, in low-resolution pixels.
        blur_anisotropic_share: Share of the blurs that are narrower in one direction.
        halo_share: Share of patches sharpened with an unsharp mask, which leaves halos.
        halo_radius: Range of its sigma, in low-resolution pixels.
        halo_percent: Range of its strength.
        grain_share: Share of patches with Gaussian grain.
        grain_sigma: Range of its standard deviation in levels of 255.
        grain_colour_share: Share of the grain that differs by channel, the other is of luma alone.
        grain_soft_share: Share of the grain that is smoothed, as scanners and codecs leave it.
        palette_share: Share of patches reduced to a palette, without or with error diffusion, or to a few
            levels a channel by ordered dither.
        palette_colours: Range of the number of colours, drawn evenly by its logarithm.
        jpeg_share: Share of patches saved as JPEG after shrinking.
        jpeg_quality: Range of the JPEG quality, 1 to 100.
        jpeg_passes: Largest number of times a patch is saved; drawn uniformly from 1.
        jpeg_420_share: Share of the JPEGs saved with 4:2:0 chroma subsampling, the others with 4:4:4.
        jpeg_shift_share: Share of the JPEGs whose grid of blocks begins anywhere, the others at the corner.
        webp_share: Share of patches saved as lossy WebP after shrinking.
        webp_quality: Range of the WebP quality, 1 to 100.
        video_share: Share of patches that are a frame of an H.264 or H.265 video.
        video_crf: Range of the codec's constant rate factor, 1 to 51.
        equalised_share: Share of patches that are brought to the sharpness of antialiased bicubic in the end,
            with an error as an estimate from the picture has: what `waifu4x_tf.imaging.sharpness` is for.
    """

    bicubic: float = 1.0
    area: float = 0.0
    lanczos: float = 0.0
    bilinear: float = 0.0
    hamming: float = 0.0
    nearest: float = 0.0
    linear_share: float = 0.0
    two_step_share: float = 0.0
    chain_share: float = 0.0
    chain_size: tuple[float, float] = (0.4, 1.0)
    enlarged_share: float = 0.0
    enlarged_size: tuple[float, float] = (0.5, 0.9)
    blur_share: float = 0.0
    blur_sigma: tuple[float, float] = (0.2, 0.8)
    blur_anisotropic_share: float = 0.0
    halo_share: float = 0.0
    halo_radius: tuple[float, float] = (0.5, 2.0)
    halo_percent: tuple[int, int] = (30, 150)
    grain_share: float = 0.0
    grain_sigma: tuple[float, float] = (1.0, 8.0)
    grain_colour_share: float = 0.5
    grain_soft_share: float = 0.0
    palette_share: float = 0.0
    palette_colours: tuple[int, int] = (4, 64)
    jpeg_share: float = 0.0
    jpeg_quality: tuple[int, int] = (85, 95)
    jpeg_passes: int = 1
    jpeg_420_share: float = 0.5
    jpeg_shift_share: float = 0.0
    webp_share: float = 0.0
    webp_quality: tuple[int, int] = (60, 95)
    video_share: float = 0.0
    video_crf: tuple[int, int] = (18, 32)
    equalised_share: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in SHRINK_METHODS or field.name.endswith("_share"):
                if not 0.0 <= value <= 1.0:
                    raise ConfigError(
                        f"A share lies between 0 and 1. Received: {field.name}={value!r}. Give 0.25 for 25 %."
                    )
            elif isinstance(field.default, tuple) and not (
                isinstance(value, tuple) and len(value) == 2 and 0 < value[0] <= value[1]
            ):
                raise ConfigError(
                    f"A range is (low, high) with 0 < low <= high. Received: {field.name}={value!r}."
                    " Swap the two numbers or make them positive."
                )
        for name, most in _MOST.items():
            if getattr(self, name)[1] > most:
                raise ConfigError(
                    f"{name} is at most {most}. Received: {name}={getattr(self, name)!r}. Lower it."
                )
        if self.palette_colours[0] < 2:
            raise ConfigError(
                f"A palette has 2 colours at least. Received: palette_colours={self.palette_colours!r}."
                " Give (2, 64)."
            )
        if not any(getattr(self, name) for name in SHRINK_METHODS):
            raise ConfigError(
                f"One of the shrinking methods {SHRINK_METHODS} needs a share above 0. Received: all 0."
                " Set bicubic = 1.0."
            )
        if self.jpeg_passes < 1:
            raise ConfigError(
                f"jpeg_passes is at least 1. Received: {self.jpeg_passes!r}. Use jpeg_share = 0 for no JPEG."
            )


_MOST = {
    "chain_size": 1,
    "enlarged_size": 1,
    "palette_colours": 256,
    "jpeg_quality": 100,
    "webp_quality": 100,
    "video_crf": 51,
}
CLEAN = Degradation()


def degrade(
    picture: np.ndarray, scale: int, rng: np.random.Generator, how: Degradation = CLEAN
) -> np.ndarray:
    """Shrink ``picture`` by ``scale`` and damage it as ``how`` says.

    Args:
        picture: uint8 ``(H, W, 3)``, both sides multiples of ``scale``.
        scale: Whole factor.
        rng: The only source of chance; the same state gives the same bytes.
        how: Kinds of damage and their frequency.

    Returns:
        uint8 ``(H / scale, W / scale, 3)``.

    Raises:
        MissingExtraError: A video frame is drawn, and PyAV is not installed.

    Example:
        >>> picture = np.full((64, 64, 3), 200, np.uint8)
        >>> degrade(picture, 4, np.random.default_rng(0), Degradation()).shape
        (16, 16, 3)
    """
    size = (picture.shape[0] // scale, picture.shape[1] // scale)
    original = picture
    if rng.random() < how.blur_share:
        picture = _blurred(picture, scale, rng, how)
    if rng.random() < how.chain_share:
        picture = _jpeg(_between(picture, size, rng, how), rng, how)
    if rng.random() < how.two_step_share:
        picture = _between(picture, size, rng, how)
    if rng.random() < how.enlarged_share:
        part = rng.uniform(*how.enlarged_size)
        picture = _resized(picture, (max(1, round(size[0] * part)), max(1, round(size[1] * part))), rng, how)
    small = _resized(picture, size, rng, how)
    after: list[tuple[float, Callable[[np.ndarray, np.random.Generator, Degradation], np.ndarray]]] = [
        (how.halo_share, _haloed),
        (how.grain_share, _grained),
        (how.palette_share, _palette),
        (how.webp_share, _webp),
        (how.jpeg_share, _jpegs),
        (how.video_share, _video),
    ]
    for index in rng.permutation(len(after)):
        share, damage = after[index]
        if rng.random() < share:
            small = damage(small, rng, how)
    if rng.random() < how.equalised_share:
        small = _equalised(small, resize(original, size, "bicubic"), rng)
    return small


def blur(picture: np.ndarray, sigma_px: float | tuple[float, float]) -> np.ndarray:
    """Gaussian blur (Pillow's approximation by repeated box blurs) of a uint8 ``(H, W, 3)`` picture.

    Args:
        picture: The picture.
        sigma_px: Standard deviation in pixels, or that of x and that of y.
    """
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(sigma_px)))


def sharpened_lines(picture: np.ndarray, amount: float) -> np.ndarray:
    """Unsharp mask where a picture has edges, for originals that a GAN is to learn from.

    As in Real-ESRGAN (Wang et al. 2021, arXiv:2107.10833, section 3.4): what differs by more than 10 levels
    from its surroundings is sharpened, with a soft border; flat areas keep their grain.

    Args:
        picture: uint8 ``(H, W, 3)``.
        amount: Factor of the difference to the blurred picture that is added; 0.5 is usual.

    Returns:
        uint8 ``(H, W, 3)``.

    Example:
        >>> edge = np.repeat(np.uint8([[60] * 8 + [180] * 8]), 3, axis=0)[..., None].repeat(3, axis=2)
        >>> sharpened_lines(edge, 0.5)[1, 7:9, 0].tolist()
        [42, 198]
    """
    detail = picture.astype(np.float32) - blur(picture, _MASK_SIGMA_PX)
    edges = blur((np.abs(detail) > _MASK_LEVELS).astype(np.uint8) * 255, _MASK_SIGMA_PX) / np.float32(255)
    return _levels(picture + np.float32(amount) * detail * edges)


def _blurred(picture: np.ndarray, scale: int, rng: np.random.Generator, how: Degradation) -> np.ndarray:
    sigma = scale * rng.uniform(*how.blur_sigma)
    sigmas = [sigma, sigma]
    if rng.random() < how.blur_anisotropic_share:
        sigmas[rng.integers(2)] *= rng.uniform(0.1, 0.8)
    return blur(picture, (sigmas[0], sigmas[1]))


def _between(
    picture: np.ndarray, size: tuple[int, int], rng: np.random.Generator, how: Degradation
) -> np.ndarray:
    """Shrunk part of the way to ``size``."""
    part = rng.uniform(*how.chain_size)
    height, width = (
        max(small, round(large * part)) for small, large in zip(size, picture.shape, strict=False)
    )
    return _resized(picture, (height, width), rng, how)


def _resized(
    picture: np.ndarray, size: tuple[int, int], rng: np.random.Generator, how: Degradation
) -> np.ndarray:
    shares = np.asarray([getattr(how, name) for name in SHRINK_METHODS], np.float64)
    method = SHRINK_METHODS[rng.choice(len(SHRINK_METHODS), p=shares / shares.sum())]
    if not rng.random() < how.linear_share:
        return resize(picture, size, method)
    light = np.clip(resize(_LINEAR[picture], size, method), 0, 1)
    return _levels(srgb_value(light) * 255)


def _equalised(small: np.ndarray, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    amount = float(np.clip(amount_between(small, wanted), *_AMOUNTS))
    return sharpen(small, amount + rng.normal() * (_AMOUNT_ERROR + _AMOUNT_ERROR_SHARE * abs(amount)))


def _haloed(picture: np.ndarray, rng: np.random.Generator, how: Degradation) -> np.ndarray:
    mask = ImageFilter.UnsharpMask(rng.uniform(*how.halo_radius), _draw(rng, how.halo_percent), 0)
    return np.asarray(Image.fromarray(picture).filter(mask))


def _grained(picture: np.ndarray, rng: np.random.Generator, how: Degradation) -> np.ndarray:
    shape = picture.shape
    grain = rng.normal(size=(*shape[:2], 1)) * np.ones(3)
    if rng.random() < how.grain_colour_share:
        colour = rng.uniform(0.3, 1)
        grain = np.sqrt(1 - colour**2) * grain + colour * rng.normal(size=shape)
    if rng.random() < how.grain_soft_share:
        near = rng.uniform(0.1, 0.5)
        grain += near * sum(np.roll(grain, step, axis) for step in (1, -1) for axis in (0, 1))
        grain /= np.sqrt(1 + 4 * near**2)
    return _levels(picture + rng.uniform(*how.grain_sigma) * grain)


def _palette(picture: np.ndarray, rng: np.random.Generator, how: Degradation) -> np.ndarray:
    low, high = np.log(how.palette_colours)
    colours = round(np.exp(rng.uniform(low, high)))
    kind = int(rng.integers(3))
    if kind == 2:
        steps = max(1, round(colours ** (1 / 3) - 1))
        height, width = picture.shape[:2]
        thresholds = np.tile(_BAYER, (height // 4 + 1, width // 4 + 1))[:height, :width, None]
        return _levels(np.clip(np.rint(picture / 255 * steps + thresholds), 0, steps) / steps * 255)
    image = Image.fromarray(picture)
    palette = image.quantize(colours, Image.Quantize.MEDIANCUT)
    dither = (Image.Dither.NONE, Image.Dither.FLOYDSTEINBERG)[kind]
    return np.asarray(image.quantize(palette=palette, dither=dither).convert("RGB"))


def _webp(picture: np.ndarray, rng: np.random.Generator, how: Degradation) -> np.ndarray:
    return recode(picture, "WEBP", quality=_draw(rng, how.webp_quality))


def _jpegs(picture: np.ndarray, rng: np.random.Generator, how: Degradation) -> np.ndarray:
    for _ in range(int(rng.integers(1, how.jpeg_passes + 1))):
        picture = _jpeg(picture, rng, how)
    return picture


def _jpeg(picture: np.ndarray, rng: np.random.Generator, how: Degradation) -> np.ndarray:
    subsampling = 2 if rng.random() < how.jpeg_420_share else 0
    quality = _draw(rng, how.jpeg_quality)
    top, left = rng.integers(0, 16, 2) if rng.random() < how.jpeg_shift_share else (0, 0)
    moved = np.pad(picture, ((top, 0), (left, 0), (0, 0)), "edge")
    return recode(moved, "JPEG", quality=quality, subsampling=subsampling)[top:, left:]


def _video(picture: np.ndarray, rng: np.random.Generator, how: Degradation) -> np.ndarray:
    codec = ("libx264", "libx265")[rng.integers(2)]
    return video_frame(picture, codec, _draw(rng, how.video_crf), int(rng.integers(1, 5)))


def _draw(rng: np.random.Generator, limits: tuple[int, int]) -> int:
    return int(rng.integers(limits[0], limits[1] + 1))


def _levels(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)
