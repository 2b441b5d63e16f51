"""Broken and forged picture files from a seed: bytes of drawn ones changed, of a PNG behind its checksums."""

import random
import struct
import zlib
from collections.abc import Callable

from benchmarks.fuzz.seeds import seeds

# Mostly one: after several little is left that a decoder would go deep into.
_ROUNDS = (1, 1, 1, 2, 4)
_LARGEST_FILE_BYTES = 2**20
_RIGHT_CHECKSUMS = 0.8
# Ends of ranges, and numbers around the caps and limits of the formats.
_NUMBERS = (
    *(0, 1, 2, 3, 4, 7, 8, 16, 17, 24, 32, 127, 128, 255, 256, 499, 500, 501, 999, 5000, 16383, 16384),
    *(32767, 32768, 65535, 65536, 2**24 - 1, 2**28, 2**31 - 1, 2**31, 2**32 - 1),
)
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def mutated(seed: int, index: int) -> tuple[str, bytes]:
    """One broken file, the same for the same numbers, whatever was made before.

    Returns:
        The name of the seed that it was made of, whose suffix is its format, and the content.
    """
    rng = random.Random(f"{seed}/{index}")
    files = seeds()
    name = rng.choice(sorted(files))
    content = files[name]
    for _ in range(rng.choice(_ROUNDS)):
        content = rng.choice(_MUTATIONS)(bytearray(content or b"\0"), rng)[:_LARGEST_FILE_BYTES]
    return name, _with_png_checksums(content) if rng.random() < _RIGHT_CHECKSUMS else content


def suffix_of(name: str) -> str:
    """The format of a seed's name."""
    return name.rpartition(".")[2]


def _flip_bits(content: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 8, 40))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def _write_number(content: bytearray, rng: random.Random) -> bytes:
    letter = rng.choice(("<B", "<H", ">H", "<I", ">I"))
    size = struct.calcsize(letter)
    at = rng.randrange(len(content))
    content[at : at + size] = _packed(letter, rng)
    return bytes(content)


def _truncate(content: bytearray, rng: random.Random) -> bytes:
    return bytes(content[: rng.randrange(len(content))])


def _remove(content: bytearray, rng: random.Random) -> bytes:
    start, end = _span(content, rng)
    del content[start:end]
    return bytes(content)


def _repeat(content: bytearray, rng: random.Random) -> bytes:
    start, end = _span(content, rng)
    return bytes(content[:end] + content[start:end] * rng.choice((1, 1, 2, 200)) + content[end:])


def _insert(content: bytearray, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    added = rng.choice((bytes(rng.randrange(1, 64)), b"\xff" * rng.randrange(1, 64), rng.randbytes(24)))
    return bytes(content[:at] + added + content[at:])


def _splice(content: bytearray, rng: random.Random) -> bytes:
    other = seeds()[rng.choice(sorted(seeds()))]
    return bytes(content[: rng.randrange(len(content))]) + other[rng.randrange(len(other)) :]


def _span(content: bytearray, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(content))
    return start, min(len(content), start + rng.choice((1, 2, 4, 16, 100)))


_MUTATIONS: tuple[Callable[[bytearray, random.Random], bytes], ...] = (
    *(_flip_bits, _write_number, _truncate, _remove),
    *(_repeat, _insert, _splice),
)


def _packed(letter: str, rng: random.Random) -> bytes:
    return struct.pack(letter, rng.choice(_NUMBERS) % 2 ** (8 * struct.calcsize(letter)))


def _with_png_checksums(content: bytes) -> bytes:
    """A PNG whose checksums are right, so that damage reaches what lies behind them; others as they are."""
    fixed, at = bytearray(content), len(_PNG_SIGNATURE)
    while content.startswith(_PNG_SIGNATURE) and at + 12 <= len(content):
        end = at + 8 + int.from_bytes(content[at : at + 4], "big")
        if end + 4 > len(content):
            break
        fixed[end : end + 4] = struct.pack(">I", zlib.crc32(content[at + 4 : end]))
        at = end + 4
    return bytes(fixed)
