"""What each loss learns first: one network, the same pictures, steps and seed, four losses.

python -m train.compare_losses [--recipe NAME|PATH] [--data DIR] [--out DIR] [--vgg-weights FILE]

Trains with MSE in RGB, Lab and HSV and with features of VGG19, and writes into OUT: losses.webp, a drawing
that none is trained on, as it comes out during the four trainings side by side; losses.png, PSNR, SSIM and
VGG distance against steps; losses.csv, those numbers. Stopped, the same command goes on with the first loss
that was not trained whole.
"""

import argparse
import dataclasses
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from train.build import (
    find_pictures,
    make_compiled,
    make_patches,
    make_perceptual_loss,
    make_upscaler,
    validation_pictures,
)
from train.command import default_out, told
from train.precision import for_this_processor
from train.recipe import Recipe, load_recipe
from train.state import write_csv
from waifu4x_tf.data.patches import PairedPatches
from waifu4x_tf.errors import MissingExtraError, UsageError
from waifu4x_tf.evaluation.comparison import busiest_square
from waifu4x_tf.evaluation.scores import score, shrunk_pair
from waifu4x_tf.imaging.atomic_files import replacing
from waifu4x_tf.losses.pixel import pixel_loss

LOSSES = ("mse", "lab_mse", "hsv_mse", "vgg")
VGG_LAYERS = ("conv2_2", "conv3_1")
_VIEW_LR_PX, _FRAME_MS, _LABEL_PX, _GAP_PX = 64, 400, 26, 4
_IDENTITY = "comparison.txt"
_PAPER, _INK = (250, 250, 250), (20, 20, 20)


@dataclass(frozen=True)
class Moment:
    """What a network answers after so many steps.

    Attributes:
        loss: What it is trained with.
        step: Steps until now.
        picture: uint8 ``(H, W, 3)``.
        psnr: Of the picture, Y, in dB.
        ssim: Likewise.
        vgg: Distance of its features of VGG19 from the original's.
    """

    loss: str
    step: int
    picture: np.ndarray
    psnr: float
    ssim: float
    vgg: float


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 for a mistake of the user, 130 for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m train.compare_losses", description=__doc__)
    parser.add_argument("--recipe", default="compare_losses", help="name in train/recipes, or a .toml file")
    parser.add_argument("--data", type=Path, help="folder of pictures; default: drawn pictures")
    parser.add_argument("--out", type=Path, help="new folder for the results; default: runs/<recipe>")
    parser.add_argument("--vgg-weights", default="imagenet", metavar="imagenet|random|FILE")
    arguments = parser.parse_args(argv)

    def obey() -> None:
        recipe = for_this_processor(load_recipe(arguments.recipe))
        compare(recipe, arguments.data, arguments.out or default_out(recipe), arguments.vgg_weights)

    return told(parser, obey, "Stopped. Losses that were trained whole are kept; the same command goes on.")


def compare(recipe: Recipe, data: Path | None, out: Path, vgg_weights: str) -> None:
    """The whole experiment, read from top to bottom.

    Raises:
        UsageError: ``out`` holds something else than the beginning of this comparison.
        MissingExtraError: Matplotlib is not installed.
    """
    unfinished = out / "unfinished"
    identity = f"{recipe}\n{data and data.resolve()}\n{vgg_weights}\n"
    is_begun = (unfinished / _IDENTITY).is_file() and (unfinished / _IDENTITY).read_text() == identity
    if not is_begun and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            "Results go into a new folder, or one where this comparison began."
            f" Received: {out}, which exists. Give another --out."
        )
    try:
        import matplotlib  # noqa: F401  # before the hours, not after them
    except ImportError as error:
        raise MissingExtraError("Drawing curves", "figures") from error
    vgg = make_perceptual_loss(VGG_LAYERS, vgg_weights, normalise=False)
    _, pictures, _ = find_pictures(recipe, data)
    patches = make_patches(recipe, pictures)  # the same for every loss: a batch depends on its number alone
    # A drawing, so that the animation may be shown anywhere, whoever drew the pictures trained on.
    large, small = _view(validation_pictures(recipe, []), recipe.model.scale)
    unfinished.mkdir(parents=True, exist_ok=True)
    (unfinished / _IDENTITY).write_text(identity)
    moments = []
    for name in LOSSES:
        loss = vgg if name == "vgg" else pixel_loss(name)
        part = unfinished / f"{name}.npz"
        if not part.is_file():
            _keep(part, list(_training(recipe, patches, name, loss, vgg, large, small)))
        moments += _kept(part)
    columns = ("loss", "step", "psnr", "ssim", "vgg")
    rows = [{column: str(getattr(moment, column)) for column in columns} for moment in moments]
    write_csv(out / "losses.csv", rows)
    frames = _frames(moments, large)
    frames[0].save(
        out / "losses.webp", save_all=True, append_images=frames[1:], duration=_FRAME_MS, loop=0, quality=85
    )
    _plot(moments, out / "losses.png")
    shutil.rmtree(unfinished)
    print(f"{out}: losses.webp, losses.png, losses.csv")


