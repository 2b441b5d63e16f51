"""Keras -> SavedModel with a serving signature of dynamic height and width."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras

from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.inference.engines import KerasEngine


def load_generator(path: str | Path) -> keras.Model:
    """Load a trained generator for export.

    Raises:
        ModelError: Not a ``.keras`` file, as of `KerasEngine.load`, or holding layers in reduced precision.
    """
    path = Path(path)
    if path.suffix != ".keras" or not path.is_file():
        raise ModelError(
            f"Export starts from an existing .keras file. Received: {path}. Give generator.keras."
        )
    model = KerasEngine.load(path).model
    reduced = [layer.name for layer in model.layers if layer.compute_dtype not in ("float32", "int32")]
    if reduced:
        raise ModelError(
            "Export needs a float32 network: others become operators that no phone runs. Received:"
            f" {path} with {layer_list(reduced)} in reduced precision. Build it under the float32 policy and"
            " copy the weights."
        )
    return model


def layer_list(names: list[str]) -> str:
    """The first few of many layer names, for a message."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def write_saved_model(model: keras.Model, folder: str | Path, side_px: int | None = None) -> Path:
    """Write a SavedModel whose signature ``serve`` takes float32 ``(N, H, W, 3)``.

    Args:
        model: Generator.
        folder: Does not exist yet.
        side_px: Take ``(1, side_px, side_px, 3)`` alone.

    Raises:
        UsageError: The folder exists.
    """
    folder = Path(folder)
    if folder.exists():
        raise UsageError(f"A SavedModel is written into a new folder. Received: {folder}. Remove it first.")
    shape = (None, None, None, 3) if side_px is None else (1, side_px, side_px, 3)
    signature = [keras.InputSpec(shape=shape, dtype="float32")]
    model.export(folder, format="tf_saved_model", input_signature=signature, verbose=False)
    return folder


@contextmanager
def temporary_saved_model(model: keras.Model, side_px: int | None = None) -> Iterator[Path]:
    """A SavedModel that is removed again when the block ends."""
    home = Path(tempfile.mkdtemp(prefix="waifu4x-export-"))
    try:
        yield write_saved_model(model, home / "saved_model", side_px)
    finally:
        shutil.rmtree(home, ignore_errors=True)
