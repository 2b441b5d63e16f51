"""The field: each kind is what its name says, by Pillow's filters and codecs, and the same in every call."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from waifu4x_tf.data.field import CLEAN_KINDS, DAMAGED_KINDS, FIELD, field_picture
from waifu4x_tf.data.procedural import draw_rgb

FILTERS = {
    "bicubic": Image.Resampling.BICUBIC,
    "area": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
    "bilinear": Image.Resampling.BILINEAR,
}


@pytest.fixture(scope="module")
def original():
    return draw_rgb(0, seed=6, width=128, height=96)


def quarter(picture: np.ndarray, method: str) -> Image.Image:
    image = Image.fromarray(picture)
    return image.resize((image.width // 4, image.height // 4), FILTERS[method])


def saved(image: Image.Image, codec: str, **options: int) -> np.ndarray:
    file = io.BytesIO()
    image.save(file, codec, **options)
    return np.asarray(Image.open(file).convert("RGB"))


def test_the_clean_kinds_are_the_four_kernels_that_programs_shrink_with(original):
    assert set(CLEAN_KINDS) == set(FILTERS)
    for kind in CLEAN_KINDS:
        np.testing.assert_array_equal(field_picture(original, kind), np.asarray(quarter(original, kind)))


def test_damaged_kinds_are_what_other_programs_would_make(original):
    expected = {
        "nearest": original[2::4, 2::4],
        "halos": np.asarray(quarter(original, "bicubic").filter(ImageFilter.UnsharpMask(1.2, 120, 0))),
        "JPEG 90": saved(quarter(original, "bicubic"), "JPEG", quality=90),
        "JPEG 75": saved(quarter(original, "area"), "JPEG", quality=75),
        "JPEG 40": saved(quarter(original, "bicubic"), "JPEG", quality=40),
        "WebP 50": saved(quarter(original, "bicubic"), "WEBP", quality=50),
    }
    for kind, picture in expected.items():
        np.testing.assert_array_equal(field_picture(original, kind), picture, err_msg=kind)


def test_every_kind_is_repeatable_and_differs_from_every_other(original):
    pictures = {kind: field_picture(original, kind) for kind in FIELD}
    for kind, picture in pictures.items():
        assert picture.shape == (24, 32, 3)
        assert picture.dtype == np.uint8
        np.testing.assert_array_equal(field_picture(original, kind), picture)
    assert len({picture.tobytes() for picture in pictures.values()}) == len(FIELD)
    assert set(FIELD) == {*CLEAN_KINDS, *DAMAGED_KINDS}


def test_chance_falls_differently_for_each_picture_of_a_set(original):
    assert (field_picture(original, "grain", number=0) != field_picture(original, "grain", number=1)).any()


@pytest.mark.parametrize(("kind", "sigma"), [("grain", 2.5), ("scan", 6.0)])
def test_grain_has_the_stated_deviation(kind, sigma):
    flat = np.full((400, 400, 3), 128, np.uint8)
    assert field_picture(flat, kind).std() == pytest.approx(sigma, rel=0.05)
    assert abs(field_picture(flat, kind).mean() - 128) < 0.1


def test_video_keeps_the_colours_of_flat_fields_within_their_coding():
    for colour in ((255, 255, 255), (0, 0, 0), (200, 60, 30), (20, 90, 220)):
        flat = np.broadcast_to(np.uint8(colour), (64, 64, 3))
        assert np.abs(field_picture(flat, "video").astype(int) - colour).max() <= 2
