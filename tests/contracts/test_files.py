"""Sizes of files, and weights that are the ones their cards name."""

import hashlib
import json

import pytest
from checkout import ROOT, project_files

from waifu4x_tf.models import zoo

MEGABYTE = 10**6
LARGEST_FILE = 6 * MEGABYTE
LARGEST_WEIGHTS = 25 * MEGABYTE


def weights_files() -> list:
    return sorted(path for path in zoo.WEIGHTS.glob("*") if path.is_file())


def cards() -> dict:
    """Of networks that enlarge."""
    paths = set(zoo.WEIGHTS.glob("*.json")) - {zoo.ESTIMATOR.with_suffix(".json")}
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def test_no_file_is_large():
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in project_files()}
    assert {name: size for name, size in sizes.items() if size > LARGEST_FILE} == {}


def test_shipped_weights_are_small_in_all():
    assert sum(path.stat().st_size for path in weights_files()) < LARGEST_WEIGHTS


def test_every_weights_file_is_the_one_a_card_names():
    named = {}
    for card in cards().values():
        named |= {name: facts["sha256"] for name, facts in card["files"].items()}
    estimator = json.loads(zoo.ESTIMATOR.with_suffix(".json").read_text(encoding="utf-8"))
    named[zoo.ESTIMATOR.name] = estimator["sha256"]
    shipped = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in weights_files()
        if path.suffix != ".json"
    }
    assert shipped == named


@pytest.mark.skipif(not cards(), reason="no weights in this checkout yet")
def test_every_shipped_model_has_weights_and_a_card_that_says_where_they_come_from():
    meant = {name for name, model in zoo.MODELS.items() if model.shipped}
    assert zoo.shipped_names() == sorted(meant)
    for path, card in cards().items():
        assert path.stem == card["name"]
        assert card["engines"]["litert"].endswith(".tflite")
        assert "int8" in card["engines"]["litert"]
        for source in card["data"]["pictures"]:
            assert source["source"] not in ("", "not named"), path
            assert source["licence"] not in ("", "not named"), path
