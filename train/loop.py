"""What every training run does: claim a folder, go on where it stopped, log, validate, publish."""

import importlib.util
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from train.build import (
    find_pictures,
    make_generator,
    make_patches,
    make_upscaler,
    validation_pictures,
)
from train.card import Origins, make_card
from train.recipe import Recipe
from train.state import (
    LOG_NAME,
    RunLog,
    atomic_write,
    claimed_folder,
    fingerprint,
    restore_state,
    save_state,
    write_aside,
)
from train.validation import Validation
from waifu4x_tf.data.patches import PairedPatches
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.evaluation.scores import Scores, group_means
from waifu4x_tf.gan.watchdog import Watchdog

_PREVIEW_STEPS = 3


@dataclass(frozen=True)
class Stage:
    """What one kind of training adds to a run.

    Attributes:
        build: Makes the compiled model, whose optimizer counts the steps.
        publish_weights: Copies the weights worth keeping from that model into a bare generator.
        identity: What besides recipe, pictures and ``--init`` makes the run what it is, by its name.
        watch: Makes the watchdog that may stop it, from the validation's pictures.
        about: What the card says of the training besides, of the compiled model.
        is_lengthened: Whether the run may have more steps than when it began.
    """

    build: Callable[[], keras.Model]
    publish_weights: Callable[[keras.Model, keras.Model], None]
    identity: Mapping[str, str] = field(default_factory=dict)
    watch: Callable[[Validation], Watchdog] | None = None
    about: Callable[[keras.Model], dict[str, Any]] = lambda _model: {}
    is_lengthened: bool = False


class RunStoppedError(Waifu4xError):
    """The watchdog ended a run."""


def preview(recipe: Recipe, data: Path | None, stage: Stage) -> None:
    """Print what `run` would do, after a few steps whose result is thrown away."""
    _, pictures, _ = find_pictures(recipe, data)
    patches = make_patches(recipe, pictures)
    model = stage.build()
    seconds = []
    for index in range(_PREVIEW_STEPS + 1):  # the first builds the graph
        small, large = patches[index]
        started = time.perf_counter()
        model.train_on_batch(small, large)
        seconds.append(time.perf_counter() - started)
    step = min(seconds[1:])
    training, sizes = recipe.training, recipe.patches
    print(
        f"{sizes.batch_size} patches of {sizes.lr_size}x{sizes.lr_size} a step, {training.steps} steps of"
        f" {step * 1000:.0f} ms: {_duration(training.steps * step)} here, validation not counted"
    )
    print(f"{model.count_params():,} parameters{_memory()}")


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 5400 else f"{max(1, round(seconds / 60))} minutes"


def _memory() -> str:
    """Largest memory of this process until now, where the system tells it."""
    if not importlib.util.find_spec("resource"):
        return ""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    megabytes = peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return f"; {megabytes:.0f} MB so far, more with the pictures decoded"


def run(recipe: Recipe, data: Path | None, out: Path, init: Path | None, stage: Stage) -> None:
    """The whole run, read from top to bottom.

    Raises:
        RunStoppedError: The watchdog ended it; ``out`` has the last good weights.
    """
    scan, pictures, held_out = find_pictures(recipe, data)
    names = [(p.name, p.width, p.height) for p in pictures + held_out]
    patches = make_patches(recipe, pictures)

    model = stage.build()
    origins = Origins(scan, pictures, held_out, init)
    # After the model: a recipe that cannot be built claims nothing.
    identity = {"pictures": fingerprint(names), "--init": origins.init_sha256, **stage.identity}
    with claimed_folder(out, recipe.as_json(), identity, is_lengthened=stage.is_lengthened):
        _train(recipe, patches, model, origins, out, stage)


