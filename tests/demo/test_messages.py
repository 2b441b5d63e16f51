"""The library's refusals in the language of the page, taken from what the library really says."""

import pytest
from fake_upscaler import FakeUpscaler
from PIL import Image

from demo.context import Upscalers
from demo.limits import Limits
from demo.messages import failure, translated
from demo.upscale.request import UpscaleRequest
from waifu4x_tf.batch.reading import read_capped
from waifu4x_tf.errors import Waifu4xError
from waifu4x_tf.inference.loading import load_upscaler


def refusal_of(action):
    with pytest.raises(Waifu4xError) as caught:
        action()
    return str(caught.value)


def read(path):
    return lambda: read_capped(path, path.name, 1)


def test_files_that_cannot_be_read_are_refused_in_chinese(tmp_path):
    Image.new("L", (2000, 1500)).save(tmp_path / "large.png")
    Image.effect_noise((64, 64), 90).save(tmp_path / "cut.png")
    cut = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(cut[: len(cut) // 2])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("hello")
    for path in sorted(tmp_path.iterdir()):
        sentence = refusal_of(read(path))
        said = translated("zh", sentence)
        assert said.startswith(path.name), sentence
        assert "Received" not in said
        assert translated("en", sentence) == sentence


@pytest.mark.parametrize(
    "asked",
    [
        {"min_side": -1},
        {"quality": 50},
        {"quality": 500, "file_format": "jpeg"},
        {"background": "nocolour"},
        {"bits": 16, "file_format": "webp"},
        {"quality": 1e9},
    ],
)
def test_options_are_refused_in_chinese(asked):
    said = translated("zh", refusal_of(lambda: UpscaleRequest.of(**asked).settings(16)))
    assert "Received" not in said


def test_limits_and_models_refuse_in_chinese():
    upscalers = Upscalers(FakeUpscaler(), load_upscaler)
    for action in (
        lambda: Limits().check_count([None] * 51),
        lambda: upscalers.get("large", denoise="low", strength=1),
    ):
        assert "Received" not in translated("zh", refusal_of(action))


def test_a_sentence_that_is_not_in_the_table_stays_and_is_escaped():
    assert "&lt;b&gt; is odd." in failure("zh", "<b> is odd.")
