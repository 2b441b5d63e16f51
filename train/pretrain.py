"""Train a generator on a pixel loss: python -m train.pretrain --recipe NAME|PATH [--data DIR] [--out DIR].

Any Keras backend: plain `fit`. Kill it whenever you like and start the same command again: the final weights
are those of an uninterrupted run. Writes generator.keras, card.json, log.csv and samples/ into OUT.
"""

import argparse
import importlib.util
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras
import numpy as np

from train.card import write_card
from train.recipe import Recipe, TrainingRecipe, load_recipe
from train.state import LOG_NAME, RunLog, claim_folder, fingerprint, restore_state, save_state
from train.validation import Score, Validation
from waifu4x_tf.data.patches import PairedPatches, smallest_side
from waifu4x_tf.data.sources import (
    FolderScan,
    PictureFile,
    PictureSet,
    drawn_pictures,
    folder_pictures,
    scan_folder,
    split_validation,
)
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.losses.pixel import pixel_loss
from waifu4x_tf.models.zoo import build_generator

_VALIDATION_SEED = 1_000_003  # drawings for validation never share a seed with those for training


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 for a mistake of the user, 130 for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m train.pretrain", description=__doc__)
    parser.add_argument("--recipe", required=True, help="name in train/recipes, or the path of a .toml file")
    parser.add_argument("--data", type=Path, help="folder of pictures; default: drawn pictures")
    parser.add_argument("--out", type=Path, help="folder of the run; default: runs/<recipe>")
    arguments = parser.parse_args(argv)
    try:
        recipe = load_recipe(arguments.recipe)
        train(recipe, arguments.data, arguments.out or Path("runs") / recipe.name)
    except Waifu4xError as error:
        print(f"train.pretrain: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from the last checkpoint.", file=sys.stderr)
        return 130
    return 0


def train(recipe: Recipe, data: Path | None, out: Path) -> None:
    """The whole run, read from top to bottom."""
    training = recipe.training
    scan, pictures, kept_apart = _find_pictures(recipe, data)
    names = [(p.name, p.width, p.height) for p in pictures + kept_apart]
    claim_folder(out, recipe.as_json(), fingerprint(names))

    keras.utils.set_random_seed(training.seed)
    keras.config.set_dtype_policy(training.dtype_policy)
    model = build_generator(recipe.model.name, scale=recipe.model.scale, **recipe.model.arguments)
    model.compile(optimizer=_optimizer(training), loss=pixel_loss(training.loss))
    finished_epochs = restore_state(model, out, training.epoch_steps)
    keras.config.set_dtype_policy("float32")
    averaged = build_generator(recipe.model.name, scale=recipe.model.scale, **recipe.model.arguments)

    patches = _patches(recipe, pictures)
    validation = Validation(_validation_pictures(recipe, kept_apart), recipe.model.scale)
    log = RunLog(out / LOG_NAME, finished_epochs)
    epochs = training.steps // training.epoch_steps
    if finished_epochs:
        print(f"Going on after epoch {finished_epochs} of {epochs}.")
    if finished_epochs < epochs:
        reporter = _Reporter(recipe, averaged, validation, log, out)
        callbacks: list[keras.callbacks.Callback] = [patches.epoch_callback(), reporter]
        if importlib.util.find_spec("tensorboard") and keras.backend.backend() == "tensorflow":
            callbacks.append(keras.callbacks.TensorBoard(out / "tensorboard"))
        model.fit(
            patches,
            epochs=epochs,
            initial_epoch=finished_epochs,
            shuffle=False,
            verbose=0,  # pyright: ignore[reportArgumentType]
            callbacks=callbacks,
        )

    with_averaged_weights(model, averaged)
    score, bicubic = validation.measure(averaged), validation.bicubic()
    aside = out / ".part.keras"
    averaged.save(aside)
    os.replace(aside, out / "generator.keras")
    write_card(out / "card.json", recipe, log, score, bicubic, scan, pictures, kept_apart)
    print(
        f"{out / 'generator.keras'}: {score.psnr:.2f} dB, SSIM {score.ssim:.4f} on the validation pictures"
        f" (bicubic {bicubic.psnr:.2f} dB, {bicubic.ssim:.4f})"
    )


