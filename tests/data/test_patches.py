"""PairedPatches: every batch is a pure function of (seed, epoch, index), and the pairs belong together."""

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from waifu4x_tf.data import patches as patches_module
from waifu4x_tf.data.degradations import Degradation
from waifu4x_tf.data.patches import MARGIN_LR_PX, PairedPatches, smallest_side
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.data.sources import PictureSet, drawn_pictures
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.imaging.interpolation import resize

ROOT = Path(__file__).parents[2]
HARSH = Degradation(bicubic=0.5, area=0.5, blur_share=0.5, jpeg_share=0.5)


@pytest.fixture(scope="module")
def pictures():
    return drawn_pictures(4, seed=0, size=96)


def patches(pictures, **options) -> PairedPatches:
    return PairedPatches(pictures, **{"batch_size": 3, "lr_size": 8, "batches_per_epoch": 4, **options})


def uint8(batch: np.ndarray) -> np.ndarray:
    levels = np.rint(batch * 255)
    np.testing.assert_array_equal(batch, levels.astype(np.float32) / np.float32(255))
    return levels.astype(np.uint8)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("scale", [2, 4])
def test_shape_dtype_and_range(pictures, scale):
    lr, hr = patches(pictures, scale=scale)[0]
    assert lr.shape == (3, 8, 8, 3)
    assert hr.shape == (3, 8 * scale, 8 * scale, 3)
    for side in (lr, hr):
        assert side.dtype == np.float32
        assert 0 <= side.min() < side.max() <= 1
        uint8(side)


def test_a_batch_depends_on_seed_epoch_and_index_alone(pictures):
    a = patches(pictures, degradation=HARSH, candidates=2, seed=5)
    a.epoch = 3
    expected = [a[index] for index in range(4)]
    b = patches(drawn_pictures(4, seed=0, size=96), degradation=HARSH, candidates=2, seed=5)
    _ = b[0], b[1]  # earlier batches and epochs leave no trace
    b.epoch = 3
    for index in (2, 0, 3, 1):
        for got, wanted in zip(b[index], expected[index], strict=True):
            np.testing.assert_array_equal(got, wanted)


def test_seed_epoch_and_index_each_matter(pictures):
    def hr(seed, epoch, index):
        dataset = patches(pictures, seed=seed)
        dataset.epoch = epoch
        return dataset[index][1].tobytes()

    places = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (2, 1, 0), (0, 2, 1)]
    assert len({hr(*place) for place in places}) == len(places)


