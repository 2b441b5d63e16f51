"""Area averaging, against means taken with NumPy."""

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.data.drawing.paints import screentone
from waifu4x_tf.data.drawing.rasterizer import Canvas, box
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.shrinking import shrink


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, shape, np.uint8)


def blocks_of_two(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    return pixels.reshape(height // 2, 2, width // 2, 2, -1).astype(float)


def test_a_half_is_the_mean_of_four():
    rgb = noise(8, 12, 3)
    shrunk = shrink(Picture.from_array(rgb), (4, 6)).frames[0]
    assert np.abs(shrunk.rgb - blocks_of_two(rgb).mean((1, 3))).max() <= 0.501
    assert shrunk.alpha is None


def test_the_mean_does_not_drift():
    rgb = noise(400, 400, 3)
    shrunk = shrink(Picture.from_array(rgb), (200, 200)).frames[0].rgb
    assert abs(shrunk.mean() - rgb.mean()) < 0.02


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (19, 11), (20, 30)])
def test_any_size_within_is_reached_and_flat_colour_stays(size):
    rgb = np.full((20, 30, 3), (255, 128, 0), np.uint8)
    shrunk = shrink(Picture.from_array(rgb), size).frames[0]
    assert shrunk.rgb.shape == (*size, 3)
    assert (shrunk.rgb == (255, 128, 0)).all()


def test_colours_are_weighted_by_alpha():
    rgb, alpha = noise(8, 8, 3), noise(8, 8)
    shrunk = shrink(Picture((Frame(rgb, alpha),), is_grey=False), (4, 4)).frames[0]
    weights = blocks_of_two(alpha)
    expected = (blocks_of_two(rgb) * weights).sum((1, 3)) / weights.sum((1, 3))
    assert np.abs(shrunk.rgb - expected).max() <= 0.51
    assert np.abs(shrunk.alpha - weights.mean((1, 3))[..., 0]).max() <= 0.51


def test_what_lies_under_transparency_makes_no_fringe():
    rgb = np.zeros((9, 9, 3), np.uint8)
    alpha = np.zeros((9, 9), np.uint8)
    rgb[:, 4:], alpha[:, 4:] = (200, 100, 50), 255
    shrunk = shrink(Picture((Frame(rgb, alpha),), is_grey=False), (4, 4)).frames[0]
    assert (shrunk.rgb[shrunk.alpha > 0] == (200, 100, 50)).all()
    assert set(np.unique(shrunk.alpha)) == {0, 255}


def test_a_soft_alpha_stays_soft_and_the_rest_is_carried_over():
    alpha = np.array([[0, 0, 100, 200]] * 4, np.uint8)
    picture = Picture(
        (Frame(np.zeros((4, 4, 3), np.uint8), alpha),), is_grey=True, exif=b"Exif\0\0", dpi=(72.0, 72.0)
    )
    shrunk = shrink(picture, (2, 2))
    assert shrunk.frames[0].alpha.tolist() == [[0, 150], [0, 150]]
    assert (shrunk.is_grey, shrunk.exif, shrunk.dpi) == (True, b"Exif\0\0", (72.0, 72.0))


def test_grey_stays_grey():
    grey = Picture.from_array(noise(16, 16))
    shrunk = shrink(grey, (9, 5)).frames[0].rgb
    assert (shrunk[..., 0] == shrunk[..., 1]).all()
    assert (shrunk[..., 0] == shrunk[..., 2]).all()


# --- screentone ---


def tone(pitch: float, angle: float) -> np.ndarray:
    canvas = Canvas(440, 300)
    canvas.fill(box(0, 0, 440, 300), screentone(pitch, 0.3, angle=angle))
    return canvas.pixels[..., 0].astype(np.float32)


def blurred(plane: np.ndarray, sigma_px: float) -> np.ndarray:
    """Gaussian, in the frequency domain, with mirrored edges."""
    edge = int(4 * sigma_px)
    padded = np.pad(plane, edge, mode="reflect")
    down, across = np.fft.fftfreq(padded.shape[0])[:, None], np.fft.rfftfreq(padded.shape[1])[None]
    weights = np.exp(-2 * (np.pi * sigma_px) ** 2 * (down**2 + across**2))
    return np.fft.irfft2(np.fft.rfft2(padded) * weights, s=padded.shape)[edge:-edge, edge:-edge]


def moire(page: np.ndarray, small: np.ndarray) -> float:
    """RMS levels at low frequencies that the page itself does not have."""
    factor = page.shape[0] / small.shape[0]
    wanted = blurred(page, 3 * factor).astype(np.float32)
    size = (small.shape[1], small.shape[0])
    wanted = np.asarray(Image.fromarray(wanted).resize(size, Image.Resampling.BILINEAR))
    difference = (blurred(small.astype(np.float32), 3) - wanted)[12:-12, 12:-12]
    return float(np.sqrt((difference**2).mean()))


