"""What the page says of a picture, in both languages, before and after it is enlarged."""

import pytest
from PIL import Image

from demo.translations import sentences
from demo.upscale.inspection import findings_line, inspected, treatment_words
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.inference.treatment import WORDS, Treatment


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "drawn.png"
    Image.fromarray(draw_rgb(1, seed=3, width=48, height=36)).save(path)
    return path


def test_every_kind_of_damage_has_a_word():
    assert {f"seen_{name}" for name in WORDS} <= sentences().keys()


@pytest.mark.parametrize(
    ("treatment", "english", "chinese"),
    [
        (Treatment("low"), "denoise low (damage)", ("“弱”", "有损伤")),
        (
            Treatment("high", damages=("jpeg", "grain")),
            "denoise high (JPEG artefacts, grain)",
            ("“强”", "JPEG 痕迹、噪点"),
        ),
        (
            Treatment("medium", 0.314, ("webp",)),
            "denoise medium (WebP artefacts), sharpened by 0.31 first",
            ("“中”", "WebP 痕迹", "先锐化 0.31"),
        ),
        (Treatment("area"), "area variant (area averaging)", ("区域平均模型", "按区域平均缩小")),
        (Treatment("area", damages=("halos",)), "area variant (halos)", ("区域平均模型", "光晕")),
        (Treatment(amount=0.314), "sharpened by 0.31 first", ("先锐化 0.31",)),
        (Treatment(amount=-0.08), "softened by 0.08 first", ("先柔化 0.08",)),
    ],
)
def test_what_is_done_is_named_with_its_reason(treatment, english, chinese):
    assert treatment_words("en", treatment) == english
    assert all(words in treatment_words("zh", treatment) for words in chinese)


def test_of_a_model_that_leaves_no_choice_nothing_is_promised(picture):
    found = inspected(picture, "trained here", 16)
    assert found.treatment is None
    assert findings_line("en", "drawn.png", found).endswith("Auto: left as it is.")
    assert findings_line("zh", "drawn.png", found).endswith("保持原样。")
    said = found.as_json("drawn.png")
    assert (said["seen"], said["treatment"]) == ("", "")
