"""Who may import whom. Everything that is not allowed here is forbidden."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from checkout import ROOT, python_files
from import_graph import Import, imports_of, module_name

LIBRARY = "waifu4x_tf"
# Outside the library: each may import it and itself, and nothing may import them but the program that starts
# the demo's pages.
PROGRAMS = ("train", "export", "benchmarks", "docs", "demo", "demo_app")
STARTS = {"demo_app": "demo"}
COMMAND_LINE = [
    "__main__",
    "argument_flags",
    "argument_parser",
    "argument_types",
    "arguments",
    "batch",
    "batch_runner",
    "cli",
    "commands",
    "comparison",
    "dry_run",
    "earlier_results",
    "estimates",
    "evaluation",
    "input_listing",
    "outcome",
    "plain_text",
    "process",
    "progress",
    "receipt_files",
    "receipts",
    "reporting",
    "sharding",
    "version",
]


@dataclass(frozen=True)
class Rule:
    """What an area of the library may import besides itself and the standard library.

    Attributes:
        at_once: Areas, modules and packages that it may import anywhere.
        deferred: Those that it may import only inside functions and for type checkers.
    """

    at_once: str = ""
    deferred: str = ""

    def allows(self, name: str, *, deferred: bool) -> bool:
        """Whether a module may be imported, or one that holds it."""
        allowed = self.at_once.split() + (self.deferred.split() if deferred else [])
        return any(name == each or name.startswith(f"{each}.") for each in allowed)


_COMMAND_LINE_RULE = Rule(
    " ".join(["imaging inspection metrics config errors numpy PIL", *COMMAND_LINE]),
    deferred="inference models data.field",
)
RULES = {
    "": Rule("errors", deferred="inference imaging models data metrics losses gan"),
    "errors": Rule(),
    "config": Rule("errors"),
    "imaging": Rule("errors numpy PIL", deferred="imagecodecs tifffile"),
    "metrics": Rule("errors numpy"),
    "losses": Rule("errors numpy keras", deferred="data.procedural"),
    "models": Rule("errors numpy keras", deferred="tensorflow"),
    "models.zoo": Rule("models.cards config errors", deferred="models keras"),
    "models.cards": Rule("config errors"),
    # It judges by the features that the perceptual loss measures.
    "models.feature_discriminator": Rule("models losses.vgg losses.vgg_weights errors keras"),
    "gan": Rule("losses models errors numpy keras"),
    "gan.tensorflow_step": Rule("losses.adversarial keras tensorflow"),
    "gan.jax_step": Rule("losses.adversarial keras jax"),
    "data": Rule("imaging config errors numpy PIL keras", deferred="av"),
    "method": Rule("imaging metrics models.zoo errors numpy PIL", deferred="inference.graph ai_edge_litert"),
    "inspection": Rule("imaging errors numpy PIL"),
    "inference": Rule(
        "imaging inspection models.zoo models.cards config errors numpy PIL",
        deferred="inference ai_edge_litert keras tensorflow",
    ),
    **dict.fromkeys(COMMAND_LINE, _COMMAND_LINE_RULE),
}

LIBRARY_FILES = [path for path in python_files() if path.is_relative_to(ROOT / LIBRARY)]
PROGRAM_FILES = [
    path for path in python_files() if path.relative_to(ROOT).with_suffix("").parts[0] in PROGRAMS
]


def area_of(path: Path) -> str:
    """The most special area with a rule that a file of the library belongs to."""
    name = module_name(path).removeprefix(LIBRARY).removeprefix(".")
    areas = [area for area in RULES if name == area or (area and name.startswith(f"{area}."))]
    assert areas, f"waifu4x_tf.{name} has no rule: say in RULES what it may import"
    return max(areas, key=len)


def is_allowed(area: str, imported: Import) -> bool:
    """Whether a file of an area may hold an import."""
    top = imported.module.split(".")[0]
    if top in sys.stdlib_module_names:
        return True
    name = imported.module
    if top == LIBRARY:
        name = name.removeprefix(f"{LIBRARY}.")
        if area and (name == area or name.startswith(f"{area}.")):
            return True
    return RULES[area].allows(name, deferred=imported.deferred)


def _told(path: Path, imported: Import) -> str:
    return f"{path.relative_to(ROOT)}:{imported.line} imports {imported.module}"


@pytest.mark.parametrize("path", LIBRARY_FILES, ids=module_name)
def test_the_library_imports_only_what_its_area_may(path):
    area = area_of(path)
    assert [_told(path, each) for each in imports_of(path) if not is_allowed(area, each)] == []


@pytest.mark.parametrize("path", PROGRAM_FILES, ids=module_name)
def test_programs_import_the_library_and_themselves(path):
    own = module_name(path).split(".")[0]
    forbidden = set(PROGRAMS) - {own, STARTS.get(own)} | {"tests"}
    wrong = [each for each in imports_of(path) if each.module.split(".")[0] in forbidden]
    assert [_told(path, each) for each in wrong] == []


@pytest.mark.parametrize("path", python_files(), ids=module_name)
def test_imports_are_absolute_and_name_what_they_take(path):
    wrong = [each for each in imports_of(path) if each.star or each.module.startswith(".")]
    assert [_told(path, each) for each in wrong] == []


def test_no_module_is_named_for_nothing():
    named = {"util", "utils", "helpers", "misc", "common"}
    assert [str(path) for path in python_files() if path.stem in named] == []


@pytest.mark.parametrize(
    ("area", "imported", "allowed"),
    [
        ("inference", Import("keras", 1, deferred=False), False),
        ("inference", Import("keras", 1, deferred=True), True),
        ("inference", Import("waifu4x_tf.models.zoo", 1, deferred=False), True),
        ("inference", Import("waifu4x_tf.models.compact", 1, deferred=True), False),
        ("imaging", Import("waifu4x_tf.inference.tiling", 1, deferred=True), False),
        ("imaging", Import("waifu4x_tf.imaging.picture", 1, deferred=False), True),
        ("cli", Import("waifu4x_tf.inference.upscaler", 1, deferred=False), False),
        ("cli", Import("waifu4x_tf.data.procedural", 1, deferred=True), False),
        ("data", Import("train.recipe", 1, deferred=True), False),
        ("imaging", Import("waifu4x_tf", 1, deferred=True), False),
        ("method", Import("waifu4x_tf.losses.colour", 1, deferred=True), False),
        ("method", Import("tensorflow", 1, deferred=True), False),
        ("method", Import("ai_edge_litert.interpreter", 1, deferred=True), True),
    ],
)
def test_the_rules_themselves(area, imported, allowed):
    assert is_allowed(area, imported) is allowed


def test_the_syntax_is_read_rightly(tmp_path):
    path = tmp_path / "sample.py"
    path.write_text(
        "import os.path, numpy as np\n"
        "from typing import TYPE_CHECKING\n"
        "from waifu4x_tf import imaging\n"
        "if TYPE_CHECKING:\n    import keras\nelse:\n    import json\n"
        "try:\n    from .near import *\nexcept ImportError:\n    pass\n"
        "def f():\n    from waifu4x_tf.imaging import reading\n"
    )
    assert [(each.module, each.deferred, each.star) for each in imports_of(path)] == [
        ("os.path", False, False),
        ("numpy", False, False),
        ("typing", False, False),
        ("waifu4x_tf.imaging", False, False),
        ("keras", True, False),
        ("json", False, False),
        (".near", False, True),
        ("waifu4x_tf.imaging.reading", True, False),
    ]
