"""docs/api.md: what `python -m docs.api` writes from the docstrings."""

import inspect

import pytest

import waifu4x_tf
from docs import api


def test_the_page_is_the_one_that_the_docstrings_give():
    written = api.PAGE.read_text(encoding="utf-8")
    assert written == api.page(), "docs/api.md is stale. Run: python -m docs.api"


def test_every_name_of_the_facade_has_a_heading():
    headings = {line[3:] for line in api.page().splitlines() if line.startswith("## ")}
    functions_and_classes = {name for name in waifu4x_tf.__all__ if not name.startswith("__")}
    assert headings == {f"waifu4x_tf.{name}" for name in functions_and_classes}


def test_the_command_writes_the_page_where_it_is_asked_to(tmp_path, capsys):
    assert api.main(["-o", str(tmp_path / "new.md")]) == 0
    assert (tmp_path / "new.md").read_text(encoding="utf-8") == api.page()
    assert str(tmp_path / "new.md") in capsys.readouterr().out


@pytest.mark.parametrize("name", ["write", "load_upscaler"])
def test_a_call_is_shown_with_every_argument(name):

    (call,) = [text for text in api.page().split("```python\n") if text.startswith(f"waifu4x_tf.{name}(")]
    call = call.split("```")[0]
    parameters = inspect.signature(getattr(waifu4x_tf, name)).parameters
    assert [each for each in parameters if f"{each}: " not in call] == []
