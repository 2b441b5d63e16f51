"""Messages of the library in the words of the command line."""

import pytest

from waifu4x_tf.cli.argument_flags import FLAGS, with_flags
from waifu4x_tf.cli.arguments import build_parser
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.target import Target


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Received: `scale=0.5`.", "Received: --scale 0.5."),
        ("`fit='cover'` without `size`", "--fit cover without --size"),
        ("`size=(0, 8)` and `crop=(-1, 2, 3, 4)`", "--size 0x8 and --crop -1,2,3,4"),
        ("a smaller `tile_px`, `tta=True`", "a smaller --tile, --tta"),
        ("`build_generator` of scale=2.png", "`build_generator` of scale=2.png"),
    ],
)
def test_arguments_are_shown_as_they_are_typed(message, shown):
    assert with_flags(message) == shown


def test_every_flag_is_one_of_the_command_line(capsys):
    for command in ("upscale", "compare", "evaluate"):
        with pytest.raises(SystemExit):
            build_parser().parse_args([command, "--help"])
    shown = capsys.readouterr().out
    assert [flag for flag in FLAGS.values() if f" {flag} " not in shown.replace(",", " ")] == []


def test_the_library_names_arguments():
    with pytest.raises(UsageError, match=r"scale=0\.5") as caught:
        Target(0.5)
    assert "--" not in str(caught.value)
