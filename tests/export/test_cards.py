"""The card beside a network."""

import json

import pytest

from export.cards import load_card
from waifu4x_tf.errors import ModelError


def test_the_card_beside_a_network_is_read(trained, tiny_models):
    assert load_card(trained).receptive_radius == 6
    assert load_card(tiny_models / "tiny.keras").name == "tiny"


def test_without_a_card_the_way_out_is_told(tmp_path):
    with pytest.raises(
        ModelError, match=r"generator\.keras without card\.json\. Train it with train\.pretrain"
    ):
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
