"""The curves of the Train tab: round axes, everything inside, nothing that a text could break."""

import itertools
import re
import xml.etree.ElementTree as ElementTree

import pytest

from demo.train.curves import Curve, axis_ticks


def drawn(points, *, steps=100, reference=None, title="Loss", caption="so far"):
    text = Curve(title, caption, points, steps, "steps", reference).as_html()
    return ElementTree.fromstring(text), text


def paths(figure, kind):
    return [path.get("d") for path in figure.iter("path") if path.get("class") == kind]


@pytest.mark.parametrize(
    "values", [[0.1023, 0.09, 0.104], [18.9, 19.06], [5.0], [0.0], [-3.0, 7.0], [1e-7, 2e-7], [1e6, 1e6 + 1]]
)
def test_ticks_are_few_even_and_around_all_values(values):
    ticks = axis_ticks(values)
    steps = [b - a for a, b in itertools.pairwise(ticks)]
    assert 2 <= len(ticks) <= 6
    assert max(steps) == pytest.approx(min(steps))
    slack = 1e-6 * steps[0]
    assert ticks[0] - slack <= min(values) <= max(values) <= ticks[-1] + slack
    mantissa = float(f"{steps[0]:e}".split("e")[0])
    assert min(abs(mantissa - round_one) for round_one in (1, 2, 2.5, 5, 10)) < 1e-6


def test_points_lie_where_their_steps_and_values_are():
    figure, _ = drawn([(0, 1.0), (50, 3.0), (100, 2.0)])
    assert paths(figure, "line") == ["M0.00,100.00 500.00,0.00 1000.00,50.00"]
    assert len(paths(figure, "dot")) == 3
    assert [span.text for span in figure.iter("span")][1:] == ["1", "2", "3", "0", "100 steps"]


def test_labels_have_the_digits_that_tell_them_apart():
    figure, _ = drawn([(20, 0.10227), (40, 0.09002), (80, 0.10393)])
    labels = [span.text for span in figure.iter("span") if span.get("class") == "y"]
    assert labels == ["0.090", "0.095", "0.100", "0.105"]


def test_the_reference_is_inside_and_dashed():
    figure, _ = drawn([(50, 19.0), (100, 21.0)], reference=18.0)
    (line,) = paths(figure, "reference")
    height = float(re.match(r"M0,([\d.]+)H1000$", line)[1])
    assert 0 <= height <= 100
    assert height > float(paths(figure, "line")[0].split()[0].split(",")[1])


def test_without_points_there_is_the_same_frame_without_numbers():
    figure, _ = drawn([], steps=0, reference=18.0)
    assert len(paths(figure, "grid")) == 3
    assert paths(figure, "line") == paths(figure, "dot") == paths(figure, "reference") == []
    assert [span.text for span in figure.iter("span")] == ["so far", "0", None]


def test_what_is_no_number_is_left_out():
    figure, _ = drawn([(10, float("nan")), (20, 1.0), (30, float("inf"))])
    assert len(paths(figure, "dot")) == 1


def test_a_long_run_has_one_dot_at_its_end():
    figure, _ = drawn([(step, 1 / step) for step in range(1, 101)])
    assert paths(figure, "dot") == ["M1000.00,100.00h0"] or len(paths(figure, "dot")) == 1


def test_it_is_told_to_screen_readers_and_texts_are_escaped():
    figure, text = drawn([(1, 1.0)], title="<b>", caption='"&')
    assert figure.find(".//svg").get("aria-label") == '<b>: "&'
    assert "<b><b>" not in text
