"""The models of a demo: loaded once for each way to ask for them, and never by a stranger's file name."""

import pytest

from demo.context import Upscalers
from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.upscaler import load_upscaler
from waifu4x_tf.models import zoo


@pytest.fixture(scope="module")
def own_file():
    """The demo of somebody with a model file of his own."""
    return Upscalers(load_upscaler(str(next(zoo.WEIGHTS.glob("compact_int8*.tflite")))))


def test_a_file_is_loaded_again_for_other_options(own_file):
    name = own_file.names()[0]
    averaged = own_file.get(name, tta=True)
    assert averaged.identity.sha256 == own_file.default.identity.sha256
    assert averaged.identity.options["tta"] is True
    assert own_file.get(name, tta=True) is averaged
    assert own_file.get(name) is own_file.default
    assert own_file.get(name, raw=True) not in (averaged, own_file.default)


@pytest.mark.parametrize("model", ["strange.tflite", "/tmp/strange.keras"])
def test_a_file_name_is_no_model(own_file, model):
    with pytest.raises(ModelError, match="A model is one of"):
        own_file.get(model)
