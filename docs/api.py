"""Write docs/api.md: every name of `import waifu4x_tf`, from its docstring.

python -m docs.api [-o FILE]

The sources are read, not run: no extra is needed.
"""

import argparse
import ast
import inspect
import re
import sys
from pathlib import Path

from waifu4x_tf.cli.console import run_program
from waifu4x_tf.imaging.atomic_files import write_whole

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("api.md")
_HEADER = """# waifu4x_tf in Python

Written by `python -m docs.api` from the docstrings; change those. The examples run in a checkout, after

```python
import numpy as np
import waifu4x_tf
```
"""
_SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Example):$", re.MULTILINE)
_ENTRY = re.compile(r"^    (\S[^:\n]*): ", re.MULTILINE)
_LONGEST_CALL = 100
_Definition = ast.FunctionDef | ast.ClassDef


def page() -> str:
    """The text of docs/api.md."""
    parts = [_HEADER]
    for name, module in sorted(facade().items(), key=lambda item: item[0].lower()):
        path = ROOT.joinpath(*module.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = next(node for node in tree.body if isinstance(node, _Definition) and node.name == name)
        parts.append(_described(found, 2, f"waifu4x_tf.{name}"))
    return "\n".join(parts)


def facade() -> dict[str, str]:
    """The module that defines each name of `waifu4x_tf.__all__`."""
    tree = ast.parse((ROOT / "waifu4x_tf" / "__init__.py").read_text(encoding="utf-8"))
    promised = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    homes = {alias.name: str(node.module) for node in imports for alias in node.names}
    return {name: homes[name] for name in promised if name in homes}


def _described(node: _Definition, level: int, name: str) -> str:
    """A heading, the call, the docstring, and of a class its public methods and properties."""
    text = f"{'#' * level} {name}\n\n"
    is_property = any(ast.unparse(each) == "property" for each in node.decorator_list)
    if not is_property and (call := _call(node, name)):
        text += f"```python\n{call}\n```\n\n"
    text += _markdown(ast.get_docstring(node) or "")
    for each in node.body if isinstance(node, ast.ClassDef) else []:
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_") and ast.get_docstring(each):
            text += "\n" + _described(each, level + 1, f"{node.name}.{each.name}")
    return text


def _call(node: _Definition, name: str) -> str:
    if isinstance(node, ast.ClassDef):
        made = next((each for each in node.body if getattr(each, "name", "") == "__init__"), None)
        return "" if not isinstance(made, ast.FunctionDef) else _call_of(made, name)
    return _call_of(node, name)


def _call_of(function: ast.FunctionDef, name: str) -> str:
    parameters = [each for each in _parameters(function.args) if each not in ("self", "cls")]
    returns = None if function.name == "__init__" else function.returns
    returned = "" if returns is None else f" -> {ast.unparse(returns)}"
    line = f"{name}({', '.join(parameters)}){returned}"
    if len(line) <= _LONGEST_CALL:
        return line
    return "\n".join([f"{name}(", *(f"    {each}," for each in parameters), f"){returned}"])


def _parameters(arguments: ast.arguments) -> list[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    parts = [_parameter(*each) for each in zip(positional, [*missing, *arguments.defaults], strict=True)]
    if arguments.vararg is not None:
        parts.append(f"*{_parameter(arguments.vararg, None)}")
    elif arguments.kwonlyargs:
        parts.append("*")
    parts += [_parameter(*each) for each in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return parts + ([f"**{_parameter(arguments.kwarg, None)}"] if arguments.kwarg is not None else [])


def _parameter(argument: ast.arg, default: ast.expr | None) -> str:
    text = ast.unparse(argument)
    return text if default is None else f"{text} = {ast.unparse(default)}"


def _markdown(docstring: str) -> str:
    """Google's sections as lists, and examples as code."""
    texts = _SECTION.split(inspect.cleandoc(docstring))
    markdown = texts[0].strip() + "\n"
    for title, body in zip(texts[1::2], texts[2::2], strict=True):
        body, rest = _until_outdent(body)
        if title == "Example":
            markdown += f"\n```pycon\n{inspect.cleandoc(body)}\n```\n"
        elif title in ("Returns", "Yields"):
            markdown += f"\n**{title}:** {' '.join(body.split())}\n"
        else:
            entries = _ENTRY.split(body)
            lines = (
                f"- `{key}`: {' '.join(value.split())}\n"
                for key, value in zip(entries[1::2], entries[2::2], strict=True)
            )
            markdown += f"\n**{title}:**\n\n{''.join(lines)}"
        markdown += f"\n{rest.strip()}\n" if rest.strip() else ""
    return markdown


def _until_outdent(text: str) -> tuple[str, str]:
    """A section's own lines, and what stands after them at the margin."""
    found = re.search(r"^(?=\S)", text, re.MULTILINE)
    return (text, "") if found is None else (text[: found.start()], text[found.start() :])


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.api",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-o", "--output", type=Path, default=PAGE, metavar="FILE")
    return run_program("docs.api", _run, parser.parse_args(argv))


def _run(arguments: argparse.Namespace) -> None:
    write_whole(arguments.output, lambda file: file.write(page().encode()), overwrite=True)
    print(arguments.output)


if __name__ == "__main__":
    sys.exit(main())
