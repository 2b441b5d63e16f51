"""Networks with known answers, and small folders of pictures to export with."""

from pathlib import Path

import pytest
from export_files import save_with_card
from PIL import Image

from waifu4x_tf.data.procedural import draw_rgb


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """generator.keras with its card.json, as train.pretrain leaves them; lively random weights."""
    from tiny_networks import tiny_generator

    return save_with_card(tiny_generator(), tmp_path_factory.mktemp("trained"))


@pytest.fixture(scope="session")
def bilinear():
    """A network that answers plain bilinear interpolation: its last layer gives nothing."""
    from tiny_networks import tiny_generator

    model = tiny_generator(width=4, blocks=1)
    tail = model.get_layer("tail")
    tail.set_weights([0 * weight for weight in tail.get_weights()])
    return model


@pytest.fixture(scope="session")
def picture_folder(tmp_path_factory) -> Path:
    """Three drawings large enough for calibration, and one too small for it."""
    folder = tmp_path_factory.mktemp("pictures")
    for index, side in enumerate((256, 264, 272, 100)):
        Image.fromarray(draw_rgb(index, seed=8, width=side, height=side)).save(folder / f"{index}.png")
    return folder


@pytest.fixture(scope="session")
def faithful(bilinear, tmp_path_factory) -> Path:
    """generator.keras of `bilinear`, which passes every gate, with its card.json."""
    return save_with_card(bilinear, tmp_path_factory.mktemp("faithful"), receptive_radius=4)


@pytest.fixture(scope="session")
def exported(faithful, picture_folder, tmp_path_factory):
    """All three precisions of `bilinear`: the folder and the results."""
    from export import ranges
    from export.tflite import export

    out = tmp_path_factory.mktemp("exported") / "models"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ranges, "_MOST_TRIALS", 10)  # the search is test_ranges.py's
        return out, export(faithful, out, calibration=picture_folder, validation=picture_folder)
