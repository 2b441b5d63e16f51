"""What a recipe asks for, built: the network, its optimizer, the pictures and the batches."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np

from train.growing import revive, start_from
from train.optimizers import OPTIMIZERS
from train.precision import has_accelerator
from train.quantisation import quantisation_aware
from train.recipe import Recipe, TrainingRecipe
from waifu4x_tf.data.patches import PairedPatches, smallest_side
from waifu4x_tf.data.procedural import draw_leaves, draw_rgb, draw_strokes, kind_of
from waifu4x_tf.data.sources import (
    VALIDATION_SEED,
    FolderScan,
    PictureFile,
    PictureSet,
    drawn_pictures,
    folder_pictures,
    scan_folder,
    split_validation,
)
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.inference.engines import KerasEngine
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.losses.perceptual import PerceptualLoss
from waifu4x_tf.losses.pixel import pixel_loss
from waifu4x_tf.models.zoo import build_generator, receptive_radius

_LOOKED_AT, _LOOKED_AT_PX = 12, 96  # drawings of each set that a trained network's channels are judged by


@contextmanager
def recipe_start(training: TrainingRecipe) -> Iterator[None]:
    """Networks built inside have the recipe's seed, which stays Keras' global one, and its dtype policy."""
    keras.utils.set_random_seed(training.seed)
    keras.config.set_dtype_policy(training.dtype_policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy("float32")


def make_compiled(
    recipe: Recipe, init: Path | None = None, loss: keras.losses.Loss | None = None
) -> keras.Model:
    """The network in the recipe's precision with its optimizer and loss, ready for `fit`.

    Args:
        recipe: Its seed becomes Keras' global one.
        init: Trained network to start from, as in `make_start`; by default fresh weights.
        loss: By default the recipe's.

    Raises:
        ConfigError, ModelError: What the recipe names does not exist, or ``init`` does not fit it.
    """
    training = recipe.training
    with recipe_start(training):
        model = make_start(recipe, init)
    if training.quantisation_aware:
        model = quantisation_aware(model)
    model.compile(make_optimizer(training), loss or pixel_loss(training.loss), jit_compile=jit_compile())
    return model


def make_generator(recipe: Recipe, init: Path | None = None) -> keras.Model:
    """The bare network, in the dtype policy of the moment; ``init`` as in `train.growing.start_from`."""
    arguments: dict[str, Any] = recipe.model.arguments
    generator = build_generator(recipe.model.name, scale=recipe.model.scale, **arguments)
    if init is not None:
        start_from(generator, init)
    return generator


def make_start(recipe: Recipe, init: Path | None = None) -> keras.Model:
    """As `make_generator`, and channels that have died in ``init`` begin anew (`train.growing.revive`)."""
    generator = make_generator(recipe, init)
    if init is not None:
        sets = [
            drawn_pictures(_LOOKED_AT, seed=recipe.training.seed, size=_LOOKED_AT_PX, draw=draw)
            for draw in (draw_rgb, draw_leaves, draw_strokes)
        ]
        pictures = np.stack([picture for drawn in sets for picture in drawn])
        if revived := revive(generator, pictures.astype(np.float32) / np.float32(255)):
            print(f"{revived} channels of {init} answer nothing to {len(pictures)} drawings: re-initialised.")
    return generator


def make_upscaler(recipe: Recipe, generator: keras.Model) -> Upscaler:
    """The network behind the library's tiling; it follows the network's training."""
    model = recipe.model
    return Upscaler(
        KerasEngine(generator),
        name=model.name,
        scale=model.scale,
        radius=receptive_radius(model.name, model.arguments, model.scale),
        raw=True,
    )


def make_perceptual_loss(
    layers: Mapping[str, float] | Iterable[str],
    vgg_weights: str,
    **options: Any,
) -> PerceptualLoss:
    """On features of VGG, its weights as the command line has them: "imagenet", "random" or a file."""
    return PerceptualLoss(layers, given_weights(vgg_weights), **options)


def given_weights(vgg_weights: str) -> str | None:
    """VGG's weights as `vgg_features` has them, from how the command line has them."""
    return None if vgg_weights == "random" else vgg_weights


