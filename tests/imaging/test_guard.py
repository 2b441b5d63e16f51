"""What Pillow may raise or warn about, and what comes out."""

import struct
import warnings
import zlib

import pytest
from PIL import Image, UnidentifiedImageError

from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.imaging.guard import check_caps, codec_failure, guarded


@pytest.mark.parametrize(
    "error",
    [
        OSError("image file is truncated"),
        UnidentifiedImageError("cannot identify image file <_io.BytesIO object at 0x1>"),
        SyntaxError("not a PNG"),
        ValueError("odd"),
        EOFError(),
        IndexError(),
        RecursionError(),
        MemoryError(),
        struct.error("short"),
        zlib.error("Error -3"),
        Image.DecompressionBombError("Image size (900000000 pixels) exceeds limit"),
        Image.DecompressionBombError("reworded"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_becomes_a_named_picture_error(error):
    with (
        pytest.raises(PictureError, match=r"^a\.png: A picture .*Received: .*\. ") as caught,
        guarded("a.png"),
    ):
        raise error
    assert caught.value.__cause__ is error
    assert "BytesIO" not in str(caught.value)


@pytest.mark.parametrize("text", ["\U00028f7e\n\x7f", "\U00017fae", "two\nlines", "a\x00b", ""])
def test_a_codec_s_unreadable_text_stays_out_of_the_line(text):
    assert codec_failure(ValueError(text)) == "ValueError"
    with pytest.raises(PictureError) as caught, guarded("a.png"):
        raise ValueError(text)
    assert "(ValueError). " in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_codec_s_readable_text_is_reported():
    assert codec_failure(ValueError("IDAT: CRC error")) == "ValueError: IDAT: CRC error"


def test_our_own_errors_keep_their_text_and_get_the_name_once():
    with pytest.raises(PictureError, match=r"^a\.png: rule$"), guarded("a.png"), guarded(None):
        raise PictureError("rule")
    with pytest.raises(UsageError, match=r"^rule$"), guarded("a.png"):
        raise UsageError("rule")


def test_interruptions_pass():
    with pytest.raises(KeyboardInterrupt), guarded("a.png"):
        raise KeyboardInterrupt


def test_no_warning_gets_out_and_the_limit_is_ours_only_inside():
    before = Image.MAX_IMAGE_PIXELS
    with guarded("a.png", max_megapixels=500):
        warnings.warn("Corrupt EXIF data", stacklevel=1)
        assert Image.MAX_IMAGE_PIXELS == 500_000_000
    assert before == Image.MAX_IMAGE_PIXELS
    with guarded("a.png", max_megapixels=1):
        assert before == Image.MAX_IMAGE_PIXELS


def test_caps_are_exact_and_name_the_way_out():
    check_caps(8000, 8000, 64, 1024)
    with pytest.raises(
        PictureError, match=r"8001 x 8000 = 64\.0 megapixels\. Shrink .* raise `max_megapixels`"
    ):
        check_caps(8001, 8000, 64, 2000)
    with pytest.raises(
        PictureError, match=r"becomes 32004 x 32000 = 1024\.1 .* raise `max_output_megapixels`"
    ):
        check_caps(8001, 8000, 65, 1024)
    with pytest.raises(PictureError, match="at least one pixel"):
        check_caps(0, 5, 64, 1024)


def test_strips_and_thousands_of_small_frames_are_capped_by_their_work():
    check_caps(5, 524_293, 64, 1024)
    with pytest.raises(PictureError, match=r"5 x 524293, where a side counts as 32 px .* = 16\.8 megapixels"):
        check_caps(5, 524_293, 16, 256)
    with pytest.raises(PictureError, match=r"1 x 3000000, .* = 96\.0 megapixels\. Cut it .* raise"):
        check_caps(1, 3_000_000, 64, 1024)
    with pytest.raises(PictureError, match=r"1 x 1000 in 4000 frames, .* = 128\.0 megapixels"):
        check_caps(1, 1000, 64, 1024, frames=4000)
    check_caps(1, 30_000, 0.1, 2)  # what is small may have any shape
