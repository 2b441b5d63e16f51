"""What messages of errors are made of."""

import pytest

from waifu4x_tf.errors import MissingExtraError, UsageError, Waifu4xError, named, refusal


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError(36, "File name too long", "x.png"), "File name too long: x.png"),
        (FileNotFoundError(2, "No such file or directory"), "where the current folder was"),
        (OSError("odd"), "odd"),
    ],
)
def test_a_refusal_has_words_and_no_number(error, words):
    assert words in refusal(error)
    assert "Errno" not in refusal(error)


def test_a_message_begins_with_what_it_speaks_of():
    assert named("g", "out/manga.png: a rule") == "g: out/manga.png: a rule"
    assert named("in/a.png", "in/a.png: a rule") == "in/a.png: a rule"
    assert named("a.png", "Received: the output a.png") == "a.png: Received: the output a.png"


def test_errors_are_also_pythons_own_where_they_are_that():
    assert issubclass(UsageError, ValueError)
    assert issubclass(MissingExtraError, ImportError)
    with pytest.raises(ImportError, match=r"^It needs .* extra \[train\]") as caught:
        raise MissingExtraError("It", "train")
    assert isinstance(caught.value, Waifu4xError)
