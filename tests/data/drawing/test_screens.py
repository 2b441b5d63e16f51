"""Screens: drawings that nothing made small."""

import numpy as np

from waifu4x_tf.data.drawing.screens import draw_screen


def test_screens_are_of_the_size_and_seed_that_is_asked_for_and_of_many_kinds():
    made = [draw_screen(np.random.default_rng(seed), 96) for seed in range(40)]
    assert {(each.shape, each.dtype.name) for each in made} == {((96, 96, 3), "uint8")}
    np.testing.assert_array_equal(made[7], draw_screen(np.random.default_rng(7), 96))
    colours = [len(np.unique(each.reshape(-1, 3), axis=0)) for each in made]
    assert min(colours) < 12
    assert max(colours) > 100
