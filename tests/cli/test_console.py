"""What commands and programs say on the console."""

import pytest

from waifu4x_tf.cli.console import run_program
from waifu4x_tf.errors import UsageError


def raising(error: BaseException):
    raise error


@pytest.mark.parametrize(("code", "expected"), [(None, 0), (0, 0), (1, 1)])
def test_a_program_ends_with_the_code_of_its_work(code, expected, capsys):
    assert run_program("export.web", lambda given: given, code) == expected
    assert capsys.readouterr() == ("", "")


def test_a_mistake_of_the_user_is_one_line_that_names_the_program(capsys):
    assert run_program("export.web", raising, UsageError("A rule. Received: this. Do that.")) == 2
    assert capsys.readouterr().err == "export.web: error: A rule. Received: this. Do that.\n"


def test_a_refused_file_is_one_line_without_an_error_number(capsys):
    assert run_program("export.web", raising, PermissionError(13, "Permission denied", "out")) == 2
    assert capsys.readouterr().err == (
        "export.web: error: The system refused a file or a stream. Received: Permission denied: out. Check"
        " space and permissions.\n"
    )


def test_ctrl_c_ends_a_program_without_a_traceback():
    assert run_program("export.web", raising, KeyboardInterrupt()) == 130