def with_averaged_weights(model: keras.Model, averaged: keras.Model) -> None:
    """Copy the optimizer's averaged weights (or, without averaging, the weights) into ``averaged``."""
    raw = [np.asarray(v) for v in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    averaged.set_weights(model.get_weights())
    for variable, value in zip(model.trainable_variables, raw, strict=True):
        variable.assign(value)


class _Reporter(keras.callbacks.Callback):
    """After each epoch: the log, a checkpoint, progress; every N epochs validation and a sheet of samples."""

    def __init__(
        self, recipe: Recipe, averaged: keras.Model, validation: Validation, log: RunLog, out: Path
    ) -> None:
        super().__init__()
        self._recipe, self._averaged, self._validation = recipe, averaged, validation
        self._log, self._out = log, out
        self._epochs = recipe.training.steps // recipe.training.epoch_steps

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        seconds = time.perf_counter() - self._started
        done = epoch + 1
        step = done * self._recipe.training.epoch_steps
        loss = float((logs or {})["loss"])
        if not np.isfinite(loss):
            raise Waifu4xError(
                f"A training loss is a finite number. Received: {loss} at step {step}. Nothing after the last"
                " checkpoint is kept; lower learning_rate in the recipe."
            )
        score = self._validate(done) if self._report_due(done) else None
        rate = self.model.optimizer.learning_rate  # pyright: ignore[reportOptionalMemberAccess]
        self._log.append(
            epoch=done,
            step=step,
            loss=f"{loss:.6f}",
            learning_rate=f"{float(keras.ops.convert_to_numpy(rate)):.3e}",
            seconds=f"{seconds:.1f}",
            val_psnr=f"{score.psnr:.3f}" if score else "",
            val_ssim=f"{score.ssim:.4f}" if score else "",
        )
        save_state(self.model, self._out)  # pyright: ignore[reportArgumentType]
        remaining = (self._epochs - done) * self._log.seconds / done
        validated = f"  validation {score.psnr:.2f} dB, SSIM {score.ssim:.4f}" if score else ""
        print(
            f"epoch {done}/{self._epochs}  step {step}  loss {loss:.5f}"
            f"  {seconds / self._recipe.training.epoch_steps * 1000:.0f} ms/step"
            f"  {remaining / 60:.0f} min to go{validated}",
            flush=True,
        )

    def _report_due(self, done: int) -> bool:
        return done % self._recipe.report.every_epochs == 0 or done == self._epochs

    def _validate(self, done: int) -> Score:
        with_averaged_weights(self.model, self._averaged)  # pyright: ignore[reportArgumentType]
        samples = self._out / "samples"
        samples.mkdir(exist_ok=True)
        sheet = samples / f"epoch_{done:04d}.png"
        self._validation.sheet(self._averaged, sheet, self._recipe.report.sample_pictures)
        return self._validation.measure(self._averaged)


def _optimizer(training: TrainingRecipe) -> keras.optimizers.Optimizer:
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        decay_steps=max(1, training.steps - training.warmup_steps),
        alpha=training.final_learning_rate / training.learning_rate,
        warmup_target=training.learning_rate,
        warmup_steps=training.warmup_steps,
    )
    return keras.optimizers.Adam(
        schedule, use_ema=training.ema_momentum > 0, ema_momentum=training.ema_momentum or 0.99
    )


def _find_pictures(
    recipe: Recipe, data: Path | None
) -> tuple[FolderScan | None, list[PictureFile], list[PictureFile]]:
    if data is None:
        return None, [], []
    scan = scan_folder(data, smallest_side=smallest_side(recipe.patches.lr_size, recipe.model.scale))
    if scan.skipped:
        print(f"{len(scan.skipped)} file(s) skipped:")
        for name, reason in scan.skipped:
            print(f"  {name}: {reason}")
    pictures, kept_apart = split_validation(scan.pictures, recipe.data.validation_share)
    print(f"{len(pictures)} pictures to train on, {len(kept_apart)} kept apart for validation.")
    return scan, pictures, kept_apart


def _patches(recipe: Recipe, files: list[PictureFile]) -> PairedPatches:
    data, training = recipe.data, recipe.training
    share = data.drawn_share if files else 1.0
    drawn_count = data.drawn_pictures if share > 0 else 0
    drawn = drawn_pictures(drawn_count, seed=training.seed, size=data.drawn_size)
    folder = folder_pictures(files)
    factors = [data.category_weights.get(p.category, 1.0) * p.width * p.height for p in files]
    total = sum(factors)
    weights = [(1 - share) * factor / total for factor in factors] + [share / max(1, drawn_count)] * drawn_count
    return PairedPatches(
        PictureSet.joined(folder, drawn),
        batch_size=recipe.patches.batch_size,
        lr_size=recipe.patches.lr_size,
        batches_per_epoch=training.epoch_steps,
        scale=recipe.model.scale,
        degradation=data.degradation,
        picture_weights=weights,
        candidates=recipe.patches.candidates,
        seed=training.seed,
        workers=recipe.patches.workers,
    )


def _validation_pictures(recipe: Recipe, files: list[PictureFile]) -> list[np.ndarray]:
    if files:
        return list(folder_pictures(files))
    data = recipe.data
    return list(drawn_pictures(data.validation_drawn, seed=_VALIDATION_SEED, size=data.drawn_size))


if __name__ == "__main__":
    sys.exit(main())
