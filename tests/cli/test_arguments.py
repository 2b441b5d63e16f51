"""What the command line understands and refuses."""

import re

import pytest

from waifu4x_tf.cli.arguments import build_parser
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.writing import FORMATS
from waifu4x_tf.models import zoo


def parsed(*arguments):
    return build_parser().parse_args(arguments)


def test_defaults():
    arguments = parsed("upscale", "a.png")
    assert (arguments.command, arguments.inputs, arguments.output) == ("upscale", ["a.png"], None)
    assert (arguments.model, arguments.engine, arguments.tta) == ("compact", "litert", False)
    assert (arguments.scale, arguments.size, arguments.min_side, arguments.preset) == (None,) * 4
    assert (arguments.tile, arguments.threads, arguments.format, arguments.quality) == (
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize("format_name", [*FORMATS, "JPG", "WebP"])
def test_formats(format_name):
    assert parsed("upscale", "a", "--format", format_name).format in FORMATS


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["upscale"],
        ["upscale", "a", "--format", "bmp"],
        ["upscale", "a", "--scale", "0.5"],
        ["upscale", "a", "--scale", "16.1"],
        ["upscale", "a", "--scale", "nan"],
        ["upscale", "a", "--scale", "two"],
        ["upscale", "a", "--scale", "2", "--size", "8x8"],
        ["upscale", "a", "--size", "8x8", "--min-side", "8"],
        ["upscale", "a", "--preset", "telegram", "--scale", "2"],
        ["upscale", "a", "--preset", "myspace"],
        ["upscale", "a", "--size", "8"],
        ["upscale", "a", "--size", "0x8"],
        ["upscale", "a", "--size", "8x-8"],
        ["upscale", "a", "--min-side", "0"],
        ["upscale", "a", "--size", "8x8", "--fit", "fill"],
        ["upscale", "a", "--wrap", "z"],
        ["upscale", "a", "--tile", "-1"],
        ["upscale", "a", "--tile", "1.5"],
        ["upscale", "a", "--threads", "0"],
        ["upscale", "a", "--quality", "101"],
        ["upscale", "a", "--max-megapixels", "0"],
        ["upscale", "a", "--max-megapixels", "inf"],
        ["upscale", "a", "--engine", "torch"],
        ["upscale", "a", "--denoise", "4"],
        ["upscale", "a", "--denoise"],
        ["upscale", "a", "--denoise", "on"],
        ["inspect", "a", "--denoise", "low"],
        ["upscale", "a", "--strength", "1.01"],
        ["upscale", "a", "--strength", "nan"],
        ["upscale", "a", "--strength", "crisp"],
        ["upscale", "a", "--overwrite", "--skip-existing"],
        ["upscale", "a", "--over"],
        ["compare", "a", "--crop", "1,2,3"],
        ["compare", "a", "b"],
        ["evaluate", "a", "--scale", "2.5"],
    ],
)
def test_a_mistake_is_one_line_that_says_where_help_is(arguments):
    with pytest.raises(UsageError, match=r"--help\)$") as caught:
        parsed(*arguments)
    assert "\n" not in str(caught.value)


def test_help_lists_the_models_that_have_weights_and_no_others(capsys):
    for command in ("upscale", "compare", "evaluate", "inspect"):
        with pytest.raises(SystemExit):
            parsed(command, "--help")
        shown = capsys.readouterr().out
        assert f"models:\n  {', '.join(zoo.shipped_names())}\n" in shown
        assert not {"srcnn", "espcn", "srresnet"} & set(re.findall(r"[\w-]+", shown))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("upscal", "upscale"), ("Upscale", "upscale"), ("evalute", "evaluate"), ("inpsect", "inspect")],
)
def test_a_mistyped_command_is_guessed(typed, meant):
    with pytest.raises(UsageError, match=rf"Received: '{typed}'\. Did you mean {meant}\?"):
        parsed(typed, "a.png")
    with pytest.raises(UsageError, match=r"one of upscale, .*Received: 'cat\.png'\. Choose"):
        parsed("cat.png")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("-dash.png", ["upscale", "-dash.png"]),
        ("-dash.png", ["upscale", "a.png", "-dash.png", "--scale", "2"]),
        ("-dash.PNG", ["upscale", "a.png", "-o", "-dash.PNG"]),
        ("--dash.webp", ["inspect", "--dash.webp"]),
        ("-hat.png", ["upscale", "-hat.png"]),
        ("-out.png", ["upscale", "a.png", "-out.png"]),
        ("-d", ["upscale", "-d"]),
    ],
)
def test_a_name_with_a_dash_in_front_is_shown_as_it_has_to_be_typed(name, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name not in ("-dash.png", "-dash.PNG", "--dash.webp"):
        (tmp_path / name).touch()
    with pytest.raises(UsageError, match=re.escape(f"Received: {name}, the name of a file. Write ./{name} ")):
        parsed(*arguments)
    assert parsed("upscale", f"./{name}").inputs == [f"./{name}"]
    assert parsed("upscale", "--", name).inputs == [name]


def test_a_file_named_like_an_option_hinders_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("-o", "-h", "--overwrite", "-"):
        (tmp_path / name).touch()
    arguments = parsed("upscale", "-", "-o", "x.png", "--overwrite")
    assert (arguments.inputs, arguments.output, arguments.overwrite) == (["-"], "x.png", True)
    with pytest.raises(UsageError, match=r"Received: -2\.5"):
        parsed("upscale", "a.png", "--scale", "-2.5")


def test_what_came_is_said():
    with pytest.raises(UsageError, match=re.escape("a factor from 1 to 16, such as 4 or 2.5. Received: 17")):
        parsed("upscale", "a", "--scale", "17")


@pytest.mark.parametrize("command", ["upscale", "compare", "evaluate"])
def test_help_has_examples_and_exit_codes(command, capsys):
    with pytest.raises(SystemExit) as caught:
        parsed(command, "--help")
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert "examples:" in shown
    assert "exit codes:" in shown
