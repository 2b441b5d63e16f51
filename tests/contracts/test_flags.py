"""The library is called from Python too: it names arguments, and only the command line knows flags."""

import ast
import re
from pathlib import Path

from checkout import ROOT, python_files

FLAG = re.compile(r"(?<![\w-])--[a-z]")


def strings_of(path: Path) -> list[tuple[int, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def is_command_line(path: Path) -> bool:
    is_program = "ArgumentParser(" in path.read_text(encoding="utf-8")
    return is_program or path.parent == ROOT / "waifu4x_tf" / "cli"


def test_no_string_of_the_library_names_a_flag():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text[:60]}"
        for path in python_files()
        if path.is_relative_to(ROOT / "waifu4x_tf") and not is_command_line(path)
        for line, text in strings_of(path)
        if FLAG.search(text)
    ]
    assert found == []


def test_a_flag_is_found_wherever_it_stands(tmp_path):
    path = tmp_path / "sample.py"
    path.write_text(
        '"""Of --a."""\nraise ValueError(f"Add --overwrite {1} or (--tile).")\nx = "a--b, -- c ---d"\n'
    )
    assert [line for line, text in strings_of(path) if FLAG.search(text)] == [1, 2, 2]
