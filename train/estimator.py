"""Train the degradation estimator, by which ``denoise="auto"`` chooses.

python -m train.estimator --recipe estimator [--data DIR] [--out DIR]

The estimator learns from patches whose history is known: the amount of sharpening and the kinds of damage.
A part of them is enlarged by the shipped models and their variants, to learn as well how much nearer to the
original each comes. Drawn screens it learns to leave alone. Writes samples.npz and held_out.npz, which the
same command uses again, and estimator.tflite with estimator.json into OUT.
"""

import argparse
import contextlib
import dataclasses
import hashlib
import io
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras
import numpy as np

from train.build import find_pictures, make_optimizer, make_patches
from train.command import default_out, told
from train.recipe import Recipe, load_recipe
from train.stages import with_run
from waifu4x_tf.data.degradations import Degradation, blur, degrade
from waifu4x_tf.data.drawing.screens import draw_screen
from waifu4x_tf.data.sources import VALIDATION_SEED, PictureFile
from waifu4x_tf.evaluation import metrics
from waifu4x_tf.imaging.atomic_files import replace_file
from waifu4x_tf.imaging.interpolation import resize
from waifu4x_tf.imaging.sharpness import amount_between, detail, sharpen
from waifu4x_tf.inference.estimator import SQUARE_PX, Estimate, value_of
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.treatment import choose, usable_amount
from waifu4x_tf.models import zoo
from waifu4x_tf.models.estimator import build_estimator
from waifu4x_tf.version import VERSION

_KERNELS = {"bicubic": 0.36, "area": 0.34, "lanczos": 0.12, "bilinear": 0.15, "hamming": 0.03}
_LIGHT: dict[str, Any] = {"linear_share": 0.08, "two_step_share": 0.08, "chain_share": 0.04}
# What may have happened to a picture; the names have words in `waifu4x_tf.inference.treatment`.
_DAMAGES: dict[str, dict[str, Any]] = {
    "blur": {"blur_share": 1.0, "blur_sigma": (0.25, 1.2), "blur_anisotropic_share": 0.25},
    "enlargement": {"enlarged_share": 1.0, "enlarged_size": (0.4, 0.9)},
    "halos": {"halo_share": 1.0, "halo_radius": (0.5, 2.0), "halo_percent": (40, 180)},
    "stairs": {"nearest": 1.0},
    "grain": {"grain_share": 1.0, "grain_sigma": (0.7, 9.0), "grain_soft_share": 0.3},
    "palette": {"palette_share": 1.0, "palette_colours": (4, 128)},
    "jpeg": {
        "jpeg_share": 1.0,
        "jpeg_quality": (25, 96),
        "jpeg_passes": 2,
        "jpeg_420_share": 0.6,
        "jpeg_shift_share": 0.5,
    },
    "webp": {"webp_share": 1.0, "webp_quality": (15, 95)},
    "video": {"video_share": 1.0, "video_crf": (18, 36)},
}
# How many of them at once: none, one, two.
_COUNT_SHARES = (0.6, 0.3, 0.1)
_SAMPLES, _HELD_OUT_SAMPLES = 24000, 500
# Of those to train on, as enlarging takes ten times as long as the rest.
_ENLARGED_SHARE = 0.25
# Originals may be soft and grainy themselves, as photographs are: that is not to be undone.
_SOFT_SHARE, _SOFT_SIGMA_PX, _SOFT_GRAIN = 0.08, (0.6, 2.0), (0.5, 6.0)
# Nor shall it matter what colours they have.
_TONED_SHARE, _MOST_LOG_GAMMA, _INVERTED_SHARE = 0.5, 0.5, 0.25
# Drawings that were never small are to be left alone: every variant is taken to lose by so much.
_SCREEN_SHARE, _GAIN_OF_SCREENS_DB = 0.15, -1.0
# Beyond these a number says no more than "a lot".
_AMOUNTS, _MOST_GAIN_DB = (-0.8, 3.0), 3.0
_MOST_PSNR_DB = 60.0  # It is infinite where nothing differs, as in flat patches.
_SQUARES, _BATCH = 4, 16
_AMOUNT_WEIGHT, _HISTORY_WEIGHT = 2.0, 2.0
# In levels: where a picture has less detail than this, it hardly matters what it is multiplied by.
_LITTLE_DETAIL = 3.0


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 for a mistake of the user, 130 for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m train.estimator", description=__doc__)
    parser.add_argument("--recipe", required=True, help="name in train/recipes, or the path of a .toml file")
    parser.add_argument("--data", type=Path, help="folder of pictures; default: drawn pictures")
    parser.add_argument("--out", type=Path, help="folder of the run; default: runs/<recipe>")
    parser.add_argument("--samples", type=int, default=_SAMPLES, help=f"to train on (default {_SAMPLES})")
    arguments = parser.parse_args(argv)

    def obey() -> None:
        recipe = load_recipe(arguments.recipe)
        train(recipe, arguments.data, arguments.out or default_out(recipe), arguments.samples)

    return told(parser, obey, "Stopped. Samples that were finished are used again.")


