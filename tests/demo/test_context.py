"""The models of a demo: loaded once for each way to ask for them, and never by a stranger's file name."""

import pytest
from fake_upscaler import FakeUpscaler

from demo.context import Upscalers
from demo.upscale.request import UpscaleRequest
from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.loading import load_upscaler
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


@pytest.mark.parametrize(
    ("given", "way"),
    [
        ("auto", "auto"),
        ("off", "off"),
        (0, "off"),
        ("0", "off"),
        ("low", "low"),
        (1, "low"),
        (2.0, "medium"),
        ("2.0", "medium"),
        ("3", "high"),
    ],
)
def test_denoising_is_asked_for_in_words_or_as_waifu2x_counts(given, way):
    loaded = []

    def load(name, **options):
        loaded.append(load_upscaler(name, **options))
        return loaded[-1]

    upscalers = Upscalers(FakeUpscaler(), load)
    asked = upscalers.get("compact", denoise=UpscaleRequest.of(denoise=given).denoise)
    assert asked.identity.options["denoise"] == way
    assert upscalers.get("compact", denoise=way) is asked
    assert len(loaded) == 1


@pytest.mark.parametrize("model", ["strange.tflite", "/tmp/strange.keras"])
def test_a_file_name_is_no_model(own_file, model):
    with pytest.raises(ModelError, match="A model is one of"):
        own_file.get(model)
