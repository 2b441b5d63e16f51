"""The line on the terminal, with a clock that stands still."""

import io

import pytest

from waifu4x_tf.cli.progress import Progress


class Clock:
    """Shows the time it was set to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        """Seconds."""
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def last_line(stream: io.StringIO) -> str:
    return stream.getvalue().rsplit("\r", 1)[-1].rstrip()


def test_the_time_left_follows_pixels_and_not_files(clock):
    stream = io.StringIO()
    progress = Progress(stream, [100, 300], clock=clock)
    progress.start_picture(0, "small.png")
    assert last_line(stream) == "[1/2]   0%  small.png"
    clock.now = 10.0
    progress.start_picture(1, "large.png")
    assert last_line(stream) == "[2/2]  25%  0:30 left  large.png"
    clock.now = 25.0
    progress.update(150, 300)
    assert last_line(stream) == "[2/2]  62%  0:15 left  large.png"


def test_long_times_have_hours(clock):
    stream = io.StringIO()
    progress = Progress(stream, [1000], clock=clock)
    clock.now = 100.0
    progress.update(10, 1000)
    assert "2:45:00 left" in stream.getvalue()


def test_it_is_redrawn_ten_times_a_second_at_most(clock):
    stream = io.StringIO()
    progress = Progress(stream, [1000], clock=clock)
    for step in range(1000):
        clock.now = step / 1000
        progress.update(step, 1000)
    assert stream.getvalue().count("\r") <= 11


def test_a_shorter_line_covers_a_longer_one_and_clear_removes_it(clock):
    stream = io.StringIO()
    progress = Progress(stream, [1, 1], clock=clock)
    progress.start_picture(0, "a long name.png")
    clock.now = 0.5
    progress.start_picture(1, "b.png")
    longest = len("[1/2]   0%  a long name.png")
    assert len(stream.getvalue().rsplit("\r", 1)[-1]) == longest
    progress.clear()
    assert stream.getvalue().endswith("\r" + " " * longest + "\r")
    before = stream.getvalue()
    progress.clear()
    assert stream.getvalue() == before


def test_a_line_never_fills_the_terminal_even_with_wide_characters(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    stream = io.StringIO()
    Progress(stream, [1], clock=clock).start_picture(0, "猫" * 40)
    assert last_line(stream) == "[1/1]   0%  " + "猫" * 8


def test_disabled_it_is_silent(clock):
    stream = io.StringIO()
    progress = Progress(stream, [1], enabled=False, clock=clock)
    progress.start_picture(0, "a.png")
    progress.update(1, 1)
    progress.clear()
    assert stream.getvalue() == ""


def test_a_file_name_does_not_steer_the_terminal(clock):
    stream = io.StringIO()
    Progress(stream, [100], clock=clock).start_picture(0, "a\x1b[2Jb\n\u202ec.png")
    assert last_line(stream) == "[1/1]   0%  a?[2Jb??c.png"