def test_number_of_batches(pictures):
    dataset = patches(pictures, batches_per_epoch=7)
    assert len(dataset) == dataset.num_batches == len(list(dataset)) == 7


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("method", ["bicubic", "lanczos"])
def test_a_small_patch_is_cut_from_the_whole_picture_shrunk(scale, method):
    """No border of the crop reaches the small patch, although only a crop is shrunk."""
    whole = noise(120, 132)
    how = Degradation(bicubic=float(method == "bicubic"), lanczos=float(method == "lanczos"))
    dataset = patches([whole], scale=scale, augment=False, batch_size=8, degradation=how)
    margin = MARGIN_LR_PX * scale
    for lr, hr in zip(*map(uint8, dataset[0]), strict=True):
        matches = np.lib.stride_tricks.sliding_window_view(whole, hr.shape)[:, :, 0]
        (place,) = np.argwhere((matches == hr).all(axis=(2, 3, 4)))
        assert (place >= margin).all()
        row, column = divmod(int(place[0]), scale), divmod(int(place[1]), scale)
        aligned = whole[row[1] :, column[1] :]
        aligned = aligned[: aligned.shape[0] // scale * scale, : aligned.shape[1] // scale * scale]
        small = resize(aligned, (aligned.shape[0] // scale, aligned.shape[1] // scale), method)
        np.testing.assert_array_equal(lr, small[row[0] : row[0] + 8, column[0] : column[0] + 8])


def test_pairs_stay_together_under_flips_and_turns(pictures):
    dataset = patches(pictures, batch_size=24)
    for lr, hr in zip(*map(uint8, dataset[0]), strict=True):
        difference = np.abs(resize(hr, (8, 8), "bicubic").astype(int) - lr)[2:-2, 2:-2]
        assert difference.max() <= 1


def slopes(hr: np.ndarray) -> tuple[int, ...]:
    """Signs of the slopes of red and green, down and across."""
    red, green = hr[..., 0].astype(int), hr[..., 1].astype(int)
    return tuple(
        int(np.sign(channel[rows, columns] - channel[0, 0]))
        for channel in (red, green)
        for rows, columns in ((-1, 0), (0, -1))
    )


def test_all_eight_orientations_come_and_only_with_augment():
    """Red rises down, green rises across: each of the eight orientations has slopes of its own."""
    picture = np.zeros((96, 96, 3), np.uint8)
    picture[..., 0] = np.arange(96)[:, None] * 2
    picture[..., 1] = np.arange(96)[None, :] * 2
    turned = {slopes(uint8(hr)) for hr in patches([picture], batch_size=100)[0][1]}
    assert len(turned) == 8
    straight = {slopes(uint8(hr)) for hr in patches([picture], batch_size=20, augment=False)[0][1]}
    assert straight == {(1, 0, 0, 1)}


def test_more_candidates_mean_more_detail():
    picture = np.full((400, 400, 3), 90, np.uint8)
    picture[:100, :100] = noise(100, 100)

    def detail(candidates):
        return patches([picture], batch_size=60, candidates=candidates)[0][1].std(axis=(1, 2, 3)).mean()

    assert detail(8) > 2 * detail(1)


def test_a_patch_may_be_cut_larger_and_shrunk_to_size():
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, (np.arange(256) // 16) % 2 == 1] = 255
    for share, period in ((0.0, 32), (1.0, 16)):
        _, hr = patches([stripes], rescale_share=share, rescale=(0.5, 0.5), augment=False, lr_size=16)[0]
        row = hr[0, 0, :, 0] > 0.5
        assert np.array_equal(row[: 64 - period], row[period:])
        assert not np.array_equal(row[: 64 - period // 2], row[period // 2 :])


def test_a_picture_hardly_larger_than_a_patch_is_shrunk_as_far_as_it_goes():
    side = smallest_side(8, 4) + 3
    lr, hr = patches([noise(side, side)], rescale_share=1.0, rescale=(0.25, 0.25))[0]
    assert (lr.shape, hr.shape) == ((3, 8, 8, 3), (3, 32, 32, 3))


@pytest.mark.parametrize("rescale", [(0.0, 1.0), (0.8, 0.5), (0.5, 1.5)])
def test_rescale_is_a_range_up_to_one(pictures, rescale):
    with pytest.raises(ConfigError, match="0 < low <= high <= 1"):
        patches(pictures, rescale_share=0.5, rescale=rescale)


def test_colour_channels_may_change_places():
    flat = np.broadcast_to(np.array([10, 90, 200], np.uint8), (64, 64, 3))
    for share, number in ((0.0, 1), (1.0, 6)):
        lr, hr = patches([flat], batch_size=64, recolour_share=share)[0]
        orders = {tuple(colour) for colour in uint8(hr)[:, 0, 0]}
        assert len(orders) == number
        assert {tuple(sorted(order)) for order in orders} == {(10, 90, 200)}
        np.testing.assert_array_equal(lr[:, 0, 0], hr[:, 0, 0])


def test_patches_may_be_glued_from_two_pictures():
    """Red and blue have channels of their own: a patch holds one, both, or one and an ink."""
    red, blue = np.zeros((2, 64, 64, 3), np.uint8)
    red[..., 0], blue[..., 2] = 255, 255
    for share, both in ((0.0, 0), (1.0, 0.25)):
        _, hr = patches([red, blue], batch_size=200, collage_share=share)[0]
        seen = [(hr[..., channel] > 0.99).any(axis=(1, 2)) for channel in (0, 2)]
        assert (seen[0] & seen[1]).mean() >= both
        assert share or not (seen[0] & seen[1]).any()


def test_a_share_of_flat_patches_in_any_colour_and_at_the_corners_of_the_cube(pictures):
    lr, hr = PairedPatches(
        pictures, batch_size=400, lr_size=4, batches_per_epoch=1, flat_share=0.5, candidates=4
    )[0]
    flat = (lr == lr[:, :1, :1]).all(axis=(1, 2, 3))
    assert 120 < flat.sum() < 280
    np.testing.assert_array_equal(hr[flat][:, :1, :1], lr[flat][:, :1, :1])
    assert (hr[flat] == hr[flat][:, :1, :1]).all()
    colours = lr[flat][:, 0, 0]
    corner = np.isin(colours, (0, 1)).mean()
    assert 0.2 < corner < 0.5
    assert len(np.unique(colours)) > 100


def test_the_large_patches_alone_are_sharpened():
    pictures = [draw_rgb(2, seed=1, width=160, height=160)]
    common = {"batch_size": 4, "lr_size": 16, "batches_per_epoch": 1}
    plain, sharp = (PairedPatches(pictures, **common, sharpened=amount)[0] for amount in (0, 0.5))
    np.testing.assert_array_equal(plain[0], sharp[0])
    steps = [np.abs(np.diff(hr, axis=2)) for _, hr in (plain, sharp)]
    assert steps[1].sum() > 1.05 * steps[0].sum()
    quiet = np.abs(plain[1] - sharp[1]) == 0
    assert quiet.mean() > 0.3  # flat fields stay as they are


def test_pictures_are_chosen_by_their_weights():
    flat = [np.full((96, 96, 3), value, np.uint8) for value in (10, 20, 30)]
    hr = uint8(patches(flat, batch_size=300, picture_weights=[0.0, 3.0, 1.0])[0][1])[:, 0, 0, 0]
    counts = {value: int((hr == value).sum()) for value in (10, 20, 30)}
    assert counts[10] == 0
    assert 195 < counts[20] < 255


def test_by_default_pictures_are_chosen_by_their_pixels():
    flat = [np.full((96, 96, 3), 10, np.uint8), np.full((96, 288, 3), 20, np.uint8)]
    hr = uint8(patches(flat, batch_size=300)[0][1])[:, 0, 0, 0]
    assert 195 < int((hr == 20).sum()) < 255


def test_the_smallest_picture_is_one_patch_and_its_margin():
    side = smallest_side(8, 4)
    assert side == (8 + 2 * MARGIN_LR_PX) * 4
    lr, hr = patches([noise(side, side)])[0]
    assert (lr.shape[1], hr.shape[1]) == (8, 32)
    for shape in ((side - 1, side), (side, side - 1)):
        received = f"picture 1 of {shape[1]}x{shape[0]}"
        with pytest.raises(ConfigError, match=rf"at least {side} px .*Received: {received}"):
            patches([noise(side, side), noise(*shape)])


def test_no_pictures_are_refused():
    for nothing in ([], PictureSet([], [])):
        with pytest.raises(ConfigError, match="at least one picture"):
            patches(nothing)


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [0.0, 0.0], [1.0, float("nan")]])
def test_weights_are_one_a_picture_and_not_all_zero(weights):
    with pytest.raises(ConfigError, match=r"picture_weights .*Received: "):
        patches([noise(96, 96), noise(96, 96)], picture_weights=weights)


def test_weights_may_be_an_array():
    patches([noise(96, 96), noise(96, 96)], picture_weights=np.asarray([1.0, 2.0]))[0]


class _Recorder(keras.Model):
    """Learns nothing and keeps what `fit` gave it."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def train_step(self, data):
        """Keep the batch."""
        self.seen.append(tuple(np.asarray(side) for side in data))
        return {"loss": 0.0}


def seen_by_fit(pictures, *, initial_epoch=0, epochs=2, steps_per_epoch=None, follow=True, **options) -> list:
    dataset = patches(pictures, degradation=HARSH, **options)
    model = _Recorder()
    model.compile(run_eagerly=True)
    model.fit(
        dataset,
        epochs=epochs,
        initial_epoch=initial_epoch,
        steps_per_epoch=steps_per_epoch,
        shuffle=False,
        verbose=0,
        callbacks=[dataset.epoch_callback()] if follow else [],
    )
    return model.seen


def assert_same_batches(seen, expected):
    assert len(seen) == len(expected)
    for got, wanted in zip(seen, expected, strict=True):
        for got_side, wanted_side in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(got_side, wanted_side)


def expected_batches(pictures, epochs) -> list:
    dataset = patches(pictures, degradation=HARSH)
    batches = []
    for epoch in epochs:
        dataset.epoch = epoch
        batches += [dataset[index] for index in range(4)]
    return batches


@pytest.mark.parametrize("initial_epoch", [0, 1])
@pytest.mark.parametrize("workers", [1, 3])
def test_fit_sees_each_epochs_batches_in_order_with_any_number_of_workers(pictures, workers, initial_epoch):
    def hesitant(index):
        def load():
            time.sleep(0.02 * (index % 3))  # so that workers overtake each other
            return pictures[index]

        return load

    slow = PictureSet([hesitant(index) for index in range(4)], pictures.sizes, cache_bytes=1)
    seen = seen_by_fit(slow, workers=workers, initial_epoch=initial_epoch)
    assert_same_batches(seen, expected_batches(pictures, range(initial_epoch, 2)))


@pytest.mark.parametrize("workers", [1, 3])
def test_every_epoch_has_batches_of_its_own_without_a_callback(pictures, workers):
    seen = seen_by_fit(pictures, follow=False, workers=workers)
    assert_same_batches(seen, expected_batches(pictures, range(2)))


@pytest.mark.slow
# Python 3.12 on warns of every fork in a process with threads.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_worker_processes_give_each_epochs_batches(pictures):
    seen = seen_by_fit(pictures, follow=False, workers=2, use_multiprocessing=True)
    assert_same_batches(seen, expected_batches(pictures, range(2)))


def epochs_of(dataset, *calls) -> list[int]:
    """The dataset's epoch as each epoch of some calls of `fit` begins."""
    seen = []
    note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append(dataset.epoch))
    model = _Recorder()
    model.compile(run_eagerly=True)
    for options in calls:
        model.fit(dataset, shuffle=False, verbose=0, callbacks=[note], **options)
    return seen


def test_a_second_fit_goes_on_and_fixed_patches_stay(pictures):
    calls = ({"epochs": 2}, {"initial_epoch": 2, "epochs": 4})
    assert epochs_of(patches(pictures), *calls) == [0, 1, 2, 3]
    assert epochs_of(patches(pictures, fixed=True), *calls) == [0, 0, 0, 0]


def test_an_epoch_of_some_of_the_batches_goes_on_to_the_rest(pictures):
    # Not the dataset's epoch: Keras fetches ahead, so that may be that of the batches after these.
    seen = seen_by_fit(pictures, follow=False, epochs=5, steps_per_epoch=2)
    assert_same_batches(seen, expected_batches(pictures, range(3))[:10])


JAX_PROGRAM = """
import keras, numpy as np
from waifu4x_tf import PairedPatches
picture = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
patches, seen = PairedPatches([picture], batch_size=2, lr_size=8, batches_per_epoch=3), []
note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append(patches.epoch))
model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.UpSampling2D(4)])
model.compile("sgd", "mae")
model.fit(patches, epochs=3, verbose=0, callbacks=[note])
print(seen)
"""


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_under_jax_the_first_epoch_is_epoch_0_too():
    done = subprocess.run(
        [sys.executable, "-c", JAX_PROGRAM],
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1:] == ["[0, 1, 2]"], done.stderr


def test_the_callback_sets_the_epoch(pictures):
    dataset = patches(pictures)
    assert dataset.epoch == 0
    dataset.epoch_callback().on_epoch_begin(9)
    assert dataset.epoch == 9
    fixed = patches(pictures, fixed=True)
    fixed.epoch_callback().on_epoch_begin(9)
    assert fixed.epoch == 0


def test_passes_give_each_patch_so_often_and_each_time_turned_anew(monkeypatch):
    monkeypatch.setattr(patches_module, "_GROUP", 4)
    rng = np.random.default_rng(3)
    pictures = [rng.integers(0, 256, (120, 120, 3), np.uint8)]

    def stream(**options):
        made = PairedPatches(pictures, batch_size=2, lr_size=8, batches_per_epoch=6, seed=5, **options)
        for epoch in range(2):
            made.epoch = epoch
            for index in range(6):
                yield from made[index][1]

    found = list(stream(passes=3))
    keys = [tuple(np.sort(each.ravel())) for each in found]
    assert len(set(keys[:12])) == len(set(keys[12:])) == 4
    assert all(keys.count(key) == 3 for key in keys)
    assert len({each.tobytes() for each in found}) > 12
    again = PairedPatches(pictures, batch_size=2, lr_size=8, batches_per_epoch=6, seed=5, passes=3)
    again.epoch = 1
    np.testing.assert_array_equal(again[4][1], np.stack(found[20:22]))
    unturned = list(stream(passes=3, augment=False))
    assert len({each.tobytes() for each in unturned}) == 8
