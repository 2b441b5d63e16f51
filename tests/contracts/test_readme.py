"""What the READMEs tell people to type is the same in both, and true."""

import re
import shutil

import pytest
from checkout import ROOT
from PIL import Image

from waifu4x_tf.cli.main import main
from waifu4x_tf.models import zoo

ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def test_both_languages_show_the_same_code():
    for language in ("sh", "python"):
        assert blocks(ENGLISH, language) == blocks(CHINESE, language) != []


def test_both_languages_link_to_files_that_exist():
    for text in (ENGLISH, CHINESE):
        links = re.findall(r"\]\(([^)#:]+)\)", text)
        made_with_the_weights = {"docs/before_after.png", "waifu4x_tf/weights/compact.json"}
        expected = set(links) if zoo.shipped_names() else set(links) - made_with_the_weights
        assert {link for link in expected if not (ROOT / link).is_file()} == set()


def test_both_languages_tell_the_same_figures():
    def figures(text: str) -> list[str]:
        return re.findall(r"\d+\.\d+|FIGURE", text)

    assert figures(ENGLISH) == figures(CHINESE)


@pytest.mark.skipif(not zoo.shipped_names(), reason="no weights in this checkout yet")
def test_the_python_lines_work(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    (code,) = blocks(ENGLISH, "python")
    exec(compile(code, "README.md", "exec"), {})
    with Image.open("examples/face.png") as small, Image.open("face_4x.png") as large:
        assert large.size == (4 * small.width, 4 * small.height)


def test_the_help_knows_every_option_of_the_table(capsys):
    assert main(["upscale", "--help"]) == 0
    help_text = capsys.readouterr().out
    tables = [re.findall(r"^\| (`--.*?) \|", text, flags=re.MULTILINE) for text in (ENGLISH, CHINESE)]
    options = [re.findall(r"--[a-z-]+", "".join(table)) for table in tables]
    assert options[0] == options[1]
    assert [len(table) for table in tables] == [18, 18]
    assert [option for option in options[0] if option not in help_text] == []


def test_both_languages_are_below_150_lines():
    assert [len(text.splitlines()) < 150 for text in (ENGLISH, CHINESE)] == [True, True]
