"""The examples in docstrings run and are true."""

import ast
import doctest
import shutil
from importlib import import_module

import numpy as np
import pytest
from checkout import ROOT, python_files

import waifu4x_tf

LIBRARY = ROOT / "waifu4x_tf"
SOURCES = [path for path in python_files() if path.is_relative_to(LIBRARY)]


def module_of(path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


WITH_EXAMPLES = [module_of(path) for path in SOURCES if ">>> " in path.read_text(encoding="utf-8")]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with the example pictures, where an example may write."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_give_what_they_show(name):
    module = import_module(name)
    names = {**vars(module), "np": np, "waifu4x_tf": waifu4x_tf}
    found = doctest.DocTestFinder(exclude_empty=True).find(module, name, globs=names)
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for each in found:
        runner.run(each, out=report.append)
    assert runner.tries > 0
    assert runner.failures == 0, "".join(report)


def test_every_name_of_the_facade_ends_in_an_example():
    sources = (path.read_text(encoding="utf-8") for path in SOURCES)
    docstrings = {
        node.name: ast.get_docstring(node) or ""
        for source in sources
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in waifu4x_tf.__all__
    }
    last_sections = {name: text.rpartition("\n\n")[2] for name, text in docstrings.items()}
    without = {name for name, text in last_sections.items() if not text.startswith("Example:\n    >>> ")}
    assert without == set()
