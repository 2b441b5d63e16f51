"""The stages of a training: of runs, of means, and what the cards of the shipped weights say of theirs."""

import json
from pathlib import Path

import pytest

from train.recipe import RECIPES, load_any_recipe
from train.stages import with_mean, with_run
from waifu4x_tf.config import read_json
from waifu4x_tf.errors import ModelError
from waifu4x_tf.models import zoo

CARDS = {path.stem: read_json(path)["training"] for path in sorted(zoo.WEIGHTS.glob("*.json"))}
# Written before cards held stages.
WITHOUT_STAGES: set[str] = set()
# Precision is the processor's, weights of VGG are a file's.
OTHERWISE_IN_CARDS = {"training.dtype_policy", "adversary.vgg_weights"}
TABLES = {"model", "data", "degradation", "patches", "training", "adversary"}


def run(recipe, init=None, steps=10) -> dict:
    return {"recipe": recipe, "steps": steps, "init": init}


def test_a_run_adds_its_stage_to_those_of_its_start():
    assert with_run("warm", 10, None, {}) == [run("warm")]
    assert with_run("all", 20, Path("run/generator.keras"), {"stages": [run("warm")]}) == [
        run("warm"),
        run("all", "warm", 20),
    ]


@pytest.mark.parametrize(
    "training", [{}, {"stages": [{"recipe": None, "mean_of": ["a", "b"], "share": 0.5}]}]
)
def test_a_start_that_is_of_no_recipe_is_called_by_its_file(training):
    assert with_run("all", 10, Path("run/mine.keras"), training)[-1] == run("all", "mine.keras")


def test_a_mean_tells_the_stages_of_both_once_each():
    first, second = [run("warm"), run("all", "warm")], [run("warm"), run("all", "warm"), run("gan", "all")]
    files = Path("a/generator.keras"), Path("b/generator.keras")
    mean = {"recipe": None, "mean_of": ["all", "gan"], "share": 0.25}
    assert with_mean(files, ({"stages": first}, {"stages": second}), 0.25) == [*second, mean]


@pytest.mark.parametrize("training", ["warm", {"stages": "warm"}, {"stages": ["warm"]}])
def test_stages_that_are_none_name_the_network(training):
    with pytest.raises(ModelError, match=r"card of mine\.keras.*Received: .*warm"):
        with_run("all", 10, Path("mine.keras"), training)


@pytest.mark.parametrize("name", sorted(CARDS.keys() - WITHOUT_STAGES))
def test_each_stage_in_a_shipped_card_is_a_listed_recipe_or_says_what_was_done(name):
    listed, known = (RECIPES / "README.md").read_text(encoding="utf-8"), set()
    for stage in CARDS[name]["stages"]:
        if stage["recipe"] is None:
            assert "mean_of" in stage or stage["remark"].startswith("No recipe of the repository: ")
            assert set(stage.get("mean_of", ())) <= known
            continue
        assert load_any_recipe(str(RECIPES / "shipped" / f"{stage['recipe']}.toml")).name == stage["recipe"]
        assert listed.count(f" --recipe $R/{stage['recipe']}.toml --data ") == 1
        assert stage["init"] is None or stage["init"] in known or stage["init"].endswith(".keras")
        known.add(stage["recipe"])


@pytest.mark.parametrize("name", sorted(CARDS.keys() - WITHOUT_STAGES - {"estimator"}))
def test_the_recipes_that_a_shipped_card_names_are_what_it_says_was_done(name):
    stages = [stage for stage in CARDS[name]["stages"] if "mean_of" not in stage]
    runs = trainings(CARDS[name])
    assert [stage["steps"] for stage in stages] == [done["steps"] for done in runs]
    for stage, done in zip(stages, runs, strict=True):
        if stage["recipe"] is None:
            continue
        path = RECIPES / "shipped" / f"{stage['recipe']}.toml"
        recipe, was = flat(json.loads(load_any_recipe(str(path)).as_json())), flat(done["recipe"])
        momentum = was.pop("training.ema_momentum", None)
        told = was.keys() - OTHERWISE_IN_CARDS
        assert {key: recipe.get(key) for key in told} == {key: was[key] for key in told}
        if momentum:
            assert 0.5 ** (1 / recipe["training.ema_half_life"]) == pytest.approx(momentum, abs=1e-4)


def trainings(training: dict) -> list[dict]:
    """The runs that a card tells of, each once, in their order."""
    found = trainings(training["init"]["training"]) if training.get("init", {}).get("training") else []
    found.append(training)
    other = trainings(training["averaged_with"]["training"]) if "averaged_with" in training else []
    recipes = [run["recipe"] for run in found]
    return found + [run for run in other if run["recipe"] not in recipes]


def flat(recipe: dict, prefix: str = "") -> dict:
    """What is in the tables, but for the recipe's own name and how often it reports."""
    pairs = {}
    for key, value in recipe.items():
        if key in TABLES:
            pairs |= flat(value, f"{prefix}{key}.")
        elif prefix:
            pairs[f"{prefix}{key}"] = value
    return pairs
