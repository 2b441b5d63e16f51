"""The card beside a network."""

import json

import keras
import pytest

from export.cards import load_card
from waifu4x_tf.errors import ModelError


def test_the_card_beside_a_network_is_read(trained, tiny_models):
    assert load_card(trained).receptive_radius == 6
    assert load_card(tiny_models / "tiny.keras").name == "tiny"


def test_without_a_card_scale_and_radius_are_measured_and_the_name_is_the_files(tmp_path):
    """A 5x5 and a 3x3 convolution see 2 + 1 pixels to each side."""
    x = picture = keras.Input((None, None, 3))
    x = keras.layers.PReLU(shared_axes=[1, 2])(keras.layers.Conv2D(4, 5, padding="same")(x))
    x = keras.layers.Conv2D(12, 3, padding="same")(keras.layers.BatchNormalization()(x))
    keras.Model(picture, keras.ops.depth_to_space(x, 2)).save(tmp_path / "sharp.keras")
    card = load_card(tmp_path / "sharp.keras")
    assert (card.name, card.scale, card.receptive_radius) == ("sharp", 2, 3)
    assert card.document == {"name": "sharp", "scale": 2, "receptive_radius": 3}


def test_a_network_with_code_of_its_own_is_refused_by_that_name(tmp_path):
    picture = keras.Input((None, None, 3))
    keras.Model(picture, keras.layers.Lambda(lambda x: x * 2)(picture)).save(tmp_path / "mine.keras")
    with pytest.raises(ModelError, match=r"Received: .*mine\.keras.*[Ll]ambda"):
        load_card(tmp_path / "mine.keras")


def test_without_a_network_there_is_no_card(tmp_path):
    with pytest.raises(ModelError, match=r"Received: .*generator\.keras"):
        load_card(tmp_path / "generator.keras")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            json.dumps({"name": "tiny", "scale": 4}),
            "needs receptive_radius. Received: name, scale",
        ),
        ("[]", r"card\.json is a JSON object\. Received: \[\]"),
        ("{cut", r"JSON file .*Received: .*card\.json"),
    ],
)
def test_a_card_that_is_none_is_named(tmp_path, text, message):
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(ModelError, match=message):
        load_card(tmp_path / "generator.keras")