def steps_shown(steps: int) -> list[int]:
    """0, 1, 2, 5, 10, 20, 50 and so on up to ``steps``."""
    series = (factor * 10**power for power in range(12) for factor in (1, 2, 5))
    return [0, *(step for step in series if step < steps), steps]


def _training(
    recipe: Recipe,
    patches: PairedPatches,
    name: str,
    loss: Any,
    vgg: Any,
    large: np.ndarray,
    small: np.ndarray,
) -> Iterator[Moment]:
    """Train once; tell and yield the moments that are shown."""
    model = make_compiled(recipe, loss=loss)
    upscaler = make_upscaler(recipe, model)
    shown, original = set(steps_shown(recipe.training.steps)), large[None].astype(np.float32) / 255
    for step in range(recipe.training.steps + 1):
        if step in shown:
            answer = upscaler.upscale(small)
            told = score(large, answer, recipe.model.scale)
            distance = float(np.asarray(vgg(original, answer[None].astype(np.float32) / 255)))
            print(
                f"{name:8} step {step:5}  {told.psnr:5.2f} dB  SSIM {told.ssim:.4f}  VGG {distance:.4f}",
                flush=True,
            )
            yield Moment(name, step, answer, told.psnr, told.ssim, distance)
        if step < recipe.training.steps:
            model.train_on_batch(*patches[step])


def _keep(path: Path, moments: list[Moment]) -> None:
    """Write the moments of a loss that was trained to its end."""
    columns = [field.name for field in dataclasses.fields(Moment)]
    arrays: dict[str, Any] = {
        name: np.array([getattr(moment, name) for moment in moments]) for name in columns
    }
    with replacing(path) as aside:
        np.savez(aside, **arrays)


def _kept(path: Path) -> list[Moment]:
    with np.load(path) as arrays:
        picture = arrays["picture"]
        rest = {name: arrays[name].tolist() for name in arrays.files if name != "picture"}
    return [
        Moment(**{name: column[index] for name, column in rest.items()}, picture=picture[index])
        for index in range(len(picture))
    ]


def _view(pictures: list[np.ndarray], scale: int) -> tuple[np.ndarray, np.ndarray]:
    """The busiest part of the first picture, large and small."""
    picture = pictures[0]
    left, top, width, height = busiest_square(picture, _VIEW_LR_PX * scale)
    return shrunk_pair(picture[top : top + height, left : left + width], scale)


def _frames(moments: list[Moment], large: np.ndarray) -> list[Image.Image]:
    """One picture a step: the losses' answers and the original beside each other, each under its name."""
    font = ImageFont.load_default(16)
    height, width = large.shape[:2]
    frames = []
    for step in sorted({moment.step for moment in moments}):
        answers = {
            moment.loss.removesuffix("_mse"): moment.picture for moment in moments if moment.step == step
        }
        columns = {**answers, "original": large}
        frame = Image.new("RGB", (len(columns) * (width + _GAP_PX) - _GAP_PX, height + 2 * _LABEL_PX), _PAPER)
        pen = ImageDraw.Draw(frame)
        for index, (label, picture) in enumerate(columns.items()):
            left = index * (width + _GAP_PX)
            pen.text((left + 4, 3), label, _INK, font)
            frame.paste(Image.fromarray(picture), (left, _LABEL_PX))
        pen.text((4, height + _LABEL_PX + 3), f"step {step}", _INK, font)
        frames.append(frame)
    return frames


def _plot(moments: list[Moment], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    titles = {"psnr": "PSNR (dB)", "ssim": "SSIM", "vgg": "VGG distance"}
    figure, axes = pyplot.subplots(1, len(titles), figsize=(15, 4.5), layout="constrained")
    for axis, (name, title) in zip(axes, titles.items(), strict=True):
        for loss in dict.fromkeys(moment.loss for moment in moments):
            own = [moment for moment in moments if moment.loss == loss]
            axis.plot([m.step for m in own], [getattr(m, name) for m in own], label=loss.removesuffix("_mse"))
        axis.set(title=title, xlabel="steps", xscale="symlog")
        axis.grid(alpha=0.3)
    axes[0].legend()
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


if __name__ == "__main__":
    sys.exit(main())
