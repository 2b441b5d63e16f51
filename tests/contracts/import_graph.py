"""What Python files import, read from their syntax alone."""

import ast
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from checkout import ROOT


@dataclass(frozen=True)
class Import:
    """One imported module.

    Attributes:
        module: Its full name, such as ``waifu4x_tf.imaging.picture`` or ``numpy.linalg``.
        line: Where the statement stands.
        deferred: Whether it is not run with the import of its file: inside a function, or for type checkers.
        for_types: Whether it is for type checkers alone.
        star: Whether it takes every name.
    """

    module: str
    line: int
    deferred: bool = False
    for_types: bool = False
    star: bool = False


def module_name(path: Path) -> str:
    """The dotted name of a file in the checkout."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def imports_of(path: Path) -> list[Import]:
    """Every import of a file; a relative one is given as ``.`` and its name."""
    return list(_walk(ast.parse(path.read_text(encoding="utf-8"))))


def import_graph(paths: Iterable[Path], *, at_once: bool = False) -> dict[str, set[str]]:
    """The files that each file imports, by their modules' names; imports for type checkers do not count.

    Args:
        paths: The files.
        at_once: Leave out what is imported inside functions too.
    """
    files = {module_name(path): path for path in paths}
    return {
        name: {
            each.module
            for each in imports_of(path)
            if each.module in files and not (each.for_types or (at_once and each.deferred))
        }
        for name, path in files.items()
    }


def reached(graph: dict[str, set[str]], starts: Iterable[str]) -> set[str]:
    """The starts and all that they import, and what that imports, to the end."""
    found, waiting = set(), list(starts)
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += graph[name]
    return found


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    """The modules of a circle of imports, the first one again at the end; none when there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def _walk(node: ast.AST, *, deferred: bool = False, for_types: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, deferred, for_types) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                module = "." * child.level + _imported_module(child.module or "", alias.name)
                yield Import(module, child.lineno, deferred, for_types, star=alias.name == "*")
        elif isinstance(child, ast.If) and _is_for_type_checkers(child.test):
            yield from _walk(ast.Module(child.body, []), deferred=True, for_types=True)
            yield from _walk(ast.Module(child.orelse, []), deferred=deferred, for_types=for_types)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _walk(child, deferred=deferred or inside, for_types=for_types)


def _imported_module(module: str, name: str) -> str:
    """``from package import name`` imports a module when there is one of that name."""
    inner = ROOT.joinpath(*module.split("."), name)
    return f"{module}.{name}" if inner.is_dir() or inner.with_suffix(".py").is_file() else module


def _is_for_type_checkers(test: ast.expr) -> bool:
    return ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