def _train(
    recipe: Recipe, patches: PairedPatches, model: keras.Model, origins: Origins, out: Path, stage: Stage
) -> None:
    """From the last state to the end, in a claimed folder."""
    training = recipe.training
    finished_epochs = restore_state(model, out, training.epoch_steps)
    published = make_generator(recipe)

    held_out = validation_pictures(recipe, origins.validation)
    validation = Validation(held_out, recipe.model.scale, recipe.data.degradation)
    watchdog = stage.watch(validation) if stage.watch else None
    log = RunLog(out / LOG_NAME, finished_epochs)
    publisher = _Publisher(recipe, published, stage, validation, log, out, origins)
    epochs = training.steps // training.epoch_steps
    if finished_epochs:
        print(f"Going on after epoch {finished_epochs} of {epochs}.")
    if finished_epochs < epochs:
        callbacks: list[keras.callbacks.Callback] = [
            patches.epoch_callback(),
            *([watchdog] if watchdog else []),
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
    if watchdog and watchdog.reason:
        publisher.publish(model, watchdog.good_epochs)
        raise RunStoppedError(f"{watchdog.reason} They are in {out / 'generator.keras'}.")
    print(f"{out / 'generator.keras'}: {training.steps} steps; figures are in {out / 'card.json'}")


class _Publisher:
    """Validates the weights worth keeping and writes generator.keras, card.json and a sheet of samples."""

    def __init__(
        self,
        recipe: Recipe,
        published: keras.Model,
        stage: Stage,
        validation: Validation,
        log: RunLog,
        out: Path,
        origins: Origins,
    ) -> None:
        self.out = out
        self._recipe, self._published, self._validation = recipe, published, validation
        self._stage = stage
        self._upscaler = make_upscaler(recipe, published)
        self._log, self._origins = log, origins
        self._bicubic = validation.bicubic()

    def publish(self, model: keras.Model, done: int) -> tuple[Scores, dict[str, Scores]]:
        """Write all three; a run stopped early leaves those of its last validation.

        Returns:
            The scores on whole pictures, and those of each kind of the field.
        """
        self._stage.publish_weights(model, self._published)
        score = self._validation.measure(self._upscaler)
        field = self._validation.field(self._upscaler, self._recipe.report.field_pictures)
        if silent := self._validation.silent_layers(self._published):
            print(
                f"{', '.join(silent)}: 0 everywhere on the validation pictures. Such a layer learns no more;"
                " a lower learning_rate may keep it alive."
            )
        samples = self.out / "samples"
        samples.mkdir(exist_ok=True)
        sheet = samples / f"epoch_{done:04d}.png"
        self._validation.sheet(self._upscaler, sheet, self._recipe.report.sample_pictures)
        with atomic_write(self.out / "generator.keras") as aside:
            self._published.save(aside)
        steps = done * self._recipe.training.epoch_steps
        about = self._stage.about(model)
        card = make_card(self._recipe, steps, self._log, score, self._bicubic, self._origins, field, about)
        write_aside(self.out / "card.json", card.encode())
        return score, field


class _Reporter(keras.callbacks.Callback):
    """After each epoch: the log, a checkpoint, progress; every N epochs the publisher."""

    def __init__(self, recipe: Recipe, publisher: _Publisher, log: RunLog) -> None:
        super().__init__()
        self._recipe, self._publisher, self._log = recipe, publisher, log
        self._epochs = recipe.training.steps // recipe.training.epoch_steps

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        model: keras.Model = self.model  # pyright: ignore[reportAssignmentType]
        if model.stop_training:  # by the watchdog: this epoch is not kept
            return
        seconds = time.perf_counter() - self._started
        done = epoch + 1
        step = done * self._recipe.training.epoch_steps
        terms = {name: float(value) for name, value in (logs or {}).items()}
        loss = terms["loss"]
        if not np.isfinite(loss):
            raise Waifu4xError(
                f"A training loss is a finite number. Received: {loss} at step {step}. Nothing after the last"
                " checkpoint is kept; lower learning_rate in the recipe."
            )
        due = done % self._recipe.report.every_epochs == 0 or done == self._epochs
        score, field = self._publisher.publish(model, done) if due else (None, {})
        groups = {f"val_{name}": each.psnr for name, each in group_means(field).items()} if due else {}
        rate = float(np.asarray(model.optimizer.learning_rate))
        self._log.append(
            epoch=done,
            step=step,
            **{name: f"{value:.6f}" for name, value in terms.items()},
            learning_rate=f"{rate:.3e}",
            seconds=f"{seconds:.1f}",
            val_psnr=f"{score.psnr:.3f}" if score else "",
            val_ssim=f"{score.ssim:.4f}" if score else "",
            **{name: f"{psnr:.3f}" for name, psnr in groups.items()},
        )
        save_state(model, self._publisher.out)
        remaining = (self._epochs - done) * self._log.seconds / done
        if "d_real" in terms:
            loss_text = f"loss {loss:.5f}  d_real {terms['d_real']:.2f}  d_fake {terms['d_fake']:.2f}"
        else:
            loss_text = f"loss {loss:.5f}"
        validated = f"  validation {score.psnr:.2f} dB, SSIM {score.ssim:.4f}" if score else ""
        validated += "".join(f", {name[4:]} {psnr:.2f}" for name, psnr in groups.items())
        print(
            f"epoch {done}/{self._epochs}  step {step}  {loss_text}"
            f"  {seconds / self._recipe.training.epoch_steps * 1000:.0f} ms/step"
            f"  {remaining / 60:.0f} min to go{validated}",
            flush=True,
        )
