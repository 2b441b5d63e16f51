"""Time and memory of a job, from a small part of its picture that is enlarged and encoded on this machine."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waifu4x_tf.imaging import writing
from waifu4x_tf.imaging.drift import measure_drift
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions

if TYPE_CHECKING:
    from waifu4x_tf.inference.tiling import TilePlan
    from waifu4x_tf.inference.upscaler import Upscaler

# Sides of the part before the last pass, the small one first; one that takes longer is the last.
_SAMPLE_PX, _LONG_SECONDS = (48, 192), 1.0
_PATCHES, _SAMPLE_FRAMES = 4, 6
# Bytes that Pillow's encoders take for a pixel, beside the picture; the other formats are written in strips.
_ENCODER_BYTES = {"webp": 24, "avif": 45, "gif": 25, "jpeg": 5}
# Of the sums in floats for a pixel of a strip that is too thin for a network.
_INTERPOLATION_BYTES = 24
# `TileMemory` keeps frames of up to so many bytes.
_MOST_KEPT_BYTES = 2**27
# Of Python, NumPy, LiteRT and a shipped network, where the system does not say.
_USUAL_PROCESS_BYTES = 105_000_000


@dataclass(frozen=True)
class Work:
    """How much there is to do for a picture.

    Attributes:
        passes: How often the network is set up.
        tile_px: Pixels of the tiles that the network gets, context included.
        enlarged_px: Pixels that its passes give.
        result_px: Pixels of all frames as they are written.
    """

    passes: int
    tile_px: float
    enlarged_px: float
    result_px: float

    @classmethod
    def of(cls, picture: Picture, target: Target, upscaler: Upscaler) -> Work:
        """What is to be done for a picture and a target."""
        size = picture.width, picture.height
        route = upscaler.route(*size, target)
        frames = picture.distinct_frames
        # Alpha goes through the network too, where it is not the same everywhere.
        passes = sum(1 if _is_even(frame.alpha) else 2 for frame in frames)
        tiles = sum(map(tile_px, upscaler.plans(*size, target)))
        enlarged = sum(width * height for width, height in route.sizes[1:]) or size[0] * size[1]
        return cls(
            route.passes if tiles else 0,
            tiles * passes * (upscaler.moving_share(picture) if picture.is_animated else 1),
            enlarged * len(frames),
            route.result_size[0] * route.result_size[1] * len(picture.frames),
        )


@dataclass(frozen=True)
class Rates:
    """Seconds of each part of the work.

    Attributes:
        setup: For the network to be set up for a size of tiles, once a pass.
        tile: A pixel of a tile.
        enlarged: A pixel that a pass gives, for all that is done beside the network.
        measured: A pixel of the result, for its drift.
        opening: For the encoder to begin, once.
        written: A pixel of the result.
    """

    setup: float
    tile: float
    enlarged: float
    measured: float
    opening: float
    written: float

    def seconds(self, work: Work, *, measures: bool) -> dict[str, float]:
        """By stage, named as in the outcome of a run."""
        network = self.setup * work.passes + self.tile * work.tile_px
        return {
            "upscale": network + self.enlarged * work.enlarged_px,
            "measure": self.measured * work.result_px if measures else 0.0,
            "write": self.opening + self.written * work.result_px,
        }


class Estimates:
    """The rates of each kind of picture, measured on the first of it.

    Args:
        start_seconds: What the command took before its first picture; the first estimate has it in it.

    Attributes:
        process_bytes: The most memory that the process has had after its first sample, a small one; 0 before.
    """

    def __init__(self, start_seconds: float = 0.0) -> None:
        self._start_seconds = start_seconds
        self.process_bytes = 0
        self._rates: dict[tuple[object, ...], Rates] = {}

    def start_seconds(self) -> float:
        """What the start took, the first time; then 0."""
        seconds, self._start_seconds = self._start_seconds, 0.0
        return seconds

    def seconds(
        self, picture: Picture, target: Target, upscaler: Upscaler, options: WriteOptions
    ) -> dict[str, float]:
        """Estimates of the stages behind the reading.

        Args:
            picture: As it was read.
            target: How large its result is to be, with its bits.
            upscaler: Enlarges it.
            options: How it is written.
        """
        size = picture.width, picture.height
        sides = [_sides(*size, each, upscaler, target) for each in _SAMPLE_PX]
        route = upscaler.route(*size, target)
        alphas = {_is_even(frame.alpha) for frame in picture.frames}
        looks = (picture.has_alpha, min(alphas), picture.is_grey, picture.is_animated, picture.icc_profile)
        kind = (upscaler.name, target.bits, route.passes, sides[-1], *looks)
        if kind not in self._rates:
            samples: list[_Sample] = []
            for each in sides:
                part, of_part = _part(picture, *each), _scaled(target, picture, *each)
                samples.append(_Sample.of(part, of_part, upscaler, options))
                self.process_bytes = self.process_bytes or _process_bytes()
                if samples[-1].seconds > _LONG_SECONDS:
                    break
            self._rates[kind] = _rates(samples[0], samples[-1])
        work = Work.of(picture, target, upscaler)
        return self._rates[kind].seconds(work, measures=route.result_size == target.placed_size(*size))


def memory_bytes(picture: Picture, target: Target, upscaler: Upscaler, options: WriteOptions) -> int:
    """What a job needs at its peak, beside what the process has before its first picture."""
    size = picture.width, picture.height
    route, plans = upscaler.route(*size, target), upscaler.plans(*size, target)
    depth = (target.bits or picture.bits) // 8
    frames = len(picture.distinct_frames)
    a_pixel = depth * frames * (4 if picture.has_alpha else 3)
    before, enlarged = ([(0, 0), size, *route.sizes[1:]] if plans else [(0, 0), size])[-2:]
    before_px, enlarged_px = before[0] * before[1], enlarged[0] * enlarged[1]
    result_px = route.result_size[0] * route.result_size[1]
    held = size[0] * size[1] * a_pixel + enlarged_px * a_pixel
    # The network's tiles; its plan has the three channels of one frame's result in it.
    network = plans[-1].memory_bytes - 3 * depth * enlarged_px if plans else 0
    if plans and plans[-1].is_interpolated:
        network += _INTERPOLATION_BYTES * enlarged_px
    if picture.is_animated:
        network += min(_MOST_KEPT_BYTES, 3 * depth * enlarged_px * frames)
    has_alpha_run = not all(_is_even(frame.alpha) for frame in picture.frames)
    stages = (
        before_px * a_pixel * (len(plans) > 1) + 3 * depth * enlarged_px * has_alpha_run,
        result_px * a_pixel * (route.result_size != enlarged),
        result_px * _ENCODER_BYTES.get(options.format, 0),
    )
    return held + network + max(stages)


def tile_px(plan: TilePlan) -> int:
    """Pixels of a plan's tiles, context included."""
    return plan.tile_count * (plan.core_width + 2 * plan.radius) * (plan.core_height + 2 * plan.radius)


