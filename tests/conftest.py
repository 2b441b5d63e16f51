"""Fixtures that several folders of tests share."""

import hashlib
import json
import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny untrained network in every form: tiny.keras, tiny_float32.tflite, tiny_int8.tflite, card."""
    from tiny_networks import tiny_generator

    from export.tflite import calibration_patches, convert
    from waifu4x_tf.data.procedural import draw_rgb

    folder = tmp_path_factory.mktemp("tiny")
    model = tiny_generator()
    model.save(folder / "tiny.keras")
    drawings = [draw_rgb(index, seed=3, width=128, height=128) for index in range(4)]
    patches = calibration_patches(drawings, scale=4, count=8, lr_size=32)
    for precision in ("float32", "int8"):
        (folder / f"tiny_{precision}.tflite").write_bytes(convert(model, precision, patches))
    files = {
        path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.iterdir())
    }
    card = {"name": "tiny", "scale": 4, "receptive_radius": 6, "files": files}
    (folder / "tiny.json").write_text(json.dumps(card))
    return folder
