"""Upscaler: Picture -> Picture."""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.imaging.alpha import bleed, enlarge_alpha
from waifu4x_tf.imaging.colour_management import SrgbView, srgb_view
from waifu4x_tf.imaging.depth import with_bits
from waifu4x_tf.imaging.interpolation import enlarged_by_interpolation
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.pil import from_pil, to_pil
from waifu4x_tf.imaging.sharpness import sharpen
from waifu4x_tf.imaging.target import Fit, Target
from waifu4x_tf.inference import consistency
from waifu4x_tf.inference.engines import Engine
from waifu4x_tf.inference.identity import ModelIdentity, identify_model
from waifu4x_tf.inference.options import ModelOptions
from waifu4x_tf.inference.progress import Cancel, Meter, Progress, part_of
from waifu4x_tf.inference.route import Route
from waifu4x_tf.inference.tile_memory import TileMemory, tiles_to_run
from waifu4x_tf.inference.tiling import Tile, TilePlan, cut, pad_edges, plan_tiles
from waifu4x_tf.inference.treatment import Treatment, treatment_of

T = TypeVar("T", Picture, Image.Image, np.ndarray)

DEFAULT_TILE_PX = 256
_MOST_OF_16_BITS = 65535


class Upscaler:
    """Enlarges pictures with one loaded model; reuse it, loading is the slow part.

    Args:
        engine: What runs the network.
        name: Of the model, for reports.
        scale: Enlargement factor.
        radius: Receptive radius in input pixels.
        tile_px: Largest side of a tile's core; 0 = whole picture; None = chosen.
        raw: The network's output as it is, its colours not held to the picture's.
        cleans: Whether it denoises, so that pictures that do not become larger go through it too; None
            where that is not known, and only those go through it that keep their size.
        is_area: Whether it is for pictures shrunk by area averaging: each of their pixels is then held to be
            the mean of its large ones.

    Attributes:
        identity: Which model it is; None for one constructed directly.
        treatment: What was chosen for a picture, of one that `for_picture` gave; else None.

    One made by `load_upscaler` can be pickled: it is loaded again where it arrives. It can also be called,
    with a picture or with a row of a data set; see `__call__`.

    Example:
        >>> upscaler = waifu4x_tf.load_upscaler("compact")
        >>> upscaler.name, upscaler.scale
        ('compact', 4)
    """

    identity: ModelIdentity | None = None
    treatment: Treatment | None = None
    _options: ModelOptions | None = None
    _load: "Callable[[ModelOptions], Upscaler] | None" = None
    _variants: Mapping[str, Callable[[], "Upscaler"]] = {}

    def __init__(
        self,
        engine: Engine,
        *,
        name: str,
        scale: int,
        radius: int,
        tile_px: int | None = None,
        raw: bool = False,
        cleans: bool | None = None,
        is_area: bool = False,
    ) -> None:
        if tile_px is not None and tile_px < 0:
            raise UsageError(
                f"A tile is 1 px or more, or 0 for the whole picture. Received: `tile_px={tile_px}`. Use 256."
            )
        self.name = name
        self.scale = scale
        self.radius = radius
        self._reach = radius + consistency.REACH_PX
        self._engine = engine
        self._tile_px = DEFAULT_TILE_PX if tile_px is None else tile_px
        self._raw = raw
        self._cleans = cleans
        self._is_area = is_area

    def remember(
        self,
        options: ModelOptions,
        variants: Mapping[str, Callable[[], "Upscaler"]],
        load: Callable[[ModelOptions], "Upscaler"],
    ) -> None:
        """Keep how this one was loaded, for identity and pickling, and what loads its variants."""
        # Where it is loaded again, the current folder may be another.
        self._options, self.identity = options.absolute(), identify_model(options)
        self._variants, self._load = variants, load

    def for_picture(self, picture: Picture) -> "Upscaler":
        """What one picture is enlarged with: the variant that it needs, its `treatment` set.

        `upscale` asks this itself. One that has no choice, or was chosen already, gives itself.

        Raises:
            ModelError: A variant cannot be loaded.
        """
        if self.treatment is not None or self._options is None:
            return self
        treatment = treatment_of(picture, self._options)
        if treatment is None:
            return self
        chosen = object.__new__(Upscaler)
        vars(chosen).update(vars(self._variants[treatment.variant]() if treatment.variant else self))
        chosen.treatment, chosen.identity = treatment, self.identity
        chosen._options, chosen._load = self._options, self._load
        return chosen

    @property
    def strength(self) -> float:
        """Between the faithful network, 0, and its GAN variant, 1; of one constructed directly 0."""
        return self._options.strength if self._options else 0.0

    def __call__(self, x: Any) -> Any:
        """What `upscale` gives for a picture; for a row, the row with its picture enlarged.

        Args:
            x: As `upscale` takes it, or a mapping that holds such a picture under ``"image"``, as the rows of
                ``ray.data.read_images`` do.
        """
        if isinstance(x, Mapping):
            return {**x, "image": self.upscale(x["image"])}
        return self.upscale(x)

    def loaded_again(self, **changes: Any) -> "Upscaler":
        """The same model, loaded with other arguments of `load_upscaler`, such as ``tta=True``.

        Raises:
            UsageError: It was constructed directly, or an argument is wrong.
            ModelError: As `load_upscaler`.
        """
        if self._options is None or self._load is None:
            raise UsageError(
                "An Upscaler is loaded again as it was loaded. Received: one constructed directly. "
                "Use load_upscaler."
            )
        return self._load(dataclasses.replace(self._options, **changes))

    def __reduce__(self) -> tuple[Any, ...]:
        if self._options is None or self.identity is None:
            raise UsageError(
                "An Upscaler is pickled by how it was loaded. Received: one constructed directly. "
                "Use load_upscaler, with a file if need be."
            )
        return _unpickled, (self._load, self._options, self.identity.sha256)

    def plan(self, width: int, height: int, *, bits: int = 8) -> TilePlan:
        """How a picture of this size and depth would be cut, and an estimate of the memory."""
        share = bits // 8  # The float network needs about twice the memory of the one of 8 bits.
        return plan_tiles(
            width,
            height,
            tile_px=self._tile_px,
            radius=self.radius,
            fixed_size=self._engine.fixed_size,
            bytes_per_tile_pixel=share * self._engine.bytes_per_pixel,
            result_bytes=share * 3 * width * height * self.scale**2,
        )

    def route(self, width: int, height: int, target: Target | None = None) -> Route:
        """The passes that bring a picture of this size to a target; None is ``scale`` times larger.

        Raises:
            UsageError: The network does not enlarge, and the target asks for it.
        """
        target = target or Target(self.scale)
        keeps_size = target.placed_size(width, height) == (width, height)
        if keeps_size if self._cleans is None else self._cleans:
            target = dataclasses.replace(target, cleans=True)
        return Route.plan(width, height, target, scale=self.scale, reach=self._reach)

    def plans(self, width: int, height: int, target: Target | None = None) -> list[TilePlan]:
        """The `plan` of each pass of `route`; none where the picture is only averaged down."""
        bits = (target.bits if target else None) or 8
        return [self.plan(*size, bits=bits) for size in self.route(width, height, target).sizes[:-1]]

    def moving_share(self, picture: Picture) -> float:
        """What part of the pixels of all frames' tiles the network is run on in the first pass; of a still 1.

        The rest of an animation is as in an earlier frame, and copied.
        """
        plan = self.plan(picture.width, picture.height)
        memory, all_px, run_px = TileMemory(), 0, 0
        for frame in picture.distinct_frames:
            planes = [(frame.rgb, picture.is_grey)]
            if frame.alpha is not None and frame.alpha.min() != frame.alpha.max():
                planes.append((np.broadcast_to(frame.alpha[..., None], frame.rgb.shape), True))
            for plane, kind in planes:
                known = memory.most_alike(plane, kind)
                tiles = plan.tiles() if known is None else self._tiles_to_run(known[0], plan)
                run_px += self._px_with_context(tiles)
                all_px += self._px_with_context(plan.tiles())
                # As large as an enlargement, to be forgotten like it, but without its memory.
                shape = (plan.height * self.scale, plan.width * self.scale, 3)
                memory.keep(plane, np.broadcast_to(plane.dtype.type(0), shape), kind)
        return run_px / all_px if all_px else 1.0

    def upscale(
        self,
        x: T,
        *,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        fit: Fit = "inside",
        target: Target | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> T:
        """Enlarge a picture.

        Args:
            x: A Picture, a PIL image, or a uint8 or uint16 array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``.
            scale: How many times larger the result is to be; without it and ``size`` the network's factor.
            size: (width, height) of the result.
            fit: How a picture of another shape goes into ``size``, as of `Target`.
            target: How large the result is to be, in place of the three; it can say more.
            progress: Called with (done, total) in input pixels after each tile.
            cancel: Asked before each tile.

        Returns:
            The type it got. Grey stays grey, 1-bit alpha stays 1-bit. A padded array is ``(H, W, 4)``. Of an
            animation each frame is what it would be as a still of the animation's kind: grey or not, its
            alpha of 1 bit or not.

        Raises:
            UsageError: Another type, or a float array; a size that makes no sense, or that is given twice.
            CancelledError: ``cancel`` returned True.
            ModelError: The network gave something that is no picture, or has 16 bits to work on and only 8.

        Example:
            >>> from waifu4x_tf.imaging.target import Target
            >>> upscaler = waifu4x_tf.load_upscaler(raw=True)
            >>> upscaler.upscale(np.zeros((8, 12), np.uint8), target=Target(size=(60, 40))).shape
            (40, 60)
        """
        asked = self._target(scale, size, fit, target)

        def enlarged(picture: Picture) -> Picture:
            return self.for_picture(picture)._upscale_to(picture, asked, progress, cancel)

        if isinstance(x, Picture):
            return enlarged(x)
        if isinstance(x, Image.Image):
            return to_pil(enlarged(from_pil(x)))
        if isinstance(x, np.ndarray):
            channels = 1 if x.ndim == 2 else x.shape[2]
            picture = enlarged(Picture.from_array(x))
            return picture.to_array(channels=4 if picture.has_alpha else channels)
        raise UsageError(
            "upscale() takes a Picture, a PIL image or a uint8 or uint16 array. Received: "
            f"{type(x).__name__}. Open files with waifu4x_tf.read()."
        )

    def _target(
        self, scale: float | None, size: tuple[int, int] | None, fit: Fit, target: Target | None
    ) -> Target:
        if target is None:
            return Target(self.scale if scale is None and size is None else scale, size, fit)
        if (scale, size, fit) != (None, None, "inside"):
            raise UsageError(
                "A result has one size. Received: `target` with `scale`, `size` or `fit`. Keep one of them."
            )
        return target

    def _upscale_to(
        self, picture: Picture, target: Target, progress: Progress | None, cancel: Cancel | None
    ) -> Picture:
        if target.bits is not None:
            picture = with_bits(picture, target.bits)
        route = self.route(picture.width, picture.height, target)
        picture = route.begin(picture, target.wrap, self._reach)
        done = 0.0
        for share in route.shares():
            # What one pass made of the colours under transparency is as smooth as what filled them before it.
            picture = self._upscale_picture(
                picture,
                part_of(progress, done, share),
                cancel,
                is_bled=bool(done or target.wrap),
                is_tile=bool(target.wrap),
                is_first=not done,
            )
            done += share
        if progress is not None and not route.passes:
            progress(picture.width * picture.height, picture.width * picture.height)
        return route.end(picture)

    def _upscale_picture(
        self,
        picture: Picture,
        progress: Progress | None,
        cancel: Cancel | None,
        *,
        is_bled: bool,
        is_tile: bool,
        is_first: bool,
    ) -> Picture:
        passes = sum(1 if frame.alpha is None else 2 for frame in picture.distinct_frames)
        memory = TileMemory() if picture.is_animated else None
        meter = Meter(progress, cancel, passes * picture.width * picture.height, memory)
        is_binary = picture.alpha_is_binary
        view = srgb_view(picture.icc_profile, is_grey=picture.is_grey, bits=picture.bits)
        colours = functools.partial(
            self._enlarge_colours,
            is_grey=picture.is_grey,
            is_tile=is_tile,
            view=view,
            meter=meter,
            is_first=is_first,
        )
        return picture.map_frames(
            lambda frame: self._upscale_frame(frame, colours, is_binary, meter, is_bled)
        )

    def _upscale_frame(
        self,
        frame: Frame,
        colours: Callable[[np.ndarray], np.ndarray],
        is_binary: bool,
        meter: Meter,
        is_bled: bool,
    ) -> Frame:
        if frame.alpha is None:
            return Frame(colours(frame.rgb), None)
        rgb = colours(frame.rgb if is_bled else bleed(frame.rgb, frame.alpha))
        alpha = enlarge_alpha(
            frame.alpha, self.scale, lambda grey: self._enlarge(grey, True, meter), is_binary=is_binary
        )
        return Frame(rgb, alpha)

    def _enlarge_colours(
        self,
        given: np.ndarray,
        *,
        is_grey: bool,
        is_tile: bool,
        view: SrgbView | None,
        meter: Meter,
        is_first: bool,
    ) -> np.ndarray:
        """Run `_enlarge` on the picture sharpened and in sRGB, and hold colours to the picture's.

        What was chosen and what is known of the kernel hold for what goes into the first pass.
        """
        amount = self.treatment.amount if self.treatment and is_first else 0.0
        rgb = sharpen(given, amount)
        shown = rgb if view is None else view.to_srgb(rgb)
        large = self._enlarge(shown, is_grey, meter)
        if view is not None:
            large = view.from_srgb(large)
        elif meter.memory is not None and not self._raw:
            large = large.copy()  # The memory keeps the network's own output.
        if self._raw:
            return large
        if view is not None:
            # What sRGB cannot hold, and what rounding lost on the way there and back.
            consistency.add_enlarged(rgb, view.from_srgb(shown), large)
        # A tile has no corner for blocks to begin at: moved by a pixel, it gives the moved result.
        blocks = None if is_tile else given
        is_averaged = self._is_area and is_first and not amount
        consistency.hold_colours(rgb, large, blocks=blocks, is_averaged=is_averaged)
        return large

    def _enlarge(self, rgb: np.ndarray, is_grey: bool, meter: Meter) -> np.ndarray:
        """``(H, W, 3)`` to ``(r * H, r * W, 3)`` of its dtype; each tile goes straight into the result.

        A uint16 picture reaches the network in floats, and its output is rounded to 16 bits once.
        """
        height, width = rgb.shape[:2]
        plan = self.plan(width, height)
        if plan.is_interpolated:
            meter.check()
            meter.add(width * height)
            return enlarged_by_interpolation(rgb, self.scale)
        padded = pad_edges(rgb, plan)
        result, tiles = self._left_to_run(rgb, is_grey, plan, meter.memory)
        for tile in tiles:
            meter.check()
            piece = cut(padded, tile, self.radius)
            run = functools.partial(self._run_tile, piece, tile, is_grey)
            core = run() if meter.memory is None else meter.memory.core(piece, is_grey, run)
            place = result[tile.top * self.scale :, tile.left * self.scale :][
                : core.shape[0], : core.shape[1]
            ]
            place[...] = core[: place.shape[0], : place.shape[1]]
            meter.add(width * height / len(tiles))
        if not tiles:
            meter.add(width * height)
        if meter.memory is not None:
            meter.memory.keep(rgb, result, is_grey)
        return result

    def _left_to_run(
        self, rgb: np.ndarray, is_grey: bool, plan: TilePlan, memory: TileMemory | None
    ) -> tuple[np.ndarray, list[Tile]]:
        """The enlargement as far as it is known from earlier frames, and the tiles that are not."""
        known = memory.most_alike(rgb, is_grey) if memory is not None else None
        if known is None:
            shape = (plan.height * self.scale, plan.width * self.scale, 3)
            return np.empty(shape, rgb.dtype), list(plan.tiles())
        changed, large = known
        return large.copy(), self._tiles_to_run(changed, plan)

    def _px_with_context(self, tiles: Iterable[Tile]) -> int:
        context = 2 * self.radius
        return sum((tile.height + context) * (tile.width + context) for tile in tiles)

    def _tiles_to_run(self, changed: np.ndarray, plan: TilePlan) -> list[Tile]:
        has_fixed_size = self._engine.fixed_size is not None
        return tiles_to_run(changed, plan, tile_px=self._tile_px, has_fixed_size=has_fixed_size)

    def _run_tile(self, piece: np.ndarray, tile: Tile, is_grey: bool) -> np.ndarray:
        """The enlarged core of a tile that was cut with its context."""
        values = piece if piece.dtype == np.uint8 else piece.astype(np.float32) / np.float32(_MOST_OF_16_BITS)
        core = self._checked_core(self._engine.run(values), tile.height, tile.width, piece.dtype)
        return np.repeat(_grey(core), 3, axis=2) if is_grey else core

    def _checked_core(self, large: np.ndarray, height: int, width: int, dtype: np.dtype) -> np.ndarray:
        """Cut the context off a network's output, after checking it; floats are rounded, not truncated.

        A uint8 output for more bits than 8 would be a silent loss, so it is an error.
        """
        expected = (1, *((edge + 2 * self.radius) * self.scale for edge in (height, width)), 3)
        if large.shape != expected:
            raise ModelError(
                f"A network of scale {self.scale} gives {expected} here. Received: {large.shape} from"
                f" {self.name}. Its card or file is wrong; export it again."
            )
        edge = self.radius * self.scale
        core = large[0, edge : edge + height * self.scale, edge : edge + width * self.scale]
        if core.dtype == dtype == np.uint8:
            return core
        if core.dtype == np.uint8:
            raise ModelError(
                "A network that is given floats gives floats. "
                f"Received: uint8 from {self.name}. Use `bits=8`."
            )
        if not np.isfinite(core).all():
            raise ModelError(
                f"A network gives finite numbers. Received: NaN or infinity from {self.name}. Nothing was"
                " written; export the model again, or use the int8 file."
            )
        return np.rint(np.clip(core, 0, 1) * np.float32(np.iinfo(dtype).max)).astype(dtype)


def _grey(rgb: np.ndarray) -> np.ndarray:
    """Rounded mean of the channels, ``(H, W, 1)``."""
    # Added up by hand: NumPy's sum over three channels takes five times as long.
    red, green, blue = (rgb[..., channel : channel + 1] for channel in range(3))
    wide = np.uint16 if rgb.dtype == np.uint8 else np.uint32
    return ((red.astype(wide) + green + blue + 1) // 3).astype(rgb.dtype)


def _unpickled(load: Callable[[ModelOptions], Upscaler], options: ModelOptions, sha256: str) -> Upscaler:
    """The Upscaler that was pickled, loaded from the files of this machine.

    Args:
        load: What loaded it.
        options: Of `load_upscaler`.
        sha256: Of the model that was pickled.

    Raises:
        ModelError: The file here is another one, or missing.
    """
    upscaler = load(options)
    if upscaler.identity is None or upscaler.identity.sha256 != sha256:
        raise ModelError(
            "A pickled Upscaler loads the model it was made with. "
            f"Received: {options.model}, which is another file here. Install the same version everywhere."
        )
    return upscaler
