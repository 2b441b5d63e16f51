"""What the values of options are read by; a wrong one raises the rule and what came."""

import argparse
import math
from collections.abc import Callable

from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.target import MOST_SCALE, Target


def format_name(text: str) -> str:
    """A key of the writer's formats; jpg and tif stand for jpeg and tiff."""
    name = {"jpg": "jpeg", "tif": "tiff"}.get(text.lower(), text.lower())
    if name not in ("png", "jpeg", "webp", "avif", "gif", "tiff"):
        raise argparse.ArgumentTypeError(
            f"a format is png, jpeg, webp, avif, gif or tiff. Received: {text}. Choose one of these."
        )
    return name


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """What reads an option that is a whole number within these bounds."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most}. Received: {text}.")
        return number

    return parse


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def factor(text: str) -> float:
    """A factor that `Target` takes."""
    try:
        Target(_number(text))
    except UsageError:
        raise argparse.ArgumentTypeError(
            f"a factor from 1 to {MOST_SCALE:g}, such as 4 or 2.5. Received: {text}."
        ) from None
    return _number(text)


def size(text: str) -> tuple[int, int]:
    """(width, height) of WIDTHxHEIGHT."""
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"WIDTHxHEIGHT in pixels, such as 1920x1080. Received: {text}.")
    return int(width), int(height)


def denoise(text: str) -> str:
    """auto, or off to high, which 0 to 3 stand for as well."""
    from waifu4x_tf.models.zoo import DENOISE_LEVELS

    levels = ("off", *DENOISE_LEVELS)
    name = levels[int(text)] if text in ("0", "1", "2", "3") else text
    if name not in ("auto", *levels):
        raise argparse.ArgumentTypeError(f"auto, off, low, medium or high. Received: {text}.")
    return name


def strength(text: str) -> float:
    """A number from 0 to 1."""
    if not 0 <= _number(text) <= 1:
        raise argparse.ArgumentTypeError(f"a number from 0 to 1, such as 0.5. Received: {text}.")
    return _number(text)


def positive_number(text: str) -> float:
    """Reads an option that is a number above 0."""
    if not 0 < _number(text) < math.inf:
        raise argparse.ArgumentTypeError(f"a number above 0. Received: {text}.")
    return _number(text)


def shard(text: str) -> tuple[int, int]:
    """(K, N) of K/N."""
    which, slash, count = text.partition("/")
    if not (slash and which.isdecimal() and count.isdecimal() and 1 <= int(which) <= int(count)):
        raise argparse.ArgumentTypeError(f"K/N, such as 2/8, with K from 1 to N. Received: {text}.")
    return int(which), int(count)


def crop(text: str) -> tuple[int, int, int, int]:
    """(x, y, width, height) of X,Y,W,H."""
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"four whole numbers: X,Y,WIDTH,HEIGHT. Received: {text}.") from None
    return x, y, width, height
