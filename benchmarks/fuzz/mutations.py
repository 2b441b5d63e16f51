"""Broken and forged picture files from a seed: blind damage, and changes that know the format."""

import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

from benchmarks.fuzz.containers import Part, join, split
from benchmarks.fuzz.seeds import seeds

# Mostly one: after several little is left that a decoder would go deep into.
_ROUNDS = (1, 1, 1, 2, 4)
_LARGEST_FILE_BYTES = 2**20
# Ends of ranges, and numbers around the caps and limits of the formats.
_NUMBERS = (
    *(0, 1, 2, 3, 4, 7, 8, 16, 17, 24, 32, 127, 128, 255, 256, 499, 500, 501, 999, 5000, 16383, 16384),
    *(32767, 32768, 65535, 65536, 2**24 - 1, 2**28, 2**31 - 1, 2**31, 2**32 - 1),
)
# Where sizes stand: (part, place in its data, struct format of one number), by suffix.
_SIZES = {
    "png": ((b"IHDR", 0, ">I"), (b"IHDR", 4, ">I"), *((b"fcTL", at, ">I") for at in (4, 8, 12, 16))),
    "jpg": tuple((marker, at, ">H") for marker in (b"\xff\xc0", b"\xff\xc2") for at in (1, 3)),
    "webp": (
        *((b"VP8X", at, "<H") for at in (4, 7)),
        *((b"ANMF", at, "<H") for at in (0, 3, 6, 9)),
        *((b"VP8 ", at, "<H") for at in (6, 8)),
        (b"VP8L", 1, "<I"),
    ),
    "gif": (
        *((b"<screen>", at, "<H") for at in (6, 8)),
        *((b"<image>", at, "<H") for at in (1, 3, 5, 7)),
    ),
    "tif": tuple((b"<entry>", at, letter) for at, letter in ((0, "H"), (2, "H"), (4, "I"), (8, "I"))),
    "bmp": (
        *((b"<header>", at, "<I") for at in (0, 4, 8, 16, 20, 32)),
        *((b"<header>", at, "<H") for at in (12, 14)),
        (b"<file>", 10, "<I"),
    ),
}


def mutated(seed: int, index: int) -> tuple[str, bytes]:
    """One broken file, the same for the same numbers, whatever was made before.

    Returns:
        The name of the seed that it was made of, whose suffix is its format, and the content.
    """
    rng = random.Random(f"{seed}/{index}")
    files = seeds()
    name = rng.choice(sorted(files))
    content, suffix = files[name], suffix_of(name)
    for _ in range(rng.choice(_ROUNDS)):
        changed = _structured(content, suffix, rng) if rng.random() < 0.6 else _blind(content, rng)
        content = changed[:_LARGEST_FILE_BYTES]
    return name, content


def suffix_of(name: str) -> str:
    """The format of a seed's name."""
    return name.rpartition(".")[2]


def _blind(content: bytes, rng: random.Random) -> bytes:
    return rng.choice(_BLIND)(bytearray(content), rng) if content else content


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


_BLIND: tuple[Callable[[bytearray, random.Random], bytes], ...] = (
    *(_flip_bits, _write_number, _truncate, _remove),
    *(_repeat, _insert, _splice),
)


def _structured(content: bytes, suffix: str, rng: random.Random) -> bytes:
    parts = split(content, suffix)
    if not parts:
        return _blind(content, rng)
    rng.choice((*_STRUCTURED, _forge_size, _forge_size))(parts, suffix, rng)
    return join(parts, suffix)


def _drop(parts: list[Part], suffix: str, rng: random.Random) -> None:
    del parts[rng.randrange(len(parts))]


def _duplicate(parts: list[Part], suffix: str, rng: random.Random) -> None:
    part = rng.choice(parts)
    at = rng.randrange(len(parts) + 1)
    parts[at:at] = [part] * rng.choice((1, 1, 2, 50))


def _swap(parts: list[Part], suffix: str, rng: random.Random) -> None:
    one, other = (rng.randrange(len(parts)) for _ in range(2))
    parts[one], parts[other] = parts[other], parts[one]


def _take_over(parts: list[Part], suffix: str, rng: random.Random) -> None:
    """A part of another file of the format, added or in the place of one."""
    other = rng.choice(sorted(name for name in seeds() if suffix_of(name) == suffix))
    taken = rng.choice(split(seeds()[other], suffix) or parts)
    at = rng.randrange(len(parts))
    parts[at : at + rng.randrange(2)] = [taken]


def _damage_data(parts: list[Part], suffix: str, rng: random.Random) -> None:
    at = rng.randrange(len(parts))
    parts[at] = replace(parts[at], data=_blind(parts[at].data, rng))


def _damage_pixels(parts: list[Part], suffix: str, rng: random.Random) -> None:
    """Of a PNG what is under the compression, which no other damage reaches; else the largest part."""
    at = max(range(len(parts)), key=lambda at: len(parts[at].data))
    data = parts[at].data
    try:
        data = zlib.compress(_blind(zlib.decompress(data), rng)) if suffix == "png" else _blind(data, rng)
    except zlib.error:
        data = _blind(data, rng)
    parts[at] = replace(parts[at], data=data)


def _rename(parts: list[Part], suffix: str, rng: random.Random) -> None:
    at = rng.randrange(len(parts))
    name = rng.choice(parts).name
    if len(name) == len(parts[at].name):
        parts[at] = replace(parts[at], name=name)


def _empty(parts: list[Part], suffix: str, rng: random.Random) -> None:
    at = rng.randrange(len(parts))
    parts[at] = replace(parts[at], data=b"")


def _forge_size(parts: list[Part], suffix: str, rng: random.Random) -> None:
    places = [
        (index, at, letter)
        for name, at, letter in _SIZES[suffix]
        for index, part in enumerate(parts)
        if part.name == name and at + struct.calcsize(letter) <= len(part.data)
    ]
    if not places:
        return
    index, at, letter = rng.choice(places)
    if suffix == "tif":
        letter = (">" if parts[0].data[:2] == b"MM" else "<") + letter
    data = bytearray(parts[index].data)
    data[at : at + struct.calcsize(letter)] = _packed(letter, rng)
    parts[index] = replace(parts[index], data=bytes(data))


def _packed(letter: str, rng: random.Random) -> bytes:
    return struct.pack(letter, rng.choice(_NUMBERS) % 2 ** (8 * struct.calcsize(letter)))


_STRUCTURED: tuple[Callable[[list[Part], str, random.Random], None], ...] = (
    *(_drop, _duplicate, _swap, _take_over),
    *(_damage_data, _damage_pixels, _rename, _empty),
)
