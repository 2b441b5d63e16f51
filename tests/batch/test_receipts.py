"""Receipts as values: what they hold, what counts as a difference, and what is refused."""

import dataclasses
import getpass
import json
import os

import pytest

from waifu4x_tf.batch.receipts import Receipt, difference, effective_settings
from waifu4x_tf.batch.settings import RunSettings
from waifu4x_tf.errors import ReceiptError
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import WriteOptions
from waifu4x_tf.inference.identity import ModelIdentity

MODEL = ModelIdentity("compact", "b" * 64, {"engine": "litert", "strength": 0.0})


def receipt(settings: RunSettings | None = None, *, source="a" * 64, model=MODEL) -> Receipt:
    return Receipt.of(source, model, settings or RunSettings())


def test_a_receipt_comes_back_from_its_text():
    made = receipt(RunSettings(Target(size=(30, 20), fit="pad"), write=WriteOptions(background="#fff")))
    assert Receipt.parse(made.text(), "x") == made
    assert made.text().isascii()
    assert "\n" not in made.text()
    assert json.loads(made.text())["waifu4x"]


def test_it_names_no_place_and_nobody():
    text = receipt().text()
    assert os.getcwd() not in text
    assert os.path.expanduser("~") not in text
    assert getpass.getuser() not in text


def test_every_setting_that_changes_the_file_is_in_it():
    fields = {field.name for field in dataclasses.fields(RunSettings)}
    told = effective_settings(RunSettings())
    without = {"overwrite", "skip_existing", "max_megapixels", "receipt"}
    assert fields - told.keys() == without
    for part in ("target", "write"):
        value = getattr(RunSettings(), part)
        assert told[part].keys() == {field.name for field in dataclasses.fields(value)}


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (receipt(), None),
        (receipt(RunSettings(overwrite=True, skip_existing=True, max_megapixels=3, receipt=True)), None),
        (receipt(RunSettings(Target(2))), "the settings changed: scale 4.0 -> 2"),
        (
            receipt(RunSettings(write=WriteOptions("webp", 80, "white"))),
            "the settings changed: background none -> white, format png -> webp, quality none -> 80",
        ),
        (
            receipt(RunSettings(Target(3), write=WriteOptions("webp", 80, strip=True))),
            "the settings changed: scale 4.0 -> 3, format png -> webp, quality none -> 80 and 1 more",
        ),
        (
            receipt(model=ModelIdentity("compact", "b" * 64, {"engine": "litert", "strength": 0.5})),
            "the settings changed: strength 0.0 -> 0.5",
        ),
        (receipt(model=ModelIdentity("mine", "c" * 64, MODEL.options)), "the model changed: compact -> mine"),
        (receipt(source="c" * 64), "the source changed"),
    ],
)
def test_what_counts_as_a_difference(other, reason):
    assert difference(receipt(), other) == reason


def test_another_version_alone_is_no_difference():
    assert difference(dataclasses.replace(receipt(), version="0.0.1"), receipt()) is None


def test_an_option_that_an_older_receipt_does_not_know_was_off():
    older = receipt(model=ModelIdentity("compact", "b" * 64, {"engine": "litert"}))
    assert difference(older, receipt()) is None
    newer = receipt(model=ModelIdentity("compact", "b" * 64, {"engine": "litert", "sharpen": True}))
    assert difference(older, newer) == "the settings changed: sharpen none -> true"
    assert difference(newer, older) == "the settings changed: sharpen true -> none"


def altered(**parts) -> str:
    return json.dumps({**json.loads(receipt().text()), **parts})


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("", "line 1"),
        ("no JSON", "line 1"),
        ("[]", "something else"),
        ("null", "something else"),
        ("{}", "something else"),
        ("[" * 100_000, "nested too deeply"),
        ('{"receipt": 1, "a": ' + "[" * 100_000, "nested too deeply"),
        (receipt().text().encode("utf-16"), "not UTF-8"),
        (b"\xff" + receipt().text().encode(), "not UTF-8"),
        (receipt().text().replace("0.0", "NaN"), "NaN"),
        (receipt().text().replace("0.0", "1e999"), "1e999"),
        (receipt().text().replace("0.0", "9" * 10_000), "digits"),
        (receipt().text().replace('"strength": 0.0', '"strength": 0.0, "strength": 1.0'), "'strength'"),
        ('{"receipt": 1}', "model, settings, source, waifu4x"),
        (altered(source="../../etc/passwd"), "source"),
        (altered(source=7), "source"),
        (altered(source=None), "source"),
        (altered(model=[]), "model"),
        (altered(model={"name": 1, "sha256": "b" * 64, "options": {}}), "model: name"),
        (altered(model={"name": "x", "sha256": "b" * 63, "options": {}}), "model: sha256"),
        (altered(model={"name": "x", "sha256": "b" * 64, "options": []}), "model: options"),
        (altered(settings="none"), "settings"),
        (altered(waifu4x=None), "waifu4x"),
    ],
)
def test_what_is_no_receipt_is_refused_in_one_line_that_names_file_and_key(content, key):
    with pytest.raises(ReceiptError, match="Received: ") as caught:
        Receipt.parse(content, "cat.png")
    assert "cat.png" in str(caught.value)
    assert key in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("version", [2, 0, True, "1", None, [1] * 10_000])
def test_a_receipt_of_another_format_is_distinguished(version):
    with pytest.raises(ReceiptError, match="receipts of format 1") as caught:
        Receipt.parse(altered(receipt=version), "cat.png")
    assert len(str(caught.value)) < 300
