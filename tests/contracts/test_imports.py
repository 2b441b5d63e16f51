"""Who may import whom: rooms import what stands below them, and no file imports in a circle."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import ROOT, python_files
from import_graph import Import, circle_in, import_graph, imports_of, module_name, reached

LIBRARY = "waifu4x_tf"
LOOSE = {"__init__", "__main__", "config", "errors", "version"}

# The rooms of the library and the programs beside it, floor by floor: each imports itself and the floors
# below its own. The programs share the command line's way to report an error, so that it stands below them.
FLOORS = [
    "demo_app",
    "demo train export benchmarks docs",
    "facade __main__",
    "cli",
    "batch method",
    "evaluation",
    "inference gan",
    "inspection models",
    "losses",
    "data",
    "imaging",
    "config version",
    "errors",
]

# The packages that a room may import, and after the bar those only inside functions; a room that is not here
# imports none. Programs may import any.
PACKAGES = {
    "cli": "| numpy",
    "batch": "numpy",
    "method": "numpy PIL | ai_edge_litert",
    "evaluation": "numpy PIL",
    "inference": "numpy PIL | ai_edge_litert keras tensorflow",
    "gan": "numpy keras tensorflow jax",
    "inspection": "numpy PIL",
    "models": "numpy keras | tensorflow",
    "data": "numpy PIL keras | av",
    "imaging": "numpy PIL | imagecodecs tifffile",
    "losses": "numpy keras",
}
UPSCALING = {"cli", "batch", "inference", "inspection", "imaging"}

FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms.split()}
PROGRAMS = {*FLOORS[0].split(), *FLOORS[1].split()}
FILES = [path for path in python_files() if module_name(path).split(".")[0] in PROGRAMS | {LIBRARY}]


def room_of(module: str) -> str:
    """The room of a module of the library, or the program that it belongs to."""
    top, *inner = module.split(".")
    return top if top != LIBRARY else inner[0] if inner else "facade"


def is_upwards(room: str, imported: Import) -> bool:
    """Whether an import leads to the room's own floor or to one above it."""
    if imported.module.split(".")[0] not in PROGRAMS | {LIBRARY, "tests"}:
        return False
    target = room_of(imported.module)
    return target != room and FLOOR_OF.get(target, -1) <= FLOOR_OF[room]


def is_foreign(room: str, imported: Import) -> bool:
    """Whether an import is of a package that the room may not import, or not at once."""
    top = imported.module.split(".")[0]
    if room in PROGRAMS or top in PROGRAMS | {LIBRARY} or top in sys.stdlib_module_names:
        return False
    at_once, _, deferred = PACKAGES.get(room, "").partition("|")
    return top not in at_once.split() + (deferred.split() if imported.deferred else [])


def found_in_files(is_wrong: Callable[[str, Import], bool]) -> list[str]:
    """The imports that are wrong, as lines for people."""
    return [
        f"{path.relative_to(ROOT)}:{each.line} imports {each.module}"
        for path in FILES
        for each in imports_of(path)
        if is_wrong(room_of(module_name(path)), each)
    ]


def test_every_room_imports_the_floors_below_it_alone():
    assert found_in_files(is_upwards) == []


def test_no_file_imports_in_a_circle():
    assert circle_in(import_graph(FILES)) == []


def test_every_room_imports_its_packages_alone():
    assert found_in_files(is_foreign) == []


def test_no_import_is_relative_or_takes_every_name():
    assert found_in_files(lambda _, each: each.star or each.module.startswith(".")) == []


def test_the_help_needs_the_standard_library_alone():
    names = reached(import_graph(FILES, at_once=True), ["waifu4x_tf.cli.main"])
    assert _at_once({path for path in FILES if module_name(path) in names}) == set()


def test_upscaling_reaches_no_file_that_imports_a_training_package():
    graph = import_graph(FILES)
    starts = [name for name in graph if name.startswith(LIBRARY) and room_of(name) in UPSCALING]
    names = reached(graph, starts)
    packages = _at_once({path for path in FILES if module_name(path) in names})
    assert packages & {"keras", "tensorflow", "jax"} == set()


def _at_once(paths: set[Path]) -> set[str]:
    """The packages that files import outside of functions."""
    tops = {each.module.split(".")[0] for path in paths for each in imports_of(path) if not each.deferred}
    return tops - sys.stdlib_module_names - {LIBRARY}


def test_the_library_is_rooms_and_a_few_loose_modules():
    entries = {path for path in (ROOT / LIBRARY).iterdir() if path.name != "__pycache__"}
    assert {path.stem for path in entries if path.suffix == ".py"} == LOOSE
    rooms = {path.name for path in entries if path.is_dir()}
    assert rooms == FLOOR_OF.keys() - PROGRAMS - LOOSE - {"facade"} | {"weights"}


def test_no_module_is_named_for_nothing():
    named = {"util", "utils", "helpers", "misc", "common"}
    assert [str(path) for path in python_files() if path.stem in named] == []


@pytest.mark.parametrize(
    ("room", "imported", "is_wrong"),
    [
        ("inference", Import("waifu4x_tf.models.zoo", 1), False),
        ("inference", Import("waifu4x_tf.batch.plan", 1, deferred=True), True),
        ("inference", Import("waifu4x_tf", 1, deferred=True), True),
        ("inference", Import("waifu4x_tf.gan.srgan", 1), True),
        ("imaging", Import("waifu4x_tf.imaging.codecs.palette", 1), False),
        ("data", Import("train.recipe", 1, deferred=True, for_types=True), True),
        ("train", Import("export.cards", 1), True),
        ("train", Import("tests.conftest", 1), True),
        ("demo_app", Import("demo.page", 1), False),
        ("inference", Import("keras", 1), True),
        ("inference", Import("keras.ops", 1, deferred=True), False),
        ("method", Import("ai_edge_litert.interpreter", 1, deferred=True), False),
        ("config", Import("numpy", 1), True),
        ("errors", Import("os.path", 1), False),
        ("train", Import("keras", 1), False),
    ],
)
def test_the_rules_themselves(room, imported, is_wrong):
    assert (is_upwards(room, imported) or is_foreign(room, imported)) is is_wrong


def test_a_circle_is_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert set(circle_in(graph)) == {"b", "c"}
    assert circle_in({"a": {"b"}, "b": set()}) == []
    assert reached(graph, ["c"]) == {"b", "c"}


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
    assert imports_of(path) == [
        Import("os.path", 1),
        Import("numpy", 1),
        Import("typing", 2),
        Import("waifu4x_tf.imaging", 3),
        Import("keras", 5, deferred=True, for_types=True),
        Import("json", 7),
        Import(".near", 9, star=True),
        Import("waifu4x_tf.imaging.reading", 13, deferred=True),
    ]
