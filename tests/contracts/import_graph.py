"""What Python files import, read from their syntax alone."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checkout import ROOT


@dataclass(frozen=True)
class Import:
    """One imported module.

    Attributes:
        module: Its full name, such as ``waifu4x_tf.imaging.picture`` or ``numpy.linalg``.
        line: Where the statement stands.
        deferred: Whether it is not run with the import of its file: inside a function, or for type checkers.
        star: Whether it takes every name.
    """

    module: str
    line: int
    deferred: bool
    star: bool = False


def module_name(path: Path) -> str:
    """The dotted name of a file in the checkout."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> list[Import]:
    """Every import of a file; a relative one is given as ``.`` and its name."""
    return list(_walk(ast.parse(path.read_text(encoding="utf-8")), deferred=False))


def _walk(node: ast.AST, *, deferred: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, deferred) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                module = "." * child.level + _imported_module(child.module or "", alias.name)
                yield Import(module, child.lineno, deferred, star=alias.name == "*")
        elif isinstance(child, ast.If) and _is_for_type_checkers(child.test):
            yield from _walk(ast.Module(child.body, []), deferred=True)
            yield from _walk(ast.Module(child.orelse, []), deferred=deferred)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _walk(child, deferred=deferred or inside)


def _imported_module(module: str, name: str) -> str:
    """``from package import name`` imports a module when there is one of that name."""
    inner = ROOT.joinpath(*module.split("."), name)
    return f"{module}.{name}" if inner.is_dir() or inner.with_suffix(".py").is_file() else module


def _is_for_type_checkers(test: ast.expr) -> bool:
    return ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
