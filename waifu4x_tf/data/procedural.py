"""Drawn pictures: anime faces, hair, comics, scenery, lines and stickers from a seed, at any size.

They stand in wherever pictures are needed and none can be downloaded: as examples, test pictures and a
training set. The same kind, seed and size give the same bytes.

    python -m waifu4x_tf.data.procedural --examples examples
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from waifu4x_tf.data.drawing import (
    backgrounds,
    bodies,
    characters,
    comics,
    dead_leaves,
    hair,
    linework,
    stickers,
    strokes,
)
from waifu4x_tf.data.drawing.characters import Sketch
from waifu4x_tf.data.drawing.rasterizer import Canvas, Place, spline
from waifu4x_tf.errors import ConfigError

MIN_SIDE_PX = 16
EXAMPLES = {"face.png": ("face", 122), "sticker.png": ("sticker_soft", 101), "manga.png": ("manga", 112)}
"""File name -> (kind, seed) of the committed examples."""


def _face(canvas: Canvas, rng: np.random.Generator) -> None:
    backgrounds.backdrop(canvas, rng)
    unit = canvas.short_side * float(rng.uniform(0.26, 0.34))
    place = Place(
        canvas.width * float(rng.uniform(0.46, 0.54)),
        canvas.height * 0.46,
        unit,
        float(rng.uniform(-0.14, 0.14)),
    )
    bodies.draw_bust(Sketch(canvas, place, characters.choose(rng), rng, max(unit * 0.017, 1.2)))


def _figure(canvas: Canvas, rng: np.random.Generator) -> None:
    backgrounds.scenery(canvas, rng)
    unit = canvas.short_side * float(rng.uniform(0.15, 0.22))
    place = Place(
        canvas.width * float(rng.uniform(0.3, 0.7)),
        canvas.height - 2.3 * unit,
        unit,
        float(rng.uniform(-0.08, 0.08)),
    )
    bodies.draw_bust(Sketch(canvas, place, characters.choose(rng), rng, max(unit * 0.02, 1.2)))


def _hair(canvas: Canvas, rng: np.random.Generator) -> None:
    backgrounds.backdrop(canvas, rng)
    w, h, side = canvas.width, canvas.height, canvas.short_side
    look = characters.choose(rng)
    if rng.uniform() < 0.5:
        unit = side * float(rng.uniform(0.55, 0.95))
        place = Place(
            w * float(rng.uniform(0.25, 0.75)),
            h * float(rng.uniform(0.3, 0.9)),
            unit,
            float(rng.uniform(-0.4, 0.4)),
        )
        bodies.draw_bust(Sketch(canvas, place, look, rng, max(side * 0.006, 1.2)))
        return
    place = Place(w / 2, h / 2, max(w, h), float(rng.uniform(0, 2 * np.pi)))
    sketch = Sketch(canvas, place, look, rng, max(side * 0.005, 1.2))
    across, bend, narrow = rng.uniform(-0.2, 0.2), rng.uniform(0.05, 0.22), rng.uniform(0.15, 0.8)
    along = np.linspace(-0.85, 0.85, 7)
    guides = []
    for share in np.linspace(-0.32, 0.32, 5):
        wave = bend * np.sin(along * 3.2 + 2 * share) + across
        spread = share * (1 + (narrow - 1) * np.linspace(0, 1, 7)) + rng.normal(0, 0.012, 7)
        guides.append(spline(np.stack([along, wave + spread], axis=1), per_span=16))
    hair.draw_flow(sketch, guides)


def _flat(
    draw_on: Callable[[Canvas, np.random.Generator], None],
) -> Callable[[np.random.Generator, int, int], np.ndarray]:
    def make(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
        canvas = Canvas(width, height)
        draw_on(canvas, rng)
        return canvas.finish()

    return make


def _manga(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    canvas = Canvas(width, height)
    comics.manga_page(canvas, rng)
    # Ink is a shade off neutral for colour work; print has one channel.
    return np.repeat(canvas.finish()[..., :1], 3, axis=2)


_MAKERS: dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    "face": _flat(_face),
    "hair": _flat(_hair),
    "manga": _manga,
    "bubble": _flat(comics.colour_comic),
    "lines": _flat(linework.draw_lines),
    "scenery": _flat(backgrounds.scenery),
    "figure": _flat(_figure),
    "sticker_soft": stickers.soft,
    "sticker_hard": stickers.hard,
}
KINDS: tuple[str, ...] = tuple(_MAKERS)
"""The kinds of picture; those that begin with "sticker" have alpha."""


def draw(kind: str, *, seed: int, width: int, height: int) -> np.ndarray:
    """Draws one picture.

    Args:
        kind: one of `KINDS`.
        seed: any integer from 0.
        width: pixels, at least 16.
        height: pixels, at least 16.

    Returns:
        uint8 (height, width, 3) RGB, or (height, width, 4) RGBA with straight alpha for the stickers.

    Raises:
        ConfigError: an unknown kind, a side under 16 pixels or a negative seed.
    """
    if kind not in _MAKERS:
        raise ConfigError(
            f"A drawn picture's kind is one of {', '.join(KINDS)}. Received: {kind!r}. Choose one of them."
        )
    _check_sides(width, height)
    if seed < 0:
        raise ConfigError(f"A seed is zero or more. Received: {seed}. Use a non-negative integer.")
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    return _MAKERS[kind](rng, width, height)


def kind_of(index: int) -> str:
    """The kind of picture number `index` of `draw_rgb`'s set.

    Example:
        >>> kind_of(0) == kind_of(len(KINDS))
        True
    """
    return KINDS[index % len(KINDS)]


def draw_rgb(index: int, *, seed: int, width: int, height: int) -> np.ndarray:
    """Draws picture number `index` of an endless training set that cycles through the kinds.

    Stickers are composited on flat colours and gradients.

    Args:
        index: from 0.
        seed: of the whole set.
        width: pixels, at least 16.
        height: pixels, at least 16.

    Returns:
        uint8 (height, width, 3).

    Raises:
        ConfigError: a negative index or seed, or a side under 16 pixels.

    Example:
        >>> draw_rgb(0, seed=1, width=64, height=48).shape
        (48, 64, 3)
    """
    _check_place(index, seed)
    own_seed = int(np.random.SeedSequence([seed, index]).generate_state(1)[0])
    pixels = draw(kind_of(index), seed=own_seed, width=width, height=height)
    if pixels.shape[2] == 3:
        return pixels
    ground = Canvas(width, height)
    rng = np.random.default_rng([own_seed, len(KINDS)])
    backgrounds.backdrop(ground, rng)
    alpha = pixels[..., 3:].astype(np.float32) / 255
    ground.pixels += (pixels[..., :3] - ground.pixels) * alpha
    return ground.finish()


def _check_place(index: int, seed: int) -> None:
    if index < 0 or seed < 0:
        raise ConfigError(
            f"An index and a seed are zero or more. Received: {index}, {seed}. Use non-negative integers."
        )


def _check_sides(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE_PX:
        raise ConfigError(
            f"A drawn picture is at least {MIN_SIDE_PX} pixels wide and high. Received: {width}x{height}. "
            "Ask for a larger one."
        )


def draw_leaves(index: int, *, seed: int, width: int, height: int) -> np.ndarray:
    """Draws picture number `index` of an endless set of dead leaves (`waifu4x_tf.data.drawing.dead_leaves`).

    Takes, returns and raises what `draw_rgb` does.
    """
    return _draw_study(dead_leaves.dead_leaves, index, seed=seed, width=width, height=height)


def draw_strokes(index: int, *, seed: int, width: int, height: int) -> np.ndarray:
    """Draws picture number `index` of an endless set of inked strokes (`waifu4x_tf.data.drawing.strokes`).

    Takes, returns and raises what `draw_rgb` does.
    """
    return _draw_study(strokes.draw_strokes, index, seed=seed, width=width, height=height)


def _draw_study(
    draw_on: Callable[[Canvas, np.random.Generator], None], index: int, *, seed: int, width: int, height: int
) -> np.ndarray:
    _check_place(index, seed)
    _check_sides(width, height)
    canvas = Canvas(width, height)
    draw_on(canvas, np.random.default_rng([seed, index]))
    return canvas.finish()


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the example pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m waifu4x_tf.data.procedural", description="Draw the example pictures."
    )
    parser.add_argument(
        "--examples", type=Path, required=True, metavar="DIR", help="folder to write the three examples to"
    )
    parser.add_argument("--size", type=int, default=256, metavar="PX", help="width and height (default: 256)")
    options = parser.parse_args(arguments)
    options.examples.mkdir(parents=True, exist_ok=True)
    for name, (kind, seed) in EXAMPLES.items():
        pixels = draw(kind, seed=seed, width=options.size, height=options.size)
        image = Image.fromarray(pixels[..., 0] if kind == "manga" else pixels)
        image.save(options.examples / name, optimize=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
