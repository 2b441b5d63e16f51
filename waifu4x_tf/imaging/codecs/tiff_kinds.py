"""Which TIFFs are read, as their first directory says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from waifu4x_tf.errors import PictureError
from waifu4x_tf.imaging.guard import CONVERT

_TIFF_NEW_SUBFILE_TYPE = 254
_TIFF_COMPRESSION = 259
_TIFF_UNSUPPORTED = {
    22610: "JPEG XR",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34712: "JPEG 2000",
    34887: "LERC",
    34933: "PNG",
    34934: "JPEG XR",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
_TIFF_PHOTOMETRIC = 262
_TIFF_DNG_VERSION = 50706


def check_tiff(tags: Mapping[int, Any]) -> None:
    """Refuses TIFFs of which Pillow would make another picture or none.

    Args:
        tags: Those of the first directory.

    Raises:
        PictureError: A compression or colours that are not read, or a thumbnail before the picture.
    """
    from PIL.TiffImagePlugin import COMPRESSION_INFO  # 5 ms that the other formats do without

    # Compressed YCbCr comes out of libtiff as RGB, whatever the compression (1 is none).
    if tags.get(_TIFF_PHOTOMETRIC) == 6 and tags.get(_TIFF_COMPRESSION, 1) == 1:
        raise PictureError(
            "A TIFF holds grey, palette or RGB pixels. Received: uncompressed YCbCr. "
            "Convert it to RGB in an image editor first."
        )
    compression = tags.get(_TIFF_COMPRESSION, 1)
    # Of WebP's Pillow knows, but its libtiff was built without it.
    if compression not in COMPRESSION_INFO or COMPRESSION_INFO[compression] == "webp":
        name = _TIFF_UNSUPPORTED.get(compression, "a kind without a name here")
        raise PictureError(
            "A TIFF is compressed by LZW, deflate, JPEG, PackBits, Zstandard, LZMA or fax codes, if at all. "
            f"Received: compression {compression}, {name}, which is not supported. {CONVERT}"
        )
    # A raw file's first directory is a thumbnail, and upscaling that would be upscaling the wrong picture.
    if _TIFF_DNG_VERSION in tags or int(tags.get(_TIFF_NEW_SUBFILE_TYPE, 0)) & 1:
        raise PictureError(
            "A TIFF begins with the picture itself. Received: one that begins with a thumbnail, as camera "
            "raw files do. Develop it to PNG or JPEG first."
        )