def _process_bytes() -> int:
    """The most memory that this process has had so far, or what is usual where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return _USUAL_PROCESS_BYTES
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class _TileClock:
    """Times the tiles: from the question whether to stop, before each, to the progress behind it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._started: float | None = None

    def cancel(self) -> bool:
        self._started = time.perf_counter()
        return False

    def progress(self, done: int, total: int) -> None:
        if self._started is not None:
            self.seconds += time.perf_counter() - self._started
        self._started = None


@dataclass(frozen=True)
class _Sample:
    """What a part of a picture took."""

    work: Work
    tiles_seconds: tuple[float, float]
    other_seconds: float
    measure_seconds: float
    write_seconds: float

    @classmethod
    def of(cls, part: Picture, target: Target, upscaler: Upscaler, options: WriteOptions) -> _Sample:
        """Enlarge a part twice, the second time by a network that is set up, then measure and encode it."""
        first, second = _TileClock(), _TileClock()
        upscaler.upscale(part, target=target, progress=first.progress, cancel=first.cancel)
        started = time.perf_counter()
        large = upscaler.upscale(part, target=target, progress=second.progress, cancel=second.cancel)
        upscaled = time.perf_counter()
        measure_drift(part, large)
        measured = time.perf_counter()
        writing.encode(large, options)
        written = time.perf_counter()
        return cls(
            Work.of(part, target, upscaler),
            (first.seconds, second.seconds),
            upscaled - started - second.seconds,
            measured - upscaled,
            written - measured,
        )

    @property
    def seconds(self) -> float:
        return sum(self.tiles_seconds) + self.other_seconds + self.measure_seconds + self.write_seconds


def _rates(small: _Sample, large: _Sample) -> Rates:
    """The rates of the larger sample; writing also has a part that does not grow, which two samples show."""
    work = large.work
    more_px = work.result_px - small.work.result_px
    written = large.write_seconds / work.result_px
    if more_px > 0:
        written = min(written, max(0.0, large.write_seconds - small.write_seconds) / more_px)
    first, second = large.tiles_seconds
    return Rates(
        max(0.0, first - second) / max(1, work.passes),
        second / work.tile_px if work.tile_px else 0.0,
        large.other_seconds / work.enlarged_px,
        large.measure_seconds / work.result_px,
        large.write_seconds - written * work.result_px,
        written,
    )


def _scaled(target: Target, picture: Picture, width: int, height: int) -> Target:
    """The target of a part of a picture: its share of what the whole becomes."""
    placed = target.placed_size(picture.width, picture.height)
    size = max(1, placed[0] * width // picture.width), max(1, placed[1] * height // picture.height)
    return replace(target, scale=None, min_side=None, size=size, fit="stretch", wrap="")


def _sides(width: int, height: int, side: int, upscaler: Upscaler, target: Target) -> tuple[int, int]:
    """(width, height) of the part: of so many pixels before the last pass, and less than the picture."""
    side = max(8, side // upscaler.scale ** max(0, upscaler.route(width, height, target).passes - 1))
    part_width = min(width, side**2 // min(height, side))
    return part_width, min(height, max(1, side**2 // part_width))


def _part(picture: Picture, width: int, height: int) -> Picture:
    """Patches from all over a picture, put together; of an animation those of the first few frames."""
    frames = picture.distinct_frames[: _SAMPLE_FRAMES if picture.is_animated else 1]
    places = np.ix_(_spread(picture.height, height), _spread(picture.width, width))
    durations = picture.durations_ms[: len(frames)] if len(frames) > 1 else ()
    parts = (Frame(each.rgb[places], None if each.alpha is None else each.alpha[places]) for each in frames)
    return replace(picture, frames=tuple(parts), durations_ms=durations)


def _spread(length: int, count: int) -> np.ndarray:
    """So many of the places along a side, in a few runs at equal distances."""
    run = -(-count // _PATCHES)
    starts = np.linspace(0, length - run, -(-count // run)).astype(int)
    return (starts[:, None] + np.arange(run)).ravel()[:count]


def _is_even(alpha: np.ndarray | None) -> bool:
    return alpha is None or bool((alpha == alpha.flat[0]).all())
