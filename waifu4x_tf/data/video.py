"""A frame as video codecs leave it, by PyAV (FFmpeg's libraries)."""

from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

from waifu4x_tf.errors import MissingExtraError

# One thread repeats byte for byte. x265 holds one size of blocks for a whole process, by default that of its
# first picture, and pictures of few blocks damage its memory.
_OPTIONS = {
    "libx264": {"threads": "1"},
    "libx265": {"x265-params": "log-level=none:pools=none:frame-threads=1:ctu=16"},
}
_DECODERS = {"libx264": "h264", "libx265": "hevc"}
_LEAST_PX = 64
# ITU-R BT.709, limited range: Y, Cb and Cr of R, G and B in 0..255.
_RED, _BLUE = 0.2126, 0.0722
_LUMA = np.array([_RED, 1 - _RED - _BLUE, _BLUE])
_TO_CODE = np.stack(
    [
        _LUMA * 219 / 255,
        (np.array([0, 0, 1]) - _LUMA) / (1 - _BLUE) / 2 * 224 / 255,
        (np.array([1, 0, 0]) - _LUMA) / (1 - _RED) / 2 * 224 / 255,
    ],
    axis=1,
)
_OFFSET = np.array([16, 128, 128])


def video_frame(picture: np.ndarray, codec: str, crf: int, frames: int = 4) -> np.ndarray:
    """Encode a still picture as a video with 4:2:0 chroma and decode its last frame.

    Args:
        picture: uint8 ``(H, W, 3)``.
        codec: "libx264" or "libx265".
        crf: Constant rate factor: 18 can hardly be seen, 28 is usual, 51 is the worst.
        frames: How many times the picture is shown: later frames repair what the first one lost.

    Returns:
        uint8 ``(H, W, 3)``.

    Raises:
        MissingExtraError: PyAV is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise MissingExtraError("A video frame (video_share)", "train") from error

    height, width = picture.shape[:2]
    # Even sides, for the chroma; H.265 takes no picture below its smallest block.
    padding = [(0, max(side + side % 2, _LEAST_PX) - side) for side in (height, width)]
    even = np.pad(picture, (*padding, (0, 0)), "edge")
    # Converted here, rounded: FFmpeg's own conversion and Pillow's YCbCr darken by a level.
    coded = np.rint(even @ _TO_CODE + _OFFSET).astype(np.uint8)
    size, half = (even.shape[1], even.shape[0]), (even.shape[1] // 2, even.shape[0] // 2)
    planes = [_resized(coded[..., index], each) for index, each in enumerate((size, half, half))]
    flat = np.concatenate([plane.ravel() for plane in planes]).reshape(-1, size[0])
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
    encoder.time_base, encoder.options = Fraction(1, 24), {**_OPTIONS[codec], "crf": str(crf)}
    decoder: Any = av.CodecContext.create(_DECODERS[codec], "r")
    packets = []
    for index in range(frames):
        frame = av.VideoFrame.from_ndarray(flat, "yuv420p")
        frame.pts = index
        packets += encoder.encode(frame)
    shown = [each for packet in [*packets, *encoder.encode(None), None] for each in decoder.decode(packet)]
    decoded = shown[-1].to_ndarray().ravel()
    parts = np.split(decoded, np.cumsum([plane.size for plane in planes])[:2])
    full = [_resized(part.reshape(plane.shape), size) for part, plane in zip(parts, planes, strict=True)]
    rgb = (np.stack(full, axis=-1) - _OFFSET) @ np.linalg.inv(_TO_CODE)
    return np.rint(np.clip(rgb, 0, 255)).astype(np.uint8)[:height, :width]


def _resized(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A uint8 plane at (width, height): halved by area averaging, doubled between its samples."""
    method = Image.Resampling.BOX if size[0] < plane.shape[1] else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(plane).resize(size, method))