def train(recipe: Recipe, data: Path | None, out: Path, count: int = _SAMPLES) -> None:
    """Make the samples, train, measure and export.

    Args:
        recipe: Its pictures, patches and training.
        data: Folder of pictures, None for drawn ones.
        out: Folder of the run.
        count: Samples to train on.

    Raises:
        ConfigError: The pictures cannot be trained on.
        ModelError: No weights are shipped.
    """
    keras.utils.set_random_seed(recipe.training.seed)
    out.mkdir(parents=True, exist_ok=True)
    variants = {
        f"{model}:{kind}": (model, name)
        for model in zoo.shipped_families()
        for kind in ("area", *zoo.DENOISE_LEVELS)
        if (name := zoo.shipped_variant(model, kind))
    }
    history = [*(f"damage:{name}" for name in _DAMAGES), *(f"kernel:{name}" for name in _KERNELS)]
    names = ["amount", *variants, *history]
    _, pictures, held_out = find_pictures(recipe, data)
    of_folder = dataclasses.replace(recipe.data, drawn_share=0.0, leaves_share=0.0, strokes_share=0.0)
    unseen = dataclasses.replace(
        recipe,
        data=of_folder,
        training=dataclasses.replace(recipe.training, seed=VALIDATION_SEED),
    )
    enlarged = round(_ENLARGED_SHARE * count)
    small, wanted = _kept(out / "samples.npz", partial(_made, recipe, pictures, count, enlarged, variants))
    rng, screens = np.random.default_rng(recipe.training.seed), round(_SCREEN_SHARE * count)
    small = np.concatenate([small, [draw_screen(rng, small.shape[1]) for _ in range(screens)]])
    left_alone = [0.0] + [_GAIN_OF_SCREENS_DB] * len(variants) + [0.0] * len(history)
    wanted = np.concatenate([wanted, np.tile(np.array(left_alone, np.float32), (screens, 1))])
    measured_on = min(count, _HELD_OUT_SAMPLES)
    held_out_small, held_out_wanted = _kept(
        out / "held_out.npz", partial(_made, unseen, held_out, measured_on, measured_on, variants)
    )
    model = build_estimator(len(names), square_px=SQUARE_PX, squares=_SQUARES)
    model.compile(make_optimizer(recipe.training, averages=False), loss=_Loss(len(variants)))
    batches = _Batches(small, wanted, recipe.training.epoch_steps, recipe.training.seed)
    epochs = recipe.training.steps // recipe.training.epoch_steps
    model.fit(batches, epochs=epochs, shuffle=False, verbose=2)  # pyright: ignore[reportArgumentType]
    single = build_estimator(len(names), square_px=SQUARE_PX)
    single.set_weights(model.get_weights())
    found = np.concatenate([np.asarray(single(_squares(each).astype(np.float32))) for each in held_out_small])
    figures = measured(names, found, held_out_wanted)
    print("\n".join(f"{name:32} {figure:8.3f}" for name, figure in figures.items()))
    content = _exported(single)
    replace_file(out / "estimator.tflite", content)
    card = {
        "outputs": names,
        "sha256": hashlib.sha256(content).hexdigest(),
        "held_out": {name: round(figure, 4) for name, figure in figures.items()},
        "training": {
            "waifu4x": VERSION,
            "samples": len(small),
            "recipe": dataclasses.asdict(recipe),
            "stages": with_run(recipe.name, recipe.training.steps, None, {}),
        },
    }
    replace_file(out / "estimator.json", (json.dumps(card, indent=1) + "\n").encode())


