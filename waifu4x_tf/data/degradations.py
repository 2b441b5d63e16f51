"""How a large picture becomes the small one a network is trained on: pure functions of (picture, generator).

Shrinking and codecs are Pillow's own, because those are what made the small pictures people have.
"""

from dataclasses import dataclass, fields

import numpy as np
from PIL import Image, ImageFilter

from waifu4x_tf.errors import ConfigError
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.recoding import recode

SHRINK_METHODS = ("bicubic", "area", "lanczos", "bilinear")


@dataclass(frozen=True)
class Degradation:
    """What may happen to a patch on its way down, and how often.

    Attributes:
        bicubic: Share of patches shrunk with antialiased bicubic; the four shares are normalised.
        area: Share shrunk by area averaging.
        lanczos: Share shrunk with Lanczos.
        bilinear: Share shrunk with antialiased bilinear.
        chain_share: Share of patches that were passed on before: shrunk part of the way and saved as JPEG,
            as chat apps do, and only then shrunk to the end.
        chain_size: Range of that intermediate size, as a share of the large picture's sides.
        blur_share: Share of patches blurred before shrinking.
        blur_sigma: Range of the Gaussian's sigma, in pixels of the small picture.
        jpeg_share: Share of patches saved as JPEG after shrinking.
        jpeg_quality: Range of the JPEG quality, 1 to 100.
        jpeg_passes: Largest number of times a patch is saved; drawn uniformly from 1.
        jpeg_420_share: Share of the JPEGs saved with 4:2:0 chroma subsampling, the others with 4:4:4.
        webp_share: Share of patches saved as lossy WebP after shrinking.
        webp_quality: Range of the WebP quality, 1 to 100.
    """

    bicubic: float = 1.0
    area: float = 0.0
    lanczos: float = 0.0
    bilinear: float = 0.0
    chain_share: float = 0.0
    chain_size: tuple[float, float] = (0.4, 1.0)
    blur_share: float = 0.0
    blur_sigma: tuple[float, float] = (0.2, 0.8)
    jpeg_share: float = 0.0
    jpeg_quality: tuple[int, int] = (85, 95)
    jpeg_passes: int = 1
    jpeg_420_share: float = 0.5
    webp_share: float = 0.0
    webp_quality: tuple[int, int] = (60, 95)

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in SHRINK_METHODS or field.name.endswith("_share"):
                if not 0.0 <= value <= 1.0:
                    raise ConfigError(
                        f"A share lies between 0 and 1. Received: {field.name}={value!r}. Give 0.25 for 25 %."
                    )
            elif field.name in ("chain_size", "blur_sigma", "jpeg_quality", "webp_quality") and not (
                isinstance(value, tuple) and len(value) == 2 and 0 < value[0] <= value[1]
            ):
                raise ConfigError(
                    f"A range is (low, high) with 0 < low <= high. Received: {field.name}={value!r}."
                    " Swap the two numbers or make them positive."
                )
        if self.chain_size[1] > 1:
            raise ConfigError(
                "chain_size is a share of the picture's sides, at most 1. Received:"
                f" chain_size={self.chain_size!r}. Give (0.4, 1.0)."
            )
        for name in ("jpeg_quality", "webp_quality"):
            if getattr(self, name)[1] > 100:
                raise ConfigError(
                    f"A quality lies between 1 and 100. Received: {name}={getattr(self, name)!r}. Lower it."
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

    @property
    def damages(self) -> bool:
        """Whether it does more than shrink."""
        return any((self.chain_share, self.blur_share, self.jpeg_share, self.webp_share))


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
    """
    if rng.random() < how.blur_share:
        picture = blur(picture, scale * rng.uniform(*how.blur_sigma))
    size = (picture.shape[0] // scale, picture.shape[1] // scale)
    if rng.random() < how.chain_share:
        part = rng.uniform(*how.chain_size)
        between = [max(small, round(large * part)) for small, large in zip(size, picture.shape, strict=False)]
        picture = _jpeg(resize(picture, (between[0], between[1]), _method(rng, how)), rng, how)
    small = resize(picture, size, _method(rng, how))
    if rng.random() < how.webp_share:
        small = recode(small, "WEBP", quality=_draw(rng, how.webp_quality))
    if rng.random() < how.jpeg_share:
        for _ in range(int(rng.integers(1, how.jpeg_passes + 1))):
            small = _jpeg(small, rng, how)
    return small


def blur(picture: np.ndarray, sigma_px: float) -> np.ndarray:
    """Gaussian blur (Pillow's approximation by repeated box blurs) of a uint8 ``(H, W, 3)`` picture."""
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(sigma_px)))


def _method(rng: np.random.Generator, how: Degradation) -> str:
    shares = np.asarray([getattr(how, name) for name in SHRINK_METHODS], np.float64)
    return SHRINK_METHODS[rng.choice(len(SHRINK_METHODS), p=shares / shares.sum())]


def _jpeg(picture: np.ndarray, rng: np.random.Generator, how: Degradation) -> np.ndarray:
    subsampling = 2 if rng.random() < how.jpeg_420_share else 0
    return recode(picture, "JPEG", quality=_draw(rng, how.jpeg_quality), subsampling=subsampling)


def _draw(rng: np.random.Generator, limits: tuple[int, int]) -> int:
    return int(rng.integers(limits[0], limits[1] + 1))
