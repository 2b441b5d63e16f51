"""What `pip install` gives: the library with its weights, and nothing else of the checkout."""

import shutil
import subprocess
import sys
import zipfile

import pytest
from checkout import FOLDERS, ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names in a wheel built from a copy of the checkout, where nothing was built before."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in FOLDERS:
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    built = copy / "dist"
    process = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(built), str(copy)],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_it_holds_only_the_library_and_its_metadata(wheel):
    tops = {name.split("/")[0] for name in wheel}
    assert len(tops) == 2
    assert "waifu4x_tf" in tops
    assert {top for top in tops if top.endswith(".dist-info")}


def test_it_holds_all_of_the_library(wheel):
    suffixes = (".py", ".typed", ".tflite", ".keras", ".json")
    files = [
        path
        for path in (ROOT / "waifu4x_tf").rglob("*")
        if path.suffix in suffixes or path.name == "py.typed"
    ]
    assert {path.relative_to(ROOT).as_posix() for path in files} == {
        name for name in wheel if name.startswith("waifu4x_tf/")
    }


def test_it_holds_the_licence_and_the_type_marker(wheel):
    assert "waifu4x_tf/py.typed" in wheel
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)