def measured(names: list[str], found: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    """How well outputs ``(N, outputs)`` tell what is wanted, of pictures that were held out.

    Returns:
        By name. Of the amount the share of its variance that is explained; of each damage and kernel the
        area under the ROC curve; of each model what the choice gains over the model itself, in dB, what it
        loses against the best choice, and the share of clean pictures that it denoises.
    """
    of = {name: (found[:, index], wanted[:, index]) for index, name in enumerate(names)}
    told_amount, amount = of["amount"]
    figures = {"amount: R2": 1 - float(np.mean((told_amount - amount) ** 2) / amount.var())}
    damages = [name for name in names if name.startswith("damage:")]
    history = [name for name in names if name.startswith(("damage:", "kernel:"))]
    for name in history:
        if 0 < np.mean(of[name][1]) < 1:
            figures[name] = _area_under_curve(*of[name])
    is_clean = sum(of[name][1] for name in damages) == 0
    for model in dict.fromkeys(name.partition(":")[0] for name in names[1:] if name not in history):
        mine = {name.partition(":")[2]: of[name] for name in names if name.startswith(f"{model}:")}
        variants = [
            choose(
                Estimate(0.0, {kind: float(each[0][row]) for kind, each in mine.items()}, {}), mine
            ).variant
            for row in range(len(found))
        ]
        real = [
            {"": 0.0} | {kind: float(each[1][row]) for kind, each in mine.items()}
            for row in range(len(found))
        ]
        gained = np.array([each[variant] for each, variant in zip(real, variants, strict=True)])
        figures[f"{model}: dB gained"] = float(gained.mean())
        figures[f"{model}: dB lost"] = float(np.mean([max(each.values()) for each in real] - gained))
        figures[f"{model}: clean ones denoised"] = float(
            np.mean(np.isin(variants, zoo.DENOISE_LEVELS)[is_clean])
        )
    return figures


def _area_under_curve(values: np.ndarray, is_positive: np.ndarray) -> float:
    """How often a positive has a larger value than a negative."""
    positive, negative = values[is_positive > 0.5], values[is_positive <= 0.5]
    above = positive[:, None] > negative
    ties = positive[:, None] == negative
    return float(np.mean(above + ties / 2))


def _kept(path: Path, make: Callable[[], tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """The samples in a file, made first where there is none, as `_made` gives them."""
    if not path.is_file():
        small, wanted = make()
        packed = io.BytesIO()
        np.savez(packed, small=small, wanted=wanted)
        replace_file(path, packed.getvalue())
    with np.load(path) as stored:
        return stored["small"], stored["wanted"]


def _made(
    recipe: Recipe,
    files: list[PictureFile],
    count: int,
    enlarged: int,
    variants: dict[str, tuple[str, str]],
) -> tuple[np.ndarray, np.ndarray]:
    """Samples of pictures.

    Returns:
        uint8 ``(N, P, P, 3)``, and the outputs wanted of each, float32 ``(N, outputs)``: the amount as
        `value_of` gives it, gains in dB, NaN for all but the first ``enlarged``, and 0 or 1 for each damage
        and kernel.
    """
    rng = np.random.default_rng(recipe.training.seed)
    upscalers = {
        name: load_upscaler(name, raw=True)
        for name in sorted({each for pair in variants.values() for each in pair})
    }
    patches, small, wanted = make_patches(recipe, files), [], []
    for index in range(count):
        damages = _drawn_damages(rng)
        kernel = "" if "stairs" in damages else str(rng.choice(list(_KERNELS), p=list(_KERNELS.values())))
        hr = _softened(_toned(patches[index][1][0], rng), rng)
        lr = degrade(hr, recipe.model.scale, rng, _degradation(damages, kernel))
        amount = amount_between(lr, resize(hr, lr.shape[:2], "bicubic"))
        gains = [np.nan] * len(variants)
        if index < enlarged:
            sharpened = sharpen(lr, usable_amount(amount))
            scores = {
                name: min(float(metrics.psnr(hr, each.upscale(sharpened), border=4)), _MOST_PSNR_DB)
                for name, each in upscalers.items()
            }
            gains = [
                np.clip(scores[name] - scores[model], -_MOST_GAIN_DB, _MOST_GAIN_DB)
                for model, name in variants.values()
            ]
        small.append(lr)
        history = [name in damages for name in _DAMAGES] + [name == kernel for name in _KERNELS]
        wanted.append([value_of(float(np.clip(amount, *_AMOUNTS))), *gains, *history])
        if (index + 1) % 500 == 0:
            print(f"{index + 1} of {count} samples", flush=True)
    return np.stack(small), np.array(wanted, np.float32)


def _toned(hr: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An original as uint8, half the time by another tone curve, which may turn it into its negative."""
    if rng.random() < _TONED_SHARE:
        hr = hr ** np.exp(rng.uniform(-_MOST_LOG_GAMMA, _MOST_LOG_GAMMA))
        hr = 1 - hr if rng.random() < _INVERTED_SHARE else hr
    return np.rint(hr * 255).astype(np.uint8)


def _softened(hr: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An original as it is, or now and then blurred, with grain of its own on that."""
    if rng.random() >= _SOFT_SHARE:
        return hr
    soft = blur(hr, float(np.exp(rng.uniform(*np.log(_SOFT_SIGMA_PX)))))
    grain = rng.uniform(*_SOFT_GRAIN) * (rng.random() < 0.6) * rng.normal(size=hr.shape)
    return np.rint(np.clip(soft + grain, 0, 255)).astype(np.uint8)


def _drawn_damages(rng: np.random.Generator) -> tuple[str, ...]:
    count = int(rng.choice(len(_COUNT_SHARES), p=_COUNT_SHARES))
    return tuple(sorted(rng.choice(list(_DAMAGES), count, replace=False).tolist()))


def _degradation(damages: tuple[str, ...], kernel: str) -> Degradation:
    """With one of the kernels, or, for ``""``, that of a damage."""
    values: dict[str, Any] = (
        dict.fromkeys(_KERNELS, 0.0) | ({kernel: 1.0} if kernel else {}) | ({} if damages else _LIGHT)
    )
    for damage in damages:
        values |= _DAMAGES[damage]
    return Degradation(**values)


def _squares(small: np.ndarray) -> np.ndarray:
    """The four corners of a patch ``(P, P, 3)``, which overlap: ``(4, 64, 64, 3)``."""
    last = small.shape[0] - SQUARE_PX
    corners = [(top, left) for top in (0, last) for left in (0, last)]
    return np.stack([small[top : top + SQUARE_PX, left : left + SQUARE_PX] for top, left in corners])


class _Batches(keras.utils.PyDataset):
    """Samples drawn at random, turned and flipped, some with their channels in another order."""

    def __init__(self, small: np.ndarray, wanted: np.ndarray, batches: int, seed: int) -> None:
        super().__init__()
        power = np.array([np.mean(detail(each.astype(np.float32)) ** 2) for each in small], np.float32)
        weights = power / (power + _LITTLE_DETAIL**2)
        self._small, self._wanted = small, np.concatenate([wanted, weights[:, None]], axis=1)
        self._batches, self._seed, self._epoch = batches, seed, 0

    @property
    def num_batches(self) -> int:
        return self._batches

    def on_epoch_end(self) -> None:
        self._epoch += 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([self._seed, self._epoch, index])
        chosen = rng.integers(0, len(self._small), _BATCH)
        turned = [np.rot90(self._small[each], int(rng.integers(4))) for each in chosen]
        flipped = [each[:, ::-1] if rng.random() < 0.5 else each for each in turned]
        pictures = [each[..., rng.permutation(3)] if rng.random() < 0.3 else each for each in flipped]
        return np.stack([_squares(each) for each in pictures]).astype(np.float32), self._wanted[chosen]


class _Loss(keras.losses.Loss):
    """Huber's of the amount and of the gains that are known, cross-entropy of damages and kernels.

    The true values have a column more than the outputs: the weight of the amount.
    """

    def __init__(self, gains: int) -> None:
        super().__init__(name="estimator")
        self._gains = gains

    def call(self, y_true: Any, y_pred: Any) -> Any:
        first = 1 + self._gains
        amount = keras.losses.huber(y_true[:, :1], y_pred[:, :1], delta=0.3)
        known = keras.ops.logical_not(keras.ops.isnan(y_true[:, 1:first]))
        gains = keras.losses.huber(
            keras.ops.where(known, y_true[:, 1:first], 0.0),
            keras.ops.where(known, y_pred[:, 1:first], 0.0),
            delta=1.0,
        )
        history = keras.losses.binary_crossentropy(y_true[:, first:-1], y_pred[:, first:], from_logits=True)
        return keras.ops.add(
            _AMOUNT_WEIGHT * y_true[:, -1] * amount,  # pyright: ignore[reportOperatorIssue]
            gains + _HISTORY_WEIGHT * history,  # pyright: ignore[reportOperatorIssue]
        )


def _exported(model: keras.Model) -> bytes:
    """As a float32 .tflite that takes any number of squares."""
    import tensorflow as tf

    with contextlib.redirect_stdout(io.StringIO()):  # It tells where it keeps its own copy meanwhile.
        return tf.lite.TFLiteConverter.from_keras_model(model).convert()


if __name__ == "__main__":
    sys.exit(main())
