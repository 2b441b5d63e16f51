"""collage: a picture glued upon another, with exact edges and nothing moved."""

import numpy as np
import pytest

from waifu4x_tf.data.drawing.collage import collage

BLACK, WHITE = (np.full((96, 120, 3), level, np.uint8) for level in (0, 255))


def made(seed: int, ground: np.ndarray = BLACK, cutting: np.ndarray = WHITE) -> np.ndarray:
    return collage(ground, cutting, np.random.default_rng(seed))


def test_the_same_chance_gives_the_same_bytes():
    assert made(3).tobytes() == made(3).tobytes()
    assert len({made(seed).tobytes() for seed in range(20)}) > 15


@pytest.mark.parametrize("shape", [(96, 120), (16, 224)])
def test_shape_dtype_and_both_pictures_left_alone(shape):
    ground, cutting = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 255, np.uint8)
    for seed in range(40):
        result = made(seed, ground, cutting)
        assert (result.shape, result.dtype) == (ground.shape, np.uint8)
    assert not ground.any()
    assert (cutting == 255).all()


def test_every_pixel_stays_in_its_place():
    """Where a picture is glued on itself nothing can be seen but the ink."""
    picture = np.random.default_rng(0).integers(0, 256, (96, 120, 3), np.uint8)
    changed = [(made(seed, picture, picture) != picture).any(axis=2).mean() for seed in range(40)]
    assert 10 < sum(share == 0 for share in changed) < 30
    assert max(changed) < 0.6


def test_most_collages_show_both_pictures_and_edges_are_one_pixel_wide():
    shares, edges = [], []
    for seed in range(60):
        result = made(seed)
        if (result == result[..., :1]).all():  # not inked in a colour
            white = result[..., 0]
            shares.append((white > 127).mean())
            edges.append(((white > 0) & (white < 255)).mean())
    assert len(shares) > 20
    assert np.mean([0.005 < share < 0.995 for share in shares]) > 0.7
    assert max(edges) < 0.12
