"""How large a result is to be: sizes, fits, passes, and what is refused."""

import pytest

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.target import Target


@pytest.mark.parametrize(
    ("target", "picture", "placed", "result"),
    [
        (Target(), (7, 5), (28, 20), (28, 20)),
        (Target(16.0), (7, 5), (112, 80), (112, 80)),
        (Target(min_side=720), (640, 360), (1280, 720), (1280, 720)),
        (Target(min_side=100), (3000, 200), (1500, 100), (1500, 100)),
        (Target(size=(1920, 1080)), (640, 480), (1440, 1080), (1440, 1080)),
        (Target(size=(1920, 1080)), (3, 1000), (3, 1080), (3, 1080)),
        (Target(size=(10, 10)), (5000, 1), (10, 1), (10, 1)),
        (Target(size=(1920, 1080), fit="cover"), (640, 480), (1920, 1440), (1920, 1080)),
        (Target(size=(1920, 1080), fit="pad"), (640, 480), (1440, 1080), (1920, 1080)),
        (Target(size=(1920, 1080), fit="stretch"), (640, 480), (1920, 1080), (1920, 1080)),
    ],
)
def test_sizes(target, picture, placed, result):
    assert target.placed_size(*picture) == placed
    assert target.result_size(*picture) == result


def test_every_fit_keeps_what_it_promises():
    for width, height in [(1, 1), (1, 900), (777, 13), (640, 480), (333, 334)]:
        for size in [(1, 1), (320, 320), (1920, 1080), (7, 1000)]:
            inside = Target(size=size).placed_size(width, height)
            assert inside[0] <= size[0]
            assert inside[1] <= size[1]
            assert inside[0] == size[0] or inside[1] == size[1]
            covering = Target(size=size, fit="cover").placed_size(width, height)
            assert covering[0] >= size[0]
            assert covering[1] >= size[1]
            assert covering[0] == size[0] or covering[1] == size[1]
            assert Target(size=size, fit="pad").result_size(width, height) == size


@pytest.mark.parametrize(
    ("target", "network_scale", "passes"),
    [
        (Target(1.0), 4, 0),
        (Target(1.0, cleans=True), 4, 1),
        (Target(1.0), 1, 1),
        (Target(4.0), 4, 1),
        (Target(4.01), 4, 2),
        (Target(16.0), 4, 2),
        (Target(4.0), 2, 2),
        (Target(16.0), 2, 4),
        (Target(10.0), 3, 3),
        (Target(size=(100, 100)), 4, 0),  # its own size
        (Target(size=(99, 99)), 4, 0),
        (Target(size=(99, 99), cleans=True), 4, 1),
        (Target(size=(50, 401), fit="stretch"), 4, 2),
    ],
)
def test_the_network_enlarges_as_often_as_it_takes(target, network_scale, passes):
    assert target.passes(100, 100, network_scale) == passes


def test_a_network_that_does_not_enlarge_is_an_error():
    assert Target(1.0).passes(9, 9, 1) == 1
    with pytest.raises(UsageError, match="Received: 9x9 to 18x18"):
        Target(2.0).passes(9, 9, 1)


def test_the_factor_is_what_was_asked_or_what_was_reached():
    assert Target(2.5).factor(7, 5) == 2.5
    assert Target(min_side=720).factor(640, 360) == 2.0
    assert Target(size=(400, 900), fit="stretch").factor(100, 100) == pytest.approx(6.0)
    assert Target(size=(400, 900), fit="pad").factor(100, 100) == 4.0


def test_only_what_is_padded_gets_bars():
    assert Target(size=(8, 8), fit="pad").pads(4, 3)
    assert not Target(size=(8, 8), fit="pad").pads(4, 4)
    assert not Target(size=(8, 8)).pads(4, 3)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"scale": 16.5}, "from 1 to 16. Received: `scale=16.5`"),
        ({"scale": float("nan")}, "Received: `scale=nan`"),
        ({"scale": 2.0, "size": (4, 4)}, "Received: `scale` and `size`"),
        ({"size": (4, 4), "min_side": 4}, "Received: `size` and `min_side`"),
        ({"size": (0, 4)}, "Received: `size=(0, 4)`"),
        ({"min_side": 0}, "Received: `min_side=0`"),
        ({"fit": "cover"}, "Received: `fit='cover'` without `size`"),
        ({"size": (4, 4), "fit": "fill"}, "Received: `fit='fill'`"),
        ({"wrap": "yx"}, "Received: `wrap='yx'`"),
        ({"wrap": "x", "size": (4, 4), "fit": "pad"}, "Received: `wrap='x'` with `fit='pad'`"),
    ],
)
def test_what_makes_no_sense_is_refused(wishes, said):
    with pytest.raises(UsageError) as caught:
        Target(**wishes)
    assert said in str(caught.value)
