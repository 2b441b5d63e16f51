"""The quality of a folder: the protocol of `waifu4x evaluate`, for any method."""

import numpy as np
import pytest
from PIL import Image

from benchmarks.peers.quality import measure_folder, print_field, print_quality
from waifu4x_tf.data.field import FIELD
from waifu4x_tf.errors import UsageError
from waifu4x_tf.evaluation.scores import score, shrunk_pair
from waifu4x_tf.imaging.interpolation import resize


def bicubic(rgb):
    return resize(rgb, (4 * rgb.shape[0], 4 * rgb.shape[1]), "bicubic")


def nearest(rgb):
    return rgb.repeat(4, axis=0).repeat(4, axis=1)


METHODS = {"bicubic": bicubic, "upscayl-lite": nearest}


def save(path, height, width):
    rng = np.random.default_rng(height)
    rough = rng.integers(0, 256, (height // 6, width // 6, 3), np.uint8)
    pixels = resize(rough, (height, width), "bicubic")
    Image.fromarray(pixels).save(path)
    return pixels


def test_means_are_those_of_the_pictures_one_by_one(tmp_path):
    pixels = [save(tmp_path / f"{index}.png", 67 + index, 90) for index in range(2)]
    quality = measure_folder(tmp_path, METHODS)
    for name, method in METHODS.items():
        expected = [score(large, method(small), 4) for large, small in (shrunk_pair(p, 4) for p in pixels)]
        assert quality.means()[name].psnr == pytest.approx(np.mean([each.psnr for each in expected]))
        assert quality.means()[name].ssim == pytest.approx(np.mean([each.ssim for each in expected]))
    assert quality.refused == 0
    damaged = measure_folder(tmp_path, METHODS, jpeg_quality=30).means()
    assert all(damaged[name].psnr < quality.means()[name].psnr - 0.1 for name in METHODS)


def test_the_sheet_gets_places_of_pictures_spread_over_the_folder(tmp_path):
    for index in range(7):
        save(tmp_path / f"{index}.png", 60, 130 + 4 * index)
    places = measure_folder(tmp_path, METHODS).places
    assert [place.caption.split(",")[0] for place in places] == ["0.png", "3.png", "6.png"]
    for place in places:
        assert list(place.panels) == ["original", "bicubic", "upscayl-lite"]
        assert {panel.shape for panel in place.panels.values()} == {(60, 96, 3)}


def test_panels_show_the_same_place(tmp_path):
    pixels = save(tmp_path / "a.png", 200, 160)
    (place,) = measure_folder(tmp_path, METHODS).places
    left, top = (int(word) for word in place.caption.split("at ")[1].split(","))
    large, small = shrunk_pair(pixels, 4)
    part = (slice(top, top + 96), slice(left, left + 96))
    assert (place.panels["original"] == large[part]).all()
    assert (place.panels["bicubic"] == bicubic(small)[part]).all()


def test_a_picture_that_cannot_be_measured_is_named_and_the_others_go_on(tmp_path, capsys):
    save(tmp_path / "a.png", 60, 60)
    save(tmp_path / "b.png", 60, 19)
    (tmp_path / "c.png").write_bytes(b"no picture")
    quality = measure_folder(tmp_path, METHODS)
    assert (len(quality.scores), quality.refused) == (1, 2)
    lines = capsys.readouterr().err.splitlines()
    assert "b.png" in lines[0]
    assert "19x60" in lines[0]
    assert "c.png" in lines[1]
    (tmp_path / "a.png").unlink()
    with pytest.raises(UsageError, match="large enough to measure"):
        measure_folder(tmp_path, METHODS)


def test_the_table_has_a_line_for_each_method(tmp_path, capsys):
    save(tmp_path / "a.png", 60, 60)
    quality = measure_folder(tmp_path, METHODS)
    print_quality(tmp_path, quality)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"{tmp_path.name}: 1 picture, x4, Y channel, border 4"
    assert lines[2].split() == ["method", "PSNR", "dB", "SSIM"]
    psnr, ssim = quality.means()["upscayl-lite"]
    assert lines[4].split() == ["upscayl-lite", f"{psnr:.2f}", f"{ssim:.4f}"]


def test_the_field_is_measured_kind_by_kind_on_busiest_squares(tmp_path, capsys):
    pixels = [save(tmp_path / f"{index}.png", 67 + index, 90) for index in range(2)]
    quality = measure_folder(tmp_path, METHODS, with_field=True)
    assert set(quality.field) == set(METHODS)
    for name, method in METHODS.items():
        assert list(quality.field[name]) == list(FIELD)
        originals = [picture[: len(picture) // 4 * 4, :88] for picture in pixels]
        pairs = [(each, method(resize(each, (len(each) // 4, 22), "area"))) for each in originals]
        expected = np.mean([score(large, result, 4).psnr for large, result in pairs])
        assert quality.field[name]["area"].psnr == pytest.approx(expected)
    print_field(tmp_path, quality.field)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[3:]] == [*FIELD, "mean"]
    assert not measure_folder(tmp_path, METHODS).field
