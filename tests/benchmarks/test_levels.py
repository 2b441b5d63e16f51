"""How often `--denoise auto` takes the best level."""

import numpy as np
import pytest

from benchmarks import levels


def test_the_best_level_is_the_lowest_of_equals():
    choice = levels.Choice(1, {0: 20.0, 1: 24.5, 2: 25.0, 3: 25.0})
    assert (choice.best, choice.loss) == (2, 0.5)
    assert levels.Choice(2, choice.psnr).loss == 0
    assert levels.share_right([choice, levels.Choice(2, choice.psnr)]) == 0.5


def test_every_level_is_asked_and_the_file_tells_which_is_taken():
    def brighter(by: int):
        return lambda small: np.clip(small.repeat(4, axis=0).repeat(4, axis=1) + np.int16(by), 0, 255).astype(
            np.uint8
        )

    pictures = levels.drawings(2, 3, 96)
    told = levels.choices({level: brighter(20 * level) for level in range(4)}, pictures, 30)
    assert [choice.level for choice in told] == [3, 3]
    assert all(choice.best == 0 and choice.loss > 1 for choice in told)
    clean = levels.choices({0: brighter(0), 1: brighter(9)}, pictures, 100, "WEBP")
    assert [(choice.level, choice.loss) for choice in clean] == [(0, 0.0)] * 2


@pytest.mark.slow
@pytest.mark.parametrize("quality", levels.QUALITIES)
def test_auto_takes_the_best_level_nine_times_in_ten(quality):
    told = levels.choices(levels.shipped_levels("compact"), levels.drawings(27, 77, 512), quality)
    assert levels.share_right(told) >= levels.LEAST_SHARE
    assert np.mean([choice.loss for choice in told]) < 0.05