def make_optimizer(training: TrainingRecipe, *, averages: bool = True) -> keras.optimizers.Optimizer:
    """With the recipe's learning rates; with averaged weights where it asks for them, unless told not to."""
    if training.optimizer not in OPTIMIZERS:
        raise ConfigError(
            f"An optimizer is one of {', '.join(OPTIMIZERS)}. Received: {training.optimizer!r}."
            " Choose one of these."
        )
    return OPTIMIZERS[training.optimizer](
        make_schedule(training),
        weight_decay=training.weight_decay or None,
        use_ema=averages and training.ema_half_life > 0,
        ema_momentum=0.5 ** (1 / (training.ema_half_life or 1)),
    )


def make_schedule(training: TrainingRecipe) -> Any:
    """A linear rise, then the recipe's way down."""
    schedules = keras.optimizers.schedules
    if training.schedule == "two_stages":
        rates = [training.learning_rate, training.final_learning_rate]
        return schedules.PiecewiseConstantDecay([training.steps // 2], rates)
    return schedules.CosineDecay(
        0.0,
        decay_steps=max(1, training.steps - training.warmup_steps),
        alpha=training.final_learning_rate / training.learning_rate,
        warmup_target=training.learning_rate,  # pyright: ignore[reportArgumentType]
        warmup_steps=training.warmup_steps,
    )


def find_pictures(
    recipe: Recipe, data: Path | None
) -> tuple[FolderScan | None, list[PictureFile], list[PictureFile]]:
    """The scan of ``data``, its pictures to train on, and those held out; skipped files are printed."""
    if data is None:
        return None, [], []
    scan = scan_folder(data, smallest_side=smallest_side(recipe.patches.lr_size, recipe.model.scale))
    if scan.skipped:
        print(f"{len(scan.skipped)} file(s) skipped:")
        for name, reason in scan.skipped:
            print(f"  {name}: {reason}")
    pictures, held_out = split_validation(scan.pictures, recipe.data.validation_share)
    print(f"{len(pictures)} pictures to train on, {len(held_out)} held out for validation.")
    return scan, pictures, held_out


def make_patches(recipe: Recipe, files: list[PictureFile]) -> PairedPatches:
    """Batches from the files and the project's drawings, in the recipe's shares."""
    data, training = recipe.data, recipe.training
    factors = [
        data.category_weights.get(p.category, 1.0)
        * data.source_weights.get(p.source, 1.0)
        * p.width
        * p.height
        for p in files
    ]
    total = sum(factors)
    if files and total == 0:
        raise ConfigError(
            "One picture of the folder has a weight above 0. Received: category_weights ="
            f" {data.category_weights}, source_weights = {data.source_weights}. Raise one of them."
        )
    of_kinds = [data.kind_weights.get(kind_of(index), 1.0) for index in range(data.drawn_pictures)]
    sets = [
        (of_kinds, data.drawn_share if files else 1 - data.leaves_share - data.strokes_share, draw_rgb),
        ([1.0] * data.leaves_pictures, data.leaves_share, draw_leaves),
        ([1.0] * data.strokes_pictures, data.strokes_share, draw_strokes),
    ]
    drawn, shares = [], []
    for each, share, draw in sets:
        if sum(each) and share:
            drawn.append(drawn_pictures(len(each), seed=training.seed, size=data.drawn_size, draw=draw))
            shares += [share * factor / sum(each) for factor in each]
    of_files = 1 - sum(shares)
    weights = [of_files * factor / total for factor in factors] + shares
    return PairedPatches(
        PictureSet.joined(folder_pictures(files), *drawn),
        batches_per_epoch=training.epoch_steps,
        scale=recipe.model.scale,
        degradation=data.degradation,
        picture_weights=weights,
        seed=training.seed,
        **dataclasses.asdict(recipe.patches),
    )


def validation_pictures(recipe: Recipe, files: list[PictureFile]) -> list[np.ndarray]:
    """The files' pictures; without files, drawings of other seeds than those trained on."""
    if files:
        return list(folder_pictures(files))
    data = recipe.data
    return list(drawn_pictures(data.validation_drawn, seed=VALIDATION_SEED, size=data.drawn_size))


def jit_compile() -> Any:
    """On a CPU TensorFlow's own kernels are faster for these networks than XLA, Keras' default."""
    return "auto" if keras.backend.backend() != "tensorflow" or has_accelerator() else False