@pytest.mark.parametrize("factor", [1.7, 3.3])
def test_screentone_makes_less_moire_than_with_pillows_box(factor):
    found: dict[str, list[float]] = {"box": [], "area": [], "cosine": []}
    for pitch in (4, 5, 6.5):
        for angle in (np.pi / 4, np.pi / 6):
            page = tone(pitch, angle)
            size = (round(page.shape[0] / factor), round(page.shape[1] / factor))
            box_mean = Image.fromarray(page).resize((size[1], size[0]), Image.Resampling.BOX)
            found["box"].append(moire(page, np.asarray(box_mean)))
            picture = Picture.from_array(np.rint(page).astype(np.uint8))
            for kernel in ("area", "cosine"):
                found[kernel].append(moire(page, shrink(picture, size, kernel=kernel).frames[0].rgb[..., 0]))
    box_mean, area, cosine = (np.mean(found[name]) for name in ("box", "area", "cosine"))
    assert area < box_mean / 2
    assert cosine < box_mean / 4
    assert max(found["cosine"]) < 0.6  # of 255 levels


# --- kernels ---


def weights_of(kernel: str, length: int, count: int) -> np.ndarray:
    """Dense weights (count, length), each by its definition: areas by overlap, the cosine by its points."""
    factor = length / count
    weights = np.zeros((count, length))
    for row in range(count):
        centre = (row + 0.5) * factor
        places = np.arange(length)
        if kernel == "area":
            ends = np.minimum(places + 1, centre + factor / 2), np.maximum(places, centre - factor / 2)
            weights[row] = np.maximum(ends[0] - ends[1], 0)
        else:
            x = np.abs((places + 0.5 - centre) / factor)
            weights[row] = np.where(x < 1, (1 + np.cos(np.pi * x)) / 2, 0)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("kernel", ["area", "cosine"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(7, 11), (19, 29), (20, 12), (1, 1)])
def test_each_kernel_is_its_definition(kernel, dtype, size):
    rgb = np.random.default_rng(3).integers(0, np.iinfo(dtype).max + 1, (20, 30, 3)).astype(dtype)
    rows, columns = weights_of(kernel, 20, size[0]), weights_of(kernel, 30, size[1])
    expected = np.einsum("yh,hwc,xw->yxc", rows, rgb, columns)
    shrunk = shrink(Picture((Frame(rgb),), is_grey=False), size, kernel=kernel).frames[0].rgb
    assert shrunk.dtype == dtype
    assert np.abs(shrunk - expected).max() <= 0.52


def test_strips_leave_no_trace(monkeypatch):
    picture = Picture.from_array(noise(61, 40, 4))
    whole = {kernel: shrink(picture, (23, 17), kernel=kernel).frames[0] for kernel in ("area", "cosine")}
    monkeypatch.setattr("waifu4x_tf.imaging.shrinking._STRIP_PX", 1)
    for kernel, expected in whole.items():
        strips = shrink(picture, (23, 17), kernel=kernel).frames[0]
        assert (strips.rgb == expected.rgb).all()
        assert (strips.alpha == expected.alpha).all()


def test_the_wider_kernel_keeps_flat_areas_and_hidden_colours_apart():
    rgb = np.full((20, 30, 3), (255, 128, 0), np.uint8)
    assert (shrink(Picture.from_array(rgb), (7, 9), kernel="cosine").frames[0].rgb == (255, 128, 0)).all()
    rgba = np.dstack([rgb, np.zeros((20, 30), np.uint8)])
    rgba[:, :15, :3] = 0
    rgba[:, 15:, 3] = 255
    frame = shrink(Picture.from_array(rgba), (7, 9), kernel="cosine").frames[0]
    assert (frame.rgb[frame.alpha > 0] == (255, 128, 0)).all()


def test_a_part_is_shrunk_with_what_lies_beside_it():
    picture = Picture.from_array(noise(20, 30, 3))
    inner = shrink(picture, (5, 10), box=(4, 6, 20, 10)).frames[0].rgb
    assert (
        inner == shrink(Picture.from_array(picture.frames[0].rgb[6:16, 4:24]), (5, 10)).frames[0].rgb
    ).all()
    whole = shrink(picture, (10, 15), kernel="cosine").frames[0].rgb
    part = shrink(picture, (5, 10), kernel="cosine", box=(4, 6, 20, 10)).frames[0].rgb
    assert (part == whole[3:8, 2:12]).all()


def test_its_own_size_changes_nothing():
    picture = Picture.from_array(noise(3, 4, 4))
    assert shrink(picture, (3, 4)) is picture


@pytest.mark.parametrize("size", [(0, 4), (4, 5), (5, 4)])
def test_a_size_that_is_not_within_is_refused(size):
    with pytest.raises(UsageError, match="within its own, 4 x 4"):
        shrink(Picture.from_array(noise(4, 4)), size)
