"""The files of this checkout that belong to the project, found without git."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FOLDERS = ("waifu4x_tf", "train", "export", "benchmarks", "demo", "tests", "examples", "docs", ".ci")
_MADE_BY_TOOLS = {"__pycache__", ".pytest_cache", ".ruff_cache"}


def project_files() -> list[Path]:
    """Every file of the project's folders, and those at its top; what tools leave behind is passed over."""
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(path for path in found if not _MADE_BY_TOOLS & set(path.parts))


def python_files() -> list[Path]:
    """The Python files among them."""
    return [path for path in project_files() if path.suffix == ".py"]
