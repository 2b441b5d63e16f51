"""Train a generator on a pixel loss.

python -m train.pretrain --recipe NAME|PATH [--data DIR] [--out DIR] [--init MODEL.keras]

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

from train.building import (
    find_pictures,
    make_compiled,
    make_generator,
    make_patches,
    validation_pictures,
)
from train.card import Origins, make_card
from train.recipe import Recipe, load_recipe
from train.state import LOG_NAME, RunLog, claim_folder, fingerprint, restore_state, save_state, write_aside
from train.validation import Validation
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.evaluation import Scores
from waifu4x_tf.inference.engines import KerasEngine
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models.zoo import receptive_radius


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 for a mistake of the user, 130 for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m train.pretrain", description=__doc__)
    parser.add_argument("--recipe", required=True, help="name in train/recipes, or the path of a .toml file")
    parser.add_argument("--data", type=Path, help="folder of pictures; default: drawn pictures")
    parser.add_argument("--out", type=Path, help="folder of the run; default: runs/<recipe>")
    parser.add_argument("--init", type=Path, help="start from this trained network, as deep or shallower")
    arguments = parser.parse_args(argv)
    try:
        recipe = load_recipe(arguments.recipe)
        train(recipe, arguments.data, arguments.out or Path("runs") / recipe.name, arguments.init)
    except Waifu4xError as error:
        print(f"train.pretrain: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from the last checkpoint.", file=sys.stderr)
        return 130
    return 0


def train(recipe: Recipe, data: Path | None, out: Path, init: Path | None = None) -> None:
    """The whole run, read from top to bottom."""
    training = recipe.training
    scan, pictures, kept_apart = find_pictures(recipe, data)
    names = [(p.name, p.width, p.height) for p in pictures + kept_apart]
    patches = make_patches(recipe, pictures)

    model = make_compiled(recipe, init)
    origins = Origins(scan, pictures, kept_apart, init)
    # After the model: a recipe that cannot be built claims nothing.
    claim_folder(out, recipe.as_json(), fingerprint(names), origins.init_sha256)
    finished_epochs = restore_state(model, out, training.epoch_steps)
    averaged = make_generator(recipe)

    judges = validation_pictures(recipe, kept_apart)
    validation = Validation(judges, recipe.model.scale, recipe.data.degradation)
    log = RunLog(out / LOG_NAME, finished_epochs)
    publisher = _Publisher(recipe, averaged, validation, log, out, origins)
    epochs = training.steps // training.epoch_steps
    if finished_epochs:
        print(f"Going on after epoch {finished_epochs} of {epochs}.")
    if finished_epochs < epochs:
        callbacks: list[keras.callbacks.Callback] = [
            patches.epoch_callback(),
            _Reporter(recipe, publisher, log),
        ]
        if importlib.util.find_spec("tensorboard") and keras.backend.backend() == "tensorflow":
            callbacks.append(keras.callbacks.TensorBoard(str(out / "tensorboard")))
        model.fit(
            patches,
            epochs=epochs,
            initial_epoch=finished_epochs,
            shuffle=False,
            verbose=0,  # pyright: ignore[reportArgumentType]
            callbacks=callbacks,
        )
    else:
        publisher.publish(model, epochs)
    print(f"{out / 'generator.keras'}: {training.steps} steps; figures are in {out / 'card.json'}")


def with_averaged_weights(model: keras.Model, averaged: keras.Model) -> None:
    """Copy the optimizer's averaged weights (or, without averaging, the weights) into ``averaged``."""
    raw = [np.asarray(v) for v in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    averaged.set_weights(model.get_weights())
    for variable, value in zip(model.trainable_variables, raw, strict=True):
        variable.assign(value)


class _Publisher:
    """Validates the averaged weights and writes generator.keras, card.json and a sheet of samples."""

    def __init__(
        self,
        recipe: Recipe,
        averaged: keras.Model,
        validation: Validation,
        log: RunLog,
        out: Path,
        origins: Origins,
    ) -> None:
        self.out = out
        self._recipe, self._averaged, self._validation = recipe, averaged, validation
        self._upscaler = Upscaler(
            KerasEngine(averaged),
            name=recipe.model.name,
            scale=recipe.model.scale,
            radius=receptive_radius(recipe.model.name, recipe.model.arguments),
        )
        self._log, self._origins = log, origins
        self._bicubic = validation.bicubic()

    def publish(self, model: keras.Model, done: int) -> Scores:
        """Write all three; a run stopped early leaves those of its last validation."""
        with_averaged_weights(model, self._averaged)
        score = self._validation.measure(self._upscaler)
        samples = self.out / "samples"
        samples.mkdir(exist_ok=True)
        sheet = samples / f"epoch_{done:04d}.png"
        self._validation.sheet(self._upscaler, sheet, self._recipe.report.sample_pictures)
        aside = self.out / ".part.keras"
        self._averaged.save(aside)
        os.replace(aside, self.out / "generator.keras")
        steps = done * self._recipe.training.epoch_steps
        card = make_card(self._recipe, steps, self._log, score, self._bicubic, self._origins)
        write_aside(self.out / "card.json", card.encode())
        return score


class _Reporter(keras.callbacks.Callback):
    """After each epoch: the log, a checkpoint, progress; every N epochs the publisher."""

    def __init__(self, recipe: Recipe, publisher: _Publisher, log: RunLog) -> None:
        super().__init__()
        self._recipe, self._publisher, self._log = recipe, publisher, log
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
        model: keras.Model = self.model  # pyright: ignore[reportAssignmentType]
        due = done % self._recipe.report.every_epochs == 0 or done == self._epochs
        score = self._publisher.publish(model, done) if due else None
        rate = float(np.asarray(model.optimizer.learning_rate))
        self._log.append(
            epoch=done,
            step=step,
            loss=f"{loss:.6f}",
            learning_rate=f"{rate:.3e}",
            seconds=f"{seconds:.1f}",
            val_psnr=f"{score.psnr:.3f}" if score else "",
            val_ssim=f"{score.ssim:.4f}" if score else "",
        )
        save_state(model, self._publisher.out)
        remaining = (self._epochs - done) * self._log.seconds / done
        validated = f"  validation {score.psnr:.2f} dB, SSIM {score.ssim:.4f}" if score else ""
        print(
            f"epoch {done}/{self._epochs}  step {step}  loss {loss:.5f}"
            f"  {seconds / self._recipe.training.epoch_steps * 1000:.0f} ms/step"
            f"  {remaining / 60:.0f} min to go{validated}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
