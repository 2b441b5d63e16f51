"""PairedPatches: batches of (small, large) patches for `keras.Model.fit`."""

import copy
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from waifu4x_tf.data.degradations import CLEAN, Degradation, degrade, sharpened_lines
from waifu4x_tf.data.drawing.collage import collage
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.imaging.interpolation import resize

_RESCALE_METHODS = ("area", "bicubic", "lanczos")
_GROUP = 2048
MARGIN_LR_PX = 4  # context around a patch, so that the shrinking filter never sees the patch's own border


class PairedPatches(keras.utils.PyDataset):
    """Batches of ``(lr, hr)`` patches; batch ``k`` of epoch ``e`` is a pure function of ``(seed, e, k)``.

    Each epoch of `fit` has batches of its own: the dataset counts epochs as Keras goes through them, on from
    ``epoch``. A run that does not begin with epoch 0 (``initial_epoch``, `BackupAndRestore`) is given the
    callback of `epoch_callback`, or ``epoch`` set, and ``shuffle=False``: then it sees the batches that the
    uninterrupted one would have seen; `SRGAN.fit` sees to both by itself. As validation data, `fixed` patches
    stay the same.

    Args:
        pictures: Sequence of uint8 ``(H, W, 3)`` arrays: a `PictureSet` or a list.
        batch_size: Patches a batch ``N``.
        lr_size: Edge ``P`` of the small patch in pixels.
        batches_per_epoch: Number of batches an epoch.
        scale: Enlargement factor ``r``.
        degradation: How large patches are shrunk and damaged.
        picture_weights: Relative chance of each picture to be chosen; default: its number of pixels.
        candidates: Places drawn for each patch, of which the one with most detail is kept (1 = any place).
        augment: Flip and rotate by quarters.
        rescale_share: Share of patches cut larger and shrunk to size first, by a filter drawn at random: more
            sizes of detail, and sharper.
        rescale: Range of that size, as a share of what is cut; at most 1.
        recolour_share: Share of patches whose colour channels change places.
        collage_share: Share of patches that have parts of another glued on,
            `waifu4x_tf.data.drawing.collage`.
        sharpened: How much stronger lines are in the large patches than in what was made small,
            `waifu4x_tf.data.degradations.sharpened_lines`; 0 leaves them.
        flat_share: Share of patches that are one random colour and nothing else: flat fields stay flat.
        passes: How often each patch is given, turned and flipped anew each time: making one takes a fifth of
            a small network's step. The patches of one pass are kept meanwhile, 117 KB each.
        fixed: The same batches in every epoch, for validation.
        seed: Of the whole stream.
        **kwargs: ``workers``, ``use_multiprocessing``, ``max_queue_size`` of `keras.utils.PyDataset`.

    Yields:
        ``lr`` float32 ``(N, P, P, 3)`` and ``hr`` float32 ``(N, r * P, r * P, 3)``, both in [0, 1].

    Raises:
        ConfigError: No pictures, one too small for a patch and its margin, weights that do not fit them, or a
            ``rescale`` that is no range up to 1.

    Example:
        >>> pictures = [waifu4x_tf.read("examples/face.png").to_array(channels=3)]
        >>> patches = PairedPatches(pictures, batch_size=2, lr_size=16, batches_per_epoch=3)
        >>> len(patches), patches[0][0].shape, patches[0][1].shape
        (3, (2, 16, 16, 3), (2, 64, 64, 3))
    """

    def __init__(
        self,
        pictures: Sequence[np.ndarray],
        *,
        batch_size: int,
        lr_size: int,
        batches_per_epoch: int,
        scale: int = 4,
        degradation: Degradation = CLEAN,
        picture_weights: Sequence[float] | None = None,
        candidates: int = 1,
        augment: bool = True,
        rescale_share: float = 0.0,
        rescale: tuple[float, float] = (0.5, 1.0),
        recolour_share: float = 0.0,
        collage_share: float = 0.0,
        flat_share: float = 0.0,
        sharpened: float = 0.0,
        passes: int = 1,
        fixed: bool = False,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        sizes = getattr(pictures, "sizes", None) or [picture.shape[:2] for picture in pictures]
        self.hr_context_px = smallest_side(lr_size, scale)
        if not sizes:
            raise ConfigError("PairedPatches needs at least one picture. Received: none. Give it pictures.")
        for index, (height, width) in enumerate(sizes):
            if min(height, width) < self.hr_context_px:
                raise ConfigError(
                    f"Every picture is at least {self.hr_context_px} px on both sides for lr_size={lr_size}"
                    f" at scale {scale}. Received: picture {index} of {width}x{height}."
                    " Leave it out or use a smaller lr_size."
                )
        by_pixels = [height * width for height, width in sizes]
        weights = np.asarray(by_pixels if picture_weights is None else picture_weights, np.float64)
        if weights.shape != (len(sizes),) or not (np.all(weights >= 0) and weights.any()):
            raise ConfigError(
                "picture_weights are one number of at least 0 for each picture, not all 0. Received:"
                f" {weights.size} for {len(sizes)} picture(s), {weights.tolist()[:8]}. Leave them out to"
                " choose by size."
            )
        if not 0 < rescale[0] <= rescale[1] <= 1:
            raise ConfigError(
                f"rescale is (low, high) with 0 < low <= high <= 1. Received: {rescale}. Give (0.5, 1.0)."
            )
        self._cumulative = np.cumsum(weights / weights.sum())
        self._sizes = sizes
        self._pictures = pictures
        self._batch_size = batch_size
        self._lr_size = lr_size
        self._batches = batches_per_epoch
        self._scale = scale
        self._degradation = degradation
        self._candidates = candidates
        self._augment = augment
        self._rescale_share, self._rescale = rescale_share, rescale
        self._recolour_share = recolour_share
        self._collage_share = collage_share
        self._flat_share = flat_share
        self._sharpened = sharpened
        self._passes = passes
        self._seed = seed
        self._made: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._is_begun, self._given = False, set[int]()
        self.is_fixed, self.epoch = fixed, 0

    def __len__(self) -> int:
        """Batches an epoch."""
        return self._batches

    def on_epoch_begin(self) -> None:
        """Keras begins an epoch, or only looks at the first batches."""
        self._is_begun = True

    def on_epoch_end(self) -> None:
        """Go on to the next epoch, once every batch of this one was made.

        Keras ends an epoch before the first one too, and under JAX begins one only to see a batch's shape.
        """
        # What worker processes hand out is not seen here.
        is_over = self.use_multiprocessing or len(self._given) == self._batches
        if self._is_begun and is_over and not self.is_fixed:
            self.epoch += 1
            self._is_begun = False
            self._given.clear()

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch ``index`` of the current epoch."""
        is_begun = self._is_begun
        if self._passes == 1:
            rng = np.random.default_rng([self._seed, self.epoch, index])
            pairs = [self._pair(rng) for _ in range(self._batch_size)]
        else:
            first = (self.epoch * self._batches + index) * self._batch_size
            pairs = [self._again(number) for number in range(first, first + self._batch_size)]
        lr, hr = (np.stack(side).astype(np.float32) / np.float32(255) for side in zip(*pairs, strict=True))
        if is_begun:  # noted last: the next epoch may begin as soon as all are
            self._given.add(index)
        return lr, hr

    def degraded(self, how: Degradation) -> "PairedPatches":
        """The same patches of the same pictures, made small in another way."""
        other = copy.copy(self)
        other._degradation, other._made, other._given = how, {}, set()
        return other

    def epoch_callback(self) -> keras.callbacks.Callback:
        """A callback that tells this dataset which epoch begins, also after a resume."""
        return _EpochFollower(self)

    def _again(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Patch ``number`` of the stream, which gives each group so many times, in other orders."""
        group, place = divmod(number, _GROUP * self._passes)
        turn, place = divmod(place, _GROUP)
        order = np.random.default_rng([self._seed, group, turn]).permutation(_GROUP)
        made = group * _GROUP + int(order[place])
        if made not in self._made:
            if len(self._made) >= _GROUP:  # those of the group before
                self._made = {key: pair for key, pair in list(self._made.items()) if key >= group * _GROUP}
            self._made[made] = self._pair(np.random.default_rng([self._seed, made]))
        rng = np.random.default_rng([self._seed, made, turn])
        quarters, flips = int(rng.integers(4)), bool(turn and self._augment and rng.random() < 0.5)
        sides = [np.rot90(side, quarters) if turn and self._augment else side for side in self._made[made]]
        lr, hr = (side[:, ::-1] if flips else side for side in sides)
        return lr, hr

    def _pair(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        if self._flat_share and rng.random() < self._flat_share:
            return self._flat_pair(rng)
        crop = self._crop(rng)
        if self._collage_share and rng.random() < self._collage_share:
            crop = collage(crop, self._crop(rng), rng)
        if self._augment:
            crop = np.rot90(crop, int(rng.integers(4)))
            crop = crop[:, ::-1] if rng.random() < 0.5 else crop
        crop = np.ascontiguousarray(crop)
        lr = degrade(crop, self._scale, rng, self._degradation)
        if self._sharpened:
            crop = sharpened_lines(crop, self._sharpened)
        margin, inner = MARGIN_LR_PX * self._scale, slice(MARGIN_LR_PX, MARGIN_LR_PX + self._lr_size)
        return lr[inner, inner], crop[margin:-margin, margin:-margin]

    def _crop(self, rng: np.random.Generator) -> np.ndarray:
        """A square of ``hr_context_px`` from one of the pictures, shrunk and recoloured now and then."""
        index = min(int(np.searchsorted(self._cumulative, rng.random(), side="right")), len(self._sizes) - 1)
        height, width = self._sizes[index]
        context = cut = self.hr_context_px
        if self._rescale_share and rng.random() < self._rescale_share:
            cut = min(round(context / rng.uniform(*self._rescale)), height, width)
        tops = rng.integers(0, height - cut + 1, self._candidates)
        lefts = rng.integers(0, width - cut + 1, self._candidates)
        picture = self._pictures[index]
        crops = [picture[t : t + cut, x : x + cut] for t, x in zip(tops, lefts, strict=True)]
        crop = crops[0] if len(crops) == 1 else max(crops, key=_detail)
        if cut > context:
            crop = resize(
                crop, (context, context), _RESCALE_METHODS[int(rng.integers(len(_RESCALE_METHODS)))]
            )
        if self._recolour_share and rng.random() < self._recolour_share:
            crop = crop[..., rng.permutation(3)]
        return crop

    def _flat_pair(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        # Networks err most at the corners of the colour cube, which pictures rarely hold: a third lies there.
        levels = rng.integers(0, 256, 3)
        colour = np.where(rng.random(3) < 1 / 3, np.where(levels < 128, 0, 255), levels).astype(np.uint8)
        lr = np.broadcast_to(colour, (self._lr_size, self._lr_size, 3))
        side = self._lr_size * self._scale
        return lr, np.broadcast_to(colour, (side, side, 3))


class _EpochFollower(keras.callbacks.Callback):
    def __init__(self, patches: PairedPatches) -> None:
        super().__init__()
        self._patches = patches

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if not self._patches.is_fixed:
            self._patches.epoch = epoch


def smallest_side(lr_size: int, scale: int) -> int:
    """Shortest side in pixels that a training picture may have for patches of ``lr_size``."""
    return (lr_size + 2 * MARGIN_LR_PX) * scale


def _detail(crop: np.ndarray) -> float:
    """Mean absolute difference of neighbours on a coarse grid of green: cheap, and flat areas give 0."""
    green = crop[::3, ::3, 1].astype(np.int16)
    return float(np.abs(np.diff(green, axis=0)).mean() + np.abs(np.diff(green, axis=1)).mean())
