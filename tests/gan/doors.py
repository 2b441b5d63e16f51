"""Every way a Keras user saves, restores or watches a model, tried on an SRGAN.

python tests/gan/doors.py    # with KERAS_BACKEND=jax too: prints a table, ends with 1 where a door is shut
"""

import contextlib
import csv
import importlib.util
import os
import sys
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from gan_networks import noise_pairs, small_gan

from waifu4x_tf.losses.adversarial import NonSaturatingLoss
from waifu4x_tf.losses.perceptual import PerceptualLoss


def compiled() -> Any:
    """With VGG19's features of drawn weights among the losses."""
    terms = {
        "pixel": keras.losses.MeanAbsoluteError(),
        "perceptual": PerceptualLoss("conv1_1", weights=None),
        "adversarial": NonSaturatingLoss(),
    }
    options = {"run_eagerly": True} if keras.backend.backend() == "tensorflow" else {}
    return small_gan("adam", terms=terms, weights={"perceptual": 0.01, "adversarial": 0.1}, **options)


def fitted(gan: Any, epochs: int = 1, first: int = 0, **options: Any) -> Any:
    """After so many epochs of two batches, always the same ones."""
    small, large = noise_pairs()
    options = {"batch_size": 4, "shuffle": False, "verbose": 0, **options}
    return gan.fit(small, large, epochs=epochs, initial_epoch=first, **options)


def state(gan: Any) -> list[np.ndarray]:
    """Weights, and what both optimizers remember."""
    return [np.array(v) for v in [*gan.weights, *gan.optimizer.variables, *gan.d_optimizer.variables]]


def assert_equal(ours: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    """To the bit."""
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def goes_on_alike(loaded: Any, gan: Any) -> None:
    """Compiled, with the same state, it takes the same next steps."""
    assert loaded.compiled
    assert_equal(state(loaded), state(gan))
    assert fitted(loaded).history == fitted(gan).history
    assert_equal(state(loaded), state(gan))


def save_and_load_model(folder: Path) -> None:
    gan = compiled()
    fitted(gan)
    gan.save(folder / "gan.keras")
    goes_on_alike(keras.models.load_model(folder / "gan.keras"), gan)


def load_without_compiling(folder: Path) -> None:
    gan = compiled()
    gan.save(folder / "gan.keras")
    loaded = keras.models.load_model(folder / "gan.keras", compile=False)
    assert_equal(loaded.get_weights(), gan.get_weights())


def model_checkpoint(folder: Path) -> None:
    gan = compiled()
    checkpoint = keras.callbacks.ModelCheckpoint(folder / "c.keras", monitor="psnr", mode="max")
    fitted(gan, 2, callbacks=[checkpoint])
    goes_on_alike(keras.models.load_model(folder / "c.keras"), gan)


def model_checkpoint_of_weights(folder: Path) -> None:
    gan = compiled()
    fitted(gan, callbacks=[keras.callbacks.ModelCheckpoint(folder / "c.weights.h5", save_weights_only=True)])
    other = compiled()
    other.load_weights(folder / "c.weights.h5")
    goes_on_alike(other, gan)


def save_and_load_weights(folder: Path) -> None:
    gan = compiled()
    fitted(gan)
    gan.save_weights(folder / "gan.weights.h5")
    other = compiled()
    other.load_weights(folder / "gan.weights.h5")
    goes_on_alike(other, gan)


def model_to_json(_: Path) -> None:
    gan = compiled()
    copy = keras.models.model_from_json(gan.to_json())
    copy.set_weights(gan.get_weights())
    small, _large = noise_pairs(2)
    np.testing.assert_array_equal(copy.predict(small, verbose=0), gan.predict(small, verbose=0))


def export(folder: Path) -> None:
    import tensorflow as tf

    gan = compiled()
    gan.export(folder / "saved_model", verbose=False)
    served = tf.saved_model.load(str(folder / "saved_model"))
    for side in (8, 11):
        small = np.random.default_rng(side).random((1, side, 9, 3), np.float32)
        np.testing.assert_allclose(np.asarray(served.serve(small)), np.asarray(gan(small)), atol=1e-5)


def backup_and_restore(folder: Path) -> None:
    whole = compiled()
    fitted(whole, 3)
    backup = keras.callbacks.BackupAndRestore(folder / "backup")
    stop = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: 1 / (epoch < 2))
    with contextlib.suppress(ZeroDivisionError):
        fitted(compiled(), 3, callbacks=[backup, stop])
    resumed = compiled()
    fitted(resumed, 3, callbacks=[backup])
    assert_equal(state(resumed), state(whole))


def early_stopping(_: Path) -> None:
    gan, kept = compiled(), {}
    keep = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: kept.update({epoch: gan.get_weights()})
    )
    stopping = keras.callbacks.EarlyStopping(
        "psnr", mode="min", patience=1, restore_best_weights=True, start_from_epoch=0
    )
    fitted(gan, 5, callbacks=[keep, stopping])
    assert_equal(gan.get_weights(), kept[stopping.best_epoch])


def csv_logger(folder: Path) -> None:
    history = fitted(compiled(), 2, callbacks=[keras.callbacks.CSVLogger(folder / "log.csv")]).history
    with (folder / "log.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [float(row["d_loss"]) for row in rows] == history["d_loss"]


def tensorboard(folder: Path) -> None:
    if not importlib.util.find_spec("tensorboard"):
        raise unittest.SkipTest("the package tensorboard is not installed")
    fitted(compiled(), callbacks=[keras.callbacks.TensorBoard(folder / "logs")])
    assert list((folder / "logs" / "train").glob("events*"))


def summary(_: Path) -> None:
    lines: list[str] = []
    compiled().summary(print_fn=lambda text, **_: lines.append(text))
    assert "judge" in "\n".join(lines)


def validation_data(_: Path) -> None:
    gan = compiled()
    history = fitted(gan, validation_data=noise_pairs(4)).history
    scores = gan.evaluate(*noise_pairs(4), verbose=0, return_dict=True)
    np.testing.assert_allclose(history["val_psnr"], [scores["psnr"]], rtol=1e-6)


DOORS: dict[str, Callable[[Path], None]] = {
    "gan.save, keras.models.load_model": save_and_load_model,
    "load_model(compile=False)": load_without_compiling,
    "ModelCheckpoint('c.keras')": model_checkpoint,
    "ModelCheckpoint(save_weights_only=True)": model_checkpoint_of_weights,
    "gan.save_weights, gan.load_weights": save_and_load_weights,
    "gan.to_json, model_from_json": model_to_json,
    "gan.export": export,
    "BackupAndRestore": backup_and_restore,
    "EarlyStopping(restore_best_weights=True)": early_stopping,
    "CSVLogger": csv_logger,
    "TensorBoard": tensorboard,
    "gan.summary": summary,
    "fit(validation_data=...)": validation_data,
}


def _main() -> int:
    shut = 0
    for call, enter in DOORS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                enter(Path(folder))
                outcome = "yes"
            except unittest.SkipTest as reason:
                outcome = f"not tried: {reason}"
            except Exception as error:
                outcome, shut = f"no: {type(error).__name__}: {str(error)[:300]}", 1
        sys.stdout.write(f"{call:42} {keras.backend.backend():12} {outcome}\n")
        sys.stdout.flush()
    return shut


if __name__ == "__main__":
    sys.exit(_main())
