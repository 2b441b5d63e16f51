"""Model cards from anywhere: whatever is wrong with one is named, file and key, and nothing hangs."""

import json
import os
from pathlib import Path

import pytest

from waifu4x_tf.errors import ModelError
from waifu4x_tf.models.cards import ModelCard

GOOD = {
    "name": "mine",
    "scale": 4,
    "receptive_radius": 6,
    "files": {"mine.tflite": {"sha256": "a" * 64}},
    "engines": {"litert": "mine.tflite"},
}
WITHOUT = object()


def text_with(**parts) -> bytes:
    said = {**GOOD, **parts}
    return json.dumps({key: value for key, value in said.items() if value is not WITHOUT}).encode()


def with_number(text: str) -> bytes:
    """A scale that Python's writer would not write so."""
    return text_with(scale=4).replace(b'"scale": 4', b'"scale": ' + text.encode())


HOSTILE = [
    # The text is not what JSON is.
    (b"", "line 1"),
    (b"{cut", "line 1"),
    (b"\x00" * 100, "line 1"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"a":' * 100_000, "nested too deeply"),
    (text_with().decode().encode("utf-16"), "not UTF-8"),
    (b"\xff\xfe" + text_with(), "not UTF-8"),
    (with_number("NaN"), "NaN"),
    (with_number("Infinity"), "Infinity"),
    (with_number("-Infinity"), "-Infinity"),
    (with_number("1e999"), "1e999"),
    (with_number("9" * 10_000), "digits"),
    (with_number('4, "scale": 2'), "'scale'"),
    # It is JSON, and no object.
    (b"[]", "[]"),
    (b"null", "None"),
    (b'"scale"', "'scale'"),
    # A key is missing, of another type or out of its range.
    (b"{}", "name, receptive_radius, scale"),
    (text_with(scale=WITHOUT), "needs scale"),
    (text_with(receptive_radius=WITHOUT), "needs receptive_radius"),
    (text_with(scale=0), "scale"),
    (text_with(scale=-4), "scale"),
    (text_with(scale=10**30), "scale"),
    (text_with(scale=True), "scale"),
    (text_with(scale=None), "scale"),
    (text_with(scale="4"), "scale"),
    (text_with(scale=4.0), "scale"),
    (text_with(scale=[4]), "scale"),
    (text_with(receptive_radius=-1), "receptive_radius"),
    (text_with(receptive_radius=10**6), "receptive_radius"),
    (text_with(receptive_radius={}), "receptive_radius"),
    (text_with(name=7), "name"),
    (text_with(name="../../x"), "name"),
    (text_with(name=""), "name"),
    (text_with(name="\x1b[2J"), "name"),
    (text_with(files=[]), "files"),
    (text_with(files={"mine.tflite": None}), "files.mine.tflite"),
    (text_with(files={"mine.tflite": {}}), "files.mine.tflite needs sha256"),
    (text_with(files={"mine.tflite": {"sha256": None}}), "files.mine.tflite: sha256"),
    (text_with(files={"mine.tflite": {"sha256": 7}}), "files.mine.tflite: sha256"),
    (text_with(files={"mine.tflite": {"sha256": "A" * 64}}), "files.mine.tflite: sha256"),
    (text_with(files={"mine.tflite": {"sha256": "a" * 10**5}}), "files.mine.tflite: sha256"),
    (text_with(engines={"litert": "/etc/passwd"}), "engines.litert"),
    (text_with(engines={"litert": ".."}), "engines.litert"),
    (text_with(engines={"litert": {}}), "engines.litert"),
    (text_with(data={"validation_pictures": "all"}), "data: validation_pictures"),
    (text_with(data={"validation_pictures": [1]}), "data: validation_pictures"),
    (text_with(training=[]), "training"),
    (text_with(training={"recipe": {"data": {"degradation": 3}}}), "training: recipe: data: degradation"),
    (text_with(licence=None), "licence"),
    (text_with(arguments={"width": "64"}), "arguments.width"),
]


@pytest.mark.parametrize(("content", "key"), HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_wrong_with_a_card_is_named_in_one_short_line(tmp_path, content, key):
    path = tmp_path / "card.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="Received: ") as caught:
        ModelCard.read(path)
    message = str(caught.value)
    assert str(path) in message
    assert key in message
    assert message.isprintable()
    assert len(message) < 400 + len(str(path))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_card_may_say_more_and_all_of_it_is_kept(tmp_path, mark):
    said = {**GOOD, "remarks": "soft", "files": {"mine.tflite": {"sha256": "a" * 64, "bytes": 7}}}
    (tmp_path / "card.json").write_bytes(mark + json.dumps(said).encode())
    card = ModelCard.read(tmp_path / "card.json")
    assert (card.name, card.scale, card.receptive_radius) == ("mine", 4, 6)
    assert card.files["mine.tflite"].sha256 == "a" * 64
    assert card.document == said


def test_a_key_called_document_is_one_like_others(tmp_path):
    (tmp_path / "card.json").write_bytes(text_with(document=3))
    assert ModelCard.read(tmp_path / "card.json").document["document"] == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_what_is_no_regular_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "device.json").symlink_to("/dev/zero")
    for name in ("pipe", "folder", "device", "none"):
        with pytest.raises(ModelError, match=rf"regular file.*Received: .*{name}\.json"):
            ModelCard.read(tmp_path / f"{name}.json")


def test_a_huge_card_is_refused_and_not_read(tmp_path):
    path = tmp_path / "card.json"
    with path.open("wb") as file:
        file.truncate(5 * 2**30)
    with pytest.raises(ModelError, match=r"at most 4194304 bytes\. Received: .*card\.json"):
        ModelCard.read(Path(path))
